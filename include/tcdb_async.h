/*
 * tcdb_async.h - asks TencentDB for MySQL what became of an asynchronous task, and waits for it.
 *
 * Made by `make header` from the sources; do not edit. Licence: MIT OR Apache-2.0.
 *
 * For example, built by `cc program.c -ltcdb_async`:
 *
 *     tcdb_credentials *credentials = NULL;
 *     tcdb_client *client = NULL;
 *     tcdb_result *result = NULL;
 *     tcdb_error *error = NULL;
 *     if (tcdb_credentials_default(NULL, &credentials, &error) == TCDB_OK
 *         && tcdb_client_new(credentials, "ap-guangzhou", NULL, &client, &error) == TCDB_OK
 *         && tcdb_wait(client, async_request_id, 600000, &result, &error) == TCDB_OK)
 *         printf("%s\n", tcdb_result_status_text(result));
 *     else
 *         fprintf(stderr, "%s\n", tcdb_error_message(error));
 *     tcdb_result_free(result), tcdb_error_free(error), tcdb_client_free(client), tcdb_credentials_free(credentials);
 *
 * The contract, for every function below:
 *
 * Objects. All types are opaque. What a function hands out is yours; free it with the type's _free, once. Objects are
 *   independent: what was made from a client stays valid after the client is freed. Only a callback's arguments are
 *   borrowed, for the duration of the call.
 * Codes. A function that can fail returns a tcdb_code. `out` and `error`, always the last parameters, are set to NULL on
 *   entry (a number to what its comment says). TCDB_OK: *out is set. Any other number, known to you or not: it failed,
 *   *out is NULL and *error says why. `error` may be NULL; `out` may not. There is no last-error state; errno is
 *   unspecified after a call.
 * Strings. NUL-terminated UTF-8; file names are bytes, as for open(2). A string that you pass is copied; one that
 *   is NULL where a string is needed, not UTF-8, empty or holds a control character is reported by its parameter's name.
 *   A string that is returned is owned by the object it comes from and valid until that is freed; never free it
 *   yourself. Where a server's text may hold a NUL, there is a length too.
 * NULL. Reported as TCDB_ERR_INVALID_ARGUMENT where a code is returned. A setter on NULL does nothing. An accessor on NULL
 *   returns 0, "" or NULL, as its comment says. _free(NULL) does nothing.
 * Threads. What a function takes as const may be used by many threads at once: clients, credentials, results, errors,
 *   wait queues and their events. A waiter locks itself: a second thread that steps it meanwhile gets TCDB_ERR_BUSY.
 *   Options belong to one thread. Free an object only when no call on it is running. No thread outlives a call, except
 *   that of a name lookup that timed out: one for each host name of the process, with all signals blocked.
 * Callbacks. They run on the caller's thread, inside the call, with no lock held; several at once if several threads
 *   call. They may call this library. They must return normally: no exception, longjmp or pthread_cancel.
 * fork(). The child may use a client, whatever other threads were doing at fork(). It opens connections of its own; it
 *   neither uses nor closes the parent's. A waiter that another thread was stepping stays TCDB_ERR_BUSY in the child, and a
 *   task whose request one was sending stays pending there, without an event. A callback may fork: in the child the call
 *   continues over a connection of its own.
 * Signals. No handler is installed and no SIGPIPE raised; a call continues after an interrupted system call.
 * Process. No global set-up; nothing is printed. Nothing is read from the environment, and no file or metadata
 *   service is looked for, unless a function's name says so (_from_env, _env, _profile, _cvm_role, _tke, _default),
 *   except for the system's certificates. The library stays loaded after dlclose(). It needs at most 96 KiB of the caller's
 *   stack.
 * Secrets. No message and no log line shows a key, a token or a signature, and no object but tcdb_request, whose purpose
 *   it is. The status text, info and request id of a result and the server code, server message and request id of an
 *   error are returned as they were received, a secret that the server echoes included.
 * Numbers. int32_t, uint32_t, uint64_t, int64_t and size_t only. Published numbers never change.
 */
#ifndef TCDB_ASYNC_H
#define TCDB_ASYNC_H


#include <stddef.h>
#include <stdint.h>

/* Marks a symbol as part of this API. */
#ifndef TCDB_API
#  define TCDB_API
#endif

/* The calling convention of functions and callbacks: on 32-bit Windows the one that VB6, VBA, Delphi and .NET use. */
#ifndef TCDB_CALL
#  if defined(_WIN32) && !defined(_WIN64)
#    define TCDB_CALL __stdcall
#  else
#    define TCDB_CALL
#  endif
#endif

