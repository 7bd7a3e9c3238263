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
 *   independent: what was made from a client goes on after the client is freed. Only a callback's arguments are
 *   borrowed, for the length of the call.
 * Codes. A function that can fail returns a tcdb_code. `out` and `error`, always the last parameters, are set to NULL on
 *   entry (a number to what its comment says). TCDB_OK: *out is set. Any other number, known to you or not: it failed, *out is NULL and *error says why.
 *   `error` may be NULL; `out` may not. There is no last-error state; errno is unspecified after a call.
 * Strings. NUL-terminated UTF-8; file names are bytes, as for open(2). In: copied; a parameter that is NULL where a
 *   string is needed, not UTF-8, empty or holding a control character is reported by its name. Out: owned by the object
 *   asked and valid until that is freed; never yours to free. Where a server's text may hold a NUL, there is a length too.
 * NULL. Reported as TCDB_ERR_INVALID_ARGUMENT where a code is returned. A setter on NULL does nothing. An accessor on NULL
 *   answers 0, "" or NULL, as its comment says. _free(NULL) does nothing.
 * Threads. What a function takes as const may be used by many threads at once: clients, credentials, results, errors,
 *   wait queues and their events. A waiter locks itself: a second thread that steps it meanwhile gets TCDB_ERR_BUSY. Options belong to one thread. Free
 *   an object only when no call on it is running. No thread outlives a call but a name lookup that timed out: one for
 *   each host name of the process, with all signals blocked.
 * Callbacks. They run on the caller's thread, inside the call, with no lock held; several at once if several threads
 *   call. They may call this library. They must return normally: no exception, longjmp or pthread_cancel.
 * fork(). The child may use a client, whatever other threads were doing at fork(). It opens connections of its own; it
 *   neither uses nor closes the parent's. A waiter that another thread was stepping stays TCDB_ERR_BUSY in the child, and a
 *   task that one was asking about stays pending there, without an event. A callback may fork: in the child the call goes on over a
 *   connection of its own.
 * Signals. No handler is installed and no SIGPIPE raised; a call goes on after an interrupted system call.
 * Process. No global set-up; nothing is printed. Nothing is read from the environment, and no file or metadata
 *   address looked for, unless a function's name says so (_from_env, _env, _profile, _cvm_role, _default) - the
 *   system's certificates excepted. The library stays loaded after dlclose(). It needs at most 96 KiB of the caller's
 *   stack.
 * Secrets. No message, log line or object shows a key, a token or a signature, but tcdb_request_* where it is there.
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
 * The version of this header, to be compared with what tcdb_version() and tcdb_abi_version() of the loaded library say.
 */
#define TCDB_VERSION_MAJOR 0

#define TCDB_VERSION_MINOR 2

#define TCDB_VERSION_PATCH 0

/**
 * major << 16 | minor.
 */
#define TCDB_ABI_VERSION 2

/**
 * One account's way to the API, with its own connections, pace and clock. Many threads may use one at once; one for
 * the whole process is usually right.
 */
typedef struct tcdb_client tcdb_client;

/**
 * A credentials provider. One may serve many clients and threads at once; a client keeps what it needs of it, so it may be
 * freed before the client.
 */
typedef struct tcdb_credentials tcdb_credentials;

/**
 * Where a tcdb_credentials_fn puts what it has fetched. Borrowed for the call, on its thread; not to be freed.
 */
typedef struct tcdb_credentials_answer tcdb_credentials_answer;

/**
 * What is known of credentials at one moment: a snapshot, so that nothing changes under its reader. Never a secret. Yours
 * to free with tcdb_credentials_info_free. Many threads may read one at once.
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
 * One signed question that was not sent: for programs that must send through an HTTP stack of their own, and for the
 * day a signature is refused. The one object that shows a token and a signature: wiped when it is freed. Many threads
 * may read one at once.
 */
typedef struct tcdb_request tcdb_request;

/**
 * What the API says of a task. Yours to free with tcdb_result_free. Many threads may read one at once.
 */
typedef struct tcdb_result tcdb_result;

/**
 * How a role is assumed. Belongs to one thread at a time. Setters copy; a setter on NULL does nothing. What uses it
 * validates it and names the parameter that is wrong; it copies what it needs.
 */
typedef struct tcdb_role tcdb_role;

/**
 * What became of a task of a wait queue: another status, or the end. Yours to free with tcdb_wait_event_free; it goes on
 * after its queue is freed. Many threads may read one at once.
 */
typedef struct tcdb_wait_event tcdb_wait_event;

/**
 * How a wait queue waits for a task: interval, statuses to stop on, events. One object may serve for any number of
 * tasks. Belongs to one thread at a time. Setters copy; a setter on NULL does nothing; tcdb_wait_queue_add validates.
 */
typedef struct tcdb_wait_options tcdb_wait_options;

/**
 * Waits for many tasks at once. Tasks go in by tcdb_wait_queue_add, threads of yours that call tcdb_wait_queue_run ask
 * for them, and tcdb_wait_queue_next takes out what became of them. The rules for each task are those of a tcdb_waiter.
 *
 * It has no thread. One thread carries it as long as it keeps up: at 50 ms a reply a thread sends 20 requests a second,
 * so two threads use a limit of 40. A program with a single thread calls _run until there is an event, then takes
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
 * Waits for one task. It has no thread: whoever calls _run or _step moves it. A few threads can carry thousands of
 * waiters of one client by their due times; the client's pace is shared by them, the longest overdue first. A query goes
 * ahead of the waiters; with those that have been due for five seconds it goes by turns.
 *
 * What it does. The first request goes out at once. After each answer it pauses: the n-th pause is drawn evenly from
 * first * 1.5^(n-1) to first * 1.5^n, never shorter than `first`, never longer than `longest`
 * (tcdb_waiter_set_interval_ms); one to two seconds before its deadline it looks a last time, whatever its interval. It ends with an answer on SUCCESS, FAILED,
 * KILLED, REMOVED and what tcdb_waiter_set_stop_on names. Before the first answer a failure ends it as it ends a
 * query, after the client's attempts, but for the API's rate limit, which is waited out; once there has been an answer,
 * failures that may pass (connections, 5xx, HTML, the API's limit, ...) do not end it and are logged, with pauses that grow in the same way, by 2, or of what
 * Retry-After says, up to five minutes. What describes an answer never hides it: characters of Info that cannot be read
 * are U+FFFD. Each attempt
 * is bounded by the client's total timeout, everything by the wait's own. Time is the monotonic clock's.
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
 * The status of an async request. A number that your program does not know is not an ending.
 */
typedef int32_t tcdb_status;

/**
 * How much is logged.
 */
typedef int32_t tcdb_log_level;

/**
 * Log callback. Called with one line, without a newline and without any secret. Called inside library calls, on
 * their thread, by several threads at once. The line lives for the call. It must return normally.
 */
typedef void (TCDB_CALL *tcdb_log_fn)(tcdb_log_level level, const char *line, void *user_data);

/**
 * Called once with the log's user_data, after the last object that may log is freed, on the thread that frees it.
 */
typedef void (TCDB_CALL *tcdb_destroy_fn)(void *user_data);

/**
 * Fetches credentials: calls tcdb_credentials_answer_set or tcdb_credentials_answer_fail once and returns normally.
 */
typedef void (TCDB_CALL *tcdb_credentials_fn)(tcdb_credentials_answer *answer, void *user_data);

/**
 * Called with the progress of a wait: after each answer that does not end it, and otherwise about ten times a second, also while a
 * request is under way. Runs on the thread inside _run, with no lock held that it could need; it may call this
 * library. latest_or_null: the latest answer, valid during the call, not to be freed. answers: how many there were.
 * elapsed_ms: since tcdb_waiter_new. Return 0 to go on; any other number ends the wait with TCDB_ERR_CANCELLED.
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
 * A parameter or an option cannot be used; the message names it.
 */
#define TCDB_ERR_INVALID_ARGUMENT 1

/**
 * A fault of this library. The client stays usable.
 */
#define TCDB_ERR_INTERNAL 2

/**
 * Stopped by a progress callback, tcdb_waiter_cancel or tcdb_client_shutdown.
 */
#define TCDB_ERR_CANCELLED 3

/**
 * The time of a wait is over; tcdb_error_last_result has the last answer.
 */
#define TCDB_ERR_WAIT_TIMEOUT 4

/**
 * No credentials found, or their source failed; the message lists every place and why.
 */
#define TCDB_ERR_CREDENTIALS 5

/**
 * The system said no: descriptors, threads, memory.
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
 * Connection refused, host unreachable, or the connect timeout is over.
 */
#define TCDB_ERR_CONNECT 21

