/*
 * wait.c - waits until one or more async requests have ended.
 *
 * Build: cc -o wait wait.c $(pkg-config --cflags --libs tcdb_async)
 * Run:   TENCENTCLOUD_SECRET_ID=... TENCENTCLOUD_SECRET_KEY=... ./wait --region ap-guangzhou --timeout 3600 ID...
 *
 * A wait queue carries them all on one thread: it runs until there is an event, then takes the events. Ctrl-C ends it
 * with the last known state.
 */
#define _POSIX_C_SOURCE 200809L
#include <signal.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "command_line.h"

struct task {
    const char *id;
    char status[64]; /* the latest; empty before the first answer */
    uint32_t answers;
    int ended;
    int outcome;
};

/* What the signal handler uses: complete before it is installed. */
static tcdb_wait_queue *queue;

static struct task *tasks;
static int count;
static int on_terminal;

static void print_help(void)
{
    puts("usage: wait [--region REGION] [--endpoint HOST[:PORT]|URL] [--ca FILE] [--verbose]");
    puts("            [--timeout SECONDS] [--interval SECONDS]");
    puts("            [--profile NAME | --cvm-role [--metadata URL]] ID...");
    puts("");
    puts("Waits until TencentDB for MySQL says that each async request id has ended.");
    puts("");
    puts("  --timeout   how long to wait at most; 0 asks once; default: for ever");
    puts("  --interval  how long to pause between two requests, at least 0.25; default: from 1 growing to 10");
    print_shared_help();
}

/* Ctrl-C: tcdb_wait_queue_cancel_all is made for signal handlers. */
static void stop(int signal_number)
{
    (void)signal_number;
    tcdb_wait_queue_cancel_all(queue);
}

static void handle_signals(void)
{
#ifdef _WIN32
    (void)signal(SIGINT, stop);
    (void)signal(SIGTERM, stop);
#else
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = stop;
    (void)sigaction(SIGINT, &action, NULL);
    (void)sigaction(SIGTERM, &action, NULL);
#endif
}

