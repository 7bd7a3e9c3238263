/* What every caller here has in common: arguments, threads, clock, and one line of JSON about what was measured.
 *
 * A caller makes `warmup` untimed queries in each thread, then `n` timed ones spread over `threads`. It is a C file that
 * includes this one, writes the five functions declared below, and a main that calls caller_main. */
#ifndef CALLER_H
#define CALLER_H

#define _GNU_SOURCE
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

struct caller_options {
    const char *url; /* http(s)://127.0.0.1:PORT */
    const char *ca;  /* a PEM file, or NULL */
    const char *id;
    size_t n, warmup, threads;
};

void *caller_client_new(const struct caller_options *o);
void *caller_thread_new(const struct caller_options *o, void *client);
/* 0: answered, with its status; else `why`. */
int caller_query(void *thread, const char *id, char *status, size_t size, char *why, size_t why_size);
void caller_thread_free(void *thread);
void caller_client_free(void *client);

/* One thread's part. */
struct caller_part {
    const struct caller_options *o;
    void *thread;
    uint64_t *times; /* nanoseconds of each timed query */
    size_t n, errors;
    pthread_t id;
    pthread_barrier_t *gate;
    char status[32], why[160];
};

static struct caller_options caller_arguments(int argc, char **argv)
{
    struct caller_options o = {NULL, NULL, "0aa1bb2c-3dd4ee5f-6aa7bb8c-9dd0ee1f", 1, 0, 1};

    for (int i = 1; i + 1 < argc; i += 2) {
        const char *name = argv[i], *value = argv[i + 1];
        if (!strcmp(name, "--url")) o.url = value;
        else if (!strcmp(name, "--ca")) o.ca = value;
        else if (!strcmp(name, "--n")) o.n = strtoul(value, NULL, 10);
        else if (!strcmp(name, "--warmup")) o.warmup = strtoul(value, NULL, 10);
        else if (!strcmp(name, "--threads")) o.threads = strtoul(value, NULL, 10);
        else fprintf(stderr, "unknown option %s\n", name), exit(2);
    }
    if (!o.url || !o.n || !o.threads) {
        fprintf(stderr, "usage: %s --url URL [--ca FILE] [--n N] [--warmup N] [--threads N]\n", argv[0]);
        exit(2);
    }
    return o;
}

static uint64_t caller_now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

/* VmHWM, not ru_maxrss: that one survives exec, and a small program would show its parent's size. */
static long caller_peak_kb(void)
{
    char line[256];
    long kb = -1;
    FILE *f = fopen("/proc/self/status", "r");

    while (f && fgets(line, sizeof line, f) && sscanf(line, "VmHWM: %ld", &kb) != 1) {}
    if (f) fclose(f);
    return kb;
}

static void caller_warm_up(struct caller_part *part)
{
    for (size_t i = 0; i < part->o->warmup; i++)
        (void)caller_query(part->thread, part->o->id, part->status, sizeof part->status, part->why, sizeof part->why);
    part->why[0] = 0;
}

static void caller_timed(struct caller_part *part)
{
    for (size_t i = 0; i < part->n; i++) {
        uint64_t start = caller_now();
        part->errors += caller_query(part->thread, part->o->id, part->status, sizeof part->status, part->why,
                                     sizeof part->why) != 0;
        part->times[i] = caller_now() - start;
    }
}

static void *caller_run_thread(void *p)
{
    struct caller_part *part = p;

    caller_warm_up(part);
    pthread_barrier_wait(part->gate); /* all are warm */
    pthread_barrier_wait(part->gate); /* the clock runs */
    caller_timed(part);
    return NULL;
}

static int caller_compare(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

static double caller_cpu_us(const struct rusage *a, const struct rusage *b)
{
    return (double)(b->ru_utime.tv_sec - a->ru_utime.tv_sec + b->ru_stime.tv_sec - a->ru_stime.tv_sec) * 1e6 +
           (double)(b->ru_utime.tv_usec - a->ru_utime.tv_usec + b->ru_stime.tv_usec - a->ru_stime.tv_usec);
}

/* A single caller runs on the main thread: no other stack, no scheduler. */
static double caller_run(struct caller_part *parts, size_t threads, struct rusage *before, struct rusage *after)
{
    pthread_barrier_t gate;
    uint64_t start;

    if (threads == 1) {
        caller_warm_up(parts);
        getrusage(RUSAGE_SELF, before);
        start = caller_now();
        caller_timed(parts);
    } else {
        pthread_barrier_init(&gate, NULL, (unsigned)threads + 1);
        for (size_t i = 0; i < threads; i++) {
            parts[i].gate = &gate;
            pthread_create(&parts[i].id, NULL, caller_run_thread, &parts[i]);
        }
        pthread_barrier_wait(&gate);
        getrusage(RUSAGE_SELF, before);
        start = caller_now();
        pthread_barrier_wait(&gate);
        for (size_t i = 0; i < threads; i++) pthread_join(parts[i].id, NULL);
    }
    getrusage(RUSAGE_SELF, after);
    return (double)(caller_now() - start) / 1e9;
}

static int caller_main(const char *name, int argc, char **argv)
{
    struct caller_options o = caller_arguments(argc, argv);
    size_t each = (o.n + o.threads - 1) / o.threads, total = each * o.threads, errors = 0;
    struct caller_part *parts = calloc(o.threads, sizeof *parts);
    uint64_t *times = malloc(total * sizeof *times);
    const char *why = "";
    struct rusage before, after;
    double seconds;

    if (!parts || !times) return 1;
    memset(times, 0, total * sizeof *times);
    void *client = caller_client_new(&o);
    for (size_t i = 0; i < o.threads; i++) {
        parts[i].o = &o, parts[i].n = each, parts[i].times = times + i * each;
        parts[i].thread = caller_thread_new(&o, client);
    }
    seconds = caller_run(parts, o.threads, &before, &after);
    for (size_t i = 0; i < o.threads; i++) {
        errors += parts[i].errors;
        if (parts[i].errors) why = parts[i].why;
    }
    fprintf(stderr, "%s%s", why, *why ? "\n" : "");
    qsort(times, total, sizeof *times, caller_compare);
    printf("{\"caller\":\"%s\",\"n\":%zu,\"errors\":%zu,\"seconds\":%.6f,\"p50_us\":%.2f,\"p99_us\":%.2f,"
           "\"cpu_us\":%.2f,\"rss_kb\":%ld,\"status\":\"%s\"}\n",
           name, total, errors, seconds, (double)times[total / 2] / 1e3, (double)times[total * 99 / 100] / 1e3,
           caller_cpu_us(&before, &after) / (double)total, caller_peak_kb(), parts[0].status);
    for (size_t i = 0; i < o.threads; i++) caller_thread_free(parts[i].thread);
    caller_client_free(client);
    free(times), free(parts);
    return errors != 0;
}
#endif