/**
 * The certificate or the TLS version is refused, or the server requires a client certificate: final. Or the server
 * ended TLS by an alert, which may pass: retried, and a wait goes on. tcdb_error_is_retryable says which. A wrong clock of
 * this machine is a frequent cause.
 */
#define TCDB_ERR_TLS 22

/**
 * The total timeout is over while a request was under way.
 */
#define TCDB_ERR_REQUEST_TIMEOUT 23

/**
 * The connection broke before the reply was whole.
 */
#define TCDB_ERR_TRANSPORT 24

/**
 * The proxy refuses, or wants a login.
 */
#define TCDB_ERR_PROXY 25

/**
 * Something other than the API's JSON came back: HTML, a redirect, too much. The message quotes it.
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
 * The API or its backend has a passing failure.
 */
#define TCDB_ERR_UNAVAILABLE 46

/**
 * Null, missing, or a text this version does not know: see tcdb_result_status_text. Not an ending.
 */
#define TCDB_STATUS_UNKNOWN 0

/**
 * Not started.
 */
#define TCDB_STATUS_INITIAL 1

/**
 * Under way.
 */
#define TCDB_STATUS_RUNNING 2

/**
 * Ended well.
 */
#define TCDB_STATUS_SUCCESS 3

/**
 * Ended badly. It does not prove that nothing changed.
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
 * Paused, or terminating: the API is ambiguous. Not an ending, never a success.
 */
#define TCDB_STATUS_PAUSED 7

/**
 * Created but not started, or waiting for the maintenance window, so possibly for hours. Not an ending.
 */
#define TCDB_STATUS_UNDEFINED 8

/**
 * What failed for good.
 */
#define TCDB_LOG_ERROR 1

/**
 * What needs attention: a clock that is off, a file that others can read.
 */
#define TCDB_LOG_WARN 2

/**
 * Failures that are asked again, renewals, shutdown.
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
 * For leak tests: how many objects were handed out and not freed, in the whole process.
 *
 * \return The number of objects.
 * \since 0.1.0
 */
TCDB_API uint64_t TCDB_CALL tcdb_live_objects(void);

/**
 * The name of a code, like "TCDB_ERR_TLS"; "" for a number that is none. Static.
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
 * The defaults; nothing comes from the environment. Yours to free with tcdb_options_free. NULL never, but after a fault
 * of this library.
 *
 * \return The options, or NULL.
 * \since 0.1.0
 */
TCDB_API
tcdb_options *TCDB_CALL tcdb_options_new(void);

/**
 * The defaults, and what the environment says now: TENCENTCLOUD_REGION; HTTPS_PROXY, else ALL_PROXY, unless NO_PROXY
 * names the host (these three also in lower case, which goes first); SSL_CERT_FILE, and SSL_CERT_DIR as a list of folders,
 * in place of the system's store, and TCDB_ASYNC_CA_FILE in place of these two; TCDB_ASYNC_ENDPOINT, never that of the
 * metadata service, and TCDB_ASYNC_STS_ENDPOINT. An empty variable is an unset one. NO_PROXY is a list of names (each with all below it),
 * addresses, networks like 10.0.0.0/8, each perhaps with a port, or `*`; commas and blanks separate. What a variable says
 * matters only where it is used; messages name the variable. No credentials: see tcdb_credentials_env.
 *
 * \return The options, yours to free with tcdb_options_free, or NULL.
 * \since 0.1.0
 */
TCDB_API
tcdb_options *TCDB_CALL tcdb_options_from_env(void);

/**
 * Where requests go: `host`, `host:port` or `https://host[:port]`. `http://` only for localhost and loopback addresses.
 * NULL: TCDB_ENDPOINT_INTL. Accounts of the mainland site: TCDB_ENDPOINT_MAINLAND.
 *
 * \param options May be NULL.
 * \param endpoint The host, or NULL for the default.
 * \since 0.1.0
 */
TCDB_API
void TCDB_CALL tcdb_options_set_endpoint(tcdb_options *options,
                                         const char *endpoint);

/**
 * The host of STS, which issues the credentials of roles, in options for credentials: as an endpoint. NULL:
 * sts.intl.tencentcloudapi.com. A client does not use it.
 *
 * \param options May be NULL.
 * \param endpoint The host, or NULL for the default.
 * \since 0.2.0
 */
TCDB_API void TCDB_CALL tcdb_options_set_sts_endpoint(tcdb_options *options, const char *endpoint);

/**
 * The language of the API's messages: "en-US", the default, or "zh-CN". NULL: none is asked for.
 *
 * \param options May be NULL.
 * \param language The language, or NULL.
 * \since 0.1.0
 */
TCDB_API void TCDB_CALL tcdb_options_set_language(tcdb_options *options, const char *language);

/**
 * How long lookup, proxy, TCP and TLS of one attempt may take together, in milliseconds. 0: 5,000.
 *
 * \param options May be NULL.
 * \param milliseconds The timeout, or 0 for the default.
 * \since 0.1.0
 */
TCDB_API void TCDB_CALL tcdb_options_set_connect_timeout_ms(tcdb_options *options, uint32_t milliseconds);

/**
 * How long a query may take as a whole, in milliseconds: queue, credentials, every attempt, every pause. In a wait it
 * bounds each attempt. 0: 30,000.
 *
 * \param options May be NULL.
 * \param milliseconds The timeout, or 0 for the default.
 * \since 0.1.0
 */
TCDB_API
void TCDB_CALL tcdb_options_set_total_timeout_ms(tcdb_options *options,
                                                 uint32_t milliseconds);

/**
 * How often a question is asked at most, 1 to 10. 0: 3. One more request after a correction of the clock or a renewal
 * of the credentials does not count. The pauses between are 0.1 to 0.2 s and double, up to 5 s; after the API's limit 1 to
 * 1.5 s at least; what Retry-After says at least, up to five minutes.
 *
 * \param options May be NULL.
 * \param attempts The number of attempts, or 0 for the default.
 * \since 0.1.0
 */
TCDB_API
void TCDB_CALL tcdb_options_set_max_attempts(tcdb_options *options,
                                             uint32_t attempts);

/**
 * How many requests the client sends in any second, over all its threads. Default 40, the API's limit for an account.
 * Where other clients use the account too, and the API refuses requests, it sends fewer, and then more again. 0: as many
 * as come, whatever the API refuses.
 *
 * \param options May be NULL.
 * \param requests The number of requests a second, or 0.
 * \since 0.1.0
 */
TCDB_API
void TCDB_CALL tcdb_options_set_max_requests_per_second(tcdb_options *options,
                                                        uint32_t requests);

/**
 * A proxy: `http://[user:password@]host[:port]` (CONNECT), `https://…` (the same within TLS, which is verified) or
 * `socks5://…` (the proxy looks the name up). Port: 80, 443, 1080. User and password percent-encoded. Also against what
 * NO_PROXY says. NULL: none.
 *
 * \param options May be NULL.
 * \param url The proxy, or NULL.
 * \since 0.1.0
 */
TCDB_API
void TCDB_CALL tcdb_options_set_proxy(tcdb_options *options,
                                      const char *url);

/**
 * A PEM file of roots to trust in place of the system's store. A file name is bytes, as for open(2). Read once, in
 * tcdb_client_new. NULL: the system's store. There is no switch that turns verification off.
 *
 * \param options May be NULL.
 * \param path The file, or NULL.
 * \since 0.1.0
 */
TCDB_API
void TCDB_CALL tcdb_options_set_ca_file(tcdb_options *options,
                                        const char *path);

/**
 * Whether to sign by the API's clock after it has refused this machine's. Default 1; 0: off.
 *
 * \param options May be NULL.
 * \param on 1 or 0.
 * \since 0.1.0
 */
TCDB_API void TCDB_CALL tcdb_options_set_clock_correction(tcdb_options *options, int32_t on);

/**
 * The name of the calling program, sent to the API in X-TC-RequestClient: letters, digits and -_,;. up to 128 bytes. NULL: tcdb-async and its
 * version.
 *
 * \param options May be NULL.
 * \param request_client The name, or NULL.
 * \since 0.1.0
 */
TCDB_API
void TCDB_CALL tcdb_options_set_request_client(tcdb_options *options,
                                               const char *request_client);

/**
 * The log function: called with each line up to a level, TCDB_LOG_ERROR to TCDB_LOG_DEBUG. NULL: no log. A second call replaces the first.
 *
 * \param options May be NULL.
 * \param max_level The last level that is logged.
 * \param log The function, or NULL.
 * \param user_data Passed to the function.
 * \param destroy called once with user_data, when nothing can log to it any more; NULL: nothing.
 * \since 0.1.0
 */
TCDB_API
void TCDB_CALL tcdb_options_set_log(tcdb_options *options,
                                    tcdb_log_level max_level,
                                    tcdb_log_fn log,
                                    void *user_data,
                                    tcdb_destroy_fn destroy);

