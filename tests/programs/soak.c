/*
 * soak TASKS PACE METADATA CA ROUTE...: threads carry every wait of the file TASKS ("ID STATUS" a line, the status that ends it)
 * through one client, while whatever is between it and the servers misbehaves; others query, fork and use up the descriptors.
 *
 * A ROUTE is URL or URL,PROXY: the first carries the waits by one client; each other has a client of its own, which queries.
 * Standard input says "calm" when the trouble is over: a new query is timed then, and every wait left has to end. Prints what
 * happened as NAME NUMBER lines; the driver holds them against its bounds.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "asking.h"

enum { RUNNERS = 52, TAKERS = 6, QUERIERS = 4, MOST_ROUTES = 4, FIRST_MS = 500, LONGEST_MS = 4000, MOST_SAMPLES = 4000 };

struct task { char id[64], ends_as[16]; };

static struct task *tasks;
static unsigned char *ended;
static size_t count;
static tcdb_client *clients[MOST_ROUTES];
static int routes;
static tcdb_wait_queue *queue;
static tcdb_wait_options *how;
static atomic_ulong finals, again, queries, query_failures, children, child_failures, starved, run_failures;
static atomic_int is_over, is_calm, is_starved;

static tcdb_client *client_at(const char *route, const char *metadata, const char *ca, uint32_t pace)
{
    tcdb_options *options = tcdb_options_new(), *io = tcdb_options_new();
    tcdb_credentials *role = NULL;
    tcdb_client *client = NULL;
    tcdb_error *error = NULL;
    char *url = strdup(route), *proxy = strchr(url, ',');
    if (proxy != NULL) *proxy++ = '\0';
    tcdb_options_set_endpoint(options, url);
    tcdb_options_set_proxy(options, proxy);
    tcdb_options_set_ca_file(options, ca);
    tcdb_options_set_connect_timeout_ms(options, 1000);
    tcdb_options_set_total_timeout_ms(options, 5000);
    tcdb_options_set_max_requests_per_second(options, pace);
    tcdb_options_set_endpoint(io, metadata);
    EXPECT(tcdb_credentials_cvm_role(NULL, io, &role, NULL) == TCDB_OK);
    if (tcdb_client_new(role, "ap-guangzhou", options, &client, &error) != TCDB_OK) {
        fprintf(stderr, "%s: %s\n", route, tcdb_error_message(error));
        exit(1);
    }
    tcdb_credentials_free(role);
    tcdb_options_free(options);
    tcdb_options_free(io);
    free(url);
    return client;
}

static void read_tasks(const char *path)
{
    FILE *file = fopen(path, "r");
    size_t room = 16384;
    EXPECT(file != NULL);
    tasks = calloc(room, sizeof *tasks);
    ended = calloc(room, 1);
    EXPECT(tasks != NULL && ended != NULL);
    while (count < room && fscanf(file, "%63s %15s", tasks[count].id, tasks[count].ends_as) == 2) count++;
    fclose(file);
}

static void add(size_t which)
{
    uint64_t number;
    EXPECT(tcdb_wait_queue_add(queue, tasks[which].id, UINT64_MAX, how, &tasks[which], &number, NULL) == TCDB_OK);
}

/* Before its first answer a wait may end by a failure, as a query does: one that passes, a reply that is not the API's, or
   credentials that were revoked while no descriptor was left to fetch others. */
static int may_end_with(tcdb_code code, const tcdb_error *error, uint32_t answers)
{
    if (answers > 0) return 0;
    return tcdb_error_is_retryable(error) || code == TCDB_ERR_BAD_RESPONSE || code == TCDB_ERR_AUTH;
}

/* An end is what the task's life says; one of may_end_with is added again. */
static void take_in(const tcdb_wait_event *event)
{
    struct task *task = tcdb_wait_event_user_data(event);
    const size_t which = (size_t)(task - tasks);
    EXPECT(which < count && tcdb_wait_event_is_final(event));
    if (tcdb_wait_event_code(event) == TCDB_OK) {
        tcdb_result *result = tcdb_wait_event_result(event);
        if (strcmp(tcdb_result_status_text(result), task->ends_as) != 0) {
            fprintf(stderr, "%s: %s in place of %s\n", task->id, tcdb_result_status_text(result), task->ends_as);
            exit(1);
        }
        tcdb_result_free(result);
        EXPECT(__sync_fetch_and_add(&ended[which], 1) == 0);
        atomic_fetch_add(&finals, 1);
    } else {
        tcdb_error *error = tcdb_wait_event_error(event);
        if (!may_end_with(tcdb_wait_event_code(event), error, tcdb_wait_event_answers(event))) {
            fprintf(stderr, "%s after %u answers: %s\n", task->id, tcdb_wait_event_answers(event), tcdb_error_message(error));
            exit(1);
        }
        tcdb_error_free(error);
        atomic_fetch_add(&again, 1);
        add(which);
    }
}

