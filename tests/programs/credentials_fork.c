/*
 * credentials_fork.c - a child does not wait for a fetch that a thread of its parent was doing.
 *
 * A thread's first query hangs in the metadata service. Meanwhile the process forks; the child makes a client of its own
 * with the same credentials and asks: it has to fetch by itself. With "held" the credentials are fetched before the fork,
 * and the child goes on with them.
 *
 * Run: credentials_fork stalled|held METADATA_URL URL ID      exit code 0: as it should be
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tcdb_async.h"

static const char *url, *id;

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

static tcdb_code query(const tcdb_client *client)
{
    tcdb_result *result;
    tcdb_error *error;
    tcdb_code code = tcdb_query(client, id, &result, &error);
    if (error) fprintf(stderr, "%ld: %s\n", (long)getpid(), tcdb_error_message(error));
    tcdb_result_free(result);
    tcdb_error_free(error);
    return code;
}

static void *query_in_a_thread(void *client)
{
    static tcdb_code code;
    code = query(client);
    return &code;
}

static int child(const tcdb_credentials *credentials)
{
    tcdb_client *own;
    alarm(4);
    own = client_with(credentials);
    if (query(own) != TCDB_OK) return 1;
    tcdb_client_free(own);
    return 0;
}

int main(int argc, char **argv)
{
    tcdb_credentials *credentials;
    tcdb_client *client;
    tcdb_options *io = tcdb_options_new();
    pthread_t thread;
    void *code;
    pid_t pid;
    int status = 0, held;

    if (argc != 5) { fprintf(stderr, "usage: credentials_fork stalled|held METADATA_URL URL ID\n"); return 2; }
    held = strcmp(argv[1], "held") == 0;
    url = argv[3];
    id = argv[4];
    tcdb_options_set_endpoint(io, argv[2]);
    tcdb_options_set_total_timeout_ms(io, 20000);
    if (tcdb_credentials_cvm_role(NULL, io, &credentials, NULL) != TCDB_OK) return 2;
    tcdb_options_free(io);
    client = client_with(credentials);

    if (held && query(client) != TCDB_OK) return 2;
    if (!held) {
        pthread_create(&thread, NULL, query_in_a_thread, client);
        sleep(1);
    }
    pid = fork();
    if (pid == 0) _exit(child(credentials));
    if (pid < 0 || waitpid(pid, &status, 0) != pid) return 2;
    if (!held) {
        tcdb_client_shutdown(client);
        pthread_join(thread, &code);
        if (*(tcdb_code *)code != TCDB_ERR_CANCELLED) return 3;
    }
    tcdb_client_free(client);
    tcdb_credentials_free(credentials);
    if (!WIFEXITED(status)) { fprintf(stderr, "the child was ended by signal %d\n", WTERMSIG(status)); return 4; }
    return WEXITSTATUS(status);
}