/**
 * Frees options. NULL: nothing. Clients made with them go on.
 *
 * \param options May be NULL.
 * \since 0.1.0
 */
TCDB_API void TCDB_CALL tcdb_options_free(tcdb_options *options);

/* --- Credentials ------------------------------------------------------------------------------------------------- */

/**
 * Credentials that the program holds itself.
 *
 * \param secret_id 1 to 1,024 bytes.
 * \param secret_key 1 to 1,024 bytes.
 * \param token_or_null of temporary credentials, 1 to 8,192 bytes; NULL: none.
 * All three: printable ASCII without blanks. Copied; the library's copies are wiped when they are dropped.
 *
 * Fails with TCDB_ERR_INVALID_ARGUMENT.
 *
 * \param out Set on success.
 * \param error NULL, or set to the failure.
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
 * Credentials from the environment, which is read once, now. An empty variable is an unset one; the end of a line at the end
 * of a value is not part of it. First the pair, then what a cloud function's runtime sets; the two are never mixed:
 *   TENCENTCLOUD_SECRET_ID, TENCENTCLOUD_SECRET_KEY, and for temporary ones a token in TENCENTCLOUD_TOKEN,
 *     TENCENTCLOUD_SESSION_TOKEN or TENCENTCLOUD_SECURITY_TOKEN. Each may be in a file, as Docker and Kubernetes mount
 *     secrets, of which the name is in TENCENTCLOUD_SECRET_ID_FILE, TENCENTCLOUD_SECRET_KEY_FILE, TENCENTCLOUD_TOKEN_FILE or
 *     TENCENTCLOUD_SESSION_TOKEN_FILE; files are read again when the API refuses what they had
 *   TENCENTCLOUD_SECRETID, TENCENTCLOUD_SECRETKEY and TENCENTCLOUD_SESSIONTOKEN
 * Two variables for one thing that differ are an error that names both.
 *
 * A role that TENCENTCLOUD_ROLE_ARN or TENCENTCLOUD_ASSUME_ROLE_ARN names is an error here, since there are no options for STS:
 * tcdb_credentials_env_with assumes it.
 *
 * Fails with TCDB_ERR_CREDENTIALS:
 *   TENCENTCLOUD_SECRET_ID and TENCENTCLOUD_SECRET_KEY are not set
 *   TENCENTCLOUD_SECRET_KEY is not set, though TENCENTCLOUD_SECRET_ID is       (and the other way round)
 *   TENCENTCLOUD_TOKEN and TENCENTCLOUD_SECURITY_TOKEN are both set and differ
 *   TENCENTCLOUD_TOKEN is not UTF-8
 *   TENCENTCLOUD_SECRET_KEY holds a space or something other than ASCII        (or is in quotes, is over 1,024 bytes long, ...)
 *   TENCENTCLOUD_ROLE_ARN asks to assume a role, which tcdb_credentials_env_with can
 *
 * \param out Set on success.
 * \param error NULL, or set to the failure.
 * \return TCDB_OK, or why it failed.
 * \since 0.1.0
 */
TCDB_API
tcdb_code TCDB_CALL tcdb_credentials_env(tcdb_credentials **out,
                                         tcdb_error **error);

/**
 * Credentials from a profile, that is from a file that the vendor's tools read or wrote.
 *
 * \param path_or_null the file. A name that ends in ".credential" is read as the JSON of the vendor's command line, any other
 * as INI. NULL: the file that TENCENTCLOUD_CREDENTIALS_FILE names, else the first of these that has the profile:
 *   $HOME/.tencentcloud/credentials       INI
 *   /etc/tencentcloud/credentials         INI
 *   $HOME/.tccli/<profile>.credential     JSON
 * The folder of the last is TENCENTCLOUD_SHARED_CREDENTIALS_DIR, if that is set.
 * \param profile_or_null the profile's name, 1 to 128 bytes. NULL: TENCENTCLOUD_PROFILE or TCCLI_PROFILE where no path is given,
 * else "default".
 *
 * INI: the section [<profile>] with `secret_id = ...`, `secret_key = ...` and for temporary ones `token = ...`; for a role
 * `role_arn` and perhaps `role_session_name`. Read as Python's configparser reads it: values are taken as they are, quotes, ;
 * and # included. Comments are lines that begin with ; or #. A line that is not a comment, header or pair is an error.
 * JSON: an object with "secretId", "secretKey" and perhaps "token" and "expiresAt" (Unix seconds), "role-arn" and
 * "role-session-name". "type": "cvm-role" is tcdb_credentials_cvm_role; "oauth" and "sso" are logins that end: then the
 * message names the command that logs in again. Region and language
 * come from "region" and "language" of "_sys_param" in <profile>.configure in the same folder; they serve where neither
 * tcdb_client_new nor the options say otherwise. The endpoint named there is not used.
 * Both: regular files of at most 65,536 bytes, in UTF-8, with a byte-order mark or without.
 *
 * The environment is read now and not later. The file is read now, and again when the API no longer knows the
 * credentials (AuthFailure.TokenFailure, AuthFailure.SecretIdNotFound) or "expiresAt" comes near. A file that others
 * than its owner can reach is used, and reported to the client's log as a TCDB_LOG_WARN.
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
 * \param out Set on success.
 * \param error NULL, or set to the failure.
 * \return TCDB_OK, or why it failed.
 * \since 0.1.0
 */
TCDB_API
tcdb_code TCDB_CALL tcdb_credentials_profile(const char *path_or_null,
                                             const char *profile_or_null,
                                             tcdb_credentials **out,
                                             tcdb_error **error);

/**
 * As tcdb_credentials_env, with options for STS: a role that TENCENTCLOUD_ROLE_ARN or TENCENTCLOUD_ASSUME_ROLE_ARN names is
 * assumed with what the environment has. TENCENTCLOUD_ROLE_SESSION_NAME or TENCENTCLOUD_ASSUME_ROLE_SESSION_NAME,
 * TENCENTCLOUD_ASSUME_ROLE_SESSION_DURATION, _EXTERNAL_ID and _SOURCE_IDENTITY say how.
 *
 * \param io_or_null as for tcdb_credentials_assume_role.
 *
 * Fails as tcdb_credentials_env, and with TCDB_ERR_INVALID_ARGUMENT for an option.
 *
 * \param out Set on success.
 * \param error NULL, or set to the failure.
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
 * \param io_or_null as for tcdb_credentials_assume_role; for a profile of the CVM role as for tcdb_credentials_cvm_role.
 *
 * Fails as tcdb_credentials_profile.
 *
 * \param path_or_null As of tcdb_credentials_profile.
 * \param profile_or_null As of tcdb_credentials_profile.
 * \param out Set on success.
 * \param error NULL, or set to the failure.
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
 * connection; the first query fetches them, and they are kept fresh from then on.
 *
 * \param role_or_null the role's name, 1 to 128 letters, digits and +=,.@_-. NULL: the service is asked for it.
 * \param io_or_null options of the source itself, validated here, and copied; not those of the client. NULL: the defaults.
 *   endpoint: http://metadata.tencentyun.com, or http:// to localhost or a loopback address, with a port if need be
 *   connect, total timeout: of one fetch, its repetitions included. 0: 1,000 and 3,000 ms
 *   log: reports fetches and failures
 *   All others are passed over: the service is never asked through a proxy.
 *
 * Asked for are /latest/meta-data/cam/security-credentials/, which answers the role's name, and the same with the name
 * behind it, which answers a JSON object with "TmpSecretId", "TmpSecretKey", "Token", "ExpiredTime" (Unix seconds) and
 * "Code" ("Success"). Redirects are refused; a reply is at most 16,384 bytes.
 *
 * Fresh: five minutes before they end (sooner in a life of under fifty minutes: at nine tenths of it), give or take a
 * fifth, one thread fetches new ones while the others go on with the old. If that fails the old ones serve as long as
 * they are valid, and the next fetch waits at least 5 s, then 10, 20, 40, 60 s, but no longer than a quarter of the time
 * left. Once nothing is valid the threads wait for one fetch, each within its own timeout; if it fails, queries fail with
 * its reason and without asking again for at least 5 s, then 10, then 20 s. Every pause is up to a quarter longer by
 * chance. Credentials that the API no longer knows are fetched again once in a query. A callback, log or progress function
 * that runs while its own thread fetches cannot wait for that: a query there fails at once with TCDB_ERR_CREDENTIALS,
 * "<source>: this thread is the one that fetches these credentials".
 *
 * Fails with TCDB_ERR_INVALID_ARGUMENT. A query fails with TCDB_ERR_CREDENTIALS:
 *   CVM role: the instance has no role            CVM role: the instance has no role <name>
 *   CVM role: connect to <host>:<port>: ...       CVM role: look up <host>: ...         CVM role: <host>:<port>: ...
 *   metadata service <host>:<port>: <why>         "role <name>: the reply has no Token", "role <name>: the reply has the
 *                                                 Code <word>", "role <name>: the reply is not JSON (...)", "returned
 *                                                 HTTP 302; redirects are refused", ...
 * tcdb_error_is_retryable is 1 where that may pass.
 *
 * \param out Set on success.
 * \param error NULL, or set to the failure.
 * \return TCDB_OK, or why it failed.
 * \since 0.1.0
 */
