/*
 * wait_uv.c - waits for async requests in a program that lives on an event loop (libuv).
 *
 * Build: cc -o wait_uv wait_uv.c $(pkg-config --cflags --libs tcdb_async libuv)
 * Run:   TENCENTCLOUD_SECRET_ID=... TENCENTCLOUD_SECRET_KEY=... ./wait_uv --region ap-guangzhou --timeout 3600 ID...
 *
 * Threads of the program's own run the queue and do all that may block. The loop watches the queue's descriptor and takes
 * events without sleeping, so nothing on it waits for the API: --lateness MS prints how late its own timer was at most, and
 * exits with 3 if that was more. --threads N: how many run the queue, 1 to 64; default 2. Times are in seconds.
 */
#include <stdlib.h>
#include <uv.h>

#include "command_line.h"

enum { MOST_THREADS = 64, TIMER_MS = 10, RUN_MS = 1000, FOR_EVER = 5000000, UNMEASURED = 5000000 };

struct program {
    tcdb_wait_queue *queue;
    char **ids;
    int outcome;
    uv_loop_t *loop;
    uv_poll_t events;
    uv_signal_t interrupt;
    uv_timer_t timer;
    uint64_t last_tick, most_late_ns;
};

/* One of the threads that ask: until the client is shut down. */
static void run_queue(void *queue)
{
    tcdb_error *error = NULL;
    while (tcdb_wait_queue_run(queue, RUN_MS, &error) == TCDB_OK) continue;
    if (tcdb_error_code(error) == TCDB_ERR_CANCELLED) tcdb_error_free(error);
    else (void)report("wait_uv", "run", error);
}

static void handle_event(struct program *program, const tcdb_wait_event *event)
{
    const char *id = program->ids[(size_t)tcdb_wait_event_user_data(event)];
    tcdb_result *result = tcdb_wait_event_result(event);
    if (!tcdb_wait_event_is_final(event)) {
        print_status(id, result);
        printf("\n");
    }
    else if (result) program->outcome = worse(program->outcome, print_result(id, result, ""));
    else program->outcome = worse(program->outcome, report("wait_uv", id, tcdb_wait_event_error(event)));
    tcdb_result_free(result);
}

static void end_loop(struct program *program)
{
    (void)uv_poll_stop(&program->events);
    uv_close((uv_handle_t *)&program->events, NULL);
    uv_close((uv_handle_t *)&program->interrupt, NULL);
    uv_close((uv_handle_t *)&program->timer, NULL);
}

/* The descriptor is readable: takes what there is. */
static void on_readable(uv_poll_t *poll, int status, int events)
{
    struct program *program = poll->data;
    tcdb_wait_event *event;
    (void)status;
    (void)events;
    while (tcdb_wait_queue_next(program->queue, 0, &event, NULL) == TCDB_OK && event) {
        handle_event(program, event);
        tcdb_wait_event_free(event);
    }
    if (tcdb_wait_queue_pending(program->queue) == 0) end_loop(program);
}

static void on_interrupt(uv_signal_t *interrupt, int number)
{
    struct program *program = interrupt->data;
    (void)number;
    tcdb_wait_queue_cancel_all(program->queue);
}

/* In place of whatever else the program does on its loop. */
static void on_timer(uv_timer_t *timer)
{
    struct program *program = timer->data;
    const uint64_t now = uv_hrtime(), due = program->last_tick + TIMER_MS * 1000000u;
    if (program->last_tick && now > due && now - due > program->most_late_ns) program->most_late_ns = now - due;
    program->last_tick = now;
}

static void watch(struct program *program, int32_t descriptor)
{
    (void)uv_poll_init(program->loop, &program->events, descriptor);
    (void)uv_signal_init(program->loop, &program->interrupt);
    (void)uv_timer_init(program->loop, &program->timer);
    program->events.data = program->interrupt.data = program->timer.data = program;
    (void)uv_poll_start(&program->events, UV_READABLE, on_readable);
    (void)uv_signal_start(&program->interrupt, on_interrupt, SIGINT);
    (void)uv_timer_start(&program->timer, on_timer, TIMER_MS, TIMER_MS);
}

struct choices {
    double timeout, interval, threads, lateness;
};

/* A number from 0 to 4e6, `otherwise` without any; -1 after a message. */
static double number(const char *name, const char *text, double otherwise)
{
    char *rest;
    const double value = text ? strtod(text, &rest) : otherwise;
    if (!text || (rest != text && *rest == '\0' && value >= 0 && value < 4e6)) return value;
    fprintf(stderr, "wait_uv: %s %s is not a number\n", name, text);
    return -1;
}

