/* How late a query's deadline is kept: asks with a total timeout of 700 ms, again and again, and prints for each the
 * milliseconds it took and the code it ended with.
 * usage: deadline URL CA PROXY|- TIMES */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tcdb_async.h"

static double now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static tcdb_client *connect_to(char **argv)
{
    tcdb_options *options = tcdb_options_new();
    tcdb_credentials *credentials = NULL;
    tcdb_client *client = NULL;
    tcdb_error *error = NULL;

    tcdb_options_set_endpoint(options, argv[1]);
    tcdb_options_set_ca_file(options, argv[2]);
    if (strcmp(argv[3], "-")) tcdb_options_set_proxy(options, argv[3]);
    tcdb_options_set_total_timeout_ms(options, 700);
    if (tcdb_credentials_static("AKIDEXAMPLE", "ExampleSecretKey", NULL, &credentials, &error) != TCDB_OK ||
        tcdb_client_new(credentials, "ap-guangzhou", options, &client, &error) != TCDB_OK) {
        fprintf(stderr, "deadline: %s\n", tcdb_error_message(error));
        exit(1);
    }
    tcdb_credentials_free(credentials);
    tcdb_options_free(options);
    return client;
}

int main(int argc, char **argv)
{
    if (argc != 5) return fprintf(stderr, "usage: deadline URL CA PROXY|- TIMES\n"), 2;
    tcdb_client *client = connect_to(argv);
    for (int i = 0; i < atoi(argv[4]); i++) {
        tcdb_result *result = NULL;
        tcdb_error *error = NULL;
        double start = now_ms();
        tcdb_code code = tcdb_query(client, "0aa1bb2c-3dd4ee5f-6aa7bb8c-9dd0ee1f", &result, &error);
        printf("%.3f %s %s\n", now_ms() - start, tcdb_code_name(code), tcdb_error_message(error));
        tcdb_error_free(error);
        tcdb_result_free(result);
    }
    tcdb_client_free(client);
    return 0;
}
