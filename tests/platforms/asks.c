/* asks HTTPS CA ID KEY: what every platform must do. Asks over TLS, waits, is cancelled by another thread, and ends with
 * nothing left; and what differs by width and order of bytes is as it is elsewhere. Says "ok: ..." or "FAILED: ..." for each. */
#include "tcdb_async.h"

#include <stdio.h>
#include <string.h>
#ifdef _WIN32
#  include <windows.h>
typedef HANDLE thread;
#else
#  include <pthread.h>
#  include <time.h>
typedef pthread_t thread;
#endif

/* What the header says of widths; no data but these crosses it. */
_Static_assert(sizeof(tcdb_code) == 4 && sizeof(tcdb_status) == 4 && sizeof(tcdb_log_level) == 4, "numbers have 32 bits");
_Static_assert(sizeof(size_t) == sizeof(void *) && sizeof(size_t) >= 4, "a length has the width of an address");
_Static_assert(sizeof(tcdb_progress_fn) == sizeof(void *), "a function is passed as an address");

static int failures;

static void check(int good, const char *what)
{
    printf("%s: %s\n", good ? "ok" : "FAILED", what);
    failures += !good;
}

static int code_of(tcdb_error *error, tcdb_code expected)
{
    tcdb_code code = tcdb_error_code(error);
    if (code != expected) printf("  %s: %s\n", tcdb_code_name(code), tcdb_error_message(error));
    tcdb_error_free(error);
    return code == expected;
}

static const char SUCCEEDED[] = "f96e4f3c-8fc96c86-2ec79ac8-cb63a7a7";
static const char RUNNING[] = "00000002-5eed5eed-5eed5eed-5eed5eed";

/* --- on a thread as narrow as musl's are, where nothing else is asked for ------------------------------------------ */
enum { NARROW = 128 << 10 };
static int32_t narrow_answers;

static void ask_and_wait(tcdb_client *client)
{
    tcdb_result *result = NULL;
    narrow_answers += tcdb_query(client, SUCCEEDED, &result, NULL) == TCDB_OK;
    tcdb_result_free(result);
    narrow_answers += tcdb_wait(client, SUCCEEDED, 10000, &result, NULL) == TCDB_OK;
    tcdb_result_free(result);
}

/* --- cancelling from another thread ------------------------------------------------------------------------------- */
static void cancel_soon(void *waiter)
{
#ifdef _WIN32
    Sleep(200);
#else
    struct timespec soon = {0, 200000000};
    nanosleep(&soon, NULL);
#endif
    tcdb_waiter_cancel(waiter);
}

#ifdef _WIN32
static DWORD WINAPI run(LPVOID waiter)
{
    cancel_soon(waiter);
    return 0;
}

static thread start(tcdb_waiter *waiter) { return CreateThread(NULL, 0, run, waiter, 0, NULL); }

static DWORD WINAPI run_narrow(LPVOID client)
{
    ask_and_wait(client);
    return 0;
}

static thread start_narrow(tcdb_client *client)
{
    return CreateThread(NULL, NARROW, run_narrow, client, STACK_SIZE_PARAM_IS_A_RESERVATION, NULL);
}

static void join(thread other)
{
    WaitForSingleObject(other, INFINITE);
    CloseHandle(other);
}
#else
static void *run(void *waiter)
{
    cancel_soon(waiter);
    return NULL;
}

static thread start(tcdb_waiter *waiter)
{
    thread other;
    check(pthread_create(&other, NULL, run, waiter) == 0, "a thread starts");
    return other;
}

static void *run_narrow(void *client)
{
    ask_and_wait(client);
    return NULL;
}

static thread start_narrow(tcdb_client *client)
{
    thread other;
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, NARROW);
    check(pthread_create(&other, &attributes, run_narrow, client) == 0, "a thread of 128 KiB starts");
    pthread_attr_destroy(&attributes);
    return other;
}

static void join(thread other) { pthread_join(other, NULL); }
#endif

/* --- what is asked ------------------------------------------------------------------------------------------------ */
static int32_t lines, ended;

static void TCDB_CALL count_line(tcdb_log_level level, const char *line, void *user_data)
{
    lines += level > 0 && line && user_data == &lines;
}

static void TCDB_CALL count_end(void *user_data) { ended += user_data == &lines; }