static void *run(void *unused)
{
    while (!atomic_load(&is_over)) {
        tcdb_error *error = NULL;
        const tcdb_code code = tcdb_wait_queue_run(queue, 500, &error);
        if (code != TCDB_OK) {
            EXPECT(code == TCDB_ERR_SYSTEM);
            atomic_fetch_add(&run_failures, 1);
            usleep(100000);
        }
        tcdb_error_free(error);
    }
    return unused;
}

static void *take(void *unused)
{
    while (!atomic_load(&is_over)) {
        tcdb_wait_event *event = NULL;
        const tcdb_code code = tcdb_wait_queue_next(queue, 200, &event, NULL);
        EXPECT(code == TCDB_OK || code == TCDB_ERR_SYSTEM);
        if (event != NULL) take_in(event);
        else if (code != TCDB_OK) usleep(50000);
        tcdb_wait_event_free(event);
    }
    return unused;
}

/* A query ends in time, with an answer or a failure that a server or the system brought about. */
static int query(tcdb_client *client)
{
    tcdb_result *result = NULL;
    tcdb_error *error = NULL;
    const uint64_t began = now_ms();
    const tcdb_code code = tcdb_query(client, DOCUMENTED_ID, &result, &error);
    EXPECT(code != TCDB_ERR_INTERNAL && code != TCDB_ERR_INVALID_ARGUMENT);
    EXPECT(now_ms() - began < 30000);
    EXPECT(code != TCDB_OK || strcmp(tcdb_result_status_text(result), "SUCCESS") == 0);
    if (error && atomic_load(&is_calm)) fprintf(stderr, "%s\n", tcdb_error_message(error));
    tcdb_result_free(result);
    tcdb_error_free(error);
    return code == TCDB_OK;
}

static void *ask_on(void *number)
{
    size_t turn = (size_t)number;
    while (!atomic_load(&is_over)) {
        atomic_fetch_add(&queries, 1);
        if (!query(clients[turn++ % (size_t)routes])) atomic_fetch_add(&query_failures, 1);
        usleep(300000);
    }
    return number;
}

/* Every two seconds a child queries and ends. */
static void *fork_on(void *unused)
{
    while (!atomic_load(&is_over)) {
        int status = 0;
        const pid_t child = fork();
        if (child == 0) _exit(query(clients[0]) ? 0 : 1);
        if (child > 0) {
            EXPECT(waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) < 2);
            atomic_fetch_add(&children, 1);
            atomic_fetch_add(&child_failures, (unsigned long)WEXITSTATUS(status));
        }
        usleep(2000000);
    }
    return unused;
}

static unsigned long descriptors(void)
{
    DIR *folder = opendir("/proc/self/fd");
    unsigned long open = 0;
    if (folder == NULL) return 0;
    while (readdir(folder) != NULL) open++;
    closedir(folder);
    return open - 3; /* ".", ".." and the folder itself */
}

/* Every seven seconds no descriptor is to be had for a second. */
static void *starve(void *unused)
{
    struct rlimit limit, none;
    EXPECT(getrlimit(RLIMIT_NOFILE, &limit) == 0);
    while (!atomic_load(&is_over)) {
        usleep(6000000);
        atomic_store(&is_starved, 1);
        if (atomic_load(&is_calm)) {
            atomic_store(&is_starved, 0);
            continue;
        }
        none = limit;
        none.rlim_cur = 3;
        EXPECT(setrlimit(RLIMIT_NOFILE, &none) == 0);
        usleep(1000000);
        EXPECT(setrlimit(RLIMIT_NOFILE, &limit) == 0);
        atomic_store(&is_starved, 0);
        atomic_fetch_add(&starved, 1);
    }
    return unused;
}

static unsigned long resident_kb(void)
{
    FILE *file = fopen("/proc/self/statm", "r");
    unsigned long pages = 0;
    if (file == NULL) return 0;
    if (fscanf(file, "%*u %lu", &pages) != 1) pages = 0;
    fclose(file);
    return pages * (unsigned long)sysconf(_SC_PAGESIZE) / 1024;
}