TCDB_API
tcdb_code TCDB_CALL tcdb_credentials_cvm_role(const char *role_or_null,
                                              const tcdb_options *io_or_null,
                                              tcdb_credentials **out,
                                              tcdb_error **error);

/**
 * Credentials from the first place that has some:
 *   1. the environment's pair, then a cloud function's variables, as tcdb_credentials_env
 *   2. a profile, as tcdb_credentials_profile(NULL, NULL)
 *   3. a pod of TKE, as tcdb_credentials_tke, if its four variables are set; three of them are an error
 *   4. the CVM instance's role, as tcdb_credentials_cvm_role(NULL); TENCENTCLOUD_CAM_ROLE_NAME may name it
 *
 * A role that TENCENTCLOUD_ROLE_ARN or TENCENTCLOUD_ASSUME_ROLE_ARN names is then assumed with it, in place of a role that
 * the profile names. The vendor's SDKs ask the instance before the pod, so that a pod acts as its node.
 *
 * Places 1 to 3 are looked at now. Only if they have nothing the first query asks the metadata service, for at most
 * a second (then not again for 5 s and more). A place that has something unusable ends the search with an error, and so does
 * a profile or file that a variable names and that has nothing: to go on could mean to act for another account. The place
 * that had something first is the one used from then on, and is logged at TCDB_LOG_INFO.
 *
 * \param io_or_null for the metadata service as for tcdb_credentials_cvm_role, but 0 for the timeouts means 500 and 1,000 ms; for
 * STS as for tcdb_credentials_assume_role.
 *
 * Fails with TCDB_ERR_INVALID_ARGUMENT, and TCDB_ERR_CREDENTIALS for something unusable in places 1 to 3. A query fails
 * with TCDB_ERR_CREDENTIALS where no place had anything; the message lists them all:
 *   no credentials found: environment: TENCENTCLOUD_SECRET_ID and TENCENTCLOUD_SECRET_KEY are not set; profile "default"
 *   not found: <place>: <why>; ...; CVM role: <why>
 *
 * \param out Set on success.
 * \param error NULL, or set to the failure.
 * \return TCDB_OK, or why it failed.
 * \since 0.1.0
 */
TCDB_API
tcdb_code TCDB_CALL tcdb_credentials_default(const tcdb_options *io_or_null,
                                             tcdb_credentials **out,
                                             tcdb_error **error);

/**
 * Fetches now what the first query would fetch, unless something valid is held: to check at start-up, or before
 * tcdb_request_new. By this machine's clock; it is ended by its timeout alone.
 *
 * \param timeout_ms 0: 30,000.
 *
 * Fails with TCDB_ERR_INVALID_ARGUMENT, TCDB_ERR_CREDENTIALS as a query does, TCDB_ERR_REQUEST_TIMEOUT.
 *
 * \param credentials Needed.
 * \param error NULL, or set to the failure.
 * \return TCDB_OK, or why it failed.
 * \since 0.2.0
 */
TCDB_API
tcdb_code TCDB_CALL tcdb_credentials_fetch(const tcdb_credentials *credentials,
                                           uint32_t timeout_ms,
                                           tcdb_error **error);

/**
 * Frees credentials. NULL: nothing. Clients made with them go on.
 *
 * \param credentials May be NULL.
 * \since 0.1.0
 */
TCDB_API void TCDB_CALL tcdb_credentials_free(tcdb_credentials *credentials);

/* --- Credentials of a role --------------------------------------------------------------------------------------- */

/**
 * The defaults. Yours to free with tcdb_role_free. NULL never, except after a fault of this library.
 *
 * \return The options of the role, or NULL.
 * \since 0.2.0
 */
TCDB_API tcdb_role *TCDB_CALL tcdb_role_new(void);

/**
 * What the session is called in the vendor's audit log: 2 to 128 letters, digits and _+=,.@-. NULL: "tcdb-async-" and the
 * process id.
 *
 * \param role May be NULL.
 * \param session_name The name, or NULL for the default.
 * \since 0.2.0
 */
TCDB_API
void TCDB_CALL tcdb_role_set_session_name(tcdb_role *role,
                                          const char *session_name);

/**
 * How long the credentials are valid, in seconds: 1 to 43,200, or less by the role's own limit. 0: 7,200.
 *
 * \param role May be NULL.
 * \param seconds The duration, or 0 for the default.
 * \since 0.2.0
 */
TCDB_API void TCDB_CALL tcdb_role_set_duration_s(tcdb_role *role, uint32_t seconds);

/**
 * What the role's owner requires of whoever assumes it: 2 to 128 letters, digits and _+=,.@:/-. NULL: none.
 *
 * \param role May be NULL.
 * \param external_id The id, or NULL.
 * \since 0.2.0
 */
TCDB_API void TCDB_CALL tcdb_role_set_external_id(tcdb_role *role, const char *external_id);

/**
 * A policy that narrows what the session may do: plain JSON of CAM, an object; this library encodes it. NULL: none.
 *
 * \param role May be NULL.
 * \param json The policy, or NULL.
 * \since 0.2.0
 */
TCDB_API
void TCDB_CALL tcdb_role_set_policy(tcdb_role *role,
                                    const char *json);

/**
 * The uin of the person or program behind the session, for the audit log. NULL: none.
 *
 * \param role May be NULL.
 * \param source_identity The identity, or NULL.
 * \since 0.2.0
 */
TCDB_API void TCDB_CALL tcdb_role_set_source_identity(tcdb_role *role, const char *source_identity);

/**
 * Frees a role. NULL: nothing. Credentials made with it go on.
 *
 * \param role May be NULL.
 * \since 0.2.0
 */
TCDB_API void TCDB_CALL tcdb_role_free(tcdb_role *role);

/**
 * Credentials of a role that is assumed with other credentials, by AssumeRole of STS. Opens no connection; the first
 * query fetches them, and they are kept fresh as tcdb_credentials_cvm_role says.
 *
 * \param base needed; what signs the request to STS: any credentials, another role's too, at most four roles deep. May be freed
 * afterwards.
 * \param role_arn like "qcs::cam::uin/100000000001:roleName/reader".
 * \param role_or_null NULL: the defaults.
 * \param io_or_null options for the requests to STS, validated here and copied; not those of the client. NULL: the defaults.
 *   STS endpoint: sts.intl.tencentcloudapi.com (tcdb_options_set_sts_endpoint). The endpoint is not used.
 *   connect, total timeout: of one fetch, its repetitions included. 0: 2,000 and 5,000 ms
 *   proxy, CA file, language, clock correction, request client, log: as for a client
 *
 * If STS refuses the base as unknown or expired, the base is fetched again once and STS asked again. If the API refuses the
 * role's credentials, those alone are fetched again. A failure that may pass is repeated twice, after 0.2 s and more; after
 * STS has counted too many requests after one to two seconds, so that programs started together spread out.
 *
 * Fails with TCDB_ERR_INVALID_ARGUMENT, and TCDB_ERR_TLS where the system has no store of certificates. A query fails with
 * TCDB_ERR_CREDENTIALS, "role <ARN>: " and the reason; tcdb_error_server_code has the code of STS, if it refused;
 * tcdb_error_is_retryable is 1 where that may pass.
 *
 * \param out Set on success.
 * \param error NULL, or set to the failure.
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
 * Credentials of a role that a token in a file gives a right to, by AssumeRoleWithWebIdentity of STS. Opens no connection;
 * the first query fetches them, and they are kept fresh. That request is not signed.
 *
 * \param role_arn as for tcdb_credentials_assume_role.
 * \param provider_id the name of the identity provider in CAM, 1 to 128 bytes.
 * \param token_file holds the token alone, at most 65,536 bytes; read at every fetch, since Kubernetes replaces it. If STS refuses
 * the token, the file is read again: another token is tried, the same one is the failure.
 * \param role_or_null session name and duration; anything else in it is refused. NULL: the defaults.
 * \param io_or_null as for tcdb_credentials_assume_role.
 *
 * Fails as tcdb_credentials_assume_role; the messages of a query begin with "role <ARN> by web identity: ".
 *
 * \param out Set on success.
 * \param error NULL, or set to the failure.
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
 * TKE_WEB_IDENTITY_TOKEN_FILE and TKE_REGION are read now, all four are needed.
 *
 * Fails as tcdb_credentials_web_identity, and with TCDB_ERR_CREDENTIALS where a variable is missing or cannot be used:
 *   TKE: TKE_ROLE_ARN is not set
 * The messages of a query begin with "role <ARN> by TKE: ".
 *
 * \param role_or_null Needed.
 * \param io_or_null As of tcdb_credentials_assume_role.
 * \param out Set on success.
 * \param error NULL, or set to the failure.
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
 * Hands over what was fetched. Copied at once, into memory that is wiped; your buffers may be wiped right after. A second
 * call replaces the first.
 *
 * \param secret_id as for tcdb_credentials_static.
 * \param secret_key as for tcdb_credentials_static.
 * \param token_or_null as for tcdb_credentials_static; an empty token is none.
 * \param expires_unix_s_or_0 when they end, in Unix seconds. 0: never.
 * What cannot be used fails the query, and the message names the parameter.
 *
 * \param answer May be NULL.
 * \since 0.2.0
 */
