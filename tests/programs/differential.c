/*
 * differential: the same bytes and the same texts to this library and to libcurl. A line of input, two lines of output.
 *
 *   reply URL            the outcome of a query; what libcurl received of the same reply, through tcdb_response_parse
 *   proxy URL PROXY      a query by a proxy; the server sees whether either went into the tunnel
 *   noproxy HOST HEX     whether a NO_PROXY list excepts a host
 *   url HEX              how a URL is taken apart: scheme, host, port
 */
#define _GNU_SOURCE
#include <curl/curl.h>
#include <netinet/in.h>

#include "asking.h"

enum { LINE = 70000, MOST_BODY = 1 << 20, ATTEMPT_MS = 20000 };

static const char proxy_of_none[] = "http://127.0.0.1:1";

static void hex(const char *text, size_t length)
{
    size_t i;
    putchar(' ');
    if (length == 0) putchar('-');
    for (i = 0; i < length; i++) printf("%02x", (unsigned char)text[i]);
}

static void hex_text(const char *text) { hex(text == NULL ? "" : text, text == NULL ? 0 : strlen(text)); }

static void unhex(char *text)
{
    char *to = text;
    unsigned byte;
    for (; sscanf(text, "%2x", &byte) == 1; text += 2) *to++ = (char)byte;
    *to = '\0';
}

static void outcome(const char *whose, tcdb_code code, tcdb_result *result, tcdb_error *error)
{
    printf("%s %s", whose, tcdb_code_name(code));
    hex_text(tcdb_result_status_text(result));
    hex(tcdb_result_info(result), tcdb_result_info_len(result));
    hex_text(tcdb_error_server_code(error));
    hex_text(tcdb_error_message(error));
    putchar('\n');
    tcdb_result_free(result);
    tcdb_error_free(error);
}

static tcdb_code client_from(tcdb_options *options, tcdb_client **client, tcdb_error **error)
{
    tcdb_credentials *credentials = NULL;
    tcdb_code code;
    tcdb_options_set_max_attempts(options, 1);
    tcdb_options_set_max_requests_per_second(options, 0);
    tcdb_options_set_connect_timeout_ms(options, ATTEMPT_MS);
    tcdb_options_set_total_timeout_ms(options, ATTEMPT_MS);
    EXPECT(tcdb_credentials_static("AKIDany", "any", NULL, &credentials, NULL) == TCDB_OK);
    code = tcdb_client_new(credentials, "ap-guangzhou", options, client, error);
    tcdb_credentials_free(credentials);
    tcdb_options_free(options);
    return code;
}

static void ours(const char *url, const char *proxy)
{
    tcdb_options *options = tcdb_options_new();
    tcdb_client *client = NULL;
    tcdb_result *result = NULL;
    tcdb_error *error = NULL;
    tcdb_code code;
    tcdb_options_set_endpoint(options, url);
    tcdb_options_set_proxy(options, proxy);
    code = client_from(options, &client, &error);
    if (code == TCDB_OK) code = tcdb_query(client, DOCUMENTED_ID, &result, &error);
    outcome("ours", code, result, error);
    tcdb_client_free(client);
}

struct body { char *bytes; size_t length; };

static size_t keep(char *bytes, size_t size, size_t count, void *into)
{
    struct body *body = into;
    if (body->length + size * count > MOST_BODY) return 0;
    memcpy(body->bytes + body->length, bytes, size * count);
    body->length += size * count;
    return size * count;
}

static CURL *easy(const char *url, const char *proxy, struct body *body)
{
    CURL *curl = curl_easy_init();
    EXPECT(curl != NULL);
    EXPECT(curl_easy_setopt(curl, CURLOPT_URL, url) == CURLE_OK);
    EXPECT(curl_easy_setopt(curl, CURLOPT_PROXY, proxy) == CURLE_OK);
    EXPECT(curl_easy_setopt(curl, CURLOPT_POSTFIELDS, "{}") == CURLE_OK);
    EXPECT(curl_easy_setopt(curl, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1) == CURLE_OK);
    EXPECT(curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long)ATTEMPT_MS) == CURLE_OK);
    EXPECT(curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L) == CURLE_OK);
    EXPECT(curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, keep) == CURLE_OK);
    EXPECT(curl_easy_setopt(curl, CURLOPT_WRITEDATA, body) == CURLE_OK);
    return curl;
}

static void curls(const char *url, const char *proxy)
{
    struct body body = { malloc(MOST_BODY), 0 };
    CURL *curl = easy(url, proxy, &body);
    const CURLcode code = curl_easy_perform(curl);
    long status = 0;
    EXPECT(body.bytes != NULL);
    if (code == CURLE_OK && curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status) == CURLE_OK && status >= 100 && status <= 999) {
        tcdb_result *result = NULL;
        tcdb_error *error = NULL;
        const tcdb_code parsed = tcdb_response_parse((int32_t)status, body.bytes, body.length, &result, &error);
        outcome("curl", parsed, result, error);
    } else printf("curl failed - - - %d\n", (int)code);
    curl_easy_cleanup(curl);
    free(body.bytes);
}