static unsigned long resident[MOST_SAMPLES], open_files[MOST_SAMPLES];
static size_t samples;

static void *sample(void *unused)
{
    while (!atomic_load(&is_over)) {
        const unsigned long kb = resident_kb();
        if (kb > 0 && samples < MOST_SAMPLES) {
            resident[samples] = kb;
            open_files[samples++] = descriptors();
        }
        usleep(1000000);
    }
    return unused;
}

static unsigned long most(const unsigned long *figures, size_t from, size_t to)
{
    unsigned long highest = 0;
    for (; from < to; from++) if (figures[from] > highest) highest = figures[from];
    return highest;
}

static void until_calm(void)
{
    char line[16];
    EXPECT(fgets(line, sizeof line, stdin) != NULL && strcmp(line, "calm\n") == 0);
    atomic_store(&is_calm, 1);
}

/* The slowest of a query on each route, once the trouble is over. */
static unsigned long slowest_query(void)
{
    unsigned long slowest = 0;
    int i;
    for (i = 0; i < routes; i++) {
        const uint64_t began = now_ms();
        if (!query(clients[i])) fprintf(stderr, "a query on route %d failed after the trouble\n", i), exit(1);
        if (now_ms() - began > slowest) slowest = (unsigned long)(now_ms() - began);
    }
    return slowest;
}

static void print(const char *name, unsigned long number)
{
    printf("%s %lu\n", name, number);
    fflush(stdout);
}

int main(int argc, char **argv)
{
    pthread_t threads[RUNNERS + TAKERS + QUERIERS + 3];
    const unsigned long before = descriptors();
    size_t started = 0, i;
    uint64_t calm;
    if (argc < 6) return 2;
    read_tasks(argv[1]);
    for (; routes < argc - 5 && routes < MOST_ROUTES; routes++)
        clients[routes] = client_at(argv[5 + routes], argv[3], argv[4], routes == 0 ? (uint32_t)atoi(argv[2]) : 10);
    EXPECT(tcdb_wait_queue_new(clients[0], NULL, &queue, NULL) == TCDB_OK);
    how = tcdb_wait_options_new();
    tcdb_wait_options_set_interval_ms(how, FIRST_MS, LONGEST_MS);
    for (i = 0; i < count; i++) add(i);
    for (i = 0; i < RUNNERS; i++) EXPECT(pthread_create(&threads[started++], NULL, run, NULL) == 0);
    for (i = 0; i < TAKERS; i++) EXPECT(pthread_create(&threads[started++], NULL, take, NULL) == 0);
    for (i = 0; i < QUERIERS; i++) EXPECT(pthread_create(&threads[started++], NULL, ask_on, (void *)i) == 0);
    EXPECT(pthread_create(&threads[started++], NULL, fork_on, NULL) == 0);
    EXPECT(pthread_create(&threads[started++], NULL, starve, NULL) == 0);
    EXPECT(pthread_create(&threads[started++], NULL, sample, NULL) == 0);

    until_calm();
    calm = now_ms();
    while (atomic_load(&is_starved)) usleep(20000); /* the last second without descriptors */
    print("slowest_query_ms", slowest_query());
    while (tcdb_wait_queue_pending(queue) > 0) usleep(20000);
    print("last_wait_after_calm_ms", (unsigned long)(now_ms() - calm));
    atomic_store(&is_over, 1);
    tcdb_wait_queue_wake(queue);
    for (i = 0; i < started; i++) EXPECT(pthread_join(threads[i], NULL) == 0);
    for (i = 0; i < count; i++) EXPECT(ended[i] == 1);
    print("waits", finals);
    print("added_again", again);
    print("queries", queries);
    print("query_failures", query_failures);
    print("children", children);
    print("child_failures", child_failures);
    print("seconds_without_descriptors", starved);
    print("runs_that_failed", run_failures);
    print("resident_kb_first_half", most(resident, 0, samples / 2));
    print("resident_kb_second_half", most(resident, samples / 2, samples));
    print("open_files_first_half", most(open_files, 0, samples / 2));
    print("open_files_second_half", most(open_files, samples / 2, samples));
    tcdb_wait_queue_free(queue);
    tcdb_wait_options_free(how);
    for (i = 0; i < (size_t)routes; i++) tcdb_client_free(clients[i]);
    EXPECT(tcdb_live_objects() == 0);
    print("open_files_left", descriptors() - before);
    free(tasks);
    free(ended);
    return 0;
}