/* Returns 0, or the exit code. The ids are left in argv. */
static int read_arguments(char **argv, struct shared *shared, struct choices *chosen)
{
    const char *timeout = NULL, *interval = NULL, *threads = NULL, *lateness = NULL;
    const struct known_option options[] = {
        { "--region", &shared->region, 0 },   { "--endpoint", &shared->endpoint, 0 }, { "--ca", &shared->ca, 0 },
        { "--profile", &shared->profile, 0 }, { "--verbose", &shared->verbose, 1 },   { "--timeout", &timeout, 0 },
        { "--interval", &interval, 0 },       { "--threads", &threads, 0 },           { "--lateness", &lateness, 0 },
        { NULL, NULL, 0 },
    };
    if (take_options("wait_uv", argv, options) < 0) return USAGE;
    chosen->timeout = number("--timeout", timeout, FOR_EVER);
    chosen->interval = number("--interval", interval, 0);
    chosen->threads = number("--threads", threads, 2);
    chosen->lateness = number("--lateness", lateness, UNMEASURED);
    if (chosen->timeout < 0 || chosen->interval < 0 || chosen->threads < 0 || chosen->lateness < 0) return USAGE;
    if (chosen->threads >= 1 && chosen->threads <= MOST_THREADS) return 0;
    fprintf(stderr, "wait_uv: --threads %s: must be 1 to 64\n", threads);
    return USAGE;
}

/* Returns 0, or the exit code. */
static int add_all(struct program *program, const struct choices *chosen)
{
    const uint64_t timeout_ms = chosen->timeout >= FOR_EVER ? UINT64_MAX : (uint64_t)(chosen->timeout * 1000 + 0.5);
    const uint32_t interval_ms = (uint32_t)(chosen->interval * 1000 + 0.5);
    tcdb_wait_options *options = tcdb_wait_options_new();
    tcdb_error *error;
    uint64_t task;
    size_t i;
    int outcome = 0;
    tcdb_wait_options_set_changes(options, 1);
    tcdb_wait_options_set_interval_ms(options, interval_ms, interval_ms);
    for (i = 0; program->ids[i] && outcome == 0; i++)
        if (tcdb_wait_queue_add(program->queue, program->ids[i], timeout_ms, options, (void *)i, &task, &error) != TCDB_OK)
            outcome = report("wait_uv", program->ids[i], error);
    tcdb_wait_options_free(options);
    return outcome;
}

static int run_all(struct program *program, const tcdb_client *client, const struct choices *chosen)
{
    uv_thread_t threads[MOST_THREADS];
    tcdb_error *error;
    int32_t descriptor;
    int i, begun = 0;
    if (tcdb_wait_queue_descriptor(program->queue, &descriptor, &error) != TCDB_OK) return report("wait_uv", "descriptor", error);
    watch(program, descriptor);
    for (i = 0; i < (int)chosen->threads; i++)
        if (uv_thread_create(&threads[begun], run_queue, program->queue) == 0) begun++;
    if (begun == 0) tcdb_wait_queue_cancel_all(program->queue);
    (void)uv_run(program->loop, UV_RUN_DEFAULT);
    tcdb_client_shutdown(client);
    for (i = 0; i < begun; i++) (void)uv_thread_join(&threads[i]);
    if (chosen->lateness >= UNMEASURED) return program->outcome;
    printf("the loop's timer was late by %.1f ms at most\n", (double)program->most_late_ns / 1e6);
    return (double)program->most_late_ns / 1e6 > chosen->lateness ? NETWORK : program->outcome;
}

int main(int argc, char **argv)
{
    struct shared shared = { NULL, NULL, NULL, NULL, NULL };
    struct program program;
    struct choices chosen;
    tcdb_client *client;
    tcdb_error *error = NULL;
    int outcome = read_arguments(argv, &shared, &chosen);
    (void)argc;
    if (outcome != 0) return outcome;

    memset(&program, 0, sizeof program);
    program.ids = argv + 1;
    program.loop = uv_default_loop();
    client = make_client("wait_uv", &shared, &error);
    if (!client) return report("wait_uv", "cannot start", error);
    if (tcdb_wait_queue_new(client, NULL, &program.queue, &error) != TCDB_OK) outcome = report("wait_uv", "queue", error);
    else outcome = add_all(&program, &chosen);
    if (outcome == 0) outcome = run_all(&program, client, &chosen);
    tcdb_wait_queue_free(program.queue);
    tcdb_client_free(client);
    (void)uv_loop_close(program.loop);
    return outcome;
}
