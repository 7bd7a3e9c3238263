/*
 * query.c - what became of one or more async requests?
 *
 * Build: cc -o query query.c $(pkg-config --cflags --libs tcdb_async)
 * Run:   TENCENTCLOUD_SECRET_ID=... TENCENTCLOUD_SECRET_KEY=... ./query --region ap-guangzhou ID...
 */
#include <stdio.h>
#include <string.h>

#include "tcdb_async.h"

/* The exit codes of every command line of this project. */
enum { ALL_SUCCEEDED = 0, ENDED_BADLY = 1, USAGE = 2, NETWORK = 3, REFUSED = 4, TIME_OVER = 5, NOT_ENDED = 6, INTERRUPTED = 130 };

struct arguments {
    const char *region, *endpoint, *ca, *profile, *metadata;
    int verbose, cvm_role, show_request, with_secrets;
    int first_id;
};

static void print_help(void)
{
    puts("usage: query [--region REGION] [--endpoint HOST[:PORT]|URL] [--ca FILE] [--profile NAME | --cvm-role]");
    puts("             [--verbose] [--show-request] ID...");
    puts("");
    puts("Asks TencentDB for MySQL what became of each async request id.");
    puts("");
    puts("  --region    the database's region; default: TENCENTCLOUD_REGION, else the profile's");
    puts("  --endpoint  where to ask; default: cdb.intl.tencentcloudapi.com");
    puts("  --ca        a PEM file of authorities to trust in place of the system's store");
    puts("  --profile   credentials from this profile of the vendor's tools, in place of the environment");
    puts("  --cvm-role  credentials of the role that this CVM instance has");
    puts("  --metadata  where its metadata service is; default: http://metadata.tencentyun.com");
    puts("  --verbose   tell on stderr what happens");
    puts("  --show-request  send nothing; print what would be sent, and the string that is signed");
    puts("  --with-secrets  print signature and token too, in place of cutting them");
    puts("");
    puts("Credentials come from the environment, unless a profile or the CVM's role is asked for:");
    puts("TENCENTCLOUD_SECRET_ID, TENCENTCLOUD_SECRET_KEY and, for temporary ones, TENCENTCLOUD_TOKEN; never from");
    puts("the command line. A proxy comes from HTTPS_PROXY, ALL_PROXY, NO_PROXY.");
    puts("");
    puts("exit code: 0 all succeeded; 1 a task ended badly; 2 usage; 3 network; 4 refused by the API;");
    puts("           5 time over; 6 not ended (a task is still pending); 130 interrupted");
    puts("           of several, the most telling: 2, 4, 3, 5, 1, 6, 0 in this order");
}

/* Takes the options; the ids are what follows them. Returns 0, or the exit code with *done set. */
static int read_arguments(int argc, char **argv, struct arguments *a, int *done)
{
    int i;
    memset(a, 0, sizeof *a);
    *done = 1;
    for (i = 1; i < argc && argv[i][0] == '-'; i++) {
        const char **value = NULL;
        if (strcmp(argv[i], "--") == 0) { i++; break; }
        if (strcmp(argv[i], "--help") == 0) { print_help(); return ALL_SUCCEEDED; }
        if (strcmp(argv[i], "--verbose") == 0) { a->verbose = 1; continue; }
        if (strcmp(argv[i], "--cvm-role") == 0) { a->cvm_role = 1; continue; }
        if (strcmp(argv[i], "--show-request") == 0) { a->show_request = 1; continue; }
        if (strcmp(argv[i], "--with-secrets") == 0) { a->with_secrets = 1; continue; }
        if (strcmp(argv[i], "--region") == 0) value = &a->region;
        else if (strcmp(argv[i], "--endpoint") == 0) value = &a->endpoint;
        else if (strcmp(argv[i], "--ca") == 0) value = &a->ca;
        else if (strcmp(argv[i], "--profile") == 0) value = &a->profile;
        else if (strcmp(argv[i], "--metadata") == 0) value = &a->metadata;
        else { fprintf(stderr, "query: unknown option %s (see --help)\n", argv[i]); return USAGE; }
        if (i + 1 == argc) { fprintf(stderr, "query: %s wants a value\n", argv[i]); return USAGE; }
        *value = argv[++i];
    }
    if (i == argc) { fprintf(stderr, "query: no async request id given (see --help)\n"); return USAGE; }
    a->first_id = i;
    *done = 0;
    return 0;
}

static void log_line(tcdb_log_level level, const char *line, void *user_data)
{
    static const char *const names[] = { "", "error", "warn", "info", "debug" };
    (void)user_data;
    fprintf(stderr, "query: %s: %s\n", level >= 1 && level <= 4 ? names[level] : "log", line);
}

