/*
 * query.c - what became of one or more async requests?
 *
 * Build: cc -o query query.c $(pkg-config --cflags --libs tcdb_async)
 * Run:   TENCENTCLOUD_SECRET_ID=... TENCENTCLOUD_SECRET_KEY=... ./query --region ap-guangzhou ID...
 *
 * An example; the program for every day is tcdb (docs/command_line.md).
 */
#include "command_line.h"

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
    struct shared shared = { NULL, NULL, NULL, NULL, NULL };
    const struct known_option options[] = {
        { "--region", &shared.region, 0 }, { "--endpoint", &shared.endpoint, 0 },  { "--ca", &shared.ca, 0 },
        { "--profile", &shared.profile, 0 }, { "--verbose", &shared.verbose, 1 }, { NULL, NULL, 0 },
    };
    tcdb_error *error;
    tcdb_client *client;
    int outcome = ALL_SUCCEEDED, i, ids = take_options("query", argv, options);
    (void)argc;
    if (ids < 0) return USAGE;

    client = make_client("query", &shared, &error);
    if (!client) return report("query", "cannot start", error);
    for (i = 1; i <= ids; i++) outcome = worse(outcome, ask(client, argv[i]));
    tcdb_client_free(client);
    return outcome;
}