TCDB_API
void TCDB_CALL tcdb_credentials_answer_set(tcdb_credentials_answer *answer,
                                           const char *secret_id,
                                           const char *secret_key,
                                           const char *token_or_null,
                                           int64_t expires_unix_s_or_0);

/**
 * Says why there is nothing: one line for the message of the query, of which control characters are replaced, 300
 * characters are kept, and the key and token handed over before are taken out.
 * \param retryable 1: it may pass (tcdb_error_is_retryable).
 *
 * \param answer May be NULL.
 * \param reason One line for the message; copied.
 * \since 0.2.0
 */
TCDB_API
void TCDB_CALL tcdb_credentials_answer_fail(tcdb_credentials_answer *answer,
                                            const char *reason,
                                            int32_t retryable);

/**
 * 1: the API has refused what was fetched last as unknown or expired; the same again ends the matter, with that refusal as
 * the outcome of the query. 0: it has not; and for NULL.
 *
 * \param answer May be NULL.
 * \return 1 or 0; 0 for NULL.
 * \since 0.2.0
 */
TCDB_API
int32_t TCDB_CALL tcdb_credentials_answer_was_refused(const tcdb_credentials_answer *answer);

/**
 * How long the query can still wait, in milliseconds; 0 for NULL.
 *
 * \param answer May be NULL.
 * \return Milliseconds.
 * \since 0.2.0
 */
TCDB_API int64_t TCDB_CALL tcdb_credentials_answer_ms_left(const tcdb_credentials_answer *answer);

/**
 * Credentials that a function of yours fetches: from a vault, from another program, from anywhere.
 *
 * \param name of the source, for messages and logs, 1 to 128 bytes.
 * \param function needed.
 * \param user_data passed to it.
 * \param destroy called exactly once with user_data, when the last client made with the
 * credentials, the credentials and every call are gone, on the thread that ends the last of them; also when this function
 * fails, before it returns. NULL: nothing.
 * \param io_or_null its log; its total timeout, if it is not 0, bounds what tcdb_credentials_answer_ms_left says. NULL: none.
 *
 * When. Never here. When nothing valid is held; ahead of the end, as tcdb_credentials_cvm_role says; and once after the API
 *   has refused what it brought.
 * Where. On the thread of the query or wait that found it due, inside that call, with no lock held; at most one at a time
 *   for each object and process. Other threads go on with what is valid, or wait within their own deadlines.
 * How long. It cannot be interrupted. If it takes longer than the query has, the query ends with TCDB_ERR_REQUEST_TIMEOUT,
 *   and what it brought is kept for the next one.
 * It may call this library. A query with credentials that this very thread is fetching fails at once with
 *   TCDB_ERR_CREDENTIALS, which is not retryable.
 * fork(). A child keeps what was held, and calls the function itself.
 *
 * Fails with TCDB_ERR_INVALID_ARGUMENT. A query fails with TCDB_ERR_CREDENTIALS:
 *   callback "<name>": <reason>
 *
 * \param out Set on success.
 * \param error NULL, or set to the failure.
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
 * Takes a snapshot. Does no I/O.
 *
 * Fails with TCDB_ERR_INVALID_ARGUMENT.
 *
 * \param credentials Needed.
 * \param out Set on success.
 * \param error NULL, or set to the failure.
 * \return TCDB_OK, or why it failed.
 * \since 0.2.0
 */
TCDB_API
tcdb_code TCDB_CALL tcdb_credentials_info_new(const tcdb_credentials *credentials,
                                              tcdb_credentials_info **out,
                                              tcdb_error **error);

/**
 * Where the credentials come from, for people and logs: `environment`, `profile "prod" in FILE`, `role ARN from CVM role NAME`,
 * `callback "vault"`. What a service has yet to say, like the name of a CVM instance's role, is left out until it is known.
 * Never NULL; "" for NULL.
 *
 * \param info May be NULL.
 * \return The source, owned by the snapshot; "" for NULL.
 * \since 0.2.0
 */
TCDB_API
const char *TCDB_CALL tcdb_credentials_info_source(const tcdb_credentials_info *info);

/**
 * When those held end, in Unix seconds. 0: never, or none are held; and for NULL.
 *
 * \param info May be NULL.
 * \return Unix seconds, or 0.
 * \since 0.2.0
 */
TCDB_API int64_t TCDB_CALL tcdb_credentials_info_expires_unix_s(const tcdb_credentials_info *info);

/**
 * Frees a snapshot. NULL: nothing.
 *
 * \param info May be NULL.
 * \since 0.2.0
 */
TCDB_API void TCDB_CALL tcdb_credentials_info_free(tcdb_credentials_info *info);

/* --- Clients and queries ----------------------------------------------------------------------------------------- */

/**
 * Makes a client. Opens no connection and asks nothing of the API; reads the certificates.
 *
 * \param credentials needed; may be freed afterwards.
 * \param region_or_null of the database, like "ap-guangzhou"; 1 to 64 bytes, not checked against a list. NULL: what
 * tcdb_options_from_env found in TENCENTCLOUD_REGION, else what the credentials' profile says.
 * \param options_or_null validated here, and copied. NULL: the defaults.
 *
 * Fails with TCDB_ERR_INVALID_ARGUMENT, which names the parameter or option, and TCDB_ERR_TLS where the system has no
 * store of certificates.
 *
 * \param out Set on success.
 * \param error NULL, or set to the failure.
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
 * From now on requests are signed with these credentials, those of queries and waits under way included. A region or
 * language that they name is not taken over.
 *
 * Fails with TCDB_ERR_INVALID_ARGUMENT.
 *
 * \param client Needed.
 * \param credentials Needed.
 * \param error NULL, or set to the failure.
 * \return TCDB_OK, or why it failed.
 * \since 0.1.0
 */
TCDB_API
tcdb_code TCDB_CALL tcdb_client_set_credentials(const tcdb_client *client,
                                                const tcdb_credentials *credentials,
                                                tcdb_error **error);

/**
 * How far the API's clock is ahead of this machine's, in milliseconds (negative: behind), to about a second; 0 as long
 * as the API has accepted this machine's time, and for NULL.
 *
 * \param client May be NULL.
 * \return Milliseconds; 0 for NULL.
 * \since 0.1.0
 */
TCDB_API
int64_t TCDB_CALL tcdb_client_clock_offset_ms(const tcdb_client *client);

/**
 * Ends calls under way on this client soon, in whatever phase they are, and all later ones at once, with
 * TCDB_ERR_CANCELLED. From any thread; not from a signal handler. For good. NULL: nothing.
 *
 * \param client May be NULL.
 * \since 0.1.0
 */
TCDB_API void TCDB_CALL tcdb_client_shutdown(const tcdb_client *client);

/**
 * Asks what became of one async request. Blocks for at most the total timeout; failures that may pass are asked again
 * within it, up to the options' attempts.
 *
 * \param async_request_id 1 to 256 bytes, as an API call handed it out; sent as it is.
 *
 * TCDB_OK says that there is an answer, not that the task went well: see tcdb_result_status.
 * Fails with any code but TCDB_ERR_WAIT_TIMEOUT and TCDB_ERR_BUSY.
 *
 * \param client Needed.
 * \param out Set on success.
 * \param error NULL, or set to the failure.
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
 * go on by themselves. In a forked child it does no I/O and leaves the parent's connections alone.
 *
 * \param client May be NULL.
 * \since 0.1.0
 */
TCDB_API
void TCDB_CALL tcdb_client_free(tcdb_client *client);

/* --- Results ----------------------------------------------------------------------------------------------------- */

/**
 * The task's status; TCDB_STATUS_UNKNOWN for NULL.
 *
 * \param result May be NULL.
 * \return The status.
 * \since 0.1.0
 */
TCDB_API tcdb_status TCDB_CALL tcdb_result_status(const tcdb_result *result);

