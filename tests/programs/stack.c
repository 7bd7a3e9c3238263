/* stack HTTPS CA ID KEY PROFILES: how much of the caller's stack each kind of call takes, in KiB: "query 43". Each runs on a
 * thread whose stack was painted before. */
#define _GNU_SOURCE
#include "tcdb_async.h"

#include <stdio.h>
#include <string.h>
#ifdef _WIN32
#  include <windows.h>
#else
#  include <pthread.h>
#  include <sys/mman.h>
#endif

enum { STACK = 1 << 20, PAINT = 0xA5 };

static char **arguments;
static const char SUCCEEDED[] = "f96e4f3c-8fc96c86-2ec79ac8-cb63a7a7";

static tcdb_client *new_client(const char *ca)
{
    tcdb_options *options = tcdb_options_new();
    tcdb_credentials *credentials;
    tcdb_client *client = NULL;
    tcdb_options_set_endpoint(options, arguments[1]);
    tcdb_options_set_ca_file(options, ca);
    (void)tcdb_credentials_static(arguments[3], arguments[4], NULL, &credentials, NULL);
    (void)tcdb_client_new(credentials, "ap-guangzhou", options, &client, NULL);
    tcdb_credentials_free(credentials);
    tcdb_options_free(options);
    return client;
}

static void end(tcdb_client *client, tcdb_result *result)
{
    tcdb_result_free(result);
    tcdb_client_free(client);
}

static void *query(void *unused)
{
    tcdb_result *result = NULL;
    tcdb_client *client = new_client(arguments[2]);
    if (tcdb_query(client, SUCCEEDED, &result, NULL) != TCDB_OK) puts("query failed");
    end(client, result);
    return unused;
}

static void *wait_for_end(void *unused)
{
    tcdb_result *result = NULL;
    tcdb_client *client = new_client(arguments[2]);
    if (tcdb_wait(client, SUCCEEDED, 20000, &result, NULL) != TCDB_OK) puts("wait failed");
    end(client, result);
    return unused;
}

/* Reads the system's store and refuses the server's certificate. */
static void *refuse(void *unused)
{
    tcdb_result *result = NULL;
    tcdb_client *client = new_client(NULL);
    if (client && tcdb_query(client, SUCCEEDED, &result, NULL) != TCDB_ERR_TLS) puts("refuse failed");
    end(client, result);
    return unused;
}

static void *read_profile(void *unused)
{
    tcdb_credentials *credentials = NULL;
    if (tcdb_credentials_profile(arguments[5], NULL, &credentials, NULL) != TCDB_OK) puts("profile failed");
    tcdb_credentials_free(credentials);
    return unused;
}

static void report(const char *name, const unsigned char *stack, size_t size)
{
    size_t untouched = 0;
    while (untouched < size && stack[untouched] == PAINT) untouched++;
    printf("%s %d\n", name, (int)((size - untouched + 1023) / 1024));
}

#ifdef _WIN32
/* Windows gives a thread its stack itself: it is painted from inside, below what the thread has taken so far. */
enum { PAINTED = STACK / 2 };

struct run {
    const char *name;
    void *(*call)(void *);
};

static __attribute__((noinline)) uintptr_t paint(void)
{
    unsigned char area[PAINTED];
    volatile unsigned char *byte = area;
    while (byte < area + PAINTED) *byte++ = PAINT;
    return (uintptr_t)area;
}

static DWORD WINAPI painted(LPVOID given)
{
    const struct run *run = given;
    uintptr_t lowest = paint();
    run->call(NULL);
    report(run->name, (const unsigned char *)lowest, PAINTED);
    return 0;
}

static void measure(const char *name, void *(*call)(void *))
{
    struct run run = {name, call};
    HANDLE thread = CreateThread(NULL, STACK, painted, &run, STACK_SIZE_PARAM_IS_A_RESERVATION, NULL);
    if (!thread) return;
    WaitForSingleObject(thread, INFINITE);
    CloseHandle(thread);
}
#else
static void measure(const char *name, void *(*call)(void *))
{
    pthread_t thread;
    pthread_attr_t attributes;
    unsigned char *stack = mmap(NULL, STACK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (stack == MAP_FAILED) return;
    memset(stack, PAINT, STACK);
    pthread_attr_init(&attributes);
    pthread_attr_setstack(&attributes, stack, STACK);
    if (pthread_create(&thread, &attributes, call, NULL) != 0) return;
    pthread_join(thread, NULL);
    report(name, stack, STACK);
}
#endif

int main(int argc, char **argv)
{
    if (argc != 6) return 2;
    arguments = argv;
    measure("query", query);
    measure("wait", wait_for_end);
    measure("refuse", refuse);
    measure("profile", read_profile);
    return 0;
}
