/*
 * credentials_places.c - where credentials are found, by the environment that the caller of this program sets.
 *
 * STS is TCDB_ASYNC_STS_ENDPOINT. The region is TENCENTCLOUD_REGION, else the profile's. Asks once and prints "ok", or the code's name and the message of what failed. Several IDs are asked one after another.
 *
 * Run: credentials_places env|env_with|profile|profile_with|profile=NAME|file=PATH|tke|default URL METADATA_URL ID...
 */
#include <stdio.h>
#include <string.h>

#include "tcdb_async.h"

static void TCDB_CALL log_line(tcdb_log_level level, const char *line, void *user_data)
{
    (void)user_data;
    if (level <= TCDB_LOG_INFO) printf("log: %s\n", line);
}

static int report(tcdb_code code, tcdb_error *error)
{
    printf("%s: %s\n", tcdb_code_name(code), tcdb_error_message(error));
    tcdb_error_free(error);
    return 1;
}

static tcdb_code get(const char *where, const char *metadata, tcdb_credentials **credentials, tcdb_error **error)
{
    tcdb_options *io;
    tcdb_code code;
    if (strcmp(where, "env") == 0) return tcdb_credentials_env(credentials, error);
    if (strcmp(where, "profile") == 0) return tcdb_credentials_profile(NULL, NULL, credentials, error);
    if (strncmp(where, "profile=", 8) == 0) return tcdb_credentials_profile(NULL, where + 8, credentials, error);
    if (strncmp(where, "file=", 5) == 0) return tcdb_credentials_profile(where + 5, NULL, credentials, error);
    io = tcdb_options_from_env();
    tcdb_options_set_endpoint(io, metadata);
    tcdb_options_set_log(io, TCDB_LOG_INFO, log_line, NULL, NULL);
    if (strcmp(where, "env_with") == 0) code = tcdb_credentials_env_with(io, credentials, error);
    else if (strcmp(where, "profile_with") == 0) code = tcdb_credentials_profile_with(NULL, NULL, io, credentials, error);
    else if (strcmp(where, "tke") == 0) code = tcdb_credentials_tke(NULL, io, credentials, error);
    else code = tcdb_credentials_default(io, credentials, error);
    tcdb_options_free(io);
    return code;
}

int main(int argc, char **argv)
{
    tcdb_credentials *credentials;
    tcdb_options *options = tcdb_options_from_env();
    tcdb_client *client;
    tcdb_error *error;
    tcdb_code code;
    int i, failed = 0;

    if (argc < 5) { fprintf(stderr, "usage: credentials_places WHERE URL METADATA_URL ID...\n"); return 2; }
    code = get(argv[1], argv[3], &credentials, &error);
    if (code != TCDB_OK) {
        tcdb_options_free(options);
        return report(code, error);
    }
    tcdb_options_set_endpoint(options, argv[2]);
    code = tcdb_client_new(credentials, NULL, options, &client, &error);
    tcdb_options_free(options);
    tcdb_credentials_free(credentials);
    if (code != TCDB_OK) return report(code, error);
    for (i = 4; i < argc; i++) {
        tcdb_result *result;
        code = tcdb_query(client, argv[i], &result, &error);
        if (code != TCDB_OK) { failed = report(code, error); continue; }
        printf("ok\n");
        tcdb_result_free(result);
    }
    tcdb_client_free(client);
    return failed;
}
