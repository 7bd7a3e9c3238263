/*
 * secret_scan.c - does the library leave a copy of the secret key in this process?
 *
 * Uses static credentials for queries by several threads, a waiter, a signed request and a refusal, frees everything, and
 * looks through all writable memory of the process for any twelve bytes of the key in a row. A freed block may be used
 * again before that, so every block is looked at when it is freed, too. The program itself holds the key in a transformed
 * form only, and first shows that the search finds a copy that it plants.
 *
 * Run: secret_scan URL CA ID [FILE|METADATA_URL|sts=URL|callback]   (URL, CA: of the mock server, which accepts the key below)
 *
 * With a profile's file, a metadata service, or an STS that holds the key the credentials come from there; with "callback" from
 * a function.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "scanning.h"
#include "tcdb_async.h"

enum { LENGTH = 40, THREADS = 4, QUERIES = 20 };

static void must(tcdb_code code, tcdb_error *error, const char *what)
{
    if (code == TCDB_OK) return;
    fprintf(stderr, "%s: %s\n", what, tcdb_error_message(error));
    exit(2);
}

static const char *id;

static void *ask(void *client)
{
    int i;
    for (i = 0; i < QUERIES; i++) {
        tcdb_result *result;
        tcdb_error *error;
        must(tcdb_query(client, id, &result, &error), error, "query");
        tcdb_result_free(result);
    }
    return NULL;
}

/* A callback whose own copy is on its stack and wiped there. */
static void TCDB_CALL fetch(tcdb_credentials_answer *answer, void *user_data)
{
    char key[LENGTH + 1];
    (void)user_data;
    unmask(&secrets[0], key);
    tcdb_credentials_answer_set(answer, "AKIDscan", key, "t", 0);
    /* The reason of a failure is looked through for it. */
    tcdb_credentials_answer_fail(answer, key, 0);
    tcdb_credentials_answer_set(answer, "AKIDscan", key, "t", 0);
    wipe(key, LENGTH);
}

static void get_role(const char *sts, tcdb_credentials **role)
{
    static const char arn[] = "qcs::cam::uin/100000000001:roleName/reader";
    tcdb_options *io = tcdb_options_new();
    tcdb_credentials *base;
    tcdb_error *error;
    tcdb_options_set_sts_endpoint(io, sts);
    must(tcdb_credentials_static("AKIDbase", "a-key-of-the-base", NULL, &base, &error), error, "base");
    must(tcdb_credentials_assume_role(base, arn, NULL, io, role, &error), error, "role");
    tcdb_credentials_free(base);
    tcdb_options_free(io);
}

/* Credentials by every way in which the library is handed the key: twice taken, once refused. */
static void get_credentials(const char *place, tcdb_credentials **one, tcdb_credentials **other)
{
    char key[LENGTH + 1];
    tcdb_credentials *none;
    tcdb_error *error;
    if (place && strncmp(place, "http:", 5) == 0) {
        tcdb_options *io = tcdb_options_new();
        tcdb_options_set_endpoint(io, place);
        must(tcdb_credentials_cvm_role("role", io, one, &error), error, "role");
        must(tcdb_credentials_cvm_role("role", io, other, &error), error, "role again");
        tcdb_options_free(io);
        return;
    }
    if (place && strncmp(place, "sts=", 4) == 0) {
        get_role(place + 4, one);
        get_role(place + 4, other);
        return;
    }
    if (place && strcmp(place, "callback") == 0) {
        must(tcdb_credentials_callback("scan", fetch, NULL, NULL, NULL, one, &error), error, "callback");
        must(tcdb_credentials_callback("scan", fetch, NULL, NULL, NULL, other, &error), error, "callback again");
        return;
    }
    if (place) {
        must(tcdb_credentials_profile(place, NULL, one, &error), error, "profile");
        must(tcdb_credentials_profile(place, NULL, other, &error), error, "profile again");
        return;
    }
    unmask(&secrets[0], key);
    must(tcdb_credentials_static("AKIDscan", key, NULL, one, &error), error, "credentials");
    must(tcdb_credentials_static("AKIDscan", key, NULL, other, &error), error, "other credentials");
    key[3] = ' ';
    if (tcdb_credentials_static("AKIDscan", key, NULL, &none, &error) == TCDB_OK) exit(2);
    tcdb_error_free(error);
    wipe(key, LENGTH);
}

/* Every way in which the library touches the key. */
static void use(const char *url, const char *ca, const char *place)
{
    pthread_t threads[THREADS];
    tcdb_credentials *credentials, *others;
    tcdb_options *options = tcdb_options_new();
    tcdb_client *client;
    tcdb_waiter *waiter;
    tcdb_request *request;
    tcdb_result *result;
    tcdb_error *error;
    int i;

    get_credentials(place, &credentials, &others);
    tcdb_options_set_endpoint(options, url);
    tcdb_options_set_ca_file(options, ca);
    tcdb_options_set_max_requests_per_second(options, 0);
    must(tcdb_client_new(credentials, "ap-guangzhou", options, &client, &error), error, "client");
    tcdb_options_free(options);
    for (i = 0; i < THREADS; i++) pthread_create(&threads[i], NULL, ask, client);
    for (i = 0; i < THREADS; i++) pthread_join(threads[i], NULL);

    must(tcdb_client_set_credentials(client, others, &error), error, "set_credentials");
    (void)ask(client);
    must(tcdb_request_new(client, id, 1700000000, &request, &error), error, "request");
    tcdb_request_free(request);
    must(tcdb_waiter_new(client, id, 5000, &waiter, &error), error, "waiter");
    must(tcdb_waiter_run(waiter, NULL, NULL, &result, &error), error, "wait");
    tcdb_result_free(result);
    tcdb_waiter_free(waiter);
    if (tcdb_query(client, "no-such-task", &result, &error) == TCDB_OK) exit(2);
    tcdb_error_free(error);

    if (search("while in use") < 1) { fprintf(stderr, "the search does not even find the key in use\n"); exit(2); }
    tcdb_credentials_free(others);
    tcdb_credentials_free(credentials);
    tcdb_client_free(client);
}

int main(int argc, char **argv)
{
    int found;
    if (argc < 4) { fprintf(stderr, "usage: secret_scan URL CA ID [FILE|METADATA_URL|sts=URL|callback]\n"); return 2; }
    id = argv[3];
    prepare();

    if (search("before") != 0 || !finds_what_is_planted()) return 2;
    watching = 1;
    use(argv[1], argv[2], argc > 4 ? argv[4] : NULL);
    watching = 0;
    found = search("after the end");
    printf("%d copies of the key left, %d given back unwiped\n", found, given_back);
    return found != 0 || given_back != 0;
}
