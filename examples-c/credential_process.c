/*
 * credential_process.c - credentials that another program fetches: a vault's command line, a script of your own.
 *
 * The program prints up to four lines: secret id, secret key, token, end in Unix seconds. The last two may be empty or missing.
 * Its first line of standard error is the reason if it fails. It is killed, with whatever it has started, when the time that
 * the query has left is over, and after ten seconds at the latest.
 *
 * Build: cc -o credential_process credential_process.c $(pkg-config --cflags --libs tcdb_async)
 * Run:   ./credential_process REGION ID PROGRAM [ARGUMENT...]       (TCDB_ENDPOINT, TCDB_CA_FILE: of a mock server)
 */
#define _POSIX_C_SOURCE 200809L
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tcdb_async.h"

enum { LONGEST_MS = 10000, ROOM = 16 * 1024 };

struct output {
    char text[ROOM];
    size_t len;
};

/* Not memset: a compiler may drop that before the memory goes. */
static void wipe(struct output *output)
{
    volatile char *at = output->text;
    size_t i;
    for (i = 0; i < ROOM; i++) at[i] = 0;
    output->len = 0;
}

static long long now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (long long)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void close_pipe(int ends[2])
{
    close(ends[0]);
    close(ends[1]);
}

/* Starts the program in a process group of its own. Returns its id, or -1. */
static pid_t start(char **command, int *out, int *err)
{
    int outputs[2], errors[2];
    pid_t child;
    if (pipe(outputs) != 0) return -1;
    if (pipe(errors) != 0) { close_pipe(outputs); return -1; }
    child = fork();
    if (child == 0) {
        setpgid(0, 0);
        dup2(outputs[1], STDOUT_FILENO);
        dup2(errors[1], STDERR_FILENO);
        close_pipe(outputs);
        close_pipe(errors);
        execvp(command[0], command);
        dprintf(STDERR_FILENO, "%s cannot be run\n", command[0]);
        _exit(127);
    }
    close(outputs[1]);
    close(errors[1]);
    if (child < 0) { close(outputs[0]); close(errors[0]); return -1; }
    setpgid(child, child);
    *out = outputs[0];
    *err = errors[0];
    return child;
}

/* 0: the end, or too much. */
static int keep(int from, struct output *into)
{
    ssize_t n = read(from, into->text + into->len, ROOM - 1 - into->len);
    if (n < 0) return errno == EINTR;
    into->len += (size_t)n;
    into->text[into->len] = 0;
    return n > 0 && into->len < ROOM - 1;
}

/* Reads both until the program closes them. 0: the timeout has passed. */
static int collect(int out, int err, struct output *output, struct output *errors, long long until)
{
    struct pollfd both[2] = {{0}};
    both[0].fd = out;
    both[1].fd = err;
    both[0].events = both[1].events = POLLIN;
    while (both[0].fd >= 0 || both[1].fd >= 0) {
        long long left = until - now_ms();
        if (left <= 0) return 0;
        if (poll(both, 2, (int)left) < 0 && errno != EINTR) return 0;
        if (both[0].fd >= 0 && both[0].revents && !keep(out, output)) both[0].fd = -1;
        if (both[1].fd >= 0 && both[1].revents && !keep(err, errors)) both[1].fd = -1;
    }
    return 1;
}

/* Waits for the program, which has closed its output. 0: the timeout has passed. */
static int ended(pid_t child, int *status, long long until)
{
    struct timespec pause = {0, 10 * 1000000};
    while (waitpid(child, status, WNOHANG) == 0) {
        if (now_ms() >= until) return 0;
        nanosleep(&pause, NULL);
    }
    return 1;
}

/* Cuts the next line off. Never NULL. */
static char *line(char **rest)
{
    char *begin = *rest, *end = begin + strcspn(begin, "\r\n");
    *rest = end + strspn(end, "\r");
    if (**rest == '\n') ++*rest;
    *end = 0;
    return begin;
}

static void hand_over(tcdb_credentials_answer *answer, struct output *output)
{
    char *rest = output->text, *id, *key, *token;
    id = line(&rest);
    key = line(&rest);
    token = line(&rest);
    tcdb_credentials_answer_set(answer, id, key, *token ? token : NULL, strtoll(line(&rest), NULL, 10));
}

static void TCDB_CALL fetch(tcdb_credentials_answer *answer, void *user_data)
{
    struct output output, errors;
    int out = -1, err = -1, status = 0, in_time;
    long long left = tcdb_credentials_answer_ms_left(answer), until = now_ms() + (left < LONGEST_MS ? left : LONGEST_MS);
    pid_t child = start(user_data, &out, &err);
    output.len = errors.len = 0;
    output.text[0] = errors.text[0] = 0;
    if (child < 0) {
        tcdb_credentials_answer_fail(answer, "the program cannot be started", 1);
        return;
    }
    in_time = collect(out, err, &output, &errors, until) && ended(child, &status, until);
    if (!in_time) {
        kill(-child, SIGKILL);
        waitpid(child, &status, 0);
        tcdb_credentials_answer_fail(answer, "the program took too long", 1);
    } else if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
        char *rest = errors.text;
        tcdb_credentials_answer_fail(answer, line(&rest), 0);
    } else {
        hand_over(answer, &output);
    }
    close(out);
    close(err);
    wipe(&output);
    wipe(&errors);
}

static int report(tcdb_error *error)
{
    fprintf(stderr, "%s: %s\n", tcdb_code_name(tcdb_error_code(error)), tcdb_error_message(error));
    tcdb_error_free(error);
    return 1;
}

int main(int argc, char **argv)
{
    tcdb_credentials *credentials;
    tcdb_options *options;
    tcdb_client *client;
    tcdb_result *result;
    tcdb_error *error;
    tcdb_code code;

    if (argc < 4) { fprintf(stderr, "usage: credential_process REGION ID PROGRAM [ARGUMENT...]\n"); return 2; }
    if (tcdb_credentials_callback("credential_process", fetch, argv + 3, NULL, NULL, &credentials, &error) != TCDB_OK)
        return report(error);
    options = tcdb_options_from_env();
    if (getenv("TCDB_ENDPOINT")) tcdb_options_set_endpoint(options, getenv("TCDB_ENDPOINT"));
    if (getenv("TCDB_CA_FILE")) tcdb_options_set_ca_file(options, getenv("TCDB_CA_FILE"));
    if (getenv("TCDB_TIMEOUT_MS")) tcdb_options_set_total_timeout_ms(options, (uint32_t)atoi(getenv("TCDB_TIMEOUT_MS")));
    code = tcdb_client_new(credentials, argv[1], options, &client, &error);
    tcdb_options_free(options);
    tcdb_credentials_free(credentials);
    if (code != TCDB_OK) return report(error);
    code = tcdb_query(client, argv[2], &result, &error);
    tcdb_client_free(client);
    if (code != TCDB_OK) return report(error);
    printf("%s\n", tcdb_result_status_text(result));
    tcdb_result_free(result);
    return 0;
}
