/*
 * own_http.c - asks through libcurl: the library signs the request and reads the reply, and opens no connection.
 *
 * For programs whose connections must all go through a stack of their own.
 *
 * Build: cc -o own_http own_http.c $(pkg-config --cflags --libs tcdb_async libcurl)
 * Run:   TENCENTCLOUD_SECRET_ID=... TENCENTCLOUD_SECRET_KEY=... ./own_http REGION ID [ENDPOINT CA_FILE]
 */
#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tcdb_async.h"

enum { SUCCEEDED = 0, TASK_FAILED = 1, USAGE = 2, NETWORK = 3, REFUSED = 4, NOT_ENDED = 6 };

struct reply {
    char bytes[64 * 1024];
    size_t len;
};

static size_t keep(char *bytes, size_t size, size_t count, void *user_data)
{
    struct reply *reply = user_data;
    size_t len = size * count;
    if (len > sizeof reply->bytes - reply->len) return 0; /* too much: libcurl ends the transfer */
    memcpy(reply->bytes + reply->len, bytes, len);
    reply->len += len;
    return len;
}

/* "Name: value" for every header, Host included: it is signed, so it must go out as it is. */
static struct curl_slist *headers_of(const tcdb_request *request)
{
    struct curl_slist *headers = NULL, *longer;
    size_t i;
    for (i = 0; i < tcdb_request_header_count(request); i++) {
        const char *name = tcdb_request_header_name(request, i), *value = tcdb_request_header_value(request, i);
        size_t len = strlen(name) + 2 + strlen(value) + 1;
        char *line = malloc(len);
        if (!line) break;
        (void)snprintf(line, len, "%s: %s", name, value);
        longer = curl_slist_append(headers, line);
        memset(line, 0, len);
        free(line);
        if (!longer) break;
        headers = longer;
    }
    return headers;
}

/* Sends the request. Returns the HTTP status, or 0 if no reply came. */
static long send_with_curl(const tcdb_request *request, const char *ca_file, struct reply *reply)
{
    long status = 0;
    CURL *curl = curl_easy_init();
    struct curl_slist *headers = headers_of(request);
    CURLcode outcome;
    if (!curl || !headers) return 0;
    curl_easy_setopt(curl, CURLOPT_URL, tcdb_request_url(request));
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(curl, CURLOPT_POSTFIELDS, tcdb_request_body(request));
    curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE, (long)tcdb_request_body_len(request));
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, keep);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, reply);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, 30000L);
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    if (ca_file) curl_easy_setopt(curl, CURLOPT_CAINFO, ca_file);
    outcome = curl_easy_perform(curl);
    if (outcome == CURLE_OK) curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
    else fprintf(stderr, "own_http: %s\n", curl_easy_strerror(outcome));
    curl_slist_free_all(headers);
    curl_easy_cleanup(curl);
    return status;
}

static int report(tcdb_error *error)
{
    tcdb_code code = tcdb_error_code(error);
    fprintf(stderr, "own_http: %s [%s]\n", tcdb_error_message(error), tcdb_code_name(code));
    tcdb_error_free(error);
    if (code == TCDB_ERR_INVALID_ARGUMENT || code == TCDB_ERR_CREDENTIALS) return USAGE;
    return code >= TCDB_ERR_AUTH ? REFUSED : NETWORK;
}

/* The client holds settings, credentials and clock; it is never asked to connect. */
static tcdb_client *make_client(const char *region, const char *endpoint, tcdb_error **error)
{
    tcdb_credentials *credentials = NULL;
    tcdb_client *client = NULL;
    tcdb_options *options = tcdb_options_new();
    if (endpoint) tcdb_options_set_endpoint(options, endpoint);
    if (tcdb_credentials_env(&credentials, error) == TCDB_OK)
        (void)tcdb_client_new(credentials, region, options, &client, error);
    tcdb_credentials_free(credentials);
    tcdb_options_free(options);
    return client;
}

static int show(const char *id, const tcdb_result *result)
{
    tcdb_status status = tcdb_result_status(result);
    printf("%s: %s\n", id, tcdb_result_status_text(result));
    printf("  info: %s\n", tcdb_result_info(result) ? tcdb_result_info(result) : "(none)");
    if (tcdb_status_is_success(status)) return SUCCEEDED;
    return tcdb_status_is_terminal(status) ? TASK_FAILED : NOT_ENDED;
}

static int ask(const tcdb_client *client, const char *id, const char *ca_file)
{
    static struct reply reply;
    tcdb_request *request;
    tcdb_result *result;
    tcdb_error *error;
    long http_status;
    int outcome;

    if (tcdb_request_new(client, id, 0, &request, &error) != TCDB_OK) return report(error);
    http_status = send_with_curl(request, ca_file, &reply);
    tcdb_request_free(request);
    if (!http_status) return NETWORK;
    if (tcdb_response_parse((int32_t)http_status, reply.bytes, reply.len, &result, &error) != TCDB_OK)
        return report(error);
    outcome = show(id, result);
    tcdb_result_free(result);
    return outcome;
}

int main(int argc, char **argv)
{
    tcdb_client *client;
    tcdb_error *error;
    int outcome;

    if (argc != 3 && argc != 5) {
        fprintf(stderr, "usage: own_http REGION ID [ENDPOINT CA_FILE]\n");
        return USAGE;
    }
    client = make_client(argv[1], argc == 5 ? argv[3] : NULL, &error);
    if (!client) return report(error);
    curl_global_init(CURL_GLOBAL_DEFAULT);
    outcome = ask(client, argv[2], argc == 5 ? argv[4] : NULL);
    curl_global_cleanup();
    tcdb_client_free(client);
    return outcome;
}
