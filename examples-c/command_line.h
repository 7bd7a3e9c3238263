/*
 * command_line.h - what the example programs share: options, a client made from them, results and errors in words.
 */
#ifndef COMMAND_LINE_H
#define COMMAND_LINE_H

#include <stdio.h>
#include <string.h>

#include "tcdb_async.h"

/* The exit codes of every command line of this project. */
enum { ALL_SUCCEEDED = 0, ENDED_BADLY = 1, USAGE = 2, NETWORK = 3, REFUSED = 4, TIME_OVER = 5, NOT_ENDED = 6, INTERRUPTED = 130 };

/* What every program takes. The program's name comes first in all it says of errors. */
struct command_line {
    const char *program;
    const char *region, *endpoint, *ca, *profile, *metadata;
    int verbose, cvm_role;
};

static inline void print_shared_help(void)
{
    puts("  --region    the database's region; default: TENCENTCLOUD_REGION, else the profile's");
    puts("  --endpoint  where to ask; default: cdb.intl.tencentcloudapi.com");
    puts("  --ca        a PEM file of authorities to trust in place of the system's store");
    puts("  --profile   credentials from this profile of the vendor's tools, in place of the environment");
    puts("  --cvm-role  credentials of the role that this CVM instance has");
    puts("  --metadata  where its metadata service is; default: http://metadata.tencentyun.com");
    puts("  --verbose   log to stderr what happens");
    puts("");
    puts("Credentials come from the environment, unless a profile or the CVM's role is asked for:");
    puts("TENCENTCLOUD_SECRET_ID, TENCENTCLOUD_SECRET_KEY and, for temporary ones, TENCENTCLOUD_TOKEN; never from");
    puts("the command line. A proxy comes from HTTPS_PROXY, ALL_PROXY, NO_PROXY.");
    puts("");
    puts("exit code: 0 all succeeded; 1 a task ended badly; 2 usage; 3 network; 4 refused by the API;");
    puts("           5 timed out; 6 not ended (a task is still pending); 130 interrupted");
    puts("           of several, the most telling: 2, 130, 4, 3, 5, 1, 6, 0 in this order");
}

/* Takes the option at argv[*i], and its value. Options with a value that are the program's own stand in `own` by name,
 * NULL at the end, their values go to own_values. Returns 0, or USAGE after it has said why. */
static inline int take_option(struct command_line *c, int argc, char **argv, int *i, const char *const *own, const char **own_values)
{
    const char *option = argv[*i];
    const char **value = NULL;
    if (strcmp(option, "--verbose") == 0) { c->verbose = 1; return 0; }
    if (strcmp(option, "--cvm-role") == 0) { c->cvm_role = 1; return 0; }
    if (strcmp(option, "--region") == 0) value = &c->region;
    else if (strcmp(option, "--endpoint") == 0) value = &c->endpoint;
    else if (strcmp(option, "--ca") == 0) value = &c->ca;
    else if (strcmp(option, "--profile") == 0) value = &c->profile;
    else if (strcmp(option, "--metadata") == 0) value = &c->metadata;
    for (; value == NULL && *own != NULL; own++, own_values++)
        if (strcmp(option, *own) == 0) value = own_values;
    if (value == NULL) { fprintf(stderr, "%s: unknown option %s (see --help)\n", c->program, option); return USAGE; }
    if (*i + 1 == argc) { fprintf(stderr, "%s: %s wants a value\n", c->program, option); return USAGE; }
    *value = argv[++*i];
    return 0;
}

static inline void TCDB_CALL log_line(tcdb_log_level level, const char *line, void *program)
{
    static const char *const names[] = { "", "error", "warn", "info", "debug" };
    fprintf(stderr, "%s: %s: %s\n", (const char *)program, level >= 1 && level <= 4 ? names[level] : "log", line);
}

