/*
 * A program of version 0.1.0: built against that version's header, beside this file, and run with today's library. It
 * knows every number that 0.1.0 published and calls every function that it had. Never changed, but for a new baseline.
 * Arguments: endpoint, CA file, secret id, secret key.
 */
#include <stdio.h>
#include <string.h>

#include "tcdb_async.h"

static int passed, failed;

static void check(int holds, const char *what)
{
    if (holds) passed++;
    else { failed++; printf("FAILED: %s\n", what); }
}

/* What the numbers of 0.1.0 mean to the library of today. */
static void numbers(void)
{
    static const struct { tcdb_code code; const char *name; } codes[] = {
        { 0, "TCDB_OK" }, { 1, "TCDB_ERR_INVALID_ARGUMENT" }, { 2, "TCDB_ERR_INTERNAL" }, { 3, "TCDB_ERR_CANCELLED" },
        { 4, "TCDB_ERR_WAIT_TIMEOUT" }, { 5, "TCDB_ERR_CREDENTIALS" }, { 6, "TCDB_ERR_SYSTEM" }, { 7, "TCDB_ERR_BUSY" },
        { 20, "TCDB_ERR_RESOLVE" }, { 21, "TCDB_ERR_CONNECT" }, { 22, "TCDB_ERR_TLS" },
        { 23, "TCDB_ERR_REQUEST_TIMEOUT" }, { 24, "TCDB_ERR_TRANSPORT" }, { 25, "TCDB_ERR_PROXY" },
        { 40, "TCDB_ERR_BAD_RESPONSE" }, { 41, "TCDB_ERR_AUTH" }, { 42, "TCDB_ERR_DENIED" },
        { 43, "TCDB_ERR_RATE_LIMITED" }, { 44, "TCDB_ERR_UNKNOWN_REQUEST_ID" }, { 45, "TCDB_ERR_REJECTED" },
        { 46, "TCDB_ERR_UNAVAILABLE" } };
    static const tcdb_status statuses[] = {
        TCDB_STATUS_UNKNOWN, TCDB_STATUS_INITIAL, TCDB_STATUS_RUNNING, TCDB_STATUS_SUCCESS, TCDB_STATUS_FAILED,
        TCDB_STATUS_KILLED, TCDB_STATUS_REMOVED, TCDB_STATUS_PAUSED, TCDB_STATUS_UNDEFINED };
    static const char *const texts[] = { "{}", "INITIAL", "RUNNING", "SUCCESS", "FAILED", "KILLED", "REMOVED", "PAUSED",
                                         "UNDEFINED" };
    char body[128];
    tcdb_status i;
    size_t n;
    for (n = 0; n < sizeof codes / sizeof codes[0]; n++)
        check(strcmp(tcdb_code_name(codes[n].code), codes[n].name) == 0, codes[n].name);
    for (i = 0; i <= 8; i++) {
        tcdb_result *result = NULL;
        check(statuses[i] == i, "a status has its number");
        check(tcdb_status_is_success(i) == (i == 3), "one status is a success");
        check(tcdb_status_is_terminal(i) == (i >= 3 && i <= 6), "four statuses are endings");
        (void)sprintf(body, "{\"Response\":{\"Status\":\"%s\",\"RequestId\":\"r\"}}", texts[i]);
        check(tcdb_response_parse(200, body, strlen(body), &result, NULL) == TCDB_OK, "a reply is read");
        check(tcdb_result_status(result) == i, "a status text has its number");
        tcdb_result_free(result);
    }
    check(TCDB_LOG_ERROR == 1 && TCDB_LOG_WARN == 2 && TCDB_LOG_INFO == 3 && TCDB_LOG_DEBUG == 4, "log levels");
    check(tcdb_version()[0] != 0, "there is a version");
    check(tcdb_abi_version() >> 16 == TCDB_ABI_VERSION >> 16 && tcdb_abi_version() >= TCDB_ABI_VERSION,
          "the library serves programs of 0.1.0");
}

static void count_line(tcdb_log_level level, const char *line, void *user_data)
{
    if (level >= TCDB_LOG_ERROR && line[0]) ++*(int *)user_data;
}

static void count_end(void *user_data)
{
    *(int *)user_data += 1000000;
}

static int32_t keep_on(const tcdb_result *latest, uint32_t answers, uint64_t elapsed_ms, void *user_data)
{
    (void)latest;
    (void)elapsed_ms;
    *(uint32_t *)user_data = answers;
    return answers >= 2;
}

static tcdb_options *set_everything(tcdb_options *options, char **argv, int *lines)
{
    tcdb_options_set_endpoint(options, argv[1]);
    tcdb_options_set_ca_file(options, argv[2]);
    tcdb_options_set_language(options, "en-US");
    tcdb_options_set_connect_timeout_ms(options, 5000);
    tcdb_options_set_total_timeout_ms(options, 20000);
    tcdb_options_set_max_attempts(options, 3);
    tcdb_options_set_max_requests_per_second(options, 0);
    tcdb_options_set_proxy(options, NULL);
    tcdb_options_set_clock_correction(options, 1);
    tcdb_options_set_request_client(options, "baseline-0.1.0");
    tcdb_options_set_log(options, TCDB_LOG_DEBUG, count_line, lines, count_end);
    return options;
}

