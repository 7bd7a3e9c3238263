/* Two Rust static libraries in one program; each catches panics of its own, before and after the other works. */
#include <stdio.h>

#include "tcdb_async.h"

int neighbour_works(void);

int main(void)
{
    tcdb_credentials *credentials;
    tcdb_client *client;
    tcdb_result *result;
    tcdb_error *error;
    tcdb_options *options = tcdb_options_new();
    int first = neighbour_works(), last;

    tcdb_options_set_endpoint(options, "http://127.0.0.1:1");
    tcdb_options_set_max_attempts(options, 1);
    if (tcdb_credentials_static("id", "key", NULL, &credentials, &error) != TCDB_OK) return 1;
    if (tcdb_client_new(credentials, "r", options, &client, &error) != TCDB_OK) return 2;
    if (tcdb_query(client, "x", &result, &error) != TCDB_ERR_CONNECT) return 3;
    tcdb_error_free(error);
    tcdb_client_free(client);
    tcdb_credentials_free(credentials);
    tcdb_options_free(options);
    last = neighbour_works();
    printf("neighbour %d, %d; objects left %lu\n", first, last, (unsigned long)tcdb_live_objects());
    return first == 1 && last == 1 && tcdb_live_objects() == 0 ? 0 : 4;
}
