/*
 * query.c - what became of one or more async requests?
 *
 * Build: cc -o query query.c $(pkg-config --cflags --libs tcdb_async)
 * Run:   TENCENTCLOUD_SECRET_ID=... TENCENTCLOUD_SECRET_KEY=... ./query --region ap-guangzhou ID...
 */
#include "command_line.h"

static void print_help(void)
{
    puts("usage: query [--region REGION] [--endpoint HOST[:PORT]|URL] [--ca FILE] [--verbose] ID...");
    puts("");
    puts("Asks TencentDB for MySQL what became of each async request id.");
    puts("");
    print_shared_help();
}

/* Takes the options; the ids are what follows them. Returns 0, or the exit code with *done set. */
static int read_arguments(int argc, char **argv, struct command_line *c, int *first_id, int *done)
{
    static const char *const own[] = { NULL };
    int i;
    *done = 1;
    for (i = 1; i < argc && argv[i][0] == '-'; i++) {
        if (strcmp(argv[i], "--") == 0) { i++; break; }
        if (strcmp(argv[i], "--help") == 0) { print_help(); return ALL_SUCCEEDED; }
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

int main(int argc, char **argv)
{
    struct command_line c = { "query", NULL, NULL, NULL, 0 };
    tcdb_error *error = NULL;
    tcdb_client *client;
    int done, i = 0, outcome;

    outcome = read_arguments(argc, argv, &c, &i, &done);
    if (done) return outcome;

    client = make_client(&c, &error);
    if (!client) return report("query", "cannot start", error);

    for (; i < argc; i++) outcome = worse(outcome, ask(client, argv[i]));

    tcdb_client_free(client);
    return outcome;
}
