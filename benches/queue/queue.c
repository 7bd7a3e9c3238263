/*
 * queue URL N SECONDS: what N tasks of a wait queue cost.
 *
 * Adds N tasks of one status that never ends, asks each once without a limit, then lets one thread carry them at 40
 * requests a second for so long. Prints one line of JSON: bytes a task before and after its first answer, the median
 * of an add and of taking an event in nanoseconds, and the share of a core while they wait, in percent.
 */
#define _GNU_SOURCE
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>

#include "tcdb_async.h"

static void need(int good, const char *what, tcdb_error *error)
{
    if (good) return;
    fprintf(stderr, "queue: %s: %s\n", what, tcdb_error_message(error));
    exit(1);
}

static tcdb_client *client_of(const char *url, uint32_t requests_per_second)
{
    tcdb_options *options = tcdb_options_new();
    tcdb_credentials *credentials = NULL;
    tcdb_client *client = NULL;
    tcdb_error *error = NULL;
    tcdb_options_set_endpoint(options, url);
    tcdb_options_set_max_requests_per_second(options, requests_per_second);
    if (getenv("CA")) tcdb_options_set_ca_file(options, getenv("CA"));
    need(tcdb_credentials_static(getenv("SECRET_ID"), getenv("SECRET_KEY"), NULL, &credentials, &error) == TCDB_OK, "credentials", error);
    need(tcdb_client_new(credentials, "ap-guangzhou", options, &client, &error) == TCDB_OK, "client", error);
    tcdb_credentials_free(credentials);
    tcdb_options_free(options);
    return client;
}

static uint64_t nanoseconds(void)
{
    struct timespec time;
    (void)clock_gettime(CLOCK_MONOTONIC, &time);
    return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

static size_t heap(void)
{
    struct mallinfo2 info = mallinfo2();
    return info.uordblks + info.hblkhd;
}

static double cpu_seconds(void)
{
    struct rusage used;
    (void)getrusage(RUSAGE_SELF, &used);
    return (double)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) + (double)(used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e6;
}

static int smaller(const void *one, const void *other)
{
    const uint64_t a = *(const uint64_t *)one, b = *(const uint64_t *)other;
    return (a > b) - (a < b);
}

static uint64_t median(uint64_t *times, size_t count)
{
    qsort(times, count, sizeof *times, smaller);
    return times[count / 2];
}

static tcdb_wait_queue *queue_of(const tcdb_client *client)
{
    tcdb_wait_queue *queue = NULL;
    tcdb_error *error = NULL;
    need(tcdb_wait_queue_new(client, NULL, &queue, &error) == TCDB_OK, "queue", error);
    return queue;
}

static void add_all(tcdb_wait_queue *queue, size_t count, uint64_t *times)
{
    tcdb_wait_options *options = tcdb_wait_options_new();
    tcdb_error *error = NULL;
    size_t i;
    /* The interval's longest, so that after the first answer none comes due again here. */
    tcdb_wait_options_set_interval_ms(options, 3600000, 3600000);
    for (i = 0; i < count; i++) {
        char id[48];
        uint64_t task, began;
        (void)snprintf(id, sizeof id, "%08zu-5eed5eed-5eed5eed-5eed5eed", i);
        began = nanoseconds();
        need(tcdb_wait_queue_add(queue, id, UINT64_MAX, options, NULL, &task, &error) == TCDB_OK, id, error);
        times[i] = nanoseconds() - began;
    }
    tcdb_wait_options_free(options);
}

static void answer_all(tcdb_wait_queue *queue)
{
    tcdb_error *error = NULL;
    while (tcdb_wait_queue_due_in_ms(queue) == 0) need(tcdb_wait_queue_run(queue, 1000, &error) == TCDB_OK, "run", error);
}

/* Takes the final events of all tasks, which were cancelled. */
static void take_all(tcdb_wait_queue *queue, size_t count, uint64_t *times)
{
    size_t i;
    tcdb_wait_queue_cancel_all(queue);
    for (i = 0; i < count; i++) {
        tcdb_wait_event *event = NULL;
        tcdb_error *error = NULL;
        const uint64_t began = nanoseconds();
        need(tcdb_wait_queue_next(queue, 0, &event, &error) == TCDB_OK && event, "next", error);
        times[i] = nanoseconds() - began;
        tcdb_wait_event_free(event);
    }
}

/* One thread carries them at the client's limit; the share of a core in percent. */
static double idle(const char *url, size_t count, unsigned seconds, uint64_t *times)
{
    tcdb_client *client = client_of(url, 40);
    tcdb_wait_queue *queue = queue_of(client);
    tcdb_error *error = NULL;
    double cpu;
    uint64_t began;
    add_all(queue, count, times);
    need(tcdb_wait_queue_run(queue, 2000, &error) == TCDB_OK, "run", error);
    cpu = cpu_seconds();
    began = nanoseconds();
    need(tcdb_wait_queue_run(queue, seconds * 1000, &error) == TCDB_OK, "run", error);
    cpu = (cpu_seconds() - cpu) / ((double)(nanoseconds() - began) / 1e9);
    tcdb_wait_queue_free(queue);
    tcdb_client_free(client);
    return cpu * 100;
}

int main(int argc, char **argv)
{
    const size_t count = argc == 4 ? (size_t)atol(argv[2]) : 0;
    uint64_t *times = calloc(count + 1, sizeof *times), add_ns, next_ns;
    tcdb_client *client;
    tcdb_wait_queue *queue;
    size_t before, fresh, answered;
    if (count == 0 || !times) { fprintf(stderr, "usage: queue URL N SECONDS\n"); return 2; }
    client = client_of(argv[1], 0);
    queue = queue_of(client);
    before = heap();
    add_all(queue, count, times);
    add_ns = median(times, count);
    fresh = heap();
    answer_all(queue);
    answered = heap();
    take_all(queue, count, times);
    next_ns = median(times, count);
    tcdb_wait_queue_free(queue);
    tcdb_client_free(client);
    printf("{\"tasks\": %zu, \"bytes_fresh\": %zu, \"bytes_answered\": %zu, \"add_ns\": %llu, \"next_ns\": %llu, \"cpu_percent\": %.2f}\n",
           count, (fresh - before) / count, (answered - before) / count, (unsigned long long)add_ns, (unsigned long long)next_ns,
           idle(argv[1], count, (unsigned)atoi(argv[3]), times));
    free(times);
    return 0;
}