static void ours_noproxy(const char *host, const char *list)
{
    char url[300], message[512];
    tcdb_client *client = NULL;
    snprintf(url, sizeof url, "https://%.250s:443", host);
    EXPECT(setenv("NO_PROXY", list, 1) == 0 && setenv("HTTPS_PROXY", proxy_of_none, 1) == 0);
    {
        tcdb_options *options = tcdb_options_from_env();
        tcdb_options_set_endpoint(options, url);
        tcdb_options_set_ca_file(options, NULL);
        if (client_from(options, &client, NULL) != TCDB_OK) { printf("ours refused\n"); return; }
    }
    (void)ask(client, DOCUMENTED_ID, message, sizeof message);
    printf("ours %s\n", strncmp(message, "connect to proxy", 16) == 0 ? "proxy" : "direct");
    tcdb_client_free(client);
}

/* Port 1 is the proxy's. No connection is made. */
static curl_socket_t opens(void *port, curlsocktype purpose, struct curl_sockaddr *address)
{
    (void)purpose;
    if (address->family == AF_INET) {
        struct sockaddr_in to;
        memcpy(&to, &address->addr, sizeof to);
        *(int *)port = ntohs(to.sin_port);
    } else *(int *)port = 443;
    return CURL_SOCKET_BAD;
}

static void curls_noproxy(const char *host, const char *list)
{
    struct body none = { NULL, 0 };
    char url[300], address[320];
    int port = 0;
    struct curl_slist *names;
    CURL *curl;
    snprintf(url, sizeof url, "https://%.250s:443/", host);
    snprintf(address, sizeof address, "%.250s:443:127.0.0.2", host);
    names = curl_slist_append(NULL, address);
    curl = easy(url, proxy_of_none, &none);
    EXPECT(curl_easy_setopt(curl, CURLOPT_NOPROXY, list) == CURLE_OK);
    if (host[0] != '[') EXPECT(curl_easy_setopt(curl, CURLOPT_RESOLVE, names) == CURLE_OK);
    EXPECT(curl_easy_setopt(curl, CURLOPT_OPENSOCKETFUNCTION, opens) == CURLE_OK);
    EXPECT(curl_easy_setopt(curl, CURLOPT_OPENSOCKETDATA, &port) == CURLE_OK);
    (void)curl_easy_perform(curl);
    EXPECT(port != 0);
    printf("curl %s\n", port == 1 ? "proxy" : "direct");
    curl_easy_cleanup(curl);
    curl_slist_free_all(names);
}

static void ours_url(const char *url)
{
    tcdb_options *options = tcdb_options_new();
    tcdb_client *client = NULL;
    tcdb_request *request = NULL;
    tcdb_options_set_endpoint(options, url);
    if (client_from(options, &client, NULL) != TCDB_OK) { printf("ours refused\n"); return; }
    EXPECT(tcdb_request_new(client, DOCUMENTED_ID, 1, &request, NULL) == TCDB_OK);
    printf("ours");
    hex_text(tcdb_request_url(request));
    putchar('\n');
    tcdb_request_free(request);
    tcdb_client_free(client);
}

static void curls_url(const char *url)
{
    CURLU *parts = curl_url();
    char *whole = NULL;
    EXPECT(parts != NULL);
    if (curl_url_set(parts, CURLUPART_URL, url, CURLU_DEFAULT_SCHEME) == CURLUE_OK && curl_url_get(parts, CURLUPART_URL, &whole, CURLU_NO_DEFAULT_PORT) == CURLUE_OK) {
        printf("curl");
        hex_text(whole);
        putchar('\n');
    } else printf("curl refused\n");
    curl_free(whole);
    curl_url_cleanup(parts);
}

int main(void)
{
    static char line[LINE], what[16], one[LINE], other[LINE];
    EXPECT(curl_global_init(CURL_GLOBAL_DEFAULT) == 0);
    while (fgets(line, sizeof line, stdin) != NULL) {
        one[0] = other[0] = '\0';
        EXPECT(sscanf(line, "%15s %69999s %69999s", what, one, other) >= 2);
        if (strcmp(what, "reply") == 0) ours(one, NULL), curls(one, "");
        else if (strcmp(what, "proxy") == 0) ours(one, other), fflush(stdout), curls(one, other);
        else if (strcmp(what, "noproxy") == 0) unhex(other), ours_noproxy(one, other), curls_noproxy(one, other);
        else unhex(one), ours_url(one), curls_url(one);
        fflush(stdout);
    }
    curl_global_cleanup();
    EXPECT(tcdb_live_objects() == 0);
    return 0;
}
