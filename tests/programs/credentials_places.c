/*
 * credentials_places.c - where credentials are found, by the environment that the caller of this program sets.
 *
 * STS is TCDB_ASYNC_STS_ENDPOINT. The region is TENCENTCLOUD_REGION, else the profile's. Asks once and prints "ok", or the code's name and the message of what failed. Several IDs are asked one after another.
 *
 * With "read" asks nothing: each line of the file LIST names a profile's file, and what it gives is printed on one line.
 *
 * Run: credentials_places read URL METADATA_URL LIST
 *      credentials_places env|env_with|profile|profile_with|profile=NAME|file=PATH|tke|default URL METADATA_URL ID...
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

/* The source, the string to sign (its line ends as |), the signed header's value, the token and the region. */
static void print_request(const tcdb_credentials *credentials, const tcdb_request *request)
{
    static const char *const names[] = {"Authorization", "X-TC-Token", "X-TC-Region"};
    tcdb_credentials_info *info;
    const char *text;
    size_t i, k;
    tcdb_credentials_info_new(credentials, &info, NULL);
    printf("ok\t%s\t", tcdb_credentials_info_source(info));
    tcdb_credentials_info_free(info);
    for (text = tcdb_request_string_to_sign(request); *text; text++) putchar(*text == '\n' ? '|' : *text);
    for (k = 0; k < sizeof names / sizeof *names; k++) {
        putchar('\t');
        for (i = 0; i < tcdb_request_header_count(request); i++)
            if (strcmp(tcdb_request_header_name(request, i), names[k]) == 0) fputs(tcdb_request_header_value(request, i), stdout);
    }
    putchar('\n');
}

static void print_profile(const char *path, const tcdb_options *options)
{
    tcdb_credentials *credentials;
    tcdb_client *client = NULL;
    tcdb_request *request = NULL;
    tcdb_error *error = NULL;
    tcdb_code code = tcdb_credentials_profile_with(path, NULL, options, &credentials, &error);
    if (code != TCDB_OK) { report(code, error); return; }
    code = tcdb_client_new(credentials, NULL, options, &client, &error);
    if (code == TCDB_OK) code = tcdb_request_new(client, "f96e4f3c-8fc96c86-2ec79ac8-cb63a7a7", 1700000000, &request, &error);
    if (code == TCDB_OK) print_request(credentials, request);
    else {
        tcdb_credentials_info *info;
        tcdb_credentials_info_new(credentials, &info, NULL);
        printf("to fetch\t%s\t%s\n", tcdb_credentials_info_source(info), tcdb_error_message(error));
        tcdb_credentials_info_free(info);
        tcdb_error_free(error);
    }
    tcdb_request_free(request);
    tcdb_client_free(client);
    tcdb_credentials_free(credentials);
}

static int read_profiles(const char *url, const char *list)
{
    char path[4096];
    FILE *file = fopen(list, "r");
    tcdb_options *options = tcdb_options_from_env();
    tcdb_options_set_endpoint(options, url);
    while (file && fgets(path, sizeof path, file)) {
        path[strcspn(path, "\n")] = 0;
        print_profile(path, options);
    }
    if (file) fclose(file);
    tcdb_options_free(options);
    return !file;
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
    if (strcmp(argv[1], "read") == 0) {
        tcdb_options_free(options);
        return read_profiles(argv[2], argv[4]);
    }
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