/* Says what failed and why, frees the error, and gives the exit code. */
static int report(const char *what, tcdb_error *error)
{
    tcdb_code code = tcdb_error_code(error);
    int retryable = tcdb_error_is_retryable(error);
    fprintf(stderr, "query: %s: %s", what, tcdb_error_message(error));
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

static tcdb_code find_credentials(const struct arguments *a, tcdb_credentials **credentials, tcdb_error **error)
{
    tcdb_options *io; /* of the source itself, not of the client */
    tcdb_code code;
    if (a->profile) return tcdb_credentials_profile(NULL, a->profile, credentials, error);
    if (!a->cvm_role) return tcdb_credentials_env(credentials, error);
    io = tcdb_options_new();
    if (a->metadata) tcdb_options_set_endpoint(io, a->metadata);
    if (a->verbose) tcdb_options_set_log(io, TCDB_LOG_DEBUG, log_line, NULL, NULL);
    code = tcdb_credentials_cvm_role(NULL, io, credentials, error);
    tcdb_options_free(io);
    return code;
}

static tcdb_client *make_client(const struct arguments *a, tcdb_error **error)
{
    tcdb_credentials *credentials = NULL;
    tcdb_client *client = NULL;
    tcdb_options *options = tcdb_options_from_env();

    if (a->endpoint) tcdb_options_set_endpoint(options, a->endpoint);
    if (a->ca) tcdb_options_set_ca_file(options, a->ca);
    if (a->verbose) tcdb_options_set_log(options, TCDB_LOG_DEBUG, log_line, NULL, NULL);

    if (find_credentials(a, &credentials, error) == TCDB_OK)
        (void)tcdb_client_new(credentials, a->region, options, &client, error);

    /* The client keeps what it needs of both. */
    tcdb_credentials_free(credentials);
    tcdb_options_free(options);
    return client;
}

static int ask(const tcdb_client *client, const char *id)
{
    tcdb_result *result;
    tcdb_error *error;
    tcdb_status status;
    const char *info, *request_id;

    if (tcdb_query(client, id, &result, &error) != TCDB_OK) return report(id, error);

    status = tcdb_result_status(result);
    info = tcdb_result_info(result);
    request_id = tcdb_result_request_id(result);
    printf("%s: %s\n", id, tcdb_result_status_text(result)[0] ? tcdb_result_status_text(result) : "(no status)");
    printf("  info: ");
    if (info) (void)fwrite(info, 1, tcdb_result_info_len(result), stdout); /* may hold a NUL */
    else printf("(none)");
    printf("\n  request id: %s\n", request_id ? request_id : "(none)");
    tcdb_result_free(result);

    if (tcdb_status_is_success(status)) return ALL_SUCCEEDED;
    return tcdb_status_is_terminal(status) ? ENDED_BADLY : NOT_ENDED;
}

static void print_header(const char *name, const char *value, int with_secrets)
{
    static const char mark[] = "Signature=";
    const char *signature = strcmp(name, "Authorization") == 0 ? strstr(value, mark) : NULL;
    if (with_secrets || (!signature && strcmp(name, "X-TC-Token") != 0)) printf("%s: %s\n", name, value);
    else if (signature) printf("%s: %.*s(cut)\n", name, (int)(signature - value) + (int)strlen(mark), value);
    else printf("%s: (cut, %u bytes)\n", name, (unsigned)strlen(value));
}

/* For the day a signature is refused: what would be sent, and what was signed on the way to it. */
static int show_request(const tcdb_client *client, const char *id, int with_secrets)
{
    tcdb_request *request;
    tcdb_error *error;
    size_t i;

    if (tcdb_request_new(client, id, 0, &request, &error) != TCDB_OK) return report(id, error);
    printf("POST %s\n", tcdb_request_url(request));
    for (i = 0; i < tcdb_request_header_count(request); i++)
        print_header(tcdb_request_header_name(request, i), tcdb_request_header_value(request, i), with_secrets);
    printf("\n%s\n\n", tcdb_request_body(request));
    printf("canonical request:\n%s\n\n", tcdb_request_canonical(request));
    printf("string to sign:\n%s\n", tcdb_request_string_to_sign(request));
    tcdb_request_free(request);
    return ALL_SUCCEEDED;
}

/* Of two exit codes the more telling one. */
static int worse(int a, int b)
{
    static const int order[] = { USAGE, INTERRUPTED, REFUSED, NETWORK, TIME_OVER, ENDED_BADLY, NOT_ENDED };
    size_t i;
    for (i = 0; i < sizeof order / sizeof order[0]; i++)
        if (a == order[i] || b == order[i]) return order[i];
    return ALL_SUCCEEDED;
}

int main(int argc, char **argv)
{
    struct arguments a;
    tcdb_error *error = NULL;
    tcdb_client *client;
    int done, i, outcome;

    outcome = read_arguments(argc, argv, &a, &done);
    if (done) return outcome;

    client = make_client(&a, &error);
    if (!client) return report("cannot start", error);

    for (i = a.first_id; i < argc; i++)
        outcome = worse(outcome, a.show_request ? show_request(client, argv[i], a.with_secrets) : ask(client, argv[i]));

    tcdb_client_free(client);
    return outcome;
}
