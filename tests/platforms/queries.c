/* queries HTTPS CA ID KEY CLIENTS QUERIES: so many clients, one after another, each with so many queries over one connection.
 * What it takes is counted from outside: instructions.py. */
#include "tcdb_async.h"

#include <stdio.h>
#include <stdlib.h>

static const char SUCCEEDED[] = "f96e4f3c-8fc96c86-2ec79ac8-cb63a7a7";

static int ask(const tcdb_credentials *credentials, const tcdb_options *options, long queries)
{
    tcdb_client *client;
    int failures = tcdb_client_new(credentials, "ap-guangzhou", options, &client, NULL) != TCDB_OK;
    while (!failures && queries-- > 0) {
        tcdb_result *result = NULL;
        failures += tcdb_query(client, SUCCEEDED, &result, NULL) != TCDB_OK;
        tcdb_result_free(result);
    }
    tcdb_client_free(client);
    return failures;
}

int main(int argc, char **argv)
{
    tcdb_options *options = tcdb_options_new();
    tcdb_credentials *credentials;
    int failures = 0;
    long clients;
    if (argc != 7) return 2;
    tcdb_options_set_endpoint(options, argv[1]);
    tcdb_options_set_ca_file(options, argv[2]);
    /* One instruction at a time takes minutes; a second attempt would be counted too. */
    tcdb_options_set_connect_timeout_ms(options, 600000);
    tcdb_options_set_total_timeout_ms(options, 600000);
    tcdb_options_set_max_attempts(options, 1);
    (void)tcdb_credentials_static(argv[3], argv[4], NULL, &credentials, NULL);
    for (clients = atol(argv[5]); clients > 0; clients--) failures += ask(credentials, options, atol(argv[6]));
    tcdb_credentials_free(credentials);
    tcdb_options_free(options);
    if (failures) puts("a query failed");
    return failures != 0;
}