static void results(const tcdb_client *client)
{
    tcdb_result *result = NULL;
    tcdb_error *error = NULL;
    check(tcdb_query(client, "f96e4f3c-8fc96c86-2ec79ac8-cb63a7a7", &result, &error) == TCDB_OK && !error, "query");
    check(tcdb_result_status(result) == TCDB_STATUS_SUCCESS, "status");
    check(strcmp(tcdb_result_status_text(result), "SUCCESS") == 0, "status text");
    check(tcdb_result_info_len(result) == strlen(tcdb_result_info(result)), "info");
    check(tcdb_result_request_id(result) != NULL, "request id");
    tcdb_result_free(result);

    check(tcdb_query(client, "no-such-id", &result, &error) == TCDB_ERR_UNKNOWN_REQUEST_ID && !result, "unknown id");
    check(tcdb_error_code(error) == TCDB_ERR_UNKNOWN_REQUEST_ID, "error code");
    check(strstr(tcdb_error_message(error), "InvalidAsyncRequestId") != NULL, "error message");
    check(strcmp(tcdb_error_server_code(error), "InvalidParameter.InvalidAsyncRequestId") == 0, "server code");
    check(tcdb_error_server_message_len(error) == strlen(tcdb_error_server_message(error)), "server message");
    check(tcdb_error_request_id(error) != NULL, "error request id");
    check(tcdb_error_http_status(error) == 200 && tcdb_error_attempts(error) == 1, "HTTP status and attempts");
    check(tcdb_error_is_retryable(error) == 0 && tcdb_error_last_result(error) == NULL, "retryable, last result");
    tcdb_error_free(error);
}

static void waits(const tcdb_client *client)
{
    tcdb_waiter *waiter = NULL;
    tcdb_result *result = NULL;
    tcdb_error *error = NULL;
    uint32_t answers = 0;
    check(tcdb_wait(client, "f96e4f3c-8fc96c86-2ec79ac8-cb63a7a7", UINT64_MAX, &result, &error) == TCDB_OK, "wait");
    tcdb_result_free(result);

    check(tcdb_waiter_new(client, "00000002-5eed5eed-5eed5eed-5eed5eed", 60000, &waiter, &error) == TCDB_OK, "waiter");
    tcdb_waiter_set_interval_ms(waiter, 250, 250);
    tcdb_waiter_set_stop_on(waiter, TCDB_STATUS_PAUSED);
    check(tcdb_waiter_step(waiter, 0, &result, &error) == TCDB_OK && !result, "step");
    check(tcdb_waiter_answers(waiter) == 1 && tcdb_waiter_due_in_ms(waiter) <= 250, "answers, due in");
    result = tcdb_waiter_latest(waiter);
    check(tcdb_result_status(result) == TCDB_STATUS_RUNNING, "latest");
    tcdb_result_free(result);
    check(tcdb_waiter_run(waiter, keep_on, &answers, &result, &error) == TCDB_ERR_CANCELLED && answers == 2, "run");
    result = tcdb_error_last_result(error);
    check(tcdb_result_status(result) == TCDB_STATUS_RUNNING, "last result");
    tcdb_result_free(result);
    tcdb_error_free(error);
    check(tcdb_waiter_elapsed_ms(waiter) < 60000, "elapsed");
    tcdb_waiter_cancel(waiter);
    tcdb_waiter_free(waiter);
}

static void requests(const tcdb_client *client)
{
    tcdb_request *request = NULL;
    size_t i;
    check(tcdb_request_new(client, "id", 1551113065, &request, NULL) == TCDB_OK, "request");
    check(strncmp(tcdb_request_url(request), "http", 4) == 0, "url");
    for (i = 0; i < tcdb_request_header_count(request); i++)
        check(tcdb_request_header_name(request, i) && tcdb_request_header_value(request, i), "header");
    check(tcdb_request_body_len(request) == strlen(tcdb_request_body(request)), "body");
    check(strncmp(tcdb_request_canonical(request), "POST\n/\n", 7) == 0, "canonical request");
    check(strncmp(tcdb_request_string_to_sign(request), "TC3-HMAC-SHA256\n1551113065\n", 27) == 0, "string to sign");
    tcdb_request_free(request);
}

int main(int argc, char **argv)
{
    tcdb_credentials *credentials = NULL, *other = NULL;
    tcdb_client *client = NULL;
    tcdb_options *options;
    int lines = 0;

    if (argc != 5) return 2;
    numbers();
    tcdb_options_free(tcdb_options_from_env());
    check(tcdb_credentials_env(&other, NULL) == TCDB_OK, "credentials from the environment");
    tcdb_credentials_free(other);
    check(tcdb_credentials_profile("/nonexistent", NULL, &other, NULL) == TCDB_ERR_CREDENTIALS, "no profile");
    check(tcdb_credentials_cvm_role("role", NULL, &other, NULL) == TCDB_OK, "CVM role");
    tcdb_credentials_free(other);
    check(tcdb_credentials_default(NULL, &other, NULL) == TCDB_OK, "default chain");

    options = set_everything(tcdb_options_new(), argv, &lines);
    check(tcdb_credentials_static(argv[3], argv[4], NULL, &credentials, NULL) == TCDB_OK, "credentials");
    check(tcdb_client_new(other, "ap-guangzhou", options, &client, NULL) == TCDB_OK, "client");
    check(tcdb_client_set_credentials(client, credentials, NULL) == TCDB_OK, "set credentials");
    tcdb_credentials_free(other);
    tcdb_credentials_free(credentials);
    tcdb_options_free(options);
    results(client);
    waits(client);
    requests(client);
    check(tcdb_client_clock_offset_ms(client) == 0, "clock offset");
    tcdb_client_shutdown(client);
    tcdb_client_free(client);
    check(lines > 1000000 && lines < 2000000, "the log was told, and that it is over, once");
    check(tcdb_live_objects() == 0, "nothing is left");
    printf("%d passed, %d failed\n", passed, failed);
    return failed ? 1 : 0;
}