/**
 * The status in the API's own spelling, also one that this version does not know. Never NULL; "" if the API said null
 * or nothing, and for NULL.
 *
 * \param result May be NULL.
 * \return The text, owned by the result; "" for NULL.
 * \since 0.1.0
 */
TCDB_API
const char *TCDB_CALL tcdb_result_status_text(const tcdb_result *result);

/**
 * What the API says of the outcome: free text in any language. NULL if it said null or nothing.
 *
 * \param result May be NULL.
 * \return The text, owned by the result, or NULL.
 * \since 0.1.0
 */
TCDB_API const char *TCDB_CALL tcdb_result_info(const tcdb_result *result);

/**
 * Bytes in tcdb_result_info, which may hold a NUL; 0 if there is none.
 *
 * \param result May be NULL.
 * \return Bytes, without the final NUL.
 * \since 0.1.0
 */
TCDB_API size_t TCDB_CALL tcdb_result_info_len(const tcdb_result *result);

/**
 * The API's id of the HTTP request that brought this answer, for the vendor's support; NULL if it gave none.
 *
 * \param result May be NULL.
 * \return The id, owned by the result, or NULL.
 * \since 0.1.0
 */
TCDB_API const char *TCDB_CALL tcdb_result_request_id(const tcdb_result *result);

/**
 * Frees a result. NULL: nothing.
 *
 * \param result May be NULL.
 * \since 0.1.0
 */
TCDB_API void TCDB_CALL tcdb_result_free(tcdb_result *result);

/* --- Waiting for a task ------------------------------------------------------------------------------------------ */

/**
 * Makes a waiter; asks nothing yet.
 *
 * \param client needed; may be freed afterwards.
 * \param async_request_id 1 to 256 bytes, as an API call handed it out; sent as it is.
 * \param timeout_ms how long the wait may take, counted from here. UINT64_MAX: for ever. 0: one answer, got as tcdb_query gets
 * it; if it is not an ending, TCDB_ERR_WAIT_TIMEOUT with that answer.
 *
 * Fails with TCDB_ERR_INVALID_ARGUMENT.
 *
 * \param out Set on success.
 * \param error NULL, or set to the failure.
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
 * The shortest and the longest pause between two requests, in milliseconds: at least 250, longest not below first.
 * 0: the default, 1,000 and 10,000. Equal values: a constant pause without jitter. Validated by the next step, which
 * reports values that cannot be used once and keeps those before. NULL: nothing.
 *
 * \param waiter May be NULL.
 * \param first The first pause, in milliseconds, or 0 for the default.
 * \param longest The longest pause, in milliseconds, or 0 for the default.
 * \since 0.1.0
 */
TCDB_API
void TCDB_CALL tcdb_waiter_set_interval_ms(tcdb_waiter *waiter,
                                           uint32_t first,
                                           uint32_t longest);

/**
 * One more status that ends the wait with an answer, like TCDB_STATUS_PAUSED or TCDB_STATUS_UNKNOWN. A number that is not a
 * status is reported by the next step, once, and then forgotten. NULL: nothing.
 *
 * \param waiter May be NULL.
 * \param status A tcdb_status, or any other number.
 * \since 0.1.0
 */
TCDB_API
void TCDB_CALL tcdb_waiter_set_stop_on(tcdb_waiter *waiter,
                                       tcdb_status status);

/**
 * Waits until the end, on this thread. A signal handler that returns
 * does not end it; one that calls tcdb_waiter_cancel does. After the end it repeats the outcome.
 *
 * TCDB_OK says that the task has ended (or reached a status to stop on), not that it went well: see
 * tcdb_result_status.
 * Fails with TCDB_ERR_WAIT_TIMEOUT and TCDB_ERR_CANCELLED, and with what no wait outlives; tcdb_error_last_result has
 * the last answer, the message the last failure. TCDB_ERR_BUSY and TCDB_ERR_INVALID_ARGUMENT end nothing.
 *
 * \param waiter Needed.
 * \param progress_or_null called meanwhile, with user_data.
 * \param user_data Passed to the function.
 * \param out Set on success.
 * \param error NULL, or set to the failure.
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
 * max_sleep_ms bounds its sleeping alone; a request once begun is bounded by the client's timeouts, the wait's and
 * tcdb_waiter_cancel. 0: never sleeps.
 *
 * TCDB_OK with *out NULL: not ended; tcdb_waiter_due_in_ms says when to step again. TCDB_OK with a result, and any
 * other code as of tcdb_waiter_run: ended, but for TCDB_ERR_BUSY and TCDB_ERR_INVALID_ARGUMENT.
 *
 * \param waiter Needed.
 * \param max_sleep_ms How long it may sleep, in milliseconds.
 * \param out Set on success.
 * \param error NULL, or set to the failure.
 * \return TCDB_OK, or why it failed.
 * \since 0.1.0
 */
TCDB_API
tcdb_code TCDB_CALL tcdb_waiter_step(tcdb_waiter *waiter,
                                     uint32_t max_sleep_ms,
                                     tcdb_result **out,
                                     tcdb_error **error);

/**
 * Ends the wait soon with TCDB_ERR_CANCELLED, in whatever it is doing, or as soon as it is stepped. For good. From any
 * thread and from a signal handler: it takes no lock, allocates nothing and keeps errno. NULL: nothing.
 *
 * \param waiter May be NULL.
 * \since 0.1.0
 */
TCDB_API
void TCDB_CALL tcdb_waiter_cancel(tcdb_waiter *waiter);

/**
 * The latest answer: a copy, yours to free with tcdb_result_free. NULL: none yet, and for NULL.
 *
 * \param waiter May be NULL.
 * \return The result, or NULL.
 * \since 0.1.0
 */
TCDB_API tcdb_result *TCDB_CALL tcdb_waiter_latest(const tcdb_waiter *waiter);

/**
 * How many answers there were; failures are not counted. 0 for NULL.
 *
 * \param waiter May be NULL.
 * \return The number of answers; 0 for NULL.
 * \since 0.1.0
 */
TCDB_API uint32_t TCDB_CALL tcdb_waiter_answers(const tcdb_waiter *waiter);

/**
 * Milliseconds since tcdb_waiter_new; does not grow after the end. 0 for NULL.
 *
 * \param waiter May be NULL.
 * \return Milliseconds; 0 for NULL.
 * \since 0.1.0
 */
TCDB_API uint64_t TCDB_CALL tcdb_waiter_elapsed_ms(const tcdb_waiter *waiter);

/**
 * In how many milliseconds a step will have something to do: its next request, its place in the client's pace included,
 * or its end by timeout. Rounded up; 0: now. UINT64_MAX after the end, and for NULL. With many waiters step each one
 * that says 0, in turn; starting from the first one again after every step starves the last ones.
 *
 * \param waiter May be NULL.
 * \return Milliseconds.
 * \since 0.1.0
 */
TCDB_API
uint64_t TCDB_CALL tcdb_waiter_due_in_ms(const tcdb_waiter *waiter);

/**
 * Frees a waiter. NULL: nothing. No call on it may be running, a signal handler's included.
 *
 * \param waiter May be NULL.
 * \since 0.1.0
 */
TCDB_API void TCDB_CALL tcdb_waiter_free(tcdb_waiter *waiter);

/**
 * Waits until the task has ended: a waiter with the defaults, run and freed. Parameters, outcome and failures as of
 * tcdb_waiter_new and tcdb_waiter_run.
 *
 * \param client Needed.
 * \param async_request_id As of tcdb_waiter_new.
 * \param timeout_ms As of tcdb_waiter_new.
 * \param out Set on success.
 * \param error NULL, or set to the failure.
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
 * The defaults. Yours to free with tcdb_wait_options_free. NULL only after a fault of this library.
 *
 * \return The options, or NULL.
 * \since 0.2.0
 */
TCDB_API tcdb_wait_options *TCDB_CALL tcdb_wait_options_new(void);

/**
 * The shortest and the longest pause between two requests, in milliseconds, as of tcdb_waiter_set_interval_ms.
 *
 * \param options May be NULL.
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
 * \param options May be NULL.
 * \param status A tcdb_status, or any other number.
 * \since 0.2.0
 */
TCDB_API void TCDB_CALL tcdb_wait_options_set_stop_on(tcdb_wait_options *options, tcdb_status status);

/**
 * Whether each answer with a new status is an event, the first answer included. Default 0: only the end is.
 *
 * \param options May be NULL.
 * \param on 1 or 0.
 * \since 0.2.0
 */
TCDB_API void TCDB_CALL tcdb_wait_options_set_changes(tcdb_wait_options *options, int32_t on);

/**
 * Frees options. NULL: nothing. Tasks added with them go on.
 *
 * \param options May be NULL.
 * \since 0.2.0
 */
