/* The library as a caller sees it: one client, one query after another, through the C API, pacing off. */
#include "caller.h"

#include "tcdb_async.h"

static const char SECRET_ID[] = "AKIDEXAMPLEEXAMPLEEXAMPLEEXAMPLE1234";
static const char SECRET_KEY[] = "ExampleSecretKeyExampleSecretKey";

void *caller_client_new(const struct caller_options *o)
{
    tcdb_options *options = tcdb_options_new();
    tcdb_credentials *credentials = NULL;
    tcdb_client *client = NULL;
    tcdb_error *error = NULL;

    tcdb_options_set_endpoint(options, o->url);
    tcdb_options_set_max_requests_per_second(options, 0);
    if (o->ca) tcdb_options_set_ca_file(options, o->ca);
    if (tcdb_credentials_static(SECRET_ID, SECRET_KEY, NULL, &credentials, &error) != TCDB_OK ||
        tcdb_client_new(credentials, "ap-guangzhou", options, &client, &error) != TCDB_OK) {
        fprintf(stderr, "ours: %s\n", tcdb_error_message(error));
        exit(1);
    }
    tcdb_credentials_free(credentials);
    tcdb_options_free(options);
    return client;
}

int caller_query(void *client, const char *id, char *status, size_t size, char *why, size_t why_size)
{
    tcdb_result *result;
    tcdb_error *error;

    if (tcdb_query(client, id, &result, &error) != TCDB_OK) {
        snprintf(why, why_size, "%s", tcdb_error_message(error));
        tcdb_error_free(error);
        return 1;
    }
    strncpy(status, tcdb_result_status_text(result), size - 1);
    tcdb_result_free(result);
    return 0;
}

void *caller_thread_new(const struct caller_options *o, void *client)
{
    (void)o;
    return client;
}

void caller_thread_free(void *client) { (void)client; }

void caller_client_free(void *client) { tcdb_client_free(client); }

int main(int argc, char **argv) { return caller_main("ours", argc, argv); }