#ifdef __cplusplus
extern "C" {
#endif

/**
 * The API's host for accounts of the international site: the default.
 */
#define TCDB_ENDPOINT_INTL "cdb.intl.tencentcloudapi.com"

/**
 * The API's host for accounts of the mainland site: see tcdb_options_set_endpoint.
 */
#define TCDB_ENDPOINT_MAINLAND "cdb.tencentcloudapi.com"


/**
 * The version of this header, to be compared with what tcdb_version() and tcdb_abi_version() of the loaded library
 * say.
 */
#define TCDB_VERSION_MAJOR 0

#define TCDB_VERSION_MINOR 2

#define TCDB_VERSION_PATCH 0

/**
 * major << 16 | minor.
 */
#define TCDB_ABI_VERSION 2

/**
 * A client of the API for one account, with its own connections, rate limiter and clock. Many threads may use one at
 * once; one for the whole process is usually right.
 */
typedef struct tcdb_client tcdb_client;

/**
 * A credentials provider. One may serve many clients and threads at once; a client keeps what it needs of it, so it
 * may be freed before the client.
 */
typedef struct tcdb_credentials tcdb_credentials;

/**
 * Receives what a tcdb_credentials_fn has fetched. Borrowed for the call, on its thread; not to be freed.
 */
typedef struct tcdb_credentials_answer tcdb_credentials_answer;

/**
 * A snapshot of credentials: their source and expiry at one moment. It never holds a secret. Yours to free with
 * tcdb_credentials_info_free. Many threads may read one at once.
 */
typedef struct tcdb_credentials_info tcdb_credentials_info;

/**
 * Why a function failed. Yours to free with tcdb_error_free. Many threads may read one at once.
 */
typedef struct tcdb_error tcdb_error;

/**
 * The options of a client. Belongs to one thread at a time. Setters copy; a setter on NULL does nothing. What uses the
 * options validates them and names the one that is wrong.
 */
typedef struct tcdb_options tcdb_options;

/**
 * A signed request that has not been sent: for programs that send through an HTTP stack of their own, and to examine a
 * signature that the API refuses. The only object that shows a token and a signature; it is wiped when it is freed.
 * Many threads may read one at once.
 */
typedef struct tcdb_request tcdb_request;

/**
 * The API's answer about a task. Yours to free with tcdb_result_free. Many threads may read one at once.
 */
typedef struct tcdb_result tcdb_result;

/**
 * The options of an assumed role. Belongs to one thread at a time. Setters copy; a setter on NULL does nothing. What
 * uses it validates it and names the parameter that is wrong; it copies what it needs.
 */
typedef struct tcdb_role tcdb_role;

/**
 * An event of a task in a wait queue: a change of status, or the end. Yours to free with tcdb_wait_event_free; it goes
 * on after its queue is freed. Many threads may read one at once.
 */
typedef struct tcdb_wait_event tcdb_wait_event;

/**
 * The options of a task in a wait queue: interval, statuses to stop on, events. One object may serve for any number of
 * tasks. Belongs to one thread at a time. Setters copy; a setter on NULL does nothing; tcdb_wait_queue_add validates.
 */
typedef struct tcdb_wait_options tcdb_wait_options;

/**
 * Waits for many tasks at once. tcdb_wait_queue_add adds a task, threads of yours that call tcdb_wait_queue_run send
 * its requests, and tcdb_wait_queue_next returns its events. The rules for each task are those of a tcdb_waiter.
 *
 * It has no thread of its own. One of yours is enough as long as it keeps up: with 50 ms a reply it sends 20 requests
 * a second, so two use a limit of 40. A program with a single thread calls _run until there is an event, then takes
 * events with _next until there is none:
 *
 *   while (tcdb_wait_queue_pending(queue) > 0) {
 *       tcdb_wait_queue_run(queue, 1000, &error);
 *       while (tcdb_wait_queue_next(queue, 0, &event, &error) == TCDB_OK && event) { ...; tcdb_wait_event_free(event); }
 *   }
 *
 * It locks itself: every function but _free may be called by many threads at once, also from callbacks inside a call
 * on it. Free it when no call on it is running.
 */
typedef struct tcdb_wait_queue tcdb_wait_queue;

/**
 * Waits for one task. It has no thread of its own: it proceeds inside _run or _step. A few threads can step thousands of
 * waiters of one client by their due times; the waiters share the client's rate limiter, the longest overdue first. A
 * query goes ahead of the waiters; with those that have been due for five seconds it goes by turns.
 *
 * What it does. The first request goes out at once. After each answer it pauses: the n-th pause is drawn evenly from
 * first * 1.5^(n-1) to first * 1.5^n, never shorter than `first`, never longer than `longest`
 * (tcdb_waiter_set_interval_ms); one to two seconds before its deadline it sends a last request, whatever its
 * interval. It ends with an answer on SUCCESS, FAILED, KILLED, REMOVED and what tcdb_waiter_set_stop_on names. Before
 * the first answer a failure ends it as it ends a query, after the client's attempts, except for the API's rate limit,
 * which is waited out. After the first answer, transient failures (connections, 5xx, HTML, the API's limit, ...) do
 * not end it and are logged; the pauses grow in the same way, by 2, or are what Retry-After says, up to five minutes.
 * A defect in Info does not hide an answer: characters that cannot be read are U+FFFD. Each attempt is bounded by the
 * client's total timeout, everything by the wait's own. Time is the monotonic clock's.
 *
 * It locks itself: the accessors, _cancel and the setters may be called at any time, by any thread, also from the
 * progress function; a second _run or _step meanwhile gets TCDB_ERR_BUSY. Free it when no call on it is running.
 */
typedef struct tcdb_waiter tcdb_waiter;

/* --- Numbers and types ------------------------------------------------------------------------------------------- */

/**
 * What a function that can fail returns: TCDB_OK, or the kind of failure. Published numbers never change; a number
 * that your program does not know is a failure.
 */
typedef int32_t tcdb_code;

/**
 * The status of an async request. A number that your program does not know is not terminal.
 */
typedef int32_t tcdb_status;

/**
 * The level of a log line; a higher number is more detail.
 */
typedef int32_t tcdb_log_level;

/**
 * Log callback. Called with one line, without a newline and without any secret. Called inside library calls, on their
 * thread, by several threads at once. The line is valid during the call. It must return normally.
 */
typedef void (TCDB_CALL *tcdb_log_fn)(tcdb_log_level level, const char *line, void *user_data);

/**
 * Called once with a user_data that the library no longer uses, on the thread that ends its last use. For a log: after
 * the last object that may log is freed, on the thread that frees it.
 */
typedef void (TCDB_CALL *tcdb_destroy_fn)(void *user_data);

/**
 * Fetches credentials: calls tcdb_credentials_answer_set or tcdb_credentials_answer_fail once and returns normally.
 */
typedef void (TCDB_CALL *tcdb_credentials_fn)(tcdb_credentials_answer *answer, void *user_data);

/**
 * Progress callback of a wait. Called after each answer that does not end it, and otherwise about ten times a second,
 * also while a request is in flight. Runs on the thread inside _run, with no lock held; it may call this library.
 * latest_or_null: the latest answer, valid during the call, not to be freed. answers: how many there were. elapsed_ms:
 * since tcdb_waiter_new. Return 0 to go on; any other number ends the wait with TCDB_ERR_CANCELLED.
 */
typedef int32_t (TCDB_CALL *tcdb_progress_fn)(const tcdb_result *latest_or_null,
                                              uint32_t answers,
                                              uint64_t elapsed_ms,
                                              void *user_data);

/**
 * Success: `*out` is set.
 */
#define TCDB_OK 0

/**
 * A parameter or an option is invalid; the message names it.
 */
#define TCDB_ERR_INVALID_ARGUMENT 1

/**
 * A defect of this library. The client stays usable.
 */
#define TCDB_ERR_INTERNAL 2

/**
 * Stopped by a progress callback, tcdb_waiter_cancel or tcdb_client_shutdown.
 */
#define TCDB_ERR_CANCELLED 3

/**
 * The wait reached its timeout; tcdb_error_last_result has the last answer.
 */
#define TCDB_ERR_WAIT_TIMEOUT 4

/**
 * No credentials were found, or their provider failed; the message lists every place and why.
 */
#define TCDB_ERR_CREDENTIALS 5

/**
 * A system resource is exhausted: file descriptors, threads or memory.
 */
#define TCDB_ERR_SYSTEM 6

/**
 * The waiter is being stepped by another thread.
 */
#define TCDB_ERR_BUSY 7

/**
 * The host name could not be looked up.
 */
#define TCDB_ERR_RESOLVE 20

/**
 * Connection refused, host unreachable, or the connect timeout has passed.
 */
#define TCDB_ERR_CONNECT 21

/**
 * The certificate or the TLS version is refused, or the server requires a client certificate: final. Or the server
 * ended TLS by an alert, which may pass: retried, and a wait goes on. tcdb_error_is_retryable says which. A wrong
 * clock of this machine is a frequent cause.
 */
#define TCDB_ERR_TLS 22

/**
 * The total timeout passed while a request was in flight.
 */
#define TCDB_ERR_REQUEST_TIMEOUT 23

/**
 * The connection broke before the reply was complete.
 */
#define TCDB_ERR_TRANSPORT 24

/**
 * The proxy refuses the connection, or requires a login.
 */
#define TCDB_ERR_PROXY 25

/**
 * The reply is not the API's JSON: HTML, a redirect, or too large. The message quotes it.
 */
#define TCDB_ERR_BAD_RESPONSE 40

/**
 * The API does not accept the credentials or the signature.
 */
#define TCDB_ERR_AUTH 41

/**
 * The account is not allowed to do this.
 */
#define TCDB_ERR_DENIED 42

/**
 * Too many requests: the API's limit, or the deadline passed in this client's own queue.
 */
#define TCDB_ERR_RATE_LIMITED 43

/**
 * The API knows no such async request id.
 */
#define TCDB_ERR_UNKNOWN_REQUEST_ID 44

/**
 * Any other error code of the API: see tcdb_error_server_code.
 */
#define TCDB_ERR_REJECTED 45

/**
 * A transient failure of the API or its backend.
 */
#define TCDB_ERR_UNAVAILABLE 46

/**
 * Null, missing, or a text that this version does not know: see tcdb_result_status_text. Not terminal.
 */
#define TCDB_STATUS_UNKNOWN 0

/**
 * Not started.
 */
#define TCDB_STATUS_INITIAL 1

/**
 * In progress.
 */
#define TCDB_STATUS_RUNNING 2

/**
 * Succeeded.
 */
#define TCDB_STATUS_SUCCESS 3

/**
 * Failed. This does not prove that nothing changed.
 */
#define TCDB_STATUS_FAILED 4

/**
 * Terminated by a user or an operator.
 */
#define TCDB_STATUS_KILLED 5

/**
 * Deleted.
 */
#define TCDB_STATUS_REMOVED 6

/**
 * Paused, or terminating: the API is ambiguous. Not terminal, never a success.
 */
#define TCDB_STATUS_PAUSED 7

/**
 * Created but not started, or waiting for the maintenance window, possibly for hours. Not terminal.
 */
#define TCDB_STATUS_UNDEFINED 8

/**
 * Failures that are final.
 */
#define TCDB_LOG_ERROR 1

/**
 * What needs attention: a clock that is off, a file that others can read.
 */
#define TCDB_LOG_WARN 2

/**
 * Failures that are retried, refreshes of credentials, shutdown.
 */
#define TCDB_LOG_INFO 3

/**
 * Every attempt and its outcome.
 */
#define TCDB_LOG_DEBUG 4

/* --- The library ------------------------------------------------------------------------------------------------- */

/**
 * The version of the library in use, like "0.1.0". Static.
 *
 * \return The version, a string that is never freed.
 * \since 0.1.0
 */
TCDB_API const char *TCDB_CALL tcdb_version(void);

/**
 * The ABI of the library in use: major << 16 | minor. A program built against this header works with a library of the
 * same major whose minor is not below TCDB_ABI_VERSION's.
 *
 * \return The number, to be compared with TCDB_ABI_VERSION.
 * \since 0.1.0
 */
TCDB_API
uint32_t TCDB_CALL tcdb_abi_version(void);

/**
 * For leak tests: the number of objects that were handed out and not freed, in the whole process.
 *
 * \return The number of objects.
 * \since 0.1.0
 */
TCDB_API uint64_t TCDB_CALL tcdb_live_objects(void);

/**
 * The name of a code, like "TCDB_ERR_TLS"; "" for a number that is not a code. Static.
 *
 * \param code A tcdb_code, or any other number.
 * \return The name, a string that is never freed.
 * \since 0.1.0
 */
TCDB_API const char *TCDB_CALL tcdb_code_name(tcdb_code code);

/**
 * 1 if a task in this status has ended (SUCCESS, FAILED, KILLED, REMOVED); 0 for every other number.
 *
 * \param status A tcdb_status, or any other number.
 * \return 1 or 0.
 * \since 0.1.0
 */
TCDB_API int32_t TCDB_CALL tcdb_status_is_terminal(tcdb_status status);

/**
 * 1 for SUCCESS; 0 for every other number.
 *
 * \param status A tcdb_status, or any other number.
 * \return 1 or 0.
 * \since 0.1.0
 */
TCDB_API int32_t TCDB_CALL tcdb_status_is_success(tcdb_status status);

/* --- Options of a client ----------------------------------------------------------------------------------------- */

/**
 * The defaults; nothing comes from the environment. Yours to free with tcdb_options_free. Never NULL, except after a
 * defect of this library.
 *
 * \return The options, or NULL.
 * \since 0.1.0
 */
TCDB_API
tcdb_options *TCDB_CALL tcdb_options_new(void);

/**
 * The defaults, and what the environment says now: TENCENTCLOUD_REGION; HTTPS_PROXY, else ALL_PROXY, unless NO_PROXY
 * names the host (these three also in lower case, which goes first); SSL_CERT_FILE, and SSL_CERT_DIR as a list of
 * folders, in place of the system's store, and TCDB_ASYNC_CA_FILE in place of these two; TCDB_ASYNC_ENDPOINT, never
 * that of the metadata service, and TCDB_ASYNC_STS_ENDPOINT. An empty variable is an unset one. NO_PROXY is a list of
 * names (each with all below it), addresses, networks like 10.0.0.0/8, each perhaps with a port, or `*`; commas and
 * blanks separate. A variable is validated only where it is used; messages name it. No credentials are read: see
 * tcdb_credentials_env.
 *
 * \return The options, yours to free with tcdb_options_free, or NULL.
 * \since 0.1.0
 */
TCDB_API
tcdb_options *TCDB_CALL tcdb_options_from_env(void);

/**
 * Where requests go: `host`, `host:port` or `https://host[:port]`. `http://` only for localhost and loopback
 * addresses. NULL: TCDB_ENDPOINT_INTL. Accounts of the mainland site: TCDB_ENDPOINT_MAINLAND.
 *
 * \param options The options, or NULL.
 * \param endpoint The host, or NULL for the default.
 * \since 0.1.0
 */
TCDB_API void TCDB_CALL tcdb_options_set_endpoint(tcdb_options *options, const char *endpoint);

/**
 * The host of STS, which issues the credentials of roles, in options for credentials: as an endpoint. NULL:
 * sts.intl.tencentcloudapi.com. A client does not use it.
 *
 * \param options The options, or NULL.
 * \param endpoint The host, or NULL for the default.
 * \since 0.2.0
 */
TCDB_API void TCDB_CALL tcdb_options_set_sts_endpoint(tcdb_options *options, const char *endpoint);

/**
 * The language of the API's messages: "en-US", the default, or "zh-CN". NULL: none is requested.
 *
 * \param options The options, or NULL.
 * \param language "en-US", "zh-CN", or NULL.
 * \since 0.1.0
 */
TCDB_API void TCDB_CALL tcdb_options_set_language(tcdb_options *options, const char *language);

/**
 * The timeout of lookup, proxy, TCP and TLS of one attempt together, in milliseconds. 0: 5,000.
 *
 * \param options The options, or NULL.
 * \param milliseconds The timeout, or 0 for the default.
 * \since 0.1.0
 */
TCDB_API void TCDB_CALL tcdb_options_set_connect_timeout_ms(tcdb_options *options, uint32_t milliseconds);

/**
 * The timeout of a query as a whole, in milliseconds: rate limiter, credentials, every attempt, every pause. In a wait
 * it bounds each attempt. 0: 30,000.
 *
 * \param options The options, or NULL.
 * \param milliseconds The timeout, or 0 for the default.
 * \since 0.1.0
 */
TCDB_API
void TCDB_CALL tcdb_options_set_total_timeout_ms(tcdb_options *options,
                                                 uint32_t milliseconds);

/**
 * The maximum number of attempts of a query, 1 to 10. 0: 3. One more request after a correction of the clock or a
 * refresh of the credentials does not count. The pause between two attempts is 0.1 to 0.2 s and doubles, up to 5 s;
 * after the API's limit it is at least 1 to 1.5 s; it is at least what Retry-After says, up to five minutes.
 *
 * \param options The options, or NULL.
 * \param attempts The number of attempts, or 0 for the default.
 * \since 0.1.0
 */
TCDB_API
void TCDB_CALL tcdb_options_set_max_attempts(tcdb_options *options,
                                             uint32_t attempts);

/**
 * The maximum number of requests that the client sends in any second, over all its threads. Default 40, the API's
 * limit for an account. Where other clients use the account too, and the API refuses requests, it sends fewer, and
 * then more again. 0 disables rate limiting, also where the API refuses requests.
 *
 * \param options The options, or NULL.
 * \param requests The number of requests a second, or 0 for no limit.
 * \since 0.1.0
 */
TCDB_API
void TCDB_CALL tcdb_options_set_max_requests_per_second(tcdb_options *options,
                                                        uint32_t requests);

/**
 * A proxy: `http://[user:password@]host[:port]` (CONNECT), `https://…` (the same within TLS, which is verified) or
 * `socks5://…` (the proxy looks the name up). Port: 80, 443, 1080. User and password percent-encoded. It is used
 * whatever NO_PROXY says. NULL: none.
 *
 * \param options The options, or NULL.
 * \param url The proxy's URL, or NULL for no proxy.
 * \since 0.1.0
 */
TCDB_API
void TCDB_CALL tcdb_options_set_proxy(tcdb_options *options,
                                      const char *url);

/**
 * A PEM file of roots to trust in place of the system's store. A file name is bytes, as for open(2). Read once, in
 * tcdb_client_new. NULL: the system's store. Verification cannot be turned off.
 *
 * \param options The options, or NULL.
 * \param path The file, or NULL for the system's store.
 * \since 0.1.0
 */
TCDB_API
void TCDB_CALL tcdb_options_set_ca_file(tcdb_options *options,
                                        const char *path);

/**
 * Whether to sign by the API's clock after the API has refused this machine's. Default 1; 0: off.
 *
 * \param options The options, or NULL.
 * \param on 1: correct the clock; 0: do not.
 * \since 0.1.0
 */
TCDB_API void TCDB_CALL tcdb_options_set_clock_correction(tcdb_options *options, int32_t on);

/**
 * The name of the calling program, sent to the API in X-TC-RequestClient: letters, digits and -_,;. up to 128 bytes.
 * NULL: tcdb-async and its version.
 *
 * \param options The options, or NULL.
 * \param request_client The program's name, or NULL for the default.
 * \since 0.1.0
 */
TCDB_API
void TCDB_CALL tcdb_options_set_request_client(tcdb_options *options,
                                               const char *request_client);

/**
 * Sets the log function, which is called with each line up to a level, TCDB_LOG_ERROR to TCDB_LOG_DEBUG. NULL: no log.
 * A second call replaces the first.
 *
 * \param options The options, or NULL.
 * \param max_level The most detailed level that is logged.
 * \param log The function, or NULL.
 * \param user_data Passed to log with each line.
 * \param destroy Called once with user_data, when nothing can log to it any more; NULL: nothing.
 * \since 0.1.0
 */
TCDB_API
void TCDB_CALL tcdb_options_set_log(tcdb_options *options,
                                    tcdb_log_level max_level,
                                    tcdb_log_fn log,
                                    void *user_data,
                                    tcdb_destroy_fn destroy);

/**
 * Frees options. NULL: nothing. Clients made with them stay valid.
 *
 * \param options The options, or NULL.
 * \since 0.1.0
 */
TCDB_API void TCDB_CALL tcdb_options_free(tcdb_options *options);

/* --- Credentials ------------------------------------------------------------------------------------------------- */

/**
 * Credentials that the program holds itself. All three values are printable ASCII without blanks. They are copied; the
 * library's copies are wiped when they are dropped.
 *
 * Fails with TCDB_ERR_INVALID_ARGUMENT.
 *
 * \param secret_id The id, 1 to 1,024 bytes.
 * \param secret_key The key, 1 to 1,024 bytes.
 * \param token_or_null The token of temporary credentials, 1 to 8,192 bytes; NULL: none.
 * \param out Receives the credentials, yours to free with tcdb_credentials_free.
 * \param error NULL, or receives the error, yours to free with tcdb_error_free.
 * \return TCDB_OK, or why it failed.
 * \since 0.1.0
 */
TCDB_API
tcdb_code TCDB_CALL tcdb_credentials_static(const char *secret_id,
                                            const char *secret_key,
                                            const char *token_or_null,
                                            tcdb_credentials **out,
                                            tcdb_error **error);

/**
 * Credentials from the environment, which is read once, now. An empty variable is an unset one; the end of a line at
 * the end of a value is not part of it. First the pair, then what a cloud function's runtime sets; the two are never
 * mixed:
 *   TENCENTCLOUD_SECRET_ID, TENCENTCLOUD_SECRET_KEY, and for temporary ones a token in TENCENTCLOUD_TOKEN,
 *     TENCENTCLOUD_SESSION_TOKEN or TENCENTCLOUD_SECURITY_TOKEN. Each may be in a file, as Docker and Kubernetes mount
 *     secrets, of which the name is in TENCENTCLOUD_SECRET_ID_FILE, TENCENTCLOUD_SECRET_KEY_FILE, TENCENTCLOUD_TOKEN_FILE or
 *     TENCENTCLOUD_SESSION_TOKEN_FILE; files are read again when the API refuses what they had
 *   TENCENTCLOUD_SECRETID, TENCENTCLOUD_SECRETKEY and TENCENTCLOUD_SESSIONTOKEN
 * Two variables for one thing that differ are an error that names both.
 *
 * A role that TENCENTCLOUD_ROLE_ARN or TENCENTCLOUD_ASSUME_ROLE_ARN names is an error here, since there are no options
 * for STS: tcdb_credentials_env_with assumes it.
 *
 * Fails with TCDB_ERR_CREDENTIALS:
 *   TENCENTCLOUD_SECRET_ID and TENCENTCLOUD_SECRET_KEY are not set
 *   TENCENTCLOUD_SECRET_KEY is not set, though TENCENTCLOUD_SECRET_ID is       (and the other way round)
 *   TENCENTCLOUD_TOKEN and TENCENTCLOUD_SECURITY_TOKEN are both set and differ
 *   TENCENTCLOUD_TOKEN is not UTF-8
 *   TENCENTCLOUD_SECRET_KEY holds a space or something other than ASCII        (or is in quotes, is over 1,024 bytes long, ...)
 *   TENCENTCLOUD_ROLE_ARN asks to assume a role, which tcdb_credentials_env_with can
 *
 * \param out Receives the credentials, yours to free with tcdb_credentials_free.
 * \param error NULL, or receives the error, yours to free with tcdb_error_free.
 * \return TCDB_OK, or why it failed.
 * \since 0.1.0
 */
TCDB_API
tcdb_code TCDB_CALL tcdb_credentials_env(tcdb_credentials **out,
                                         tcdb_error **error);

/**
 * Credentials from a profile, that is from a file that the vendor's tools read or wrote.
 *
 * INI: the section [<profile>] with `secret_id = ...`, `secret_key = ...` and for temporary ones `token = ...`; for a
 * role `role_arn` and perhaps `role_session_name`. Read as Python's configparser reads it: values are taken as they
 * are, quotes, ; and # included. Comments are lines that begin with ; or #. A line that is not a comment, header or
 * pair is an error.
 *
 * JSON: an object with "secretId", "secretKey" and perhaps "token" and "expiresAt" (Unix seconds), "role-arn" and
 * "role-session-name". "type": "cvm-role" is tcdb_credentials_cvm_role; "oauth" and "sso" are logins that expire: then
 * the message names the command that logs in again. Region and language come from "region" and "language" of
 * "_sys_param" in <profile>.configure in the same folder; they are used where neither tcdb_client_new nor the options
 * name others. The endpoint named there is not used.
 *
 * Both: regular files of at most 65,536 bytes, in UTF-8, with a byte-order mark or without.
 *
 * The environment is read now and not later. The file is read now, and again when the API no longer knows the
 * credentials (AuthFailure.TokenFailure, AuthFailure.SecretIdNotFound) or "expiresAt" comes near. A file that others
 * than its owner can reach is used, and a TCDB_LOG_WARN in the client's log reports it.
 *
 * Fails with TCDB_ERR_INVALID_ARGUMENT, which names the parameter or variable, and TCDB_ERR_CREDENTIALS:
 *   profile "default" not found: <place>: <why>; ...
 *                                         every place, with "no such file or directory", "permission denied",
 *                                         "no section [default]", "no secret_id and secret_key in [default]",
 *                                         "no secretId and secretKey", "HOME is not set"
 *   <file>: <what is wrong>               a place that has something unusable ends the search: "is not a regular file",
 *                                         "is larger than 65536 bytes", "is not UTF-8 (at byte N)", "is not an INI file
 *                                         (line N: ...)", "is not JSON (...)", "has a secret_id without a secret_key in
 *                                         [default]", "has secret_key twice in [default]", ...
 *   profile "p" (role-arn in <file>) asks to assume a role, which tcdb_credentials_profile_with can
 *   profile "p" (sso): the login expired 3600 s ago; run "tccli sso login --profile p"
 *
 * \param path_or_null The file. A name that ends in ".credential" is read as the JSON of the vendor's command line,
 *   any other as INI. NULL: the file that TENCENTCLOUD_CREDENTIALS_FILE names, else the first of these that has the
 *   profile:
 *     $HOME/.tencentcloud/credentials       INI
 *     /etc/tencentcloud/credentials         INI
 *     $HOME/.tccli/<profile>.credential     JSON
 *   The folder of the last is TENCENTCLOUD_SHARED_CREDENTIALS_DIR, if that is set.
 * \param profile_or_null The profile's name, 1 to 128 bytes. NULL: TENCENTCLOUD_PROFILE or TCCLI_PROFILE where no path
 *   is given, else "default".
 * \param out Receives the credentials, yours to free with tcdb_credentials_free.
 * \param error NULL, or receives the error, yours to free with tcdb_error_free.
 * \return TCDB_OK, or why it failed.
 * \since 0.1.0
 */
TCDB_API
tcdb_code TCDB_CALL tcdb_credentials_profile(const char *path_or_null,
                                             const char *profile_or_null,
                                             tcdb_credentials **out,
                                             tcdb_error **error);

/**
 * As tcdb_credentials_env, with options for STS: a role that TENCENTCLOUD_ROLE_ARN or TENCENTCLOUD_ASSUME_ROLE_ARN
 * names is assumed with what the environment has. TENCENTCLOUD_ROLE_SESSION_NAME or
 * TENCENTCLOUD_ASSUME_ROLE_SESSION_NAME, TENCENTCLOUD_ASSUME_ROLE_SESSION_DURATION, _EXTERNAL_ID and _SOURCE_IDENTITY
 * say how.
 *
 * Fails as tcdb_credentials_env, and with TCDB_ERR_INVALID_ARGUMENT for an option.
 *
 * \param io_or_null As of tcdb_credentials_assume_role.
 * \param out Receives the credentials, yours to free with tcdb_credentials_free.
 * \param error NULL, or receives the error, yours to free with tcdb_error_free.
 * \return TCDB_OK, or why it failed.
 * \since 0.2.0
 */
TCDB_API
tcdb_code TCDB_CALL tcdb_credentials_env_with(const tcdb_options *io_or_null,
                                              tcdb_credentials **out,
                                              tcdb_error **error);

/**
 * As tcdb_credentials_profile, with options for STS: a role that the profile names is assumed with the profile's keys.
 *
 * Fails as tcdb_credentials_profile.
 *
 * \param path_or_null As of tcdb_credentials_profile.
 * \param profile_or_null As of tcdb_credentials_profile.
 * \param io_or_null As of tcdb_credentials_assume_role; for a profile of the CVM role as of tcdb_credentials_cvm_role.
 * \param out Receives the credentials, yours to free with tcdb_credentials_free.
 * \param error NULL, or receives the error, yours to free with tcdb_error_free.
 * \return TCDB_OK, or why it failed.
 * \since 0.2.0
 */
TCDB_API
tcdb_code TCDB_CALL tcdb_credentials_profile_with(const char *path_or_null,
                                                  const char *profile_or_null,
                                                  const tcdb_options *io_or_null,
                                                  tcdb_credentials **out,
                                                  tcdb_error **error);

/**
 * Credentials of the role that this CVM instance has: temporary ones, from the machine's metadata service. Opens no
 * connection; the first query fetches them, and they are refreshed from then on.
 *
 * The requests are for /latest/meta-data/cam/security-credentials/, which returns the role's name, and for the same
 * path followed by the name, which returns a JSON object with "TmpSecretId", "TmpSecretKey", "Token", "ExpiredTime"
 * (Unix seconds) and "Code" ("Success"). Redirects are refused; a reply is at most 16,384 bytes.
 *
 * Refresh: five minutes before they expire (at nine tenths of a lifetime of under fifty minutes), give or take a
 * fifth, one thread fetches new ones while the others continue with the old. If that fails the old ones are used as
 * long as they are valid, and the next fetch waits at least 5 s, then 10, 20, 40, 60 s, but no longer than a quarter
 * of the time left. Once none are valid the threads wait for one fetch, each within its own timeout; if it fails,
 * queries fail with its reason and without another fetch for at least 5 s, then 10, then 20 s. Every pause is up to a
 * quarter longer by chance. Credentials that the API no longer knows are fetched again once in a query. A callback,
 * log or progress function that runs while its own thread fetches cannot wait for that: a query there fails at once
 * with TCDB_ERR_CREDENTIALS, "<source>: this thread is the one that fetches these credentials".
 *
 * Fails with TCDB_ERR_INVALID_ARGUMENT. A query fails with TCDB_ERR_CREDENTIALS:
 *   CVM role: the instance has no role            CVM role: the instance has no role <name>
 *   CVM role: connect to <host>:<port>: ...       CVM role: look up <host>: ...         CVM role: <host>:<port>: ...
 *   metadata service <host>:<port>: <why>         "role <name>: the reply has no Token", "role <name>: the reply has the
 *                                                 Code <word>", "role <name>: the reply is not JSON (...)", "returned
 *                                                 HTTP 302; redirects are refused", ...
 * tcdb_error_is_retryable is 1 where the failure is transient.
 *
 * \param role_or_null The role's name, 1 to 128 letters, digits and +=,.@_-. NULL: the service is asked for it.
 * \param io_or_null Options of the provider itself, validated here and copied; not those of the client. NULL: the
 *   defaults.
 *     endpoint: http://metadata.tencentyun.com, or http:// to localhost or a loopback address, with a port if need be
 *     connect, total timeout: of one fetch, its repetitions included. 0: 1,000 and 3,000 ms
 *     log: reports fetches and failures
 *   All others are passed over: the service is never asked through a proxy.
 * \param out Receives the credentials, yours to free with tcdb_credentials_free.
 * \param error NULL, or receives the error, yours to free with tcdb_error_free.
 * \return TCDB_OK, or why it failed.
 * \since 0.1.0
 */
TCDB_API
tcdb_code TCDB_CALL tcdb_credentials_cvm_role(const char *role_or_null,
                                              const tcdb_options *io_or_null,
                                              tcdb_credentials **out,
                                              tcdb_error **error);

/**
 * Credentials from the first of these places that has some:
 *   1. the environment's pair, then a cloud function's variables, as tcdb_credentials_env
 *   2. a profile, as tcdb_credentials_profile(NULL, NULL)
 *   3. a pod of TKE, as tcdb_credentials_tke, if its four variables are set; three of them are an error
 *   4. the CVM instance's role, as tcdb_credentials_cvm_role(NULL); TENCENTCLOUD_CAM_ROLE_NAME may name it
 *
 * A role that TENCENTCLOUD_ROLE_ARN or TENCENTCLOUD_ASSUME_ROLE_ARN names is then assumed with these credentials, in
 * place of a role that the profile names. The vendor's SDKs ask the instance before the pod, so that a pod acts as its
 * node.
 *
 * Places 1 to 3 are examined now. Only if they have nothing does the first query ask the metadata service, for at most
 * a second (then not again for at least 5 s). A place that has something invalid ends the search with an error, and so
 * does a profile or file that a variable names and that has nothing: a later place could be of another account. The
 * first place that had something is used from then on, and is logged at TCDB_LOG_INFO.
 *
 * Fails with TCDB_ERR_INVALID_ARGUMENT, and TCDB_ERR_CREDENTIALS for something invalid in places 1 to 3. A query fails
 * with TCDB_ERR_CREDENTIALS where no place had anything; the message lists them all:
 *   no credentials found: environment: TENCENTCLOUD_SECRET_ID and TENCENTCLOUD_SECRET_KEY are not set; profile "default"
 *   not found: <place>: <why>; ...; CVM role: <why>
 *
 * \param io_or_null For the metadata service as of tcdb_credentials_cvm_role, but 0 for the timeouts means 500 and
 *   1,000 ms; for STS as of tcdb_credentials_assume_role.
 * \param out Receives the credentials, yours to free with tcdb_credentials_free.
 * \param error NULL, or receives the error, yours to free with tcdb_error_free.
 * \return TCDB_OK, or why it failed.
 * \since 0.1.0
 */
TCDB_API
tcdb_code TCDB_CALL tcdb_credentials_default(const tcdb_options *io_or_null,
                                             tcdb_credentials **out,
                                             tcdb_error **error);

/**
 * Fetches now what the first query would fetch, unless valid credentials are cached: to check at start-up, or before
 * tcdb_request_new. Validity is by this machine's clock. Nothing but
 * timeout_ms ends it early.
 *
 * Fails with TCDB_ERR_INVALID_ARGUMENT, TCDB_ERR_CREDENTIALS as a query does, TCDB_ERR_REQUEST_TIMEOUT.
 *
 * \param credentials The credentials; not NULL.
 * \param timeout_ms How long it may take, in milliseconds; 0: 30,000.
 * \param error NULL, or receives the error, yours to free with tcdb_error_free.
 * \return TCDB_OK, or why it failed.
 * \since 0.2.0
 */
TCDB_API
tcdb_code TCDB_CALL tcdb_credentials_fetch(const tcdb_credentials *credentials,
                                           uint32_t timeout_ms,
                                           tcdb_error **error);

/**
 * Frees credentials. NULL: nothing. Clients made with them stay valid.
 *
 * \param credentials The credentials, or NULL.
 * \since 0.1.0
 */
TCDB_API void TCDB_CALL tcdb_credentials_free(tcdb_credentials *credentials);

/* --- Credentials of a role --------------------------------------------------------------------------------------- */

/**
 * The defaults. Yours to free with tcdb_role_free. Never NULL, except after a defect of this library.
 *
 * \return The options of the role, or NULL.
 * \since 0.2.0
 */
TCDB_API tcdb_role *TCDB_CALL tcdb_role_new(void);

/**
 * The name of the session in the vendor's audit log: 2 to 128 letters, digits and _+=,.@-. NULL: "tcdb-async-" and the
 * process id.
 *
 * \param role The role, or NULL.
 * \param session_name The name, or NULL for the default.
 * \since 0.2.0
 */
TCDB_API
void TCDB_CALL tcdb_role_set_session_name(tcdb_role *role,
                                          const char *session_name);

/**
 * The lifetime of the credentials in seconds: 1 to 43,200, or less by the role's own limit. 0: 7,200.
 *
 * \param role The role, or NULL.
 * \param seconds The duration, or 0 for the default.
 * \since 0.2.0
 */
TCDB_API void TCDB_CALL tcdb_role_set_duration_s(tcdb_role *role, uint32_t seconds);

/**
 * The id that the role's owner requires from those that assume it: 2 to 128 letters, digits and _+=,.@:/-. NULL: none.
 *
 * \param role The role, or NULL.
 * \param external_id The id, or NULL for none.
 * \since 0.2.0
 */
TCDB_API
void TCDB_CALL tcdb_role_set_external_id(tcdb_role *role,
                                         const char *external_id);

/**
 * A policy that restricts the session: a JSON object in CAM's policy language, not percent-encoded; this library
 * encodes it. NULL: none.
 *
 * \param role The role, or NULL.
 * \param json The policy, or NULL for none.
 * \since 0.2.0
 */
TCDB_API
void TCDB_CALL tcdb_role_set_policy(tcdb_role *role,
                                    const char *json);

/**
 * The uin of the person or program behind the session, for the audit log. NULL: none.
 *
 * \param role The role, or NULL.
 * \param source_identity The uin, or NULL for none.
 * \since 0.2.0
 */
TCDB_API void TCDB_CALL tcdb_role_set_source_identity(tcdb_role *role, const char *source_identity);

/**
 * Frees a role. NULL: nothing. Credentials made with it stay valid.
 *
 * \param role The role, or NULL.
 * \since 0.2.0
 */
TCDB_API void TCDB_CALL tcdb_role_free(tcdb_role *role);

/**
 * Credentials of a role that is assumed with other credentials, by AssumeRole of STS. Opens no connection; the first
 * query fetches them, and they are refreshed as tcdb_credentials_cvm_role says.
 *
 * If STS refuses the base as unknown or expired, the base is fetched again once and STS asked again. If the API
 * refuses the role's credentials, those alone are fetched again. A transient failure is retried twice, after 0.2 s and
 * more, and after one to two seconds where STS has received too many requests, so that programs that start together
 * spread out.
 *
 * Fails with TCDB_ERR_INVALID_ARGUMENT, and TCDB_ERR_TLS where the system has no store of certificates. A query fails
 * with TCDB_ERR_CREDENTIALS, "role <ARN>: " and the reason; tcdb_error_server_code has the code of STS, if it refused;
 * tcdb_error_is_retryable is 1 where the failure is transient.
 *
 * \param base What signs the request to STS, not NULL: any credentials, another role's too, at most four roles deep.
 *   May be freed afterwards.
 * \param role_arn The role, like "qcs::cam::uin/100000000001:roleName/reader".
 * \param role_or_null The options of the role. NULL: the defaults.
 * \param io_or_null Options for the requests to STS, validated here and copied; not those of the client. NULL: the
 *   defaults.
 *     STS endpoint: sts.intl.tencentcloudapi.com (tcdb_options_set_sts_endpoint). The endpoint is not used.
 *     connect, total timeout: of one fetch, its repetitions included. 0: 2,000 and 5,000 ms
 *     proxy, CA file, language, clock correction, request client, log: as for a client
 * \param out Receives the credentials, yours to free with tcdb_credentials_free.
 * \param error NULL, or receives the error, yours to free with tcdb_error_free.
 * \return TCDB_OK, or why it failed.
 * \since 0.2.0
 */
TCDB_API
tcdb_code TCDB_CALL tcdb_credentials_assume_role(const tcdb_credentials *base,
                                                 const char *role_arn,
                                                 const tcdb_role *role_or_null,
                                                 const tcdb_options *io_or_null,
                                                 tcdb_credentials **out,
                                                 tcdb_error **error);

/**
 * Credentials of a role that a token in a file allows to assume, by AssumeRoleWithWebIdentity of STS. Opens no
 * connection; the first query fetches them, and they are refreshed as tcdb_credentials_cvm_role says. That request is
 * not signed.
 *
 * Fails as tcdb_credentials_assume_role; the messages of a query begin with "role <ARN> by web identity: ".
 *
 * \param role_arn As of tcdb_credentials_assume_role.
 * \param provider_id The name of the identity provider in CAM, 1 to 128 bytes.
 * \param token_file A file that holds the token alone, at most 65,536 bytes; read at every fetch, since Kubernetes
 *   replaces it. If STS refuses the token, the file is read again: another token is tried, the same one is the
 *   failure.
 * \param role_or_null Session name and duration; anything else in it is refused. NULL: the defaults.
 * \param io_or_null As of tcdb_credentials_assume_role.
 * \param out Receives the credentials, yours to free with tcdb_credentials_free.
 * \param error NULL, or receives the error, yours to free with tcdb_error_free.
 * \return TCDB_OK, or why it failed.
 * \since 0.2.0
 */
TCDB_API
tcdb_code TCDB_CALL tcdb_credentials_web_identity(const char *role_arn,
                                                  const char *provider_id,
                                                  const char *token_file,
                                                  const tcdb_role *role_or_null,
                                                  const tcdb_options *io_or_null,
                                                  tcdb_credentials **out,
                                                  tcdb_error **error);

/**
 * As tcdb_credentials_web_identity, for the pod of TKE that this process runs in: TKE_ROLE_ARN, TKE_PROVIDER_ID,
 * TKE_WEB_IDENTITY_TOKEN_FILE and TKE_REGION are read now, and all four are needed.
 *
 * Fails as tcdb_credentials_web_identity, and with TCDB_ERR_CREDENTIALS where a variable is missing or cannot be used:
 *   TKE: TKE_ROLE_ARN is not set
 * The messages of a query begin with "role <ARN> by TKE: ".
 *
 * \param role_or_null As of tcdb_credentials_web_identity.
 * \param io_or_null As of tcdb_credentials_assume_role.
 * \param out Receives the credentials, yours to free with tcdb_credentials_free.
 * \param error NULL, or receives the error, yours to free with tcdb_error_free.
 * \return TCDB_OK, or why it failed.
 * \since 0.2.0
 */
TCDB_API
tcdb_code TCDB_CALL tcdb_credentials_tke(const tcdb_role *role_or_null,
                                         const tcdb_options *io_or_null,
                                         tcdb_credentials **out,
                                         tcdb_error **error);

/* --- Credentials of the program's own ---------------------------------------------------------------------------- */

/**
 * Hands over fetched credentials. They are copied at once, into memory that is wiped when it is dropped; your buffers
 * may be wiped right after. A second call replaces the first. An invalid value fails the query, and the message names
 * the parameter.
 *
 * \param answer The answer, or NULL.
 * \param secret_id As of tcdb_credentials_static.
 * \param secret_key As of tcdb_credentials_static.
 * \param token_or_null As of tcdb_credentials_static; an empty token is none.
 * \param expires_unix_s_or_0 When they expire, in Unix seconds. 0: never.
 * \since 0.2.0
 */
TCDB_API
void TCDB_CALL tcdb_credentials_answer_set(tcdb_credentials_answer *answer,
                                           const char *secret_id,
                                           const char *secret_key,
                                           const char *token_or_null,
                                           int64_t expires_unix_s_or_0);

/**
 * Reports why there are no credentials: one line for the message of the query. Control characters in it are replaced,
 * 300 characters are kept, and the key and token handed over before are removed.
 *
 * \param answer The answer, or NULL.
 * \param reason The line; copied.
 * \param retryable 1: the failure is transient (tcdb_error_is_retryable); 0: it is not.
 * \since 0.2.0
 */
TCDB_API
void TCDB_CALL tcdb_credentials_answer_fail(tcdb_credentials_answer *answer,
                                            const char *reason,
                                            int32_t retryable);

/**
 * 1: the API has refused what was fetched last as unknown or expired; if the same is fetched again, the query fails
 * with that refusal. 0: it has not; and for NULL.
 *
 * \param answer The answer, or NULL.
 * \return 1 or 0; 0 for NULL.
 * \since 0.2.0
 */
TCDB_API
int32_t TCDB_CALL tcdb_credentials_answer_was_refused(const tcdb_credentials_answer *answer);

/**
 * How long the query can still wait, in milliseconds; 0 for NULL.
 *
 * \param answer The answer, or NULL.
 * \return Milliseconds; 0 for NULL.
 * \since 0.2.0
 */
TCDB_API int64_t TCDB_CALL tcdb_credentials_answer_ms_left(const tcdb_credentials_answer *answer);

/**
 * Credentials that a function of yours fetches: from a vault, from another program, from anywhere.
 *
 * When: never in this function. When no valid credentials are cached; before they expire, as tcdb_credentials_cvm_role
 * says; and once after the API has refused what it fetched.
 *
 * Where: on the thread of the query or wait that found it due, inside that call, with no lock held; at most one at a
 * time for each object and process. Other threads use what is valid, or wait within their own deadlines.
 *
 * How long: it cannot be interrupted. If it takes longer than the query has, the query ends with
 * TCDB_ERR_REQUEST_TIMEOUT, and what it fetched is kept for the next one.
 *
 * It may call this library. A query with credentials that this very thread is fetching fails at once with
 * TCDB_ERR_CREDENTIALS, which is not retryable.
 *
 * fork(): a child keeps what was cached, and calls the function itself.
 *
 * Fails with TCDB_ERR_INVALID_ARGUMENT. A query fails with TCDB_ERR_CREDENTIALS:
 *   callback "<name>": <reason>
 *
 * \param name The provider's name, for messages and logs, 1 to 128 bytes.
 * \param function The function; not NULL.
 * \param user_data Passed to the function.
 * \param destroy Called exactly once with user_data, when the last client made with the credentials, the credentials
 *   and every call are gone, on the thread that ends the last of them; also when this function fails, before it
 *   returns. NULL: nothing.
 * \param io_or_null Its log is used; its total timeout, if it is not 0, bounds what tcdb_credentials_answer_ms_left
 *   returns. NULL: no log, no bound.
 * \param out Receives the credentials, yours to free with tcdb_credentials_free.
 * \param error NULL, or receives the error, yours to free with tcdb_error_free.
 * \return TCDB_OK, or why it failed.
 * \since 0.2.0
 */
TCDB_API
tcdb_code TCDB_CALL tcdb_credentials_callback(const char *name,
                                              tcdb_credentials_fn function,
                                              void *user_data,
                                              tcdb_destroy_fn destroy,
                                              const tcdb_options *io_or_null,
                                              tcdb_credentials **out,
                                              tcdb_error **error);

/* --- What is known of credentials -------------------------------------------------------------------------------- */

/**
 * Takes a snapshot of credentials. Does no I/O.
 *
 * Fails with TCDB_ERR_INVALID_ARGUMENT.
 *
 * \param credentials The credentials; not NULL.
 * \param out Receives the snapshot, yours to free with tcdb_credentials_info_free.
 * \param error NULL, or receives the error, yours to free with tcdb_error_free.
 * \return TCDB_OK, or why it failed.
 * \since 0.2.0
 */
TCDB_API
tcdb_code TCDB_CALL tcdb_credentials_info_new(const tcdb_credentials *credentials,
                                              tcdb_credentials_info **out,
                                              tcdb_error **error);

/**
 * Where the credentials come from, for people and logs: `environment`, `profile "prod" in FILE`, `role ARN from CVM
 * role NAME`, `callback "vault"`. What a service has not returned yet, like the name of a CVM instance's role, is left
 * out until it is known. Never NULL; "" for NULL.
 *
 * \param info The snapshot, or NULL.
 * \return The source, owned by the snapshot; "" for NULL.
 * \since 0.2.0
 */
TCDB_API
const char *TCDB_CALL tcdb_credentials_info_source(const tcdb_credentials_info *info);

/**
 * When the cached credentials expire, in Unix seconds. 0: never, or none are cached; and for NULL.
 *
 * \param info The snapshot, or NULL.
 * \return Unix seconds, or 0.
 * \since 0.2.0
 */
TCDB_API int64_t TCDB_CALL tcdb_credentials_info_expires_unix_s(const tcdb_credentials_info *info);

/**
 * Frees a snapshot. NULL: nothing.
 *
 * \param info The snapshot, or NULL.
 * \since 0.2.0
 */
TCDB_API void TCDB_CALL tcdb_credentials_info_free(tcdb_credentials_info *info);

/* --- Clients and queries ----------------------------------------------------------------------------------------- */

/**
 * Makes a client. Opens no connection and sends nothing; reads the certificates.
 *
 * Fails with TCDB_ERR_INVALID_ARGUMENT, which names the parameter or option, and TCDB_ERR_TLS where the system has no
 * store of certificates.
 *
 * \param credentials The credentials, not NULL; may be freed afterwards.
 * \param region_or_null The database's region, like "ap-guangzhou"; 1 to 64 bytes, not checked against a list. NULL:
 *   what tcdb_options_from_env found in TENCENTCLOUD_REGION, else what the credentials' profile says.
 * \param options_or_null Validated here, and copied. NULL: the defaults.
 * \param out Receives the client, yours to free with tcdb_client_free.
 * \param error NULL, or receives the error, yours to free with tcdb_error_free.
 * \return TCDB_OK, or why it failed.
 * \since 0.1.0
 */
TCDB_API
tcdb_code TCDB_CALL tcdb_client_new(const tcdb_credentials *credentials,
                                    const char *region_or_null,
                                    const tcdb_options *options_or_null,
                                    tcdb_client **out,
                                    tcdb_error **error);

/**
 * Replaces the client's credentials: from now on requests are signed with these, those of queries and waits in
 * progress included. A region or language that their profile names is not used.
 *
 * Fails with TCDB_ERR_INVALID_ARGUMENT.
 *
 * \param client The client; not NULL.
 * \param credentials The credentials; not NULL.
 * \param error NULL, or receives the error, yours to free with tcdb_error_free.
 * \return TCDB_OK, or why it failed.
 * \since 0.1.0
 */
TCDB_API
tcdb_code TCDB_CALL tcdb_client_set_credentials(const tcdb_client *client,
                                                const tcdb_credentials *credentials,
                                                tcdb_error **error);

/**
 * How far the API's clock is ahead of this machine's, in milliseconds (negative: behind), accurate to about a second;
 * 0 as long as the API has accepted this machine's time, and for NULL.
 *
 * \param client The client, or NULL.
 * \return Milliseconds; 0 for NULL.
 * \since 0.1.0
 */
TCDB_API
int64_t TCDB_CALL tcdb_client_clock_offset_ms(const tcdb_client *client);

/**
 * Ends the calls in progress on this client soon, in whatever phase they are, and all later ones at once, with
 * TCDB_ERR_CANCELLED. It cannot be undone. From any thread; not from a signal handler. NULL: nothing.
 *
 * \param client The client, or NULL.
 * \since 0.1.0
 */
TCDB_API
void TCDB_CALL tcdb_client_shutdown(const tcdb_client *client);

/**
 * Queries the status of one async request. Blocks for at most the total timeout; transient failures are retried within
 * it, up to the options' attempts.
 *
 * TCDB_OK: there is an answer. It does not say that the task succeeded: see tcdb_result_status. Fails with any code
 * except TCDB_ERR_WAIT_TIMEOUT and TCDB_ERR_BUSY.
 *
 * \param client The client; not NULL.
 * \param async_request_id 1 to 256 bytes, as an API call returned it; sent as it is.
 * \param out Receives the result, yours to free with tcdb_result_free.
 * \param error NULL, or receives the error, yours to free with tcdb_error_free.
 * \return TCDB_OK, or why it failed.
 * \since 0.1.0
 */
TCDB_API
tcdb_code TCDB_CALL tcdb_query(const tcdb_client *client,
                               const char *async_request_id,
                               tcdb_result **out,
                               tcdb_error **error);

/**
 * Frees a client. NULL: nothing. No call on it may be running (tcdb_client_shutdown ends them); objects made from it
 * stay valid. In a forked child it does no I/O and leaves the parent's connections alone.
 *
 * \param client The client, or NULL.
 * \since 0.1.0
 */
TCDB_API
void TCDB_CALL tcdb_client_free(tcdb_client *client);

/* --- Results ----------------------------------------------------------------------------------------------------- */

/**
 * The task's status; TCDB_STATUS_UNKNOWN for NULL.
 *
 * \param result The result, or NULL.
 * \return The status; TCDB_STATUS_UNKNOWN for NULL.
 * \since 0.1.0
 */
TCDB_API tcdb_status TCDB_CALL tcdb_result_status(const tcdb_result *result);

/**
 * The status in the API's own spelling, also one that this version does not know. Never NULL; "" if it is null or
 * missing, and for NULL.
 *
 * \param result The result, or NULL.
 * \return The text, owned by the result; "" for NULL.
 * \since 0.1.0
 */
TCDB_API
const char *TCDB_CALL tcdb_result_status_text(const tcdb_result *result);

/**
 * The API's text about the outcome, in any language. NULL if it is null or missing.
 *
 * \param result The result, or NULL.
 * \return The text, owned by the result, or NULL.
 * \since 0.1.0
 */
TCDB_API const char *TCDB_CALL tcdb_result_info(const tcdb_result *result);

/**
 * Bytes in tcdb_result_info, which may hold a NUL; 0 if there is none.
 *
 * \param result The result, or NULL.
 * \return The number of bytes, without the final NUL; 0 for NULL.
 * \since 0.1.0
 */
TCDB_API size_t TCDB_CALL tcdb_result_info_len(const tcdb_result *result);

/**
 * The API's id of the HTTP request that returned this answer, for the vendor's support; NULL if there is none.
 *
 * \param result The result, or NULL.
 * \return The id, owned by the result, or NULL.
 * \since 0.1.0
 */
TCDB_API
const char *TCDB_CALL tcdb_result_request_id(const tcdb_result *result);

/**
 * Frees a result. NULL: nothing.
 *
 * \param result The result, or NULL.
 * \since 0.1.0
 */
TCDB_API void TCDB_CALL tcdb_result_free(tcdb_result *result);

/* --- Waiting for a task ------------------------------------------------------------------------------------------ */

/**
 * Makes a waiter; sends nothing yet.
 *
 * Fails with TCDB_ERR_INVALID_ARGUMENT.
 *
 * \param client The client, not NULL; may be freed afterwards.
 * \param async_request_id 1 to 256 bytes, as an API call returned it; sent as it is.
 * \param timeout_ms How long the wait may take, counted from here. UINT64_MAX: without limit. 0: one answer, obtained
 *   as tcdb_query obtains it; if it is not terminal, TCDB_ERR_WAIT_TIMEOUT with that answer.
 * \param out Receives the waiter, yours to free with tcdb_waiter_free.
 * \param error NULL, or receives the error, yours to free with tcdb_error_free.
 * \return TCDB_OK, or why it failed.
 * \since 0.1.0
 */
TCDB_API
tcdb_code TCDB_CALL tcdb_waiter_new(const tcdb_client *client,
                                    const char *async_request_id,
                                    uint64_t timeout_ms,
                                    tcdb_waiter **out,
                                    tcdb_error **error);

/**
 * The shortest and the longest pause between two requests, in milliseconds: at least 250, longest not below first. 0:
 * the default, 1,000 and 10,000. Equal values: a constant pause without jitter. Validated by the next step, which
 * reports invalid values once and keeps those before. NULL: nothing.
 *
 * \param waiter The waiter, or NULL.
 * \param first The first pause, in milliseconds, or 0 for the default.
 * \param longest The longest pause, in milliseconds, or 0 for the default.
 * \since 0.1.0
 */
TCDB_API
void TCDB_CALL tcdb_waiter_set_interval_ms(tcdb_waiter *waiter,
                                           uint32_t first,
                                           uint32_t longest);

/**
 * One more status that ends the wait with an answer, like TCDB_STATUS_PAUSED or TCDB_STATUS_UNKNOWN. A number that is
 * not a status is reported by the next step, once, and then forgotten. NULL: nothing.
 *
 * \param waiter The waiter, or NULL.
 * \param status The status to stop on.
 * \since 0.1.0
 */
TCDB_API
void TCDB_CALL tcdb_waiter_set_stop_on(tcdb_waiter *waiter,
                                       tcdb_status status);

/**
 * Waits until the task has ended, on this thread. A signal handler that returns does not end the wait; one that calls
 * tcdb_waiter_cancel does. After the end it returns the same outcome again.
 *
 * TCDB_OK: the task has ended, or reached a status to stop on. It does not say that the task succeeded: see
 * tcdb_result_status.
 *
 * Fails with TCDB_ERR_WAIT_TIMEOUT and TCDB_ERR_CANCELLED, and with failures that are not transient;
 * tcdb_error_last_result has the last answer, the message the last failure. TCDB_ERR_BUSY and
 * TCDB_ERR_INVALID_ARGUMENT do not end the wait.
 *
 * \param waiter The waiter; not NULL.
 * \param progress_or_null Called meanwhile, with user_data. NULL: nothing is called.
 * \param user_data Passed to progress_or_null.
 * \param out Receives the result, yours to free with tcdb_result_free.
 * \param error NULL, or receives the error, yours to free with tcdb_error_free.
 * \return TCDB_OK, or why it failed.
 * \since 0.1.0
 */
TCDB_API
tcdb_code TCDB_CALL tcdb_waiter_run(tcdb_waiter *waiter,
                                    tcdb_progress_fn progress_or_null,
                                    void *user_data,
                                    tcdb_result **out,
                                    tcdb_error **error);

/**
 * One step: sleeps until a request is due, max_sleep_ms milliseconds at most, sends one if it is, and returns.
 * max_sleep_ms bounds only its sleep; a request that has begun is bounded by the client's timeouts, the wait's and
 * tcdb_waiter_cancel. 0: never sleeps.
 *
 * TCDB_OK with *out NULL: not ended; tcdb_waiter_due_in_ms says when to step again. TCDB_OK with a result, and any
 * other code as of tcdb_waiter_run: ended, except for TCDB_ERR_BUSY and TCDB_ERR_INVALID_ARGUMENT.
 *
 * \param waiter The waiter; not NULL.
 * \param max_sleep_ms How long it may sleep, in milliseconds.
 * \param out Receives the result of a wait that has ended, yours to free with tcdb_result_free.
 * \param error NULL, or receives the error, yours to free with tcdb_error_free.
 * \return TCDB_OK, or why it failed.
 * \since 0.1.0
 */
TCDB_API
tcdb_code TCDB_CALL tcdb_waiter_step(tcdb_waiter *waiter,
                                     uint32_t max_sleep_ms,
                                     tcdb_result **out,
                                     tcdb_error **error);

/**
 * Ends the wait soon with TCDB_ERR_CANCELLED, in whatever it is doing, or as soon as it is stepped. It cannot be
 * undone. From any thread and from a signal handler: it takes no lock, allocates nothing and keeps errno. NULL:
 * nothing.
 *
 * \param waiter The waiter, or NULL.
 * \since 0.1.0
 */
TCDB_API
void TCDB_CALL tcdb_waiter_cancel(tcdb_waiter *waiter);

/**
 * The latest answer: a copy, yours to free with tcdb_result_free. NULL: none yet, and for NULL.
 *
 * \param waiter The waiter, or NULL.
 * \return The result, or NULL.
 * \since 0.1.0
 */
TCDB_API tcdb_result *TCDB_CALL tcdb_waiter_latest(const tcdb_waiter *waiter);

/**
 * The number of answers so far; failures are not counted. 0 for NULL.
 *
 * \param waiter The waiter, or NULL.
 * \return The number of answers; 0 for NULL.
 * \since 0.1.0
 */
TCDB_API uint32_t TCDB_CALL tcdb_waiter_answers(const tcdb_waiter *waiter);

/**
 * Milliseconds since tcdb_waiter_new; does not grow after the end. 0 for NULL.
 *
 * \param waiter The waiter, or NULL.
 * \return Milliseconds; 0 for NULL.
 * \since 0.1.0
 */
TCDB_API uint64_t TCDB_CALL tcdb_waiter_elapsed_ms(const tcdb_waiter *waiter);

/**
 * In how many milliseconds a step will have something to do: its next request, its place in the client's rate limiter
 * included, or its end by timeout. Rounded up; 0: now. UINT64_MAX after the end, and for NULL. With many waiters step
 * each one that says 0, in turn; starting from the first one again after every step starves the last ones.
 *
 * \param waiter The waiter, or NULL.
 * \return Milliseconds; UINT64_MAX for NULL.
 * \since 0.1.0
 */
TCDB_API
uint64_t TCDB_CALL tcdb_waiter_due_in_ms(const tcdb_waiter *waiter);

/**
 * Frees a waiter. NULL: nothing. No call on it may be running, a signal handler's included.
 *
 * \param waiter The waiter, or NULL.
 * \since 0.1.0
 */
TCDB_API void TCDB_CALL tcdb_waiter_free(tcdb_waiter *waiter);

/**
 * Waits until the task has ended: a waiter with the defaults, run and freed. Parameters, outcome and failures as of
 * tcdb_waiter_new and tcdb_waiter_run.
 *
 * \param client The client; not NULL.
 * \param async_request_id As of tcdb_waiter_new.
 * \param timeout_ms As of tcdb_waiter_new.
 * \param out Receives the result, yours to free with tcdb_result_free.
 * \param error NULL, or receives the error, yours to free with tcdb_error_free.
 * \return TCDB_OK, or why it failed.
 * \since 0.1.0
 */
TCDB_API
tcdb_code TCDB_CALL tcdb_wait(const tcdb_client *client,
                              const char *async_request_id,
                              uint64_t timeout_ms,
                              tcdb_result **out,
                              tcdb_error **error);

/* --- Options of a wait in a queue -------------------------------------------------------------------------------- */

/**
 * The defaults. Yours to free with tcdb_wait_options_free. Never NULL, except after a defect of this library.
 *
 * \return The options, or NULL.
 * \since 0.2.0
 */
TCDB_API tcdb_wait_options *TCDB_CALL tcdb_wait_options_new(void);

/**
 * The shortest and the longest pause between two requests, in milliseconds, as of tcdb_waiter_set_interval_ms.
 *
 * \param options The options, or NULL.
 * \param first The first pause, in milliseconds, or 0 for the default.
 * \param longest The longest pause, in milliseconds, or 0 for the default.
 * \since 0.2.0
 */
TCDB_API
void TCDB_CALL tcdb_wait_options_set_interval_ms(tcdb_wait_options *options,
                                                 uint32_t first,
                                                 uint32_t longest);

/**
 * One more status that ends the wait with an answer, as of tcdb_waiter_set_stop_on.
 *
 * \param options The options, or NULL.
 * \param status The status to stop on.
 * \since 0.2.0
 */
TCDB_API void TCDB_CALL tcdb_wait_options_set_stop_on(tcdb_wait_options *options, tcdb_status status);

/**
 * Whether each answer with a new status is an event, the first answer included. Default 0: only the end is. An answer
 * that ends the wait is in the final event alone: with the task's end, with a status to stop on, and as
 * tcdb_error_last_result of a wait whose timeout has passed, so with a timeout of 0 there is no other event.
 *
 * \param options The options, or NULL.
 * \param on 1: each change is an event; 0: only the end.
 * \since 0.2.0
 */
TCDB_API
void TCDB_CALL tcdb_wait_options_set_changes(tcdb_wait_options *options,
                                             int32_t on);

/**
 * Frees options. NULL: nothing. Tasks added with them stay in the queue.
 *
 * \param options The options, or NULL.
 * \since 0.2.0
 */
TCDB_API void TCDB_CALL tcdb_wait_options_free(tcdb_wait_options *options);

/* --- Waiting for many tasks -------------------------------------------------------------------------------------- */

/**
 * Makes a queue; sends nothing yet.
 *
 * Fails with TCDB_ERR_INVALID_ARGUMENT.
 *
 * \param client The client, not NULL; may be freed afterwards. Its rate limit is shared by all that is made from it.
 * \param destroy_or_null Called in tcdb_wait_queue_free with the user_data of each task whose final event was not
 *   taken. NULL: nothing is called.
 * \param out Receives the queue, yours to free with tcdb_wait_queue_free.
 * \param error NULL, or receives the error, yours to free with tcdb_error_free.
 * \return TCDB_OK, or why it failed.
 * \since 0.2.0
 */
TCDB_API
tcdb_code TCDB_CALL tcdb_wait_queue_new(const tcdb_client *client,
                                        tcdb_destroy_fn destroy_or_null,
                                        tcdb_wait_queue **out,
                                        tcdb_error **error);

/**
 * Adds a task, at any time and from any thread. Its first request is due at once.
 *
 * Fails with TCDB_ERR_INVALID_ARGUMENT, and after a shutdown of the client with TCDB_ERR_CANCELLED.
 *
 * \param queue The queue; not NULL.
 * \param async_request_id 1 to 256 bytes, as an API call returned it; sent as it is. The same id may be added twice:
 *   two tasks.
 * \param timeout_ms As of tcdb_waiter_new, counted from here.
 * \param options_or_null Copied. NULL: the defaults.
 * \param user_data Returned with the task's events.
 * \param out Receives the number of the task in this queue, from 1 on, never used again; 0 on failure, and then
 *   user_data stays yours.
 * \param error NULL, or receives the error, yours to free with tcdb_error_free.
 * \return TCDB_OK, or why it failed.
 * \since 0.2.0
 */
TCDB_API
tcdb_code TCDB_CALL tcdb_wait_queue_add(const tcdb_wait_queue *queue,
                                        const char *async_request_id,
                                        uint64_t timeout_ms,
                                        const tcdb_wait_options *options_or_null,
                                        void *user_data,
                                        uint64_t *out,
                                        tcdb_error **error);

/**
 * Runs the queue: sends each request that is due, the longest overdue first, and sleeps in between. Returns when there
 * is an event that was not there when it began, after max_ms milliseconds, after tcdb_wait_queue_wake, and at times
 * earlier. After max_ms no request begins; one that is in flight then is bounded by the client's timeouts, the wait's
 * own and a cancel. 0: what can be sent without sleeping, one request at most. Any number of threads may be inside and
 * share the work; where nothing is pending they sleep.
 *
 * Fails with TCDB_ERR_CANCELLED after a shutdown of the client, so that loops of threads end; with TCDB_ERR_SYSTEM;
 * never by the outcome of a task.
 *
 * \param queue The queue; not NULL.
 * \param max_ms How long it may take, in milliseconds.
 * \param error NULL, or receives the error, yours to free with tcdb_error_free.
 * \return TCDB_OK, or why it failed.
 * \since 0.2.0
 */
TCDB_API
tcdb_code TCDB_CALL tcdb_wait_queue_run(const tcdb_wait_queue *queue,
                                        uint32_t max_ms,
                                        tcdb_error **error);

/**
 * Takes the oldest event; sleeps for at most max_sleep_ms milliseconds until there is one. It sends nothing: where no
 * thread runs the queue, no request is sent meanwhile, but deadlines, a cancel and a shutdown still end tasks.
 *
 * TCDB_OK with *out NULL: there was none, or tcdb_wait_queue_wake was called. Fails after a shutdown of the client
 * with TCDB_ERR_CANCELLED, once every event has been taken; with TCDB_ERR_SYSTEM.
 *
 * \param queue The queue; not NULL.
 * \param max_sleep_ms How long it may sleep, in milliseconds.
 * \param out Receives the event, if there is one, yours to free with tcdb_wait_event_free.
 * \param error NULL, or receives the error, yours to free with tcdb_error_free.
 * \return TCDB_OK, or why it failed.
 * \since 0.2.0
 */
TCDB_API
tcdb_code TCDB_CALL tcdb_wait_queue_next(const tcdb_wait_queue *queue,
                                         uint32_t max_sleep_ms,
                                         tcdb_wait_event **out,
                                         tcdb_error **error);

/**
 * Ends a task soon, in whatever it is doing; its final event has TCDB_ERR_CANCELLED, unless it ends by itself first.
 * 1: the task had not ended. 0: it had ended, or there is no such task, and for NULL.
 *
 * \param queue The queue, or NULL.
 * \param task The number that tcdb_wait_queue_add returned.
 * \return 1 or 0; 0 for NULL.
 * \since 0.2.0
 */
TCDB_API
int32_t TCDB_CALL tcdb_wait_queue_cancel(const tcdb_wait_queue *queue,
                                         uint64_t task);

/**
 * Ends all tasks that are in the queue now, as tcdb_wait_queue_cancel. Tasks may be added afterwards. From any thread
 * and from a signal handler: it takes no lock, allocates nothing and keeps errno. NULL: nothing.
 *
 * \param queue The queue, or NULL.
 * \since 0.2.0
 */
TCDB_API
void TCDB_CALL tcdb_wait_queue_cancel_all(const tcdb_wait_queue *queue);

/**
 * Every _run and _next in progress returns soon, a _run after its request in flight; if there is none, the next one
 * returns at once. From any thread and from a signal handler, as tcdb_wait_queue_cancel_all. NULL: nothing.
 *
 * \param queue The queue, or NULL.
 * \since 0.2.0
 */
TCDB_API
void TCDB_CALL tcdb_wait_queue_wake(const tcdb_wait_queue *queue);

/**
 * The number of tasks whose final event has not been taken; 0 for NULL.
 *
 * \param queue The queue, or NULL.
 * \return The number of tasks; 0 for NULL.
 * \since 0.2.0
 */
TCDB_API uint64_t TCDB_CALL tcdb_wait_queue_pending(const tcdb_wait_queue *queue);

/**
 * In how many milliseconds tcdb_wait_queue_run will have something to do: a request, the client's rate limit included,
 * or the end of a task by its timeout. Rounded up; 0: now. A task gets its place behind the rate limit by a run: until
 * then one that is due counts as now. UINT64_MAX: no task waits for its time, and for NULL.
 *
 * \param queue The queue, or NULL.
 * \return Milliseconds; UINT64_MAX for NULL.
 * \since 0.2.0
 */
TCDB_API
uint64_t TCDB_CALL tcdb_wait_queue_due_in_ms(const tcdb_wait_queue *queue);

/**
 * A file descriptor for the program's own event loop: poll(2) says that it is readable while events wait. Take them
 * with tcdb_wait_queue_next(queue, 0, ...) until there is none, which clears it. It may be readable without an event.
 * Other threads run the queue meanwhile.
 *
 * Fails with TCDB_ERR_SYSTEM where no descriptor is left, and always on Windows: let a thread call
 * tcdb_wait_queue_next there and hand the events to the loop.
 *
 * \param queue The queue; not NULL.
 * \param out Receives the descriptor, the same at each call; -1 on failure. It is the queue's: never read, write or
 *   close it, and stop watching it before tcdb_wait_queue_free. A forked child that uses the queue calls this again
 *   for one of its own.
 * \param error NULL, or receives the error, yours to free with tcdb_error_free.
 * \return TCDB_OK, or why it failed.
 * \since 0.2.0
 */
TCDB_API
tcdb_code TCDB_CALL tcdb_wait_queue_descriptor(const tcdb_wait_queue *queue,
                                               int32_t *out,
                                               tcdb_error **error);

/**
 * Frees a queue and forgets its tasks: no further event. destroy is called here, on this thread, with each user_data
 * that is left. NULL: nothing. No call on it may be running, a signal handler's included.
 *
 * \param queue The queue, or NULL.
 * \since 0.2.0
 */
TCDB_API
void TCDB_CALL tcdb_wait_queue_free(tcdb_wait_queue *queue);

/* --- Events of a wait queue -------------------------------------------------------------------------------------- */

/**
 * The number that tcdb_wait_queue_add gave the task; 0 for NULL.
 *
 * \param event The event, or NULL.
 * \return The number of the task; 0 for NULL.
 * \since 0.2.0
 */
TCDB_API uint64_t TCDB_CALL tcdb_wait_event_task(const tcdb_wait_event *event);

/**
 * The user_data of tcdb_wait_queue_add. From the final event on it is your program's again: the queue no longer has
 * it. NULL for NULL.
 *
 * \param event The event, or NULL.
 * \return The pointer; NULL for NULL.
 * \since 0.2.0
 */
TCDB_API
void *TCDB_CALL tcdb_wait_event_user_data(const tcdb_wait_event *event);

/**
 * 1 for the task's only final event, which is its last; 0 for a change of status, and for NULL.
 *
 * \param event The event, or NULL.
 * \return 1 or 0; 0 for NULL.
 * \since 0.2.0
 */
TCDB_API int32_t TCDB_CALL tcdb_wait_event_is_final(const tcdb_wait_event *event);

/**
 * TCDB_OK for a change of status and for a task that has ended or reached a status to stop on: see
 * tcdb_wait_event_result. Any other code as of tcdb_waiter_run: see tcdb_wait_event_error. TCDB_OK for NULL.
 *
 * \param event The event, or NULL.
 * \return The code; TCDB_OK for NULL.
 * \since 0.2.0
 */
TCDB_API tcdb_code TCDB_CALL tcdb_wait_event_code(const tcdb_wait_event *event);

/**
 * The answer: a copy, yours to free with tcdb_result_free. NULL where tcdb_wait_event_code is not TCDB_OK, and for
 * NULL.
 *
 * \param event The event, or NULL.
 * \return The result, or NULL.
 * \since 0.2.0
 */
TCDB_API
tcdb_result *TCDB_CALL tcdb_wait_event_result(const tcdb_wait_event *event);

/**
 * Why the wait ended without a terminal status, with the last answer (tcdb_error_last_result): a copy, yours to free
 * with tcdb_error_free. NULL where tcdb_wait_event_code is TCDB_OK, and for NULL.
 *
 * \param event The event, or NULL.
 * \return The error, or NULL.
 * \since 0.2.0
 */
TCDB_API
tcdb_error *TCDB_CALL tcdb_wait_event_error(const tcdb_wait_event *event);

/**
 * The number of answers up to this event; failures are not counted. 0 for NULL.
 *
 * \param event The event, or NULL.
 * \return The number of answers; 0 for NULL.
 * \since 0.2.0
 */
TCDB_API uint32_t TCDB_CALL tcdb_wait_event_answers(const tcdb_wait_event *event);

/**
 * Milliseconds from tcdb_wait_queue_add to this event. 0 for NULL.
 *
 * \param event The event, or NULL.
 * \return Milliseconds; 0 for NULL.
 * \since 0.2.0
 */
TCDB_API uint64_t TCDB_CALL tcdb_wait_event_elapsed_ms(const tcdb_wait_event *event);

/**
 * Frees an event. NULL: nothing. The user_data is your program's and is not touched.
 *
 * \param event The event, or NULL.
 * \since 0.2.0
 */
TCDB_API void TCDB_CALL tcdb_wait_event_free(tcdb_wait_event *event);

/* --- Errors ------------------------------------------------------------------------------------------------------ */

/**
 * The code that the function returned. TCDB_OK for NULL.
 *
 * \param error The error, or NULL.
 * \return The code; TCDB_OK for NULL.
 * \since 0.1.0
 */
TCDB_API tcdb_code TCDB_CALL tcdb_error_code(const tcdb_error *error);

/**
 * One line that says what failed and why, without a newline, never with a secret. Never NULL; "" for NULL.
 *
 * \param error The error, or NULL.
 * \return The message, owned by the error; "" for NULL.
 * \since 0.1.0
 */
TCDB_API const char *TCDB_CALL tcdb_error_message(const tcdb_error *error);

/**
 * The API's own error code, like "AuthFailure.SignatureFailure"; NULL if there is none.
 *
 * \param error The error, or NULL.
 * \return The code, owned by the error, or NULL.
 * \since 0.1.0
 */
TCDB_API const char *TCDB_CALL tcdb_error_server_code(const tcdb_error *error);

/**
 * The API's own message, in any language, as it was received; NULL if there is none.
 *
 * \param error The error, or NULL.
 * \return The message, owned by the error, or NULL.
 * \since 0.1.0
 */
TCDB_API const char *TCDB_CALL tcdb_error_server_message(const tcdb_error *error);

/**
 * Bytes in tcdb_error_server_message, which may hold a NUL; 0 if there is none.
 *
 * \param error The error, or NULL.
 * \return The number of bytes, without the final NUL; 0 for NULL.
 * \since 0.1.0
 */
TCDB_API size_t TCDB_CALL tcdb_error_server_message_len(const tcdb_error *error);

/**
 * The API's id of the HTTP request that failed, for the vendor's support; NULL if there is none.
 *
 * \param error The error, or NULL.
 * \return The id, owned by the error, or NULL.
 * \since 0.1.0
 */
TCDB_API const char *TCDB_CALL tcdb_error_request_id(const tcdb_error *error);

/**
 * The HTTP status of the reply that failed; 0 if there was no reply.
 *
 * \param error The error, or NULL.
 * \return The status, or 0.
 * \since 0.1.0
 */
TCDB_API int32_t TCDB_CALL tcdb_error_http_status(const tcdb_error *error);

/**
 * The number of requests that were sent, the failed one included; 0 if no request was sent, for example because no
 * connection could be opened. The message counts every attempt.
 *
 * \param error The error, or NULL.
 * \return The number of requests; 0 for NULL.
 * \since 0.1.0
 */
TCDB_API
uint32_t TCDB_CALL tcdb_error_attempts(const tcdb_error *error);

/**
 * 1 if the same call may succeed later; 0 if something has to be changed first.
 *
 * \param error The error, or NULL.
 * \return 1 or 0; 0 for NULL.
 * \since 0.1.0
 */
TCDB_API int32_t TCDB_CALL tcdb_error_is_retryable(const tcdb_error *error);

/**
 * The last answer of a wait that ended without a terminal one: a copy, yours to free with tcdb_result_free; NULL if
 * there was none.
 *
 * \param error The error, or NULL.
 * \return The result, or NULL.
 * \since 0.1.0
 */
TCDB_API
tcdb_result *TCDB_CALL tcdb_error_last_result(const tcdb_error *error);

/**
 * Frees an error. NULL: nothing.
 *
 * \param error The error, or NULL.
 * \since 0.1.0
 */
TCDB_API void TCDB_CALL tcdb_error_free(tcdb_error *error);

/* --- Requests for another HTTP stack ----------------------------------------------------------------------------- */

/**
 * Signs one request without sending it: POST tcdb_request_body to tcdb_request_url with every header. Does no I/O and
 * takes no permit of the client's rate limiter. The API accepts a signature for five minutes around its time.
 *
 * Give the reply to tcdb_response_parse. The client's proxy, CA file and timeouts do not apply: the program that sends
 * sets its own.
 *
 * Fails with TCDB_ERR_INVALID_ARGUMENT, and with TCDB_ERR_CREDENTIALS where credentials would have to be fetched
 * first: call tcdb_credentials_fetch before.
 *
 * \param client The client; not NULL.
 * \param async_request_id As of tcdb_query.
 * \param unix_seconds_or_0 The time to sign for, in the years 0 to 9999. 0: now, by the corrected clock.
 * \param out Receives the request, yours to free with tcdb_request_free.
 * \param error NULL, or receives the error, yours to free with tcdb_error_free.
 * \return TCDB_OK, or why it failed.
 * \since 0.1.0
 */
TCDB_API
tcdb_code TCDB_CALL tcdb_request_new(const tcdb_client *client,
                                     const char *async_request_id,
                                     int64_t unix_seconds_or_0,
                                     tcdb_request **out,
                                     tcdb_error **error);

/**
 * The URL to POST to, like "https://cdb.intl.tencentcloudapi.com/". Never NULL; "" for NULL.
 *
 * \param request The request, or NULL.
 * \return The URL, owned by the request; "" for NULL.
 * \since 0.1.0
 */
TCDB_API const char *TCDB_CALL tcdb_request_url(const tcdb_request *request);

/**
 * How many headers there are; 0 for NULL. All are needed, Host as it is here, port included. The program that sends
 * adds Content-Length and the headers of the connection.
 *
 * \param request The request, or NULL.
 * \return The number of headers; 0 for NULL.
 * \since 0.1.0
 */
TCDB_API
size_t TCDB_CALL tcdb_request_header_count(const tcdb_request *request);

/**
 * The name of a header, like "X-TC-Action", in the order in which this library sends them. NULL from the count on, and
 * for NULL.
 *
 * \param request The request, or NULL.
 * \param index The header's index, from 0 on.
 * \return The name, owned by the request, or NULL.
 * \since 0.1.0
 */
TCDB_API
const char *TCDB_CALL tcdb_request_header_name(const tcdb_request *request,
                                               size_t index);

/**
 * The value of a header. NULL from the count on, and for NULL. The values of Authorization (the signature) and
 * X-TC-Token are secret.
 *
 * \param request The request, or NULL.
 * \param index The header's index, from 0 on.
 * \return The value, owned by the request, or NULL.
 * \since 0.1.0
 */
TCDB_API
const char *TCDB_CALL tcdb_request_header_value(const tcdb_request *request,
                                                size_t index);

/**
 * The body, to be sent byte for byte. Never NULL; "" for NULL.
 *
 * \param request The request, or NULL.
 * \return The body, owned by the request; "" for NULL.
 * \since 0.1.0
 */
TCDB_API const char *TCDB_CALL tcdb_request_body(const tcdb_request *request);

/**
 * Bytes in tcdb_request_body; 0 for NULL.
 *
 * \param request The request, or NULL.
 * \return The number of bytes; 0 for NULL.
 * \since 0.1.0
 */
TCDB_API size_t TCDB_CALL tcdb_request_body_len(const tcdb_request *request);

/**
 * The canonical request of the signature, several lines, to compare with what a server reports. It holds no secret.
 * Never NULL; "" for NULL.
 *
 * \param request The request, or NULL.
 * \return The text, owned by the request; "" for NULL.
 * \since 0.1.0
 */
TCDB_API
const char *TCDB_CALL tcdb_request_canonical(const tcdb_request *request);

/**
 * The string to sign, four lines: algorithm, time, credential scope, hash of the canonical request. It holds no
 * secret. Never NULL; "" for NULL.
 *
 * \param request The request, or NULL.
 * \return The text, owned by the request; "" for NULL.
 * \since 0.1.0
 */
TCDB_API
const char *TCDB_CALL tcdb_request_string_to_sign(const tcdb_request *request);

/**
 * Wipes and frees a request. NULL: nothing.
 *
 * \param request The request, or NULL.
 * \since 0.1.0
 */
TCDB_API void TCDB_CALL tcdb_request_free(tcdb_request *request);

/**
 * Parses a reply that another HTTP stack received, as tcdb_query parses one: TCDB_OK with the API's answer, or its
 * refusal, or what is wrong with the reply, with every part of the error except attempts, which is 0. Does no I/O and
 * retries nothing.
 *
 * Fails with TCDB_ERR_INVALID_ARGUMENT, TCDB_ERR_BAD_RESPONSE, and any code of a refusal by the API.
 *
 * \param http_status The status of the final reply, 100 to 999. A redirect is refused: do not follow one.
 * \param body body_len bytes, decoded from Content-Encoding and Transfer-Encoding; NULL only if body_len is 0. More
 *   than 1 MiB is refused.
 * \param body_len The number of bytes in body.
 * \param out Receives the result, yours to free with tcdb_result_free.
 * \param error NULL, or receives the error, yours to free with tcdb_error_free.
 * \return TCDB_OK, or why it failed.
 * \since 0.1.0
 */
TCDB_API
tcdb_code TCDB_CALL tcdb_response_parse(int32_t http_status,
                                        const void *body,
                                        size_t body_len,
                                        tcdb_result **out,
                                        tcdb_error **error);

#ifdef __cplusplus
}
#endif

#endif /* TCDB_ASYNC_H */