static inline tcdb_code find_credentials(const struct command_line *c, tcdb_credentials **credentials, tcdb_error **error)
{
    tcdb_options *io; /* of the source itself, not of the client */
    tcdb_code code;
    if (c->profile) return tcdb_credentials_profile(NULL, c->profile, credentials, error);
    if (!c->cvm_role) return tcdb_credentials_env(credentials, error);
    io = tcdb_options_new();
    if (c->metadata) tcdb_options_set_endpoint(io, c->metadata);
    if (c->verbose) tcdb_options_set_log(io, TCDB_LOG_DEBUG, log_line, (void *)c->program, NULL);
    code = tcdb_credentials_cvm_role(NULL, io, credentials, error);
    tcdb_options_free(io);
    return code;
}

static inline tcdb_client *make_client(const struct command_line *c, tcdb_error **error)
{
    tcdb_credentials *credentials = NULL;
    tcdb_client *client = NULL;
    tcdb_options *options = tcdb_options_from_env();

    if (c->endpoint) tcdb_options_set_endpoint(options, c->endpoint);
    if (c->ca) tcdb_options_set_ca_file(options, c->ca);
    if (c->verbose) tcdb_options_set_log(options, TCDB_LOG_DEBUG, log_line, (void *)c->program, NULL);

    if (find_credentials(c, &credentials, error) == TCDB_OK)
        (void)tcdb_client_new(credentials, c->region, options, &client, error);

    /* The client keeps what it needs of both. */
    tcdb_credentials_free(credentials);
    tcdb_options_free(options);
    return client;
}

/* The status as the API spells it. */
static inline const char *status_words(const tcdb_result *result)
{
    const char *text = tcdb_result_status_text(result);
    return text[0] ? text : "(no status)";
}

/* Prints a result and says what the task's status is, as an exit code. */
static inline int print_result(const char *id, const tcdb_result *result, const char *remark)
{
    tcdb_status status = tcdb_result_status(result);
    const char *info = tcdb_result_info(result);
    const char *request_id = tcdb_result_request_id(result);

    printf("%s: %s%s\n", id, status_words(result), remark);
    printf("  info: ");
    if (info) (void)fwrite(info, 1, tcdb_result_info_len(result), stdout); /* may hold a NUL */
    else printf("(none)");
    printf("\n  request id: %s\n", request_id ? request_id : "(none)");
    if (tcdb_status_is_success(status)) return ALL_SUCCEEDED;
    return tcdb_status_is_terminal(status) ? ENDED_BADLY : NOT_ENDED;
}

/* Says what failed and why, frees the error, and gives the exit code. */
static inline int report(const char *program, const char *what, tcdb_error *error)
{
    tcdb_code code = tcdb_error_code(error);
    int retryable = tcdb_error_is_retryable(error);
    fprintf(stderr, "%s: %s: %s", program, what, tcdb_error_message(error));
    if (tcdb_error_request_id(error)) fprintf(stderr, " [RequestId %s]", tcdb_error_request_id(error));
    fprintf(stderr, " [%s%s]\n", tcdb_code_name(code), retryable ? ", may pass" : "");
    tcdb_error_free(error);
    switch (code) {
    case TCDB_ERR_INVALID_ARGUMENT:
    case TCDB_ERR_CREDENTIALS:
        return USAGE;
    case TCDB_ERR_CANCELLED:
        return INTERRUPTED;
    case TCDB_ERR_REQUEST_TIMEOUT:
    case TCDB_ERR_WAIT_TIMEOUT:
        return TIME_OVER;
    default:
        return code >= TCDB_ERR_AUTH ? REFUSED : NETWORK;
    }
}

/* Of two exit codes the more telling one. */
static inline int worse(int a, int b)
{
    static const int order[] = { USAGE, INTERRUPTED, REFUSED, NETWORK, TIME_OVER, ENDED_BADLY, NOT_ENDED };
    size_t i;
    for (i = 0; i < sizeof order / sizeof order[0]; i++)
        if (a == order[i] || b == order[i]) return order[i];
    return ALL_SUCCEEDED;
}

#endif
