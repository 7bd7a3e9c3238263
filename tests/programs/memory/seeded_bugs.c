/*
 * One bug for each thing that the sanitizers and valgrind are there to find, across the library's boundary where it can
 * be: the proof that they are on. Never part of what is tested.
 */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tcdb_async.h"

static tcdb_credentials *made(void)
{
    tcdb_credentials *credentials = NULL;
    tcdb_error *error = NULL;
    if (tcdb_credentials_static("AKIDSEEDED", "KEYSEEDED", NULL, &credentials, &error) != TCDB_OK) exit(3);
    return credentials;
}

/* The library reads what the program has freed. */
static void use_after_free(void)
{
    tcdb_credentials *credentials = made();
    tcdb_client *client = NULL;
    tcdb_credentials_free(credentials);
    (void)tcdb_client_new(credentials, "ap-guangzhou", NULL, &client, NULL);
}

static void free_twice(void)
{
    tcdb_credentials *credentials = made();
    tcdb_credentials_free(credentials);
    tcdb_credentials_free(credentials);
}

/* The library reads a body beyond its end. */
static void read_beyond(void)
{
    tcdb_result *result = NULL;
    tcdb_error *error = NULL;
    char *body = malloc(2);
    if (!body) exit(3);
    memcpy(body, "{}", 2);
    (void)tcdb_response_parse(200, body, 20, &result, &error);
    tcdb_error_free(error);
    free(body);
}

static void leak(void)
{
    volatile size_t lost = 0;
    int i;
    for (i = 0; i < 100; i++) lost ^= (size_t)made(); /* no pointer to them is left */
    printf("%d\n", lost != 0);
}

static void undefined(int argc)
{
    int most = INT_MAX;
    printf("%d\n", most + argc);
}

int main(int argc, char **argv)
{
    const char *bug = argc > 1 ? argv[1] : "";
    if (strcmp(bug, "use_after_free") == 0) use_after_free();
    else if (strcmp(bug, "free_twice") == 0) free_twice();
    else if (strcmp(bug, "read_beyond") == 0) read_beyond();
    else if (strcmp(bug, "leak") == 0) leak();
    else if (strcmp(bug, "undefined") == 0) undefined(argc);
    else tcdb_credentials_free(made());
    return 0;
}
