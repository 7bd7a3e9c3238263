/*
 * A program outside the tree: asks, waits, signs without sending, and says what it is linked to. C89.
 * Arguments: endpoint, CA file, secret id, secret key, async request id.
 */
#include <stdio.h>
#include <string.h>

#include "tcdb_async.h"

static int failed(const char *what, tcdb_error *error)
{
    printf("FAILED: %s: %s\n", what, tcdb_error_message(error));
    tcdb_error_free(error);
    return 1;
}

static int32_t TCDB_CALL keep_on(const tcdb_result *latest, uint32_t answers, uint64_t elapsed_ms, void *user_data)
{
    (void)latest;
    (void)elapsed_ms;
    *(uint32_t *)user_data = answers;
    return 0;
}

static int ask(const tcdb_client *client, const char *id)
{
    tcdb_result *result;
    tcdb_waiter *waiter;
    tcdb_request *request;
    tcdb_error *error;
    uint32_t answers = 99;

    if (tcdb_query(client, id, &result, &error) != TCDB_OK) return failed("query", error);
    printf("query: %s\n", tcdb_result_status_text(result));
    tcdb_result_free(result);

    if (tcdb_waiter_new(client, id, 10000, &waiter, &error) != TCDB_OK) return failed("waiter", error);
    if (tcdb_waiter_run(waiter, keep_on, &answers, &result, &error) != TCDB_OK) return failed("wait", error);
    printf("wait: %s\n", tcdb_result_status_text(result));
    tcdb_result_free(result);
    tcdb_waiter_free(waiter);

    if (tcdb_request_new(client, id, 1551113065, &request, &error) != TCDB_OK) return failed("request", error);
    printf("request: %lu headers\n", (unsigned long)tcdb_request_header_count(request));
    tcdb_request_free(request);
    return 0;
}

int main(int argc, char **argv)
{
    tcdb_credentials *credentials = NULL;
    tcdb_client *client = NULL;
    tcdb_error *error = NULL;
    tcdb_options *options;
    int outcome;

    if (argc != 6) return 2;
    if (strcmp(tcdb_version(), CONSUMER_EXPECTS) != 0 || tcdb_abi_version() != TCDB_ABI_VERSION) {
        printf("FAILED: version %s\n", tcdb_version());
        return 1;
    }
    options = tcdb_options_new();
    tcdb_options_set_endpoint(options, argv[1]);
    tcdb_options_set_ca_file(options, argv[2]);
    if (tcdb_credentials_static(argv[3], argv[4], NULL, &credentials, &error) != TCDB_OK) return failed("key", error);
    if (tcdb_client_new(credentials, "ap-guangzhou", options, &client, &error) != TCDB_OK) return failed("client", error);
    tcdb_options_free(options);
    tcdb_credentials_free(credentials);
    outcome = ask(client, argv[5]);
    tcdb_client_free(client);
    if (tcdb_live_objects() != 0) printf("FAILED: %lu objects left\n", (unsigned long)tcdb_live_objects());
    return outcome;
}