static int32_t TCDB_CALL on_progress(const tcdb_result *latest, uint32_t answers, uint64_t elapsed_ms, void *user_data)
{
    /* Three widths in one call: a wrong convention or order shows here. */
    return !(answers < 1000 && elapsed_ms < 60000 && (latest == NULL) == (answers == 0) && user_data == &ended);
}

static void ask(tcdb_client *client)
{
    tcdb_result *result;
    tcdb_error *error;
    check(tcdb_query(client, SUCCEEDED, &result, &error) == TCDB_OK || code_of(error, TCDB_OK), "an answer over TLS");
    check(tcdb_result_status(result) == TCDB_STATUS_SUCCESS, "its status");
    check(strlen(tcdb_result_info(result)) == tcdb_result_info_len(result), "its text and its length");
    tcdb_result_free(result);
    check(tcdb_query(client, "unknown", &result, &error) == TCDB_ERR_UNKNOWN_REQUEST_ID, "an id that the API does not know");
    tcdb_error_free(error);
}

static void wait_for_ends(tcdb_client *client)
{
    tcdb_result *result;
    tcdb_error *error;
    tcdb_waiter *waiter = NULL;
    thread other;
    check(tcdb_wait(client, SUCCEEDED, 10000, &result, &error) == TCDB_OK, "a wait until the end");
    tcdb_result_free(result);
    check(tcdb_wait(client, RUNNING, 300, &result, &error) == TCDB_ERR_WAIT_TIMEOUT, "a wait that times out");
    tcdb_error_free(error);
    check(tcdb_waiter_new(client, RUNNING, UINT64_MAX, &waiter, NULL) == TCDB_OK, "a waiter without an end");
    other = start(waiter);
    check(tcdb_waiter_run(waiter, on_progress, &ended, &result, &error) == TCDB_ERR_CANCELLED, "cancelled by another thread");
    check(tcdb_waiter_elapsed_ms(waiter) >= 150 && tcdb_waiter_elapsed_ms(waiter) < 30000, "in time");
    join(other);
    tcdb_error_free(error);
    tcdb_waiter_free(waiter);
}

static void refused(const tcdb_credentials *credentials, const char *ca)
{
    tcdb_options *options = tcdb_options_new();
    tcdb_client *client = NULL;
    tcdb_result *result;
    tcdb_error *error;
    tcdb_options_set_endpoint(options, "https://localhost:1");
    tcdb_options_set_ca_file(options, ca);
    check(tcdb_client_new(credentials, "ap-guangzhou", options, &client, NULL) == TCDB_OK, "a client of a closed port");
    check(tcdb_query(client, SUCCEEDED, &result, &error) == TCDB_ERR_CONNECT, "a refused connection");
    check(strcmp(tcdb_error_message(error), "connect to localhost:1: connection refused (3 attempts)") == 0, "in English");
    if (failures) printf("  %s\n", tcdb_error_message(error));
    tcdb_error_free(error);
    tcdb_client_free(client);
    tcdb_options_set_ca_file(options, "no/such/file");
    check(tcdb_client_new(credentials, "ap-guangzhou", options, &client, &error) == TCDB_ERR_INVALID_ARGUMENT, "no CA file");
    check(strstr(tcdb_error_message(error), ": no such file or directory") != NULL, "named in English");
    tcdb_error_free(error);
    tcdb_options_free(options);
}

/* The mock server's own authority is not in any system's store. */
static void distrusted(const tcdb_credentials *credentials, const char *https)
{
    tcdb_options *options = tcdb_options_new();
    tcdb_client *client = NULL;
    tcdb_result *result;
    tcdb_error *error = NULL;
    tcdb_code code;
    tcdb_options_set_endpoint(options, https);
    code = tcdb_client_new(credentials, "ap-guangzhou", options, &client, &error);
    if (code == TCDB_OK) code = tcdb_query(client, SUCCEEDED, &result, &error);
    check(code == TCDB_ERR_TLS, "a server whom the system's store does not know is refused");
    printf("  %s\n", tcdb_error_message(error));
    tcdb_error_free(error);
    tcdb_client_free(client);
    tcdb_options_free(options);
}

/* --- width and order of bytes ------------------------------------------------------------------------------------- */
static const int64_t YEAR_2100 = 4102444800;

