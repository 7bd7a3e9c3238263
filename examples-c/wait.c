/*
 * wait.c - waits until one or more async requests have ended.
 *
 * Build: cc -o wait wait.c $(pkg-config --cflags --libs tcdb_async)
 * Run:   TENCENTCLOUD_SECRET_ID=... TENCENTCLOUD_SECRET_KEY=... ./wait --region ap-guangzhou --timeout 3600 ID...
 *
 * One thread carries them all: one id by tcdb_waiter_run, which tells its progress while a request is under way, too;
 * several by tcdb_waiter_step, each when it is due. Ctrl-C ends it with the last known state.
 */
#define _POSIX_C_SOURCE 200809L
#include <signal.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "command_line.h"

struct task {
    const char *id;
    tcdb_waiter *waiter;
    char told[64]; /* the status last told, on a pipe */
    int ended;
    int outcome;
};

/* What the signal handler may touch: complete before it is installed. */
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

/* Ctrl-C: tcdb_waiter_cancel is made for signal handlers. */
static void stop(int signal_number)
{
    int i;
    (void)signal_number;
    for (i = 0; i < count; i++) tcdb_waiter_cancel(tasks[i].waiter);
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

static void clear_line(void)
{
    if (on_terminal) printf("\r\033[K");
}

/* On a terminal: the progress line. */
static void draw_line(const char *id, const tcdb_result *latest, uint32_t answers, double seconds)
{
    clear_line();
    printf("%.1f s  %s: %s (%u answer%s)", seconds, id, latest ? status_words(latest) : "asking", (unsigned)answers,
           answers == 1 ? "" : "s");
    (void)fflush(stdout);
}

/* On a pipe: one line for each change. */
static void tell_change(struct task *task, const tcdb_result *latest, double seconds)
{
    if (!latest || strncmp(task->told, status_words(latest), sizeof task->told - 1) == 0) return;
    (void)snprintf(task->told, sizeof task->told, "%s", status_words(latest));
    printf("%.1f s  %s: %s\n", seconds, task->id, task->told);
    (void)fflush(stdout);
}

static int32_t TCDB_CALL on_progress(const tcdb_result *latest, uint32_t answers, uint64_t elapsed_ms, void *task)
{
    if (on_terminal) draw_line(((struct task *)task)->id, latest, answers, (double)elapsed_ms / 1000);
    else tell_change(task, latest, (double)elapsed_ms / 1000);
    return 0;
}

/* Takes over what ended a wait: a result, or an error with the last known state. */
static void end(struct task *task, tcdb_result *result, tcdb_error *error)
{
    task->ended = 1;
    clear_line();
    if (result) {
        if (!on_terminal) tell_change(task, result, (double)tcdb_waiter_elapsed_ms(task->waiter) / 1000);
        task->outcome = print_result(task->id, result, "");
        tcdb_result_free(result);
    } else {
        tcdb_result *last = tcdb_error_last_result(error);
        if (last) (void)print_result(task->id, last, " (last known)");
        (void)fflush(stdout);
        task->outcome = report("wait", task->id, error);
        tcdb_result_free(last);
    }
    (void)fflush(stdout);
}

static void run_one(struct task *task)
{
    tcdb_result *result;
    tcdb_error *error;
    (void)tcdb_waiter_run(task->waiter, on_progress, task, &result, &error);
    end(task, result, error);
}

static void step_one(struct task *task)
{
    tcdb_result *result;
    tcdb_error *error;
    if (tcdb_waiter_step(task->waiter, 0, &result, &error) != TCDB_OK || result) {
        end(task, result, error);
    } else if (!on_terminal) {
        tcdb_result *latest = tcdb_waiter_latest(task->waiter);
        tell_change(task, latest, (double)tcdb_waiter_elapsed_ms(task->waiter) / 1000);
        tcdb_result_free(latest);
    }
}

/* On a terminal, for several: how far they are together. */
static void draw_sum(void)
{
    unsigned ended = 0, answers = 0;
    int i;
    for (i = 0; i < count; i++) {
        ended += (unsigned)tasks[i].ended;
        answers += tcdb_waiter_answers(tasks[i].waiter);
    }
    clear_line();
    printf("%.1f s  %u of %d ended (%u answers)", (double)tcdb_waiter_elapsed_ms(tasks[0].waiter) / 1000, ended, count, answers);
    (void)fflush(stdout);
}

/* Steps each task when it is due, all in turn, and sleeps until the next one is. */
static void step_all(void)
{
    for (;;) {
        uint64_t soonest = UINT64_MAX;
        struct timespec nap;
        int i;
        for (i = 0; i < count; i++) {
            uint64_t due;
            if (tasks[i].ended) continue;
            if (tcdb_waiter_due_in_ms(tasks[i].waiter) == 0) step_one(&tasks[i]);
            due = tcdb_waiter_due_in_ms(tasks[i].waiter);
            if (due < soonest) soonest = due;
        }
        if (soonest == UINT64_MAX) return;
        if (on_terminal) draw_sum();
        /* A signal that comes just before the nap waits for its end. */
        if (soonest > 100) soonest = 100;
        nap.tv_sec = 0;
        nap.tv_nsec = (long)soonest * 1000000;
        (void)nanosleep(&nap, NULL);
    }
}

/* Seconds as milliseconds; 0 and *good cleared if it is no such number. */
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
    if (!good) { fprintf(stderr, "wait: --timeout %s is no number of seconds\n", values[0]); return USAGE; }
    times->interval_ms = values[1] ? milliseconds(values[1], &good) : 0;
    if (!good) { fprintf(stderr, "wait: --interval %s is no number of seconds\n", values[1]); return USAGE; }
    if (i == argc) { fprintf(stderr, "wait: no async request id given (see --help)\n"); return USAGE; }
    *first_id = i;
    *done = 0;
    return 0;
}

/* Returns 0, or the exit code. */
static int make_tasks(const tcdb_client *client, const struct times *times, char **ids)
{
    tcdb_error *error;
    int i;
    for (i = 0; i < count; i++) {
        tasks[i].id = ids[i];
        if (tcdb_waiter_new(client, ids[i], times->timeout_ms, &tasks[i].waiter, &error) != TCDB_OK)
            return report("wait", ids[i], error);
        if (times->interval_ms)
            tcdb_waiter_set_interval_ms(tasks[i].waiter, (uint32_t)times->interval_ms, (uint32_t)times->interval_ms);
    }
    return 0;
}

static int wait_for(const tcdb_client *client, const struct times *times, char **ids)
{
    int i, outcome = make_tasks(client, times, ids);
    if (outcome == 0) {
        on_terminal = isatty(STDOUT_FILENO);
        handle_signals();
        if (count == 1) run_one(&tasks[0]);
        else step_all();
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
    for (i = 0; i < count; i++) tcdb_waiter_free(tasks[i].waiter);
    free(tasks);
    tcdb_client_free(client);
    return outcome;
}