static double seconds_now(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void clear_line(void)
{
    if (on_terminal) printf("\r\033[K");
}

/* On a terminal: how far they are, on a line that is drawn again and again. */
static void draw_line(double seconds)
{
    unsigned ended = 0, answers = 0;
    int i;
    for (i = 0; i < count; i++) {
        ended += (unsigned)tasks[i].ended;
        answers += tasks[i].answers;
    }
    clear_line();
    if (count == 1)
        printf("%.1f s  %s: %s (%u answer%s)", seconds, tasks[0].id, tasks[0].status[0] ? tasks[0].status : "asking", answers,
               answers == 1 ? "" : "s");
    else
        printf("%.1f s  %u of %d ended (%u answers)", seconds, ended, count, answers);
    (void)fflush(stdout);
}

/* Keeps a new status; on a pipe it is a line. */
static void change(struct task *task, const tcdb_result *result, double seconds)
{
    if (strncmp(task->status, status_words(result), sizeof task->status - 1) == 0) return;
    (void)snprintf(task->status, sizeof task->status, "%s", status_words(result));
    if (!on_terminal) printf("%.1f s  %s: %s\n", seconds, task->id, task->status);
}

/* A wait that ended without an ending: its last known state, and why. */
static int print_failure(const struct task *task, tcdb_error *error)
{
    tcdb_result *last = tcdb_error_last_result(error);
    if (last) (void)print_result(task->id, last, " (last known)");
    tcdb_result_free(last);
    (void)fflush(stdout);
    return report("wait", task->id, error);
}

static void handle_event(const tcdb_wait_event *event)
{
    struct task *task = tcdb_wait_event_user_data(event);
    tcdb_result *result = tcdb_wait_event_result(event);
    task->answers = tcdb_wait_event_answers(event);
    task->ended = tcdb_wait_event_is_final(event);
    clear_line();
    if (result) change(task, result, (double)tcdb_wait_event_elapsed_ms(event) / 1000);
    if (task->ended) task->outcome = result ? print_result(task->id, result, "") : print_failure(task, tcdb_wait_event_error(event));
    tcdb_result_free(result);
    (void)fflush(stdout);
}

/* Returns 0, or the exit code. */
static int run_all(void)
{
    const uint32_t slice_ms = on_terminal ? 100 : 60000;
    tcdb_wait_event *event;
    tcdb_error *error;
    const double began = seconds_now();
    while (tcdb_wait_queue_pending(queue) > 0) {
        if (tcdb_wait_queue_run(queue, slice_ms, &error) != TCDB_OK) return report("wait", "run", error);
        while (tcdb_wait_queue_next(queue, 0, &event, &error) == TCDB_OK && event) {
            handle_event(event);
            tcdb_wait_event_free(event);
        }
        if (on_terminal && tcdb_wait_queue_pending(queue) > 0) draw_line(seconds_now() - began);
    }
    return 0;
}

/* Seconds as milliseconds; 0 and *good cleared if it is not such a number. */
static uint64_t milliseconds(const char *text, int *good)
{
    char *rest;
    double seconds = strtod(text, &rest);
    *good = rest != text && *rest == '\0' && seconds >= 0 && seconds < 4e6;
    return *good ? (uint64_t)(seconds * 1000 + 0.5) : 0;
}

struct times {
    uint64_t timeout_ms, interval_ms;
};

/* Takes the options; the ids are what follows them. Returns 0, or the exit code with *done set. */
static int read_arguments(int argc, char **argv, struct command_line *c, struct times *times, int *first_id, int *done)
{
    static const char *const own[] = { "--timeout", "--interval", NULL };
    const char *values[] = { NULL, NULL };
    int i, good = 1;
    *done = 1;
    for (i = 1; i < argc && argv[i][0] == '-'; i++) {
        if (strcmp(argv[i], "--") == 0) { i++; break; }
        if (strcmp(argv[i], "--help") == 0) { print_help(); return ALL_SUCCEEDED; }
        if (take_option(c, argc, argv, &i, own, values) != 0) return USAGE;
    }
    times->timeout_ms = values[0] ? milliseconds(values[0], &good) : UINT64_MAX;
    if (!good) { fprintf(stderr, "wait: --timeout %s is not a number of seconds\n", values[0]); return USAGE; }
    times->interval_ms = values[1] ? milliseconds(values[1], &good) : 0;
    if (!good) { fprintf(stderr, "wait: --interval %s is not a number of seconds\n", values[1]); return USAGE; }
    if (i == argc) { fprintf(stderr, "wait: no async request id given (see --help)\n"); return USAGE; }
    *first_id = i;
    *done = 0;
    return 0;
}

/* Returns 0, or the exit code. */
static int add_tasks(const struct times *times, char **ids)
{
    tcdb_wait_options *options = tcdb_wait_options_new();
    tcdb_error *error;
    uint64_t number;
    int i, outcome = 0;
    tcdb_wait_options_set_changes(options, 1);
    tcdb_wait_options_set_interval_ms(options, (uint32_t)times->interval_ms, (uint32_t)times->interval_ms);
    for (i = 0; i < count && outcome == 0; i++) {
        tasks[i].id = ids[i];
        if (tcdb_wait_queue_add(queue, ids[i], times->timeout_ms, options, &tasks[i], &number, &error) != TCDB_OK)
            outcome = report("wait", ids[i], error);
    }
    tcdb_wait_options_free(options);
    return outcome;
}

static int wait_for(const tcdb_client *client, const struct times *times, char **ids)
{
    tcdb_error *error;
    int i, outcome;
    if (tcdb_wait_queue_new(client, NULL, &queue, &error) != TCDB_OK) return report("wait", "queue", error);
    outcome = add_tasks(times, ids);
    if (outcome == 0) {
        on_terminal = isatty(STDOUT_FILENO);
        handle_signals();
        outcome = run_all();
    }
    for (i = 0; i < count; i++) outcome = worse(outcome, tasks[i].outcome);
    return outcome;
}

int main(int argc, char **argv)
{
    struct command_line c = { "wait", NULL, NULL, NULL, NULL, NULL, 0, 0 };
    struct times times;
    tcdb_error *error = NULL;
    tcdb_client *client;
    int done, i = 0, outcome;

    outcome = read_arguments(argc, argv, &c, &times, &i, &done);
    if (done) return outcome;

    count = argc - i;
    tasks = calloc((size_t)count, sizeof *tasks);
    if (!tasks) { fprintf(stderr, "wait: out of memory\n"); return NETWORK; }

    client = make_client(&c, &error);
    if (!client) {
        free(tasks);
        return report("wait", "cannot start", error);
    }
    outcome = wait_for(client, &times, argv + i);

    /* A late Ctrl-C ends the program as usual: there is nothing left to cancel. */
    (void)signal(SIGINT, SIG_DFL);
    (void)signal(SIGTERM, SIG_DFL);
    tcdb_wait_queue_free(queue);
    free(tasks);
    tcdb_client_free(client);
    return outcome;
}
