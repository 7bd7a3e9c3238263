/*
 * Loads, uses and unloads the library a hundred times in each of four threads at once: no crash, no thread, descriptor,
 * object or memory left. Arguments: library, endpoint.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <malloc.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "tcdb_async.h"

enum { THREADS = 4, ROUNDS = 100, WARM_UP = 20 };

static const char *library, *endpoint;
static int wrong;

struct functions {
    tcdb_options *(*options_new)(void);
    void (*set_endpoint)(tcdb_options *, const char *);
    void (*set_pace)(tcdb_options *, uint32_t);
    void (*options_free)(tcdb_options *);
    tcdb_code (*credentials)(const char *, const char *, const char *, tcdb_credentials **, tcdb_error **);
    void (*credentials_free)(tcdb_credentials *);
    tcdb_code (*client)(const tcdb_credentials *, const char *, const tcdb_options *, tcdb_client **, tcdb_error **);
    void (*client_free)(tcdb_client *);
    tcdb_code (*query)(const tcdb_client *, const char *, tcdb_result **, tcdb_error **);
    void (*result_free)(tcdb_result *);
    void (*error_free)(tcdb_error *);
    uint64_t (*live_objects)(void);
};

/* ISO C has no cast from void * to a function pointer; POSIX promises that this works. */
static int load(void *handle, struct functions *f)
{
    static const char *const names[] = {
        "tcdb_options_new", "tcdb_options_set_endpoint", "tcdb_options_set_max_requests_per_second",
        "tcdb_options_free", "tcdb_credentials_static", "tcdb_credentials_free", "tcdb_client_new",
        "tcdb_client_free", "tcdb_query", "tcdb_result_free", "tcdb_error_free", "tcdb_live_objects" };
    size_t i;
    for (i = 0; i < sizeof names / sizeof names[0]; i++) {
        void *symbol = dlsym(handle, names[i]);
        if (!symbol) return 0;
        memcpy((char *)f + i * sizeof symbol, &symbol, sizeof symbol);
    }
    return 1;
}

/* A key that is refused: the answer is an error object, which has to be freed too. */
static int use(const struct functions *f)
{
    tcdb_options *options = f->options_new();
    tcdb_credentials *credentials = NULL;
    tcdb_client *client = NULL;
    tcdb_result *result = NULL;
    tcdb_error *error = NULL;
    tcdb_code code;
    f->set_endpoint(options, endpoint);
    f->set_pace(options, 0);
    code = f->credentials("AKID", "wrong", NULL, &credentials, &error);
    if (code == TCDB_OK) code = f->client(credentials, "ap-guangzhou", options, &client, &error);
    if (code == TCDB_OK) code = f->query(client, "id", &result, &error);
    f->result_free(result);
    f->error_free(error);
    f->client_free(client);
    f->credentials_free(credentials);
    f->options_free(options);
    return code == TCDB_ERR_AUTH;
}

static void *load_use_unload(void *nothing)
{
    struct functions f;
    void *handle = dlopen(library, RTLD_NOW | RTLD_LOCAL);
    if (!handle || !load(handle, &f) || !use(&f)) __atomic_fetch_add(&wrong, 1, __ATOMIC_SEQ_CST);
    if (handle) (void)dlclose(handle);
    return nothing;
}

static int entries(const char *folder)
{
    DIR *dir = opendir(folder);
    int count = 0;
    while (dir && readdir(dir)) count++;
    if (dir) (void)closedir(dir);
    return count;
}

static void one_round(void)
{
    pthread_t threads[THREADS];
    int i;
    for (i = 0; i < THREADS; i++) (void)pthread_create(&threads[i], NULL, load_use_unload, NULL);
    for (i = 0; i < THREADS; i++) (void)pthread_join(threads[i], NULL);
}

static int check(int holds, const char *what)
{
    printf("%s: %s\n", holds ? "ok" : "FAILED", what);
    return holds ? 0 : 1;
}

int main(int argc, char **argv)
{
    struct functions f;
    void *handle;
    size_t before = 0, after;
    int round, descriptors = 0, failed = 0;

    if (argc != 3) return 2;
    library = argv[1];
    endpoint = argv[2];
    for (round = 0; round < ROUNDS; round++) {
        if (round == WARM_UP) {
            before = mallinfo2().uordblks;
            descriptors = entries("/proc/self/fd");
        }
        one_round();
    }
    after = mallinfo2().uordblks;
    printf("%d loads in %d threads; heap in use %lu bytes after %d rounds, %lu at the end\n", ROUNDS * THREADS, THREADS,
           (unsigned long)before, WARM_UP, (unsigned long)after);
    failed += check(wrong == 0, "every load was used and unloaded");
    failed += check(after < before + 16 * 1024, "no memory is left");
    failed += check(entries("/proc/self/fd") == descriptors, "no descriptor is left");
    failed += check(entries("/proc/self/task") == 3, "no thread is left");
    handle = dlopen(library, RTLD_NOW | RTLD_NOLOAD);
    failed += check(handle != NULL, "the library stays loaded");
    failed += check(handle && load(handle, &f) && f.live_objects() == 0, "no object is left");
    printf("%d passed, %d failed\n", 6 - failed, failed);
    return failed ? 1 : 0;
}