/* Hands over the keys of the command line, with an end beyond what 32 bits can count. */
static void TCDB_CALL fetch(tcdb_credentials_answer *answer, void *arguments)
{
    char **argv = arguments;
    tcdb_credentials_answer_set(answer, argv[3], argv[4], NULL, YEAR_2100);
}

static void expires_beyond_2038(tcdb_options *options, char **argv)
{
    tcdb_credentials *credentials;
    tcdb_credentials_info *info = NULL;
    tcdb_client *client = NULL;
    tcdb_result *result = NULL;
    check(tcdb_credentials_callback("keys", fetch, argv, NULL, NULL, &credentials, NULL) == TCDB_OK, "credentials by callback");
    check(tcdb_client_new(credentials, "ap-guangzhou", options, &client, NULL) == TCDB_OK, "a client of them");
    check(tcdb_query(client, SUCCEEDED, &result, NULL) == TCDB_OK, "an answer with them");
    check(tcdb_credentials_info_new(credentials, &info, NULL) == TCDB_OK, "what is known of them");
    check(tcdb_credentials_info_expires_unix_s(info) == YEAR_2100, "their end, in 2100");
    tcdb_credentials_info_free(info);
    tcdb_result_free(result);
    tcdb_client_free(client);
    tcdb_credentials_free(credentials);
}

static const char *header(const tcdb_request *request, const char *name)
{
    size_t i;
    for (i = 0; i < tcdb_request_header_count(request); i++) {
        if (strcmp(tcdb_request_header_name(request, i), name) == 0) return tcdb_request_header_value(request, i);
    }
    return "";
}

/* The same keys, question and time have the same signature everywhere; Python has calculated this one. */
static void signed_in_2100(void)
{
    static const char SIGNATURE[] = "4ca6b4be3b4a00e8d37a99c84d19ffaf8204f2fbc0abda6c15545deb2f92727d";
    tcdb_credentials *credentials;
    tcdb_client *client = NULL;
    tcdb_request *request = NULL;
    const char *signature;
    check(tcdb_credentials_static("AKIDEXAMPLE", "KEYEXAMPLE", NULL, &credentials, NULL) == TCDB_OK, "credentials to sign with");
    check(tcdb_client_new(credentials, "ap-guangzhou", NULL, &client, NULL) == TCDB_OK, "a client to sign with");
    check(tcdb_request_new(client, SUCCEEDED, YEAR_2100, &request, NULL) == TCDB_OK, "a question signed for 2100");
    check(strcmp(header(request, "X-TC-Timestamp"), "4102444800") == 0, "its time");
    signature = strstr(header(request, "Authorization"), "Signature=");
    check(signature && strcmp(signature + strlen("Signature="), SIGNATURE) == 0, "its signature");
    if (failures) printf("  %s\n  %s\n", tcdb_request_canonical(request), signature ? signature : "");
    tcdb_request_free(request);
    tcdb_client_free(client);
    tcdb_credentials_free(credentials);
}

int main(int argc, char **argv)
{
    tcdb_options *options = tcdb_options_new();
    tcdb_credentials *credentials;
    tcdb_client *client = NULL;
    setvbuf(stdout, NULL, _IONBF, 0);
    if (argc != 5) return 2;
    check(tcdb_abi_version() == TCDB_ABI_VERSION, "the library is the header's");
    tcdb_options_set_endpoint(options, argv[1]);
    tcdb_options_set_ca_file(options, argv[2]);
    tcdb_options_set_log(options, TCDB_LOG_DEBUG, count_line, &lines, count_end);
    check(tcdb_credentials_static(argv[3], argv[4], NULL, &credentials, NULL) == TCDB_OK, "credentials");
    check(tcdb_client_new(credentials, "ap-guangzhou", options, &client, NULL) == TCDB_OK, "a client");
    /* Its connection and handshake are made there, too. */
    join(start_narrow(client));
    check(narrow_answers == 2, "answers on a thread of 128 KiB");
    expires_beyond_2038(options, argv);
    tcdb_options_free(options);
    signed_in_2100();
    ask(client);
    wait_for_ends(client);
    tcdb_client_free(client);
    refused(credentials, argv[2]);
    distrusted(credentials, argv[1]);
    tcdb_credentials_free(credentials);
    check(lines > 0 && ended == 1, "the log and its end");
    check(tcdb_live_objects() == 0, "nothing is left");
    return failures != 0;
}
