/* What the programs here share: a client of the mock server, and a question whose code is expected. */
#ifndef ASKING_H
#define ASKING_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tcdb_async.h"

#define DOCUMENTED_ID "f96e4f3c-8fc96c86-2ec79ac8-cb63a7a7"

#define EXPECT(condition)                                                          \
    do {                                                                           \
        if (!(condition)) {                                                        \
            fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #condition); \
            exit(1);                                                               \
        }                                                                          \
    } while (0)

/* per_second: 0 for no pacing. */
static tcdb_code try_paced(const char *url, const char *ca, uint32_t connect_ms, uint32_t total_ms, uint32_t per_second,
                           tcdb_client **client)
{
    tcdb_options *options = tcdb_options_new();
    tcdb_credentials *credentials = NULL;
    tcdb_error *error = NULL;
    tcdb_code code;
    tcdb_options_set_endpoint(options, url);
    if (ca != NULL && ca[0] != '\0') tcdb_options_set_ca_file(options, ca);
    tcdb_options_set_connect_timeout_ms(options, connect_ms);
    tcdb_options_set_total_timeout_ms(options, total_ms);
    tcdb_options_set_max_requests_per_second(options, per_second);
    EXPECT(tcdb_credentials_static("AKIDFAKEFAKEFAKEFAKEFAKEFAKEFAKEFAKE", "FakeSecretKeyForTestsOnly00000000", NULL,
                                   &credentials, NULL) == TCDB_OK);
    code = tcdb_client_new(credentials, "ap-guangzhou", options, client, &error);
    tcdb_error_free(error);
    tcdb_credentials_free(credentials);
    tcdb_options_free(options);
    return code;
}

static tcdb_code try_client(const char *url, const char *ca, uint32_t connect_ms, uint32_t total_ms, tcdb_client **client)
{
    return try_paced(url, ca, connect_ms, total_ms, 0, client);
}

static tcdb_client *client_of(const char *url, const char *ca, uint32_t connect_ms, uint32_t total_ms)
{
    tcdb_client *client = NULL;
    EXPECT(try_client(url, ca, connect_ms, total_ms, &client) == TCDB_OK);
    return client;
}

/* The code; what was said goes to message if there is room for it. */
static tcdb_code ask(const tcdb_client *client, const char *id, char *message, size_t room)
{
    tcdb_result *result = NULL;
    tcdb_error *error = NULL;
    tcdb_code code = tcdb_query(client, id, &result, &error);
    if (message != NULL) snprintf(message, room, "%s", code == TCDB_OK ? "" : tcdb_error_message(error));
    tcdb_result_free(result);
    tcdb_error_free(error);
    return code;
}

static void ask_well(const tcdb_client *client, const char *id)
{
    char message[512];
    tcdb_code code = ask(client, id, message, sizeof message);
    if (code != TCDB_OK) {
        fprintf(stderr, "%s: %s: %s\n", id, tcdb_code_name(code), message);
        exit(1);
    }
}

static uint64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

#endif
