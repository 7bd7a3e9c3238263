/*
 * callback_fork.c - a credentials callback that forks, and the child that returns from it.
 *
 * The callback forks inside a query. Both sides hand over credentials and return: the parent's query succeeds; the child
 * goes on with what it fetched itself, and its next query, with a client of its own, does not call again. Then the process
 * forks while credentials are held: that child does not call either.
 *
 * Run: callback_fork URL ID SECRET_ID SECRET_KEY      exit code 0: as it should be
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tcdb_async.h"

static const char *url, *id, *secret_id, *secret_key;
static int calls, destroyed;
static pid_t child = -1;

static void TCDB_CALL fetch(tcdb_credentials_answer *answer, void *user_data)
{
    (void)user_data;
    calls++;
    if (calls == 1) {
        child = fork();
        if (child == 0) alarm(10);
    }
    tcdb_credentials_answer_set(answer, secret_id, secret_key, NULL, 0);
}

static void TCDB_CALL destroy(void *user_data)
{
    (void)user_data;
    destroyed++;
}

static tcdb_client *client_with(const tcdb_credentials *credentials)
{
    tcdb_options *options = tcdb_options_new();
    tcdb_client *client;
    tcdb_options_set_endpoint(options, url);
    tcdb_options_set_total_timeout_ms(options, 5000);
    if (tcdb_client_new(credentials, "ap-guangzhou", options, &client, NULL) != TCDB_OK) exit(2);
    tcdb_options_free(options);
    return client;
}

static int query(const tcdb_client *client)
{
    tcdb_result *result;
    tcdb_error *error;
    tcdb_code code = tcdb_query(client, id, &result, &error);
    if (error) fprintf(stderr, "%ld: %s\n", (long)getpid(), tcdb_error_message(error));
    tcdb_result_free(result);
    tcdb_error_free(error);
    return code == TCDB_OK;
}

/* What a child does with clients of its own. */
static int in_child(const tcdb_credentials *credentials)
{
    tcdb_client *own = client_with(credentials);
    int good = query(own) && calls == 1;
    tcdb_client_free(own);
    return good ? 0 : 1;
}

static int status_of(pid_t pid)
{
    int status;
    if (waitpid(pid, &status, 0) != pid || !WIFEXITED(status)) return 9;
    return WEXITSTATUS(status);
}

int main(int argc, char **argv)
{
    tcdb_credentials *credentials;
    tcdb_client *client;
    int good;
    if (argc != 5) { fprintf(stderr, "usage: callback_fork URL ID SECRET_ID SECRET_KEY\n"); return 2; }
    url = argv[1];
    id = argv[2];
    secret_id = argv[3];
    secret_key = argv[4];
    if (tcdb_credentials_callback("fork", fetch, NULL, destroy, NULL, &credentials, NULL) != TCDB_OK) return 2;
    client = client_with(credentials);
    good = query(client);
    if (child == 0) _exit(in_child(credentials));
    if (!good || status_of(child) != 0) return 3;
    child = fork();
    if (child == 0) _exit(in_child(credentials));
    if (status_of(child) != 0) return 4;
    tcdb_client_free(client);
    if (destroyed != 0) return 5;
    tcdb_credentials_free(credentials);
    return destroyed == 1 ? 0 : 6;
}
