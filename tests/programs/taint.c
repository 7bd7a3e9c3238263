/*
 * taint CA: makes calls as its input says, a line each, and prints everything that the library shows of each: messages, log lines
 * at their most verbose, and what the accessors return, as `KIND HEX` lines and a last line `end CODE`. The key, the token and
 * the proxy's word are markers (scanning.h) that the driver looks for in the output; "scan" looks for them in memory.
 *
 *   query URL PROXY|-        wait URL PROXY|-        (a * in PROXY is the word)
 *   sts URL STS              a query with the credentials of a role, which the markers assume
 *   metadata URL METADATA    a query with the credentials of the CVM role
 *   scan                     after all is freed: how many copies are left, and how many were freed without being wiped
 */
#define _GNU_SOURCE
#include <pthread.h>

#include "asking.h"
#include "scanning.h"

enum { LINE = 1024, ATTEMPT_MS = 250 };

static const char *ca;

static void show(const char *kind, const char *text, size_t length)
{
    size_t i;
    if (text == NULL) return;
    printf("%s ", kind);
    for (i = 0; i < length; i++) printf("%02x", (unsigned char)text[i]);
    putchar('\n');
}

static void show_text(const char *kind, const char *text)
{
    if (text != NULL) show(kind, text, strlen(text));
}

static void TCDB_CALL keep_line(tcdb_log_level level, const char *line, void *user_data)
{
    (void)level;
    (void)user_data;
    show_text("log", line);
}

static void show_result(tcdb_result *result)
{
    show_text("server", tcdb_result_status_text(result));
    show("server", tcdb_result_info(result), tcdb_result_info_len(result));
    show_text("server", tcdb_result_request_id(result));
    tcdb_result_free(result);
}

static void show_error(tcdb_error *error)
{
    if (error == NULL) return;
    show_text("message", tcdb_error_message(error));
    show_text("server", tcdb_error_server_code(error));
    show("server", tcdb_error_server_message(error), tcdb_error_server_message_len(error));
    show_text("server", tcdb_error_request_id(error));
    show_result(tcdb_error_last_result(error));
    tcdb_error_free(error);
}

static void show_credentials(const tcdb_credentials *credentials)
{
    tcdb_credentials_info *info;
    if (tcdb_credentials_info_new(credentials, &info, NULL) != TCDB_OK) return;
    show_text("accessor", tcdb_credentials_info_source(info));
    tcdb_credentials_info_free(info);
}

static tcdb_options *new_options(const char *url, const char *proxy)
{
    tcdb_options *options = tcdb_options_new();
    char with_word[LINE + MOST];
    const char *star = strchr(proxy, '*');
    tcdb_options_set_endpoint(options, url);
    tcdb_options_set_sts_endpoint(options, url);
    tcdb_options_set_ca_file(options, ca);
    tcdb_options_set_max_requests_per_second(options, 0);
    tcdb_options_set_max_attempts(options, 1);
    tcdb_options_set_total_timeout_ms(options, ATTEMPT_MS);
    tcdb_options_set_log(options, TCDB_LOG_DEBUG, keep_line, NULL, NULL);
    if (star != NULL) {
        const size_t before = (size_t)(star - proxy);
        memcpy(with_word, proxy, before);
        unmask(&secrets[2], with_word + before);
        strcpy(with_word + before + secrets[2].length, star + 1);
        tcdb_options_set_proxy(options, with_word);
        wipe(with_word, (int)sizeof with_word - 1);
    } else if (strcmp(proxy, "-") != 0) tcdb_options_set_proxy(options, proxy);
    return options;
}

static tcdb_credentials *markers(void)
{
    char key[MOST + 1], token[MOST + 1];
    tcdb_credentials *credentials = NULL;
    unmask(&secrets[0], key);
    unmask(&secrets[1], token);
    EXPECT(tcdb_credentials_static("AKIDscan", key, token, &credentials, NULL) == TCDB_OK);
    wipe(key, MOST);
    wipe(token, MOST);
    return credentials;
}

static tcdb_credentials *of_role(const char *sts)
{
    tcdb_credentials *base = markers(), *role = NULL;
    tcdb_options *io = new_options(sts, "-");
    EXPECT(tcdb_credentials_assume_role(base, "qcs::cam::uin/100000000001:roleName/reader", NULL, io, &role, NULL) == TCDB_OK);
    tcdb_credentials_free(base);
    tcdb_options_free(io);
    return role;
}

static tcdb_credentials *of_machine(const char *metadata)
{
    tcdb_options *io = new_options(metadata, "-");
    tcdb_credentials *role = NULL;
    EXPECT(tcdb_credentials_cvm_role(NULL, io, &role, NULL) == TCDB_OK);
    tcdb_options_free(io);
    return role;
}

/* The parts of a signed request that hold no secret. */
static void show_request(const tcdb_client *client)
{
    tcdb_request *request;
    if (tcdb_request_new(client, DOCUMENTED_ID, 0, &request, NULL) != TCDB_OK) return;
    show_text("accessor", tcdb_request_url(request));
    show_text("accessor", tcdb_request_canonical(request));
    show_text("accessor", tcdb_request_string_to_sign(request));
    show("accessor", tcdb_request_body(request), tcdb_request_body_len(request));
    tcdb_request_free(request);
}

static void call(tcdb_credentials *credentials, const char *url, const char *proxy, int waits)
{
    tcdb_options *options = new_options(url, proxy);
    tcdb_client *client = NULL;
    tcdb_result *result = NULL;
    tcdb_error *error = NULL;
    tcdb_code code = tcdb_client_new(credentials, "ap-guangzhou", options, &client, &error);
    if (code == TCDB_OK) code = waits ? tcdb_wait(client, DOCUMENTED_ID, ATTEMPT_MS, &result, &error)
                                      : tcdb_query(client, DOCUMENTED_ID, &result, &error);
    show_result(result);
    show_error(error);
    show_credentials(credentials);
    if (client != NULL) show_request(client);
    tcdb_client_free(client);
    tcdb_options_free(options);
    tcdb_credentials_free(credentials);
    EXPECT(tcdb_live_objects() == 0);
    printf("end %s\n", tcdb_code_name(code));
}

static void scan(void)
{
    watching = 0;
    printf("left %d, unwiped %d\n", search("after the end"), given_back);
    given_back = 0;
    watching = 1;
}

int main(int argc, char **argv)
{
    char line[LINE], what[16], url[400], other[400];
    if (argc != 2) return 2;
    ca = argv[1];
    prepare();
    if (search("before") != 0 || !finds_what_is_planted()) return 2;
    watching = 1;
    while (fgets(line, sizeof line, stdin) != NULL) {
        if (strcmp(line, "scan\n") == 0) scan();
        else {
            EXPECT(sscanf(line, "%15s %399s %399s", what, url, other) == 3);
            if (strcmp(what, "sts") == 0) call(of_role(other), url, "-", 0);
            else if (strcmp(what, "metadata") == 0) call(of_machine(other), url, "-", 0);
            else call(markers(), url, other, strcmp(what, "wait") == 0);
        }
        fflush(stdout);
    }
    return 0;
}
