/*
 * command_line.h - what the example programs share: options among ids, a client made from them, results and errors in words.
 */
#ifndef COMMAND_LINE_H
#define COMMAND_LINE_H

#include <stdio.h>
#include <string.h>

#include "tcdb_async.h"

/* The exit codes of every command line of this project. */
enum { ALL_SUCCEEDED = 0, TASK_FAILED = 1, USAGE = 2, NETWORK = 3, REFUSED = 4, TIMED_OUT = 5, NOT_ENDED = 6, INTERRUPTED = 130 };

/* An option and where its value goes. A flag takes none: its own name goes there. */
struct known_option {
    const char *name;
    const char **value;
    int is_flag;
};

/* What every program takes. */
struct shared {
    const char *region, *endpoint, *ca, *profile, *verbose;
};

static inline const struct known_option *find_option(const struct known_option *options, const char *name)
{
    for (; options->name; options++)
        if (strcmp(options->name, name) == 0) return options;
    return NULL;
}

/* Takes the options out of argv, before, after and among the ids, which are left at argv[1] and on with a NULL behind them.
 * After "--" everything is an id. Options end with a NULL name. Returns how many ids there are, or -1 after a message. */
static inline int take_options(const char *program, char **argv, const struct known_option *options)
{
    int at = 1, ids = 0, only_ids = 0;
    for (; argv[at]; at++) {
        const struct known_option *option;
        if (only_ids || argv[at][0] != '-') { argv[++ids] = argv[at]; continue; }
        if (strcmp(argv[at], "--") == 0) { only_ids = 1; continue; }
        option = find_option(options, argv[at]);
        if (!option) { fprintf(stderr, "%s: unknown option %s\n", program, argv[at]); return -1; }
        if (!option->is_flag && !argv[++at]) { fprintf(stderr, "%s: %s wants a value\n", program, option->name); return -1; }
        *option->value = argv[at];
    }
    argv[ids + 1] = NULL;
    if (ids == 0) { fprintf(stderr, "%s: no async request id given\n", program); return -1; }
    return ids;
}

static inline void TCDB_CALL log_line(tcdb_log_level level, const char *line, void *program)
{
    fprintf(stderr, "%s: %s: %s\n", (const char *)program, level <= TCDB_LOG_WARN ? "warning" : "log", line);
}

/* Credentials, region, proxy and certificates come from the environment, unless an option says otherwise. */
static inline tcdb_client *make_client(const char *program, const struct shared *shared, tcdb_error **error)
{
    tcdb_credentials *credentials = NULL;
    tcdb_client *client = NULL;
    tcdb_options *options = tcdb_options_from_env();
    tcdb_code code;

    if (shared->endpoint) tcdb_options_set_endpoint(options, shared->endpoint);
    if (shared->ca) tcdb_options_set_ca_file(options, shared->ca);
    if (shared->verbose) tcdb_options_set_log(options, TCDB_LOG_DEBUG, log_line, (void *)program, NULL);

    code = shared->profile ? tcdb_credentials_profile(NULL, shared->profile, &credentials, error) : tcdb_credentials_env(&credentials, error);
    if (code == TCDB_OK) (void)tcdb_client_new(credentials, shared->region, options, &client, error);

    /* The client keeps what it needs of both. */
    tcdb_credentials_free(credentials);
    tcdb_options_free(options);
    return client;
}

/* Prints text of a server on one line: a control character as \xNN, so that it cannot drive the terminal. In UTF-8 those
 * of the second kind are C2 80 to C2 9F. */
static inline void print_text(FILE *to, const char *text, size_t length)
{
    size_t i;
    for (i = 0; i < length; i++) {
        const unsigned char c = (unsigned char)text[i];
        const int is_second_kind = c == 0xC2 && i + 1 < length && ((unsigned char)text[i + 1] & 0xE0) == 0x80;
        if (is_second_kind) fprintf(to, "\\x%02x", (unsigned char)text[++i]);
        else if (c < 0x20 || c == 0x7F) fprintf(to, "\\x%02x", c);
        else (void)putc(c, to);
    }
}

static inline void print_words(FILE *to, const char *words)
{
    print_text(to, words, strlen(words));
}

static inline void print_status(const char *id, const tcdb_result *result)
{
    const char *status = tcdb_result_status_text(result); /* as the API spells it */
    print_words(stdout, id);
    printf(": ");
    print_words(stdout, status[0] ? status : "(no status)");
}

/* Prints a result and says what the task's status is, as an exit code. */
static inline int print_result(const char *id, const tcdb_result *result, const char *remark)
{
    const tcdb_status status = tcdb_result_status(result);
    const char *info = tcdb_result_info(result);
    const char *request_id = tcdb_result_request_id(result);

    print_status(id, result);
    printf("%s\n  info: ", remark);
    if (info) print_text(stdout, info, tcdb_result_info_len(result));
    else printf("(none)");
    printf("\n  request id: %s\n", request_id ? request_id : "(none)");
    if (tcdb_status_is_success(status)) return ALL_SUCCEEDED;
    return tcdb_status_is_terminal(status) ? TASK_FAILED : NOT_ENDED;
}

/* Prints what failed and why, frees the error, and gives the exit code. */
static inline int report(const char *program, const char *what, tcdb_error *error)
{
    const tcdb_code code = tcdb_error_code(error);
    fprintf(stderr, "%s: ", program);
    print_words(stderr, what);
    fprintf(stderr, ": ");
    print_words(stderr, tcdb_error_message(error));
    if (tcdb_error_request_id(error)) fprintf(stderr, " [RequestId %s]", tcdb_error_request_id(error));
    fprintf(stderr, " [%s%s]\n", tcdb_code_name(code), tcdb_error_is_retryable(error) ? ", may pass" : "");
    tcdb_error_free(error);
    switch (code) {
    case TCDB_ERR_INVALID_ARGUMENT:
    case TCDB_ERR_CREDENTIALS:
        return USAGE;
    case TCDB_ERR_CANCELLED:
        return INTERRUPTED;
    case TCDB_ERR_REQUEST_TIMEOUT:
    case TCDB_ERR_WAIT_TIMEOUT:
        return TIMED_OUT;
    default:
        return code >= TCDB_ERR_AUTH ? REFUSED : NETWORK;
    }
}

/* Of two exit codes the one that counts more. */
static inline int worse(int a, int b)
{
    static const int order[] = { USAGE, INTERRUPTED, REFUSED, NETWORK, TIMED_OUT, TASK_FAILED, NOT_ENDED };
    size_t i;
    for (i = 0; i < sizeof order / sizeof order[0]; i++)
        if (a == order[i] || b == order[i]) return order[i];
    return ALL_SUCCEEDED;
}

#endif
