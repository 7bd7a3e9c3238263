/*
 * waiting memory URL N          bytes a waiter, before and after its first answer, and threads
 * waiting idle URL N SECONDS    CPU of one thread that carries N waiters with the defaults
 * waiting cancel URL ROUNDS     from tcdb_waiter_cancel to the return of the cancelled run, in microseconds
 *
 * Prints one line of JSON. The tasks are <number>-bench, the endpoint knows them as RUNNING.
 */
#define _GNU_SOURCE
#include <malloc.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "tcdb_async.h"

static void need(int good, const char *what, tcdb_error *error)
{
    if (good) return;
    fprintf(stderr, "waiting: %s: %s\n", what, tcdb_error_message(error));
    exit(1);
}

static tcdb_client *client_of(const char *url, uint32_t requests_per_second)
{
    tcdb_options *options = tcdb_options_new();
    tcdb_credentials *credentials = NULL;
    tcdb_client *client = NULL;
    tcdb_error *error = NULL;
    tcdb_options_set_endpoint(options, url);
    tcdb_options_set_connect_timeout_ms(options, 60000);
    tcdb_options_set_total_timeout_ms(options, 60000);
    tcdb_options_set_max_requests_per_second(options, requests_per_second);
    need(tcdb_credentials_static(getenv("SECRET_ID"), getenv("SECRET_KEY"), NULL, &credentials, &error) == TCDB_OK,
         "credentials", error);
    if (getenv("CA")) tcdb_options_set_ca_file(options, getenv("CA"));
    need(tcdb_client_new(credentials, "ap-guangzhou", options, &client, &error) == TCDB_OK, "client", error);
    tcdb_credentials_free(credentials);
    tcdb_options_free(options);
    return client;
}

static tcdb_waiter *waiter_of(const tcdb_client *client, int number)
{
    char id[48];
    tcdb_waiter *waiter;
    tcdb_error *error;
    /* As long as the API's own. */
    snprintf(id, sizeof id, "%08d-5eed5eed-5eed5eed-5eed5eed", number);
    need(tcdb_waiter_new(client, id, UINT64_MAX, &waiter, &error) == TCDB_OK, id, error);
    return waiter;
}

static void step(tcdb_waiter *waiter)
{
    tcdb_result *result;
    tcdb_error *error;
    need(tcdb_waiter_step(waiter, 0, &result, &error) == TCDB_OK && !result, "step", error);
}

static int threads_now(void)
{
    char line[128];
    int threads = 0;
    FILE *status = fopen("/proc/self/status", "r");
    while (status && fgets(line, sizeof line, status)) sscanf(line, "Threads: %d", &threads);
    if (status) fclose(status);
    return threads;
}

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static size_t heap(void)
{
    struct mallinfo2 info = mallinfo2();
    return info.uordblks + info.hblkhd;
}

static void memory(const char *url, int count)
{
    tcdb_client *client = client_of(url, 0);
    tcdb_waiter **waiters = calloc((size_t)count, sizeof *waiters);
    size_t before, fresh, answered;
    int i;
    step(waiters[0] = waiter_of(client, 0));
    before = heap();
    for (i = 1; i < count; i++) waiters[i] = waiter_of(client, i);
    fresh = heap();
    for (i = 1; i < count; i++) step(waiters[i]);
    answered = heap();
    printf("{\"waiters\": %d, \"bytes_fresh\": %zu, \"bytes_answered\": %zu, \"threads\": %d}\n", count,
           (fresh - before) / (size_t)(count - 1), (answered - before) / (size_t)(count - 1), threads_now());
    for (i = 0; i < count; i++) tcdb_waiter_free(waiters[i]);
    free(waiters);
    tcdb_client_free(client);
}

/* Waiters by the time at which a step has something to do: a binary heap. */
struct due {
    double at;
    tcdb_waiter *waiter;
};

static void sink(struct due *heap_of, int count, int at)
{
    for (;;) {
        int child = 2 * at + 1;
        struct due swapped;
        if (child >= count) return;
        if (child + 1 < count && heap_of[child + 1].at < heap_of[child].at) child++;
        if (heap_of[at].at <= heap_of[child].at) return;
        swapped = heap_of[at];
        heap_of[at] = heap_of[child];
        heap_of[child] = swapped;
        at = child;
    }
}

static unsigned carry(struct due *due, int count, double until)
{
    unsigned steps = 0;
    while (due[0].at < until) {
        double left = due[0].at - now();
        if (left > 0) usleep((unsigned)(left * 1e6) + 1);
        step(due[0].waiter);
        steps++;
        due[0].at = now() + (double)tcdb_waiter_due_in_ms(due[0].waiter) / 1e3;
        sink(due, count, 0);
    }
    return steps;
}

static double cpu(void)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) + (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

static void idle(const char *url, int count, int seconds)
{
    tcdb_client *client = client_of(url, 40);
    struct due *due = calloc((size_t)count, sizeof *due);
    double began = now(), spent;
    unsigned steps, answers = 0;
    int i;
    for (i = 0; i < count; i++) due[i].waiter = waiter_of(client, i);
    carry(due, count, began + 3); /* connections and first estimates */
    spent = cpu();
    began = now();
    steps = carry(due, count, began + seconds);
    spent = cpu() - spent;
    for (i = 0; i < count; i++) answers += tcdb_waiter_answers(due[i].waiter);
    printf("{\"waiters\": %d, \"percent_of_a_core\": %.3f, \"steps_a_second\": %.1f, \"threads\": %d, \"answers\": %u}\n", count,
           100 * spent / (now() - began), steps / (now() - began), threads_now(), answers);
    for (i = 0; i < count; i++) tcdb_waiter_free(due[i].waiter);
    free(due);
    tcdb_client_free(client);
}

static double returned;

static void *run(void *waiter)
{
    tcdb_result *result;
    tcdb_error *error;
    need(tcdb_waiter_run(waiter, NULL, NULL, &result, &error) == TCDB_ERR_CANCELLED, "run", error);
    returned = now();
    tcdb_error_free(error);
    return NULL;
}

static int by_value(const void *a, const void *b)
{
    double difference = *(const double *)a - *(const double *)b;
    return difference < 0 ? -1 : difference > 0;
}

static void cancel(const char *url, int rounds)
{
    double *took = calloc((size_t)rounds, sizeof *took);
    int i;
    for (i = 0; i < rounds; i++) {
        tcdb_client *client = client_of(url, 40);
        tcdb_waiter *waiter = waiter_of(client, i);
        pthread_t thread;
        double cancelled;
        if (pthread_create(&thread, NULL, run, waiter) != 0) exit(1);
        usleep(100000);
        cancelled = now();
        tcdb_waiter_cancel(waiter);
        pthread_join(thread, NULL);
        took[i] = returned - cancelled;
        tcdb_waiter_free(waiter);
        tcdb_client_free(client);
    }
    qsort(took, (size_t)rounds, sizeof *took, by_value);
    printf("{\"rounds\": %d, \"median_us\": %.0f, \"longest_us\": %.0f}\n", rounds, took[rounds / 2] * 1e6, took[rounds - 1] * 1e6);
    free(took);
}

int main(int argc, char **argv)
{
    if (argc >= 4 && strcmp(argv[1], "memory") == 0) memory(argv[2], atoi(argv[3]));
    else if (argc >= 5 && strcmp(argv[1], "idle") == 0) idle(argv[2], atoi(argv[3]), atoi(argv[4]));
    else if (argc >= 4 && strcmp(argv[1], "cancel") == 0) cancel(argv[2], atoi(argv[3]));
    else return 2;
    return 0;
}
