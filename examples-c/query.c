/*
 * query.c - what became of one or more async requests?
 *
 * Build: cc -o query query.c $(pkg-config --cflags --libs tcdb_async)
 * Run:   TENCENTCLOUD_SECRET_ID=... TENCENTCLOUD_SECRET_KEY=... ./query --region ap-guangzhou ID...
 */
#include "command_line.h"

/* What query takes besides the shared options. */
struct showing {
    int request, secrets;
};

static void print_help(void)
{
    puts("usage: query [--region REGION] [--endpoint HOST[:PORT]|URL] [--ca FILE] [--verbose]");
    puts("             [--profile NAME | --cvm-role [--metadata URL]] [--show-request [--with-secrets]] ID...");
    puts("");
    puts("Asks TencentDB for MySQL what became of each async request id.");
    puts("");
    puts("  --show-request  send nothing; print what would be sent, and the string that is signed");
    puts("  --with-secrets  print signature and token too, in place of cutting them");
    print_shared_help();
}

/* Takes the options; the ids are what follows them. Returns 0, or the exit code with *done set. */
static int read_arguments(int argc, char **argv, struct command_line *c, struct showing *show, int *first_id, int *done)
{
    static const char *const own[] = { NULL };
    int i;
    *done = 1;
    for (i = 1; i < argc && argv[i][0] == '-'; i++) {
        if (strcmp(argv[i], "--") == 0) { i++; break; }
        if (strcmp(argv[i], "--help") == 0) { print_help(); return ALL_SUCCEEDED; }
        if (strcmp(argv[i], "--show-request") == 0) { show->request = 1; continue; }
        if (strcmp(argv[i], "--with-secrets") == 0) { show->secrets = 1; continue; }
        if (take_option(c, argc, argv, &i, own, NULL) != 0) return USAGE;
    }
    if (i == argc) { fprintf(stderr, "query: no async request id given (see --help)\n"); return USAGE; }
    *first_id = i;
    *done = 0;
    return 0;
}

static int ask(const tcdb_client *client, const char *id)
{
    tcdb_result *result;
    tcdb_error *error;
    int outcome;

    if (tcdb_query(client, id, &result, &error) != TCDB_OK) return report("query", id, error);
    outcome = print_result(id, result, "");
    tcdb_result_free(result);
    return outcome;
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

    if (tcdb_request_new(client, id, 0, &request, &error) != TCDB_OK) return report("query", id, error);
    printf("POST %s\n", tcdb_request_url(request));
    for (i = 0; i < tcdb_request_header_count(request); i++)
        print_header(tcdb_request_header_name(request, i), tcdb_request_header_value(request, i), with_secrets);
    printf("\n%s\n\n", tcdb_request_body(request));
    printf("canonical request:\n%s\n\n", tcdb_request_canonical(request));
    printf("string to sign:\n%s\n", tcdb_request_string_to_sign(request));
    tcdb_request_free(request);
    return ALL_SUCCEEDED;
}

int main(int argc, char **argv)
{
    struct command_line c = { "query", NULL, NULL, NULL, NULL, NULL, 0, 0 };
    struct showing show = { 0, 0 };
    tcdb_error *error = NULL;
    tcdb_client *client;
    int done, i = 0, outcome;

    outcome = read_arguments(argc, argv, &c, &show, &i, &done);
    if (done) return outcome;

    client = make_client(&c, &error);
    if (!client) return report("query", "cannot start", error);

    for (; i < argc; i++)
        outcome = worse(outcome, show.request ? show_request(client, argv[i], show.secrets) : ask(client, argv[i]));

    tcdb_client_free(client);
    return outcome;
}