TCDB_API void TCDB_CALL tcdb_wait_options_free(tcdb_wait_options *options);

/* --- Waiting for many tasks -------------------------------------------------------------------------------------- */

/**
 * Makes a queue; asks nothing yet.
 *
 * \param client needed; may be freed afterwards. Its rate limit is shared by all that is made from it.
 * \param destroy_or_null called in tcdb_wait_queue_free with the user_data of each task whose final event was not taken.
 *
 * Fails with TCDB_ERR_INVALID_ARGUMENT.
 *
 * \param out Set on success.
 * \param error NULL, or set to the failure.
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
 * \param async_request_id 1 to 256 bytes, as an API call handed it out; sent as it is. The same id may be added twice: two tasks.
 * \param timeout_ms as of tcdb_waiter_new, counted from here.
 * \param options_or_null copied. NULL: the defaults.
 * \param user_data comes back with the task's events.
 * \param out the number of the task in this queue, from 1 on, never used again; 0 on failure, and then user_data stays yours.
 *
 * Fails with TCDB_ERR_INVALID_ARGUMENT, and after a shutdown of the client with TCDB_ERR_CANCELLED.
 *
 * \param queue Needed.
 * \param error NULL, or set to the failure.
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
 * Asks for the tasks: sends each request that is due, the longest overdue first, and sleeps in between. Returns when
 * there is an event that was not there when it began, after max_ms milliseconds, after tcdb_wait_queue_wake, and at times
 * earlier. max_ms bounds its sleeping and begins no request later; a request in flight then is bounded by the client's
 * timeouts, the wait's own and a cancel. 0: what can be sent without sleeping, one request at most. Any number of
 * threads may be inside and share the work; where nothing is pending they sleep.
 *
 * Fails with TCDB_ERR_CANCELLED after a shutdown of the client, so that loops of threads end; with TCDB_ERR_SYSTEM; never
 * by what becomes of a task.
 *
 * \param queue Needed.
 * \param max_ms How long it may take, in milliseconds.
 * \param error NULL, or set to the failure.
 * \return TCDB_OK, or why it failed.
 * \since 0.2.0
 */
TCDB_API
tcdb_code TCDB_CALL tcdb_wait_queue_run(const tcdb_wait_queue *queue,
                                        uint32_t max_ms,
                                        tcdb_error **error);

/**
 * Takes the oldest event; sleeps for at most max_sleep_ms milliseconds until there is one. It sends nothing: where no
 * thread runs the queue, nothing is asked meanwhile, though deadlines, a cancel and a shutdown still end tasks.
 *
 * TCDB_OK with *out NULL: there was none, or tcdb_wait_queue_wake was called.
 * Fails after a shutdown of the client with TCDB_ERR_CANCELLED, once every event has been taken; with TCDB_ERR_SYSTEM.
 *
 * \param queue Needed.
 * \param max_sleep_ms How long it may sleep, in milliseconds.
 * \param out Set on success.
 * \param error NULL, or set to the failure.
 * \return TCDB_OK, or why it failed.
 * \since 0.2.0
 */
TCDB_API
tcdb_code TCDB_CALL tcdb_wait_queue_next(const tcdb_wait_queue *queue,
                                         uint32_t max_sleep_ms,
                                         tcdb_wait_event **out,
                                         tcdb_error **error);

/**
 * Ends a task soon, in whatever it is doing; its final event has TCDB_ERR_CANCELLED, unless it ends by itself first. 1:
 * the task had not ended. 0: it had, or there was none, and for NULL.
 *
 * \param queue May be NULL.
 * \param task The number of a task.
 * \return 1 or 0.
 * \since 0.2.0
 */
TCDB_API
int32_t TCDB_CALL tcdb_wait_queue_cancel(const tcdb_wait_queue *queue,
                                         uint64_t task);

/**
 * Ends all tasks that are in the queue now, as tcdb_wait_queue_cancel. Tasks may be added afterwards. From any thread and
 * from a signal handler: it takes no lock, allocates nothing and keeps errno. NULL: nothing.
 *
 * \param queue May be NULL.
 * \since 0.2.0
 */
TCDB_API
void TCDB_CALL tcdb_wait_queue_cancel_all(const tcdb_wait_queue *queue);

/**
 * Every _run and _next in progress returns soon, a _run after its request in flight; if there is none, the next one
 * returns at once. From any thread and from a signal handler, as tcdb_wait_queue_cancel_all. NULL: nothing.
 *
 * \param queue May be NULL.
 * \since 0.2.0
 */
TCDB_API
void TCDB_CALL tcdb_wait_queue_wake(const tcdb_wait_queue *queue);

/**
 * How many tasks there are whose final event has not been taken; 0 for NULL.
 *
 * \param queue May be NULL.
 * \return The number of tasks; 0 for NULL.
 * \since 0.2.0
 */
TCDB_API uint64_t TCDB_CALL tcdb_wait_queue_pending(const tcdb_wait_queue *queue);

/**
 * In how many milliseconds tcdb_wait_queue_run will have something to do: a request, the client's rate limit included, or
 * the end of a task by its timeout. Rounded up; 0: now. UINT64_MAX: no task waits for its time, and for NULL.
 *
 * \param queue May be NULL.
 * \return Milliseconds.
 * \since 0.2.0
 */
TCDB_API
uint64_t TCDB_CALL tcdb_wait_queue_due_in_ms(const tcdb_wait_queue *queue);

/**
 * A file descriptor for the program's own event loop: poll(2) says that it is readable while events wait. Take them with
 * tcdb_wait_queue_next(queue, 0, ...) until there is none, which clears it. It may be readable without an event. Other
 * threads run the queue meanwhile.
 *
 * \param out the descriptor, the same at each call; -1 on failure. It is the queue's: never read, write or close it, and stop
 * watching it before tcdb_wait_queue_free. A forked child that uses the queue calls this again for one of its own.
 *
 * Fails with TCDB_ERR_SYSTEM where no descriptor is left, and always on Windows: let a thread call tcdb_wait_queue_next
 * there and hand the events to the loop.
 *
 * \param queue Needed.
 * \param error NULL, or set to the failure.
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
 * \param queue May be NULL.
 * \since 0.2.0
 */
TCDB_API
void TCDB_CALL tcdb_wait_queue_free(tcdb_wait_queue *queue);

/* --- Events of a wait queue -------------------------------------------------------------------------------------- */

/**
 * The number that tcdb_wait_queue_add gave the task; 0 for NULL.
 *
 * \param event May be NULL.
 * \return The number of the task; 0 for NULL.
 * \since 0.2.0
 */
TCDB_API uint64_t TCDB_CALL tcdb_wait_event_task(const tcdb_wait_event *event);

/**
 * The user_data of tcdb_wait_queue_add. With the final event it is the host's again: the queue no longer knows it. NULL
 * for NULL.
 *
 * \param event May be NULL.
 * \return The pointer; NULL for NULL.
 * \since 0.2.0
 */
TCDB_API
void *TCDB_CALL tcdb_wait_event_user_data(const tcdb_wait_event *event);

/**
 * 1 for the task's only final event, which is its last; 0 for a change of status, and for NULL.
 *
 * \param event May be NULL.
 * \return 1 or 0.
 * \since 0.2.0
 */
TCDB_API int32_t TCDB_CALL tcdb_wait_event_is_final(const tcdb_wait_event *event);

/**
 * TCDB_OK for a change of status and for a task that has ended or reached a status to stop on: see
 * tcdb_wait_event_result. Any other code as of tcdb_waiter_run: see tcdb_wait_event_error. TCDB_OK for NULL.
 *
 * \param event May be NULL.
 * \return The code.
 * \since 0.2.0
 */
TCDB_API tcdb_code TCDB_CALL tcdb_wait_event_code(const tcdb_wait_event *event);

/**
 * The answer: a copy, yours to free with tcdb_result_free. NULL where tcdb_wait_event_code is not TCDB_OK, and for NULL.
 *
 * \param event May be NULL.
 * \return The result, or NULL.
 * \since 0.2.0
 */
TCDB_API
tcdb_result *TCDB_CALL tcdb_wait_event_result(const tcdb_wait_event *event);

/**
 * Why the wait ended without an ending, with the last answer (tcdb_error_last_result): a copy, yours to free with
 * tcdb_error_free. NULL where tcdb_wait_event_code is TCDB_OK, and for NULL.
 *
 * \param event May be NULL.
 * \return The error, or NULL.
 * \since 0.2.0
 */
TCDB_API
tcdb_error *TCDB_CALL tcdb_wait_event_error(const tcdb_wait_event *event);

/**
 * How many answers there were when it happened; failures are not counted. 0 for NULL.
 *
 * \param event May be NULL.
 * \return The number of answers; 0 for NULL.
 * \since 0.2.0
 */
