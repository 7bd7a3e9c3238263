/*
 * wait.c - waits until one or more async requests have ended.
 *
 * Build: cc -o wait wait.c $(pkg-config --cflags --libs tcdb_async)
 * Run:   TENCENTCLOUD_SECRET_ID=... TENCENTCLOUD_SECRET_KEY=... ./wait --region ap-guangzhou --timeout 3600 ID...
 *
 * A wait queue carries them all on one thread: it runs until there is an event, then takes the events. Ctrl-C ends it
 * with the last known state. An example; the program for every day is tcdb (docs/command_line.md).
 */
#include <signal.h>
#include <stdlib.h>

#include "command_line.h"

/* What the signal handler uses: complete before it is installed. */
static tcdb_wait_queue *queue;

/* Ctrl-C: tcdb_wait_queue_cancel_all is made for signal handlers. */
static void stop(int signal_number)
{
    (void)signal_number;
    tcdb_wait_queue_cancel_all(queue);
}

/* One that is ignored stays ignored, as under nohup. */
static void handle(int signal_number)
{
    if (signal(signal_number, SIG_IGN) != SIG_IGN) (void)signal(signal_number, stop);
}

/* From now on it ends the program as usual. */
static void leave(int signal_number)
{
    if (signal(signal_number, SIG_IGN) == stop) (void)signal(signal_number, SIG_DFL);
}

/* Seconds as milliseconds, `otherwise` without any; -1 after a message. */
static int64_t milliseconds(const char *name, const char *text, int64_t otherwise)
{
    char *rest;
    const double seconds = text ? strtod(text, &rest) : 0;
    if (!text) return otherwise;
    if (rest != text && *rest == '\0' && seconds >= 0 && seconds < 4e6) return (int64_t)(seconds * 1000 + 0.5);
    fprintf(stderr, "wait: %s %s is not a number of seconds\n", name, text);
    return -1;
}

/* A wait that ended without an ending: its last known state, and why. */
static int print_failure(const char *id, tcdb_error *error)
{
    tcdb_result *last = tcdb_error_last_result(error);
    if (last) (void)print_result(id, last, " (last known)");
    tcdb_result_free(last);
    return report("wait", id, error);
}

/* Prints a change, or how the wait has ended; returns its exit code. */
static int handle_event(const tcdb_wait_event *event)
{
    const char *id = tcdb_wait_event_user_data(event);
    tcdb_result *result = tcdb_wait_event_result(event);
    int outcome = ALL_SUCCEEDED;
    if (!tcdb_wait_event_is_final(event)) {
        printf("%.1f s  ", (double)tcdb_wait_event_elapsed_ms(event) / 1000);
        print_status(id, result);
        printf("\n");
    } else {
        outcome = result ? print_result(id, result, "") : print_failure(id, tcdb_wait_event_error(event));
    }
    tcdb_result_free(result);
    (void)fflush(stdout);
    return outcome;
}

static int run_all(void)
{
    tcdb_wait_event *event;
    tcdb_error *error;
    int outcome = ALL_SUCCEEDED;
    while (tcdb_wait_queue_pending(queue) > 0) {
        if (tcdb_wait_queue_run(queue, 60000, &error) != TCDB_OK) return report("wait", "run", error);
        while (tcdb_wait_queue_next(queue, 0, &event, &error) == TCDB_OK && event) {
            outcome = worse(outcome, handle_event(event));
            tcdb_wait_event_free(event);
        }
    }
    return outcome;
}

/* Returns 0, or the exit code. */
static int add_all(char **ids, uint64_t timeout_ms, uint32_t interval_ms)
{
    tcdb_wait_options *options = tcdb_wait_options_new();
    tcdb_error *error;
    uint64_t number;
    int outcome = 0;
    tcdb_wait_options_set_changes(options, 1);
    tcdb_wait_options_set_interval_ms(options, interval_ms, interval_ms);
    for (; *ids && outcome == 0; ids++)
        if (tcdb_wait_queue_add(queue, *ids, timeout_ms, options, *ids, &number, &error) != TCDB_OK)
            outcome = report("wait", *ids, error);
    tcdb_wait_options_free(options);
    return outcome;
}

static int wait_for(const tcdb_client *client, char **ids, int64_t timeout_ms, int64_t interval_ms)
{
    tcdb_error *error;
    int outcome;
    if (tcdb_wait_queue_new(client, NULL, &queue, &error) != TCDB_OK) return report("wait", "queue", error);
    outcome = add_all(ids, timeout_ms == INT64_MAX ? UINT64_MAX : (uint64_t)timeout_ms, (uint32_t)interval_ms);
    if (outcome != 0) return outcome;
    handle(SIGINT);
    handle(SIGTERM);
    return run_all();
}

int main(int argc, char **argv)
{
    struct shared shared = { NULL, NULL, NULL, NULL, NULL };
    const char *timeout = NULL, *interval = NULL;
    const struct known_option options[] = {
        { "--region", &shared.region, 0 },   { "--endpoint", &shared.endpoint, 0 }, { "--ca", &shared.ca, 0 },
        { "--profile", &shared.profile, 0 }, { "--verbose", &shared.verbose, 1 },   { "--timeout", &timeout, 0 },
        { "--interval", &interval, 0 },      { NULL, NULL, 0 },
    };
    int64_t timeout_ms, interval_ms;
    tcdb_error *error;
    tcdb_client *client;
    int outcome;
    (void)argc;
    if (take_options("wait", argv, options) < 0) return USAGE;
    timeout_ms = milliseconds("--timeout", timeout, INT64_MAX); /* without one, for ever */
    interval_ms = milliseconds("--interval", interval, 0);
    if (timeout_ms < 0 || interval_ms < 0) return USAGE;

    client = make_client("wait", &shared, &error);
    if (!client) return report("wait", "cannot start", error);
    outcome = wait_for(client, argv + 1, timeout_ms, interval_ms);
    leave(SIGINT);
    leave(SIGTERM);
    tcdb_wait_queue_free(queue);
    tcdb_client_free(client);
    return outcome;
}