TCDB_API uint32_t TCDB_CALL tcdb_wait_event_answers(const tcdb_wait_event *event);

/**
 * Milliseconds from tcdb_wait_queue_add to what happened. 0 for NULL.
 *
 * \param event May be NULL.
 * \return Milliseconds; 0 for NULL.
 * \since 0.2.0
 */
TCDB_API uint64_t TCDB_CALL tcdb_wait_event_elapsed_ms(const tcdb_wait_event *event);

/**
 * Frees an event. NULL: nothing. The user_data is the host's and is not touched.
 *
 * \param event May be NULL.
 * \since 0.2.0
 */
TCDB_API void TCDB_CALL tcdb_wait_event_free(tcdb_wait_event *event);

/* --- Errors ------------------------------------------------------------------------------------------------------ */

/**
 * The code that the function returned. TCDB_OK for NULL.
 *
 * \param error May be NULL.
 * \return The code; TCDB_OK for NULL.
 * \since 0.1.0
 */
TCDB_API tcdb_code TCDB_CALL tcdb_error_code(const tcdb_error *error);

/**
 * One line that says what failed and why, without a newline, never with a secret. Never NULL; "" for NULL.
 *
 * \param error May be NULL.
 * \return The message, owned by the error; "" for NULL.
 * \since 0.1.0
 */
TCDB_API const char *TCDB_CALL tcdb_error_message(const tcdb_error *error);

/**
 * The API's own error code, like "AuthFailure.SignatureFailure"; NULL if the API did not say one.
 *
 * \param error May be NULL.
 * \return The code, owned by the error, or NULL.
 * \since 0.1.0
 */
TCDB_API const char *TCDB_CALL tcdb_error_server_code(const tcdb_error *error);

/**
 * The API's own message, in whatever language, as it came; NULL if the API did not say one.
 *
 * \param error May be NULL.
 * \return The message, owned by the error, or NULL.
 * \since 0.1.0
 */
TCDB_API const char *TCDB_CALL tcdb_error_server_message(const tcdb_error *error);

/**
 * Bytes in tcdb_error_server_message, which may hold a NUL; 0 if there is none.
 *
 * \param error May be NULL.
 * \return Bytes, without the final NUL.
 * \since 0.1.0
 */
TCDB_API size_t TCDB_CALL tcdb_error_server_message_len(const tcdb_error *error);

/**
 * The API's id of the HTTP request that failed, for the vendor's support; NULL if none came back.
 *
 * \param error May be NULL.
 * \return The id, owned by the error, or NULL.
 * \since 0.1.0
 */
TCDB_API const char *TCDB_CALL tcdb_error_request_id(const tcdb_error *error);

/**
 * The HTTP status of the reply that failed; 0 if none came back.
 *
 * \param error May be NULL.
 * \return The status, or 0.
 * \since 0.1.0
 */
TCDB_API int32_t TCDB_CALL tcdb_error_http_status(const tcdb_error *error);

/**
 * How many requests were sent, the failed one included; 0 if it failed before the first, as where no connection comes
 * about. The message counts every attempt.
 *
 * \param error May be NULL.
 * \return The number of requests.
 * \since 0.1.0
 */
TCDB_API
uint32_t TCDB_CALL tcdb_error_attempts(const tcdb_error *error);

/**
 * 1 if the same call may well succeed later; 0 if something has to be changed first.
 *
 * \param error May be NULL.
 * \return 1 or 0.
 * \since 0.1.0
 */
TCDB_API int32_t TCDB_CALL tcdb_error_is_retryable(const tcdb_error *error);

/**
 * The last answer of a wait that ended without a terminal one: a copy, yours to free with tcdb_result_free; NULL if
 * there was none.
 *
 * \param error May be NULL.
 * \return The result, or NULL.
 * \since 0.1.0
 */
TCDB_API
tcdb_result *TCDB_CALL tcdb_error_last_result(const tcdb_error *error);

/**
 * Frees an error. NULL: nothing.
 *
 * \param error May be NULL.
 * \since 0.1.0
 */
TCDB_API void TCDB_CALL tcdb_error_free(tcdb_error *error);

/* --- Requests for another HTTP stack ----------------------------------------------------------------------------- */

/**
 * Signs one question without sending it: POST tcdb_request_body to tcdb_request_url with every header. Does no I/O and
 * takes no place in the client's pace. The API takes a signature for five minutes around its time.
 *
 * \param async_request_id 1 to 256 bytes, as for tcdb_query.
 * \param unix_seconds_or_0 the time to sign for, in the years 0 to 9999. 0: now, by the corrected clock.
 *
 * Give the reply to tcdb_response_parse. A proxy, a CA file and timeouts of the client's options are the sender's
 * business now.
 *
 * Fails with TCDB_ERR_INVALID_ARGUMENT, and with TCDB_ERR_CREDENTIALS where credentials would have to be fetched first:
 * a tcdb_query before fetches them.
 *
 * \param client Needed.
 * \param out Set on success.
 * \param error NULL, or set to the failure.
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
 * Where to POST to, like "https://cdb.intl.tencentcloudapi.com/". Never NULL; "" for NULL.
 *
 * \param request May be NULL.
 * \return The URL, owned by the request; "" for NULL.
 * \since 0.1.0
 */
TCDB_API const char *TCDB_CALL tcdb_request_url(const tcdb_request *request);

/**
 * How many headers there are; 0 for NULL. All are needed, Host as it is here, port included. Content-Length and
 * what concerns the connection is the sender's.
 *
 * \param request May be NULL.
 * \return The number of headers.
 * \since 0.1.0
 */
TCDB_API
size_t TCDB_CALL tcdb_request_header_count(const tcdb_request *request);

/**
 * The name of a header, like "X-TC-Action", in the order in which this library sends them. NULL from the count on, and
 * for NULL.
 *
 * \param request May be NULL.
 * \param index From 0 on.
 * \return The name, owned by the request, or NULL.
 * \since 0.1.0
 */
TCDB_API
const char *TCDB_CALL tcdb_request_header_name(const tcdb_request *request,
                                               size_t index);

/**
 * The value of a header. NULL from the count on, and for NULL. Secret are those of Authorization (the signature) and
 * X-TC-Token.
 *
 * \param request May be NULL.
 * \param index From 0 on.
 * \return The value, owned by the request, or NULL.
 * \since 0.1.0
 */
TCDB_API
const char *TCDB_CALL tcdb_request_header_value(const tcdb_request *request,
                                                size_t index);

/**
 * The body, to be sent byte for byte. Never NULL; "" for NULL.
 *
 * \param request May be NULL.
 * \return The body, owned by the request; "" for NULL.
 * \since 0.1.0
 */
TCDB_API const char *TCDB_CALL tcdb_request_body(const tcdb_request *request);

/**
 * Bytes in tcdb_request_body; 0 for NULL.
 *
 * \param request May be NULL.
 * \return Bytes.
 * \since 0.1.0
 */
TCDB_API size_t TCDB_CALL tcdb_request_body_len(const tcdb_request *request);

/**
 * The canonical request of the signature, several lines, to compare with what a server says it saw. No secret in it.
 * Never NULL; "" for NULL.
 *
 * \param request May be NULL.
 * \return The text, owned by the request; "" for NULL.
 * \since 0.1.0
 */
TCDB_API
const char *TCDB_CALL tcdb_request_canonical(const tcdb_request *request);

/**
 * The string to sign, four lines: algorithm, time, credential scope, hash of the canonical request. No secret in it.
 * Never NULL; "" for NULL.
 *
 * \param request May be NULL.
 * \return The text, owned by the request; "" for NULL.
 * \since 0.1.0
 */
TCDB_API
const char *TCDB_CALL tcdb_request_string_to_sign(const tcdb_request *request);

/**
 * Wipes and frees a request. NULL: nothing.
 *
 * \param request May be NULL.
 * \since 0.1.0
 */
TCDB_API void TCDB_CALL tcdb_request_free(tcdb_request *request);

/**
 * Reads a reply that another HTTP stack received, as tcdb_query reads one: TCDB_OK with the API's answer, or its
 * refusal, or what is wrong with the reply, with every part of the error but attempts, which is 0. Does no I/O and asks
 * nothing again.
 *
 * \param http_status of the final reply, 100 to 999. A redirect is refused, as everywhere here: do not follow one.
 * \param body body_len bytes, decoded from Content-Encoding and Transfer-Encoding; NULL only if body_len is 0. More than
 * 1 MiB is refused.
 *
 * Fails with TCDB_ERR_INVALID_ARGUMENT, TCDB_ERR_BAD_RESPONSE, and any code that says what the API answered.
 *
 * \param body_len Bytes of the body.
 * \param out Set on success.
 * \param error NULL, or set to the failure.
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
