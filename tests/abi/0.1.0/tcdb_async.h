/*
 * tcdb_async.h - asks TencentDB for MySQL what became of an asynchronous task, and waits for it.
 *
 * Made by `make header` from the sources; do not edit. Licence: MIT OR Apache-2.0.
 *
 * The contract, for every function below:
 *
 * Objects. All types are opaque. What a function hands out is yours; free it with the type's _free, once. Objects are
 *   independent: what was made from a client goes on after the client is freed. Only a callback's arguments are
 *   borrowed, for the length of the call.
 * Codes. A function that can fail returns a tcdb_code. `out` and `error`, always the last parameters, are set to NULL on
 *   entry. TCDB_OK: *out is set. Any other number, known to you or not: it failed, *out is NULL and *error says why.
 *   `error` may be NULL; `out` may not. There is no last-error state; errno is unspecified after a call.
 * Strings. NUL-terminated UTF-8; file names are bytes, as for open(2). In: copied; a parameter that is NULL where a
 *   string is needed, not UTF-8, empty or holding a control character is reported by its name. Out: lent by the object
 *   asked, alive until that is freed; never yours to free. Where a server's text may hold a NUL, a length stands beside.
 * NULL. Reported as TCDB_ERR_INVALID_ARGUMENT where a code is returned. A setter on NULL does nothing. An accessor on NULL
 *   answers 0, "" or NULL, as its comment says. _free(NULL) does nothing.
 * Threads. What a function takes as const may be used by many threads at once: clients, credentials, results, errors.
 *   A waiter locks itself: a second thread that steps it meanwhile gets TCDB_ERR_BUSY. Options belong to one thread. Free
 *   an object only when no call on it is running. No thread outlives a call but a name lookup that timed out: one for
 *   each host name, with all signals blocked.
 * Callbacks. They run on the caller's thread, inside the call, with no lock held; several at once if several threads
 *   call. They may call this library. They must return normally: no exception, longjmp or pthread_cancel.
 * fork(). The child may use a client if no other thread was inside a call at fork(); else it makes a new one,
 *   with the same credentials if it likes. Either way it opens connections of its own and never touches the parent's.
 * Signals. No handler is installed and no SIGPIPE raised; a call goes on after an interrupted system call.
 * Process. No global set-up; nothing is printed. Nothing is read from the environment, and no file or metadata
 *   address looked for, unless a function's name says so (_from_env, _env, _profile, _cvm_role, _default) - the
 *   system's certificates excepted. The library stays loaded after dlclose(). It needs at most 256 KiB of the caller's
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

#ifdef __cplusplus
extern "C" {
#endif


/**
 * The version of this header, to be compared with what tcdb_version() and tcdb_abi_version() of the loaded library say.
 */
#define TCDB_VERSION_MAJOR 0

#define TCDB_VERSION_MINOR 1

#define TCDB_VERSION_PATCH 0

/**
 * major << 16 | minor.
 */
#define TCDB_ABI_VERSION 1

/**
 * One account's way to the API, with its own connections, pace and clock. Many threads may use one at once; one for
 * the whole process is usually right.
 */
typedef struct tcdb_client tcdb_client;

/**
 * The right to ask. One may serve many clients and threads at once; a client keeps what it needs of it, so it may be
 * freed before the client.
 */
typedef struct tcdb_credentials tcdb_credentials;

/**
 * Why a function failed. Yours to free with tcdb_error_free. Many threads may read one at once.
 */
typedef struct tcdb_error tcdb_error;

/**
 * What a client is told. Belongs to one thread at a time. Setters copy; a setter on NULL does nothing. What uses the
 * options judges them and names the one that is wrong.
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
 * Waits for one task. It has no thread: whoever calls _run or _step moves it. A few threads can carry thousands of
 * waiters of one client by their due times; the client's pace is shared by them, the longest overdue first, queries
 * ahead of them all.
 *
 * What it does. The first request goes out at once. After each answer it pauses: the n-th pause is drawn evenly from
 * first * 1.5^(n-1) to first * 1.5^n, never shorter than `first`, never longer than `longest`
 * (tcdb_waiter_set_interval_ms); near its deadline it looks a last time. It ends with an answer on SUCCESS, FAILED,
 * KILLED, REMOVED and what tcdb_waiter_set_stop_on names. Before the first answer a failure ends it as it ends a
 * query, after the client's attempts; once there has been an answer, failures that may pass (connections, 5xx, HTML,
 * the API's limit, ...) are outlived and told to the log, with pauses that grow in the same way, by 2. Each attempt
 * is bounded by the client's total timeout, everything by the wait's own. Time is the monotonic clock's.
 *
 * It locks itself: the accessors, _cancel and the setters may be called at any time, by any thread, also from the
 * progress function; a second _run or _step meanwhile gets TCDB_ERR_BUSY. Free it when no call on it is running.
 */
typedef struct tcdb_waiter tcdb_waiter;

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
 * How much the log function is told.
 */
typedef int32_t tcdb_log_level;

/**
 * Told of what happens, one line at a time, without a newline and without any secret. Called inside library calls, on
 * their thread, by several threads at once. The line lives for the call. It must return normally.
 */
typedef void (*tcdb_log_fn)(tcdb_log_level level, const char *line, void *user_data);

/**
 * Called once with the log's user_data, after the last object that may log is freed, on the thread that frees it.
 */
typedef void (*tcdb_destroy_fn)(void *user_data);

/**
 * Told how a wait stands: after each answer that does not end it, and otherwise about ten times a second, also while a
 * request is under way. Runs on the thread inside _run, with no lock held that it could need; it may call this
 * library. latest_or_null: the latest answer, lent for the call, not to be freed. answers: how many there were.
 * elapsed_ms: since tcdb_waiter_new. Return 0 to go on; any other number ends the wait with TCDB_ERR_CANCELLED.
 */
typedef int32_t (*tcdb_progress_fn)(const tcdb_result *latest_or_null,
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
 * The certificate or the TLS version is refused. A wrong clock of this machine is a frequent cause.
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
 * Ended by somebody.
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
 * What needs somebody's attention: a clock that is off, a file that others can read.
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

/**
 * The version of the library in use, like "0.1.0". Static.
 */
TCDB_API const char *tcdb_version(void);

/**
 * The ABI of the library in use: major << 16 | minor. A program built against this header works with a library of the
 * same major whose minor is not below TCDB_ABI_VERSION's.
 */
TCDB_API
uint32_t tcdb_abi_version(void);

/**
 * For leak tests: how many objects were handed out and not freed, in the whole process.
 */
TCDB_API uint64_t tcdb_live_objects(void);

/**
 * The name of a code, like "TCDB_ERR_TLS"; "" for a number that is none. Static.
 */
TCDB_API const char *tcdb_code_name(tcdb_code code);

/**
 * 1 if a task in this status has ended (SUCCESS, FAILED, KILLED, REMOVED); 0 for every other number.
 */
TCDB_API int32_t tcdb_status_is_terminal(tcdb_status status);

/**
 * 1 for SUCCESS; 0 for every other number.
 */
TCDB_API int32_t tcdb_status_is_success(tcdb_status status);

/**
 * The defaults; nothing comes from the environment. Yours to free with tcdb_options_free. NULL never, but after a fault
 * of this library.
 */
TCDB_API
tcdb_options *tcdb_options_new(void);

/**
 * The defaults, and what the environment says now: TENCENTCLOUD_REGION; HTTPS_PROXY, else ALL_PROXY, unless NO_PROXY
 * names the host (`*`, or by suffix at a dot; these three also in lower case, which goes first); SSL_CERT_FILE and
 * SSL_CERT_DIR in place of the system's store. An empty variable is an unset one. No credentials: see
 * tcdb_credentials_env.
 */
TCDB_API
tcdb_options *tcdb_options_from_env(void);

/**
 * Where requests go: `host`, `host:port` or `https://host[:port]`. `http://` only for localhost and loopback addresses.
 * NULL: cdb.intl.tencentcloudapi.com.
 */
TCDB_API
void tcdb_options_set_endpoint(tcdb_options *options,
                               const char *endpoint);

/**
 * The language of the API's messages: "en-US", the default, or "zh-CN". NULL: none is asked for.
 */
TCDB_API void tcdb_options_set_language(tcdb_options *options, const char *language);

/**
 * How long lookup, proxy, TCP and TLS of one attempt may take together, in milliseconds. 0: 5,000.
 */
TCDB_API void tcdb_options_set_connect_timeout_ms(tcdb_options *options, uint32_t milliseconds);

/**
 * How long a query may take as a whole, in milliseconds: queue, credentials, every attempt, every pause. In a wait it
 * bounds each attempt. 0: 30,000.
 */
TCDB_API
void tcdb_options_set_total_timeout_ms(tcdb_options *options,
                                       uint32_t milliseconds);

/**
 * How often a question is asked at most, 1 to 10. 0: 3. One more request after a correction of the clock or a renewal
 * of the credentials does not count.
 */
TCDB_API
void tcdb_options_set_max_attempts(tcdb_options *options,
                                   uint32_t attempts);

/**
 * How many requests the client sends in any second, over all its threads. Default 40, the API's limit for an account.
 * 0: as many as come.
 */
TCDB_API
void tcdb_options_set_max_requests_per_second(tcdb_options *options,
                                              uint32_t requests);

/**
 * A proxy: `http://[user:password@]host:port` (CONNECT) or `socks5://…` (the proxy looks the name up). User and password
 * percent-encoded. Also against what NO_PROXY says. NULL: none.
 */
TCDB_API
void tcdb_options_set_proxy(tcdb_options *options,
                            const char *url);

/**
 * A PEM file of authorities to trust in place of the system's store. A file name is bytes, as for open(2). Read in
 * tcdb_client_new. NULL: the system's store. There is no switch that turns verification off.
 */
TCDB_API
void tcdb_options_set_ca_file(tcdb_options *options,
                              const char *path);

/**
 * Whether to sign by the API's clock after it has refused this machine's. Default 1; 0: off.
 */
TCDB_API void tcdb_options_set_clock_correction(tcdb_options *options, int32_t on);

/**
 * Who calls, told to the API in X-TC-RequestClient: letters, digits and -_,;. up to 128 bytes. NULL: tcdb-async and its
 * version.
 */
TCDB_API
void tcdb_options_set_request_client(tcdb_options *options,
                                     const char *request_client);

/**
 * A function to be told what happens, up to a level. NULL: no log. destroy: called once with user_data, when nothing
 * can log to it any more; NULL: nothing. A second call replaces the first.
 */
TCDB_API
void tcdb_options_set_log(tcdb_options *options,
                          tcdb_log_level max_level,
                          tcdb_log_fn log,
                          void *user_data,
                          tcdb_destroy_fn destroy);

/**
 * Frees options. NULL: nothing. Clients made with them go on.
 */
TCDB_API void tcdb_options_free(tcdb_options *options);

/**
 * Credentials that the program holds itself.
 *
 * secret_id, secret_key: 1 to 256 bytes. token_or_null: of temporary credentials, 1 to 8,192 bytes; NULL: none.
 * All three: printable ASCII without blanks. Copied; the library's copies are wiped when they are dropped.
 *
 * Fails with TCDB_ERR_INVALID_ARGUMENT.
 */
TCDB_API
tcdb_code tcdb_credentials_static(const char *secret_id,
                                  const char *secret_key,
                                  const char *token_or_null,
                                  tcdb_credentials **out,
                                  tcdb_error **error);

/**
 * Credentials from the environment, read once, now: TENCENTCLOUD_SECRET_ID, TENCENTCLOUD_SECRET_KEY, and for temporary
 * ones a token in TENCENTCLOUD_TOKEN, TENCENTCLOUD_SESSION_TOKEN or TENCENTCLOUD_SECURITY_TOKEN. An empty variable is
 * an unset one. Two token variables that differ are an error that names both.
 *
 * Fails with TCDB_ERR_CREDENTIALS:
 *   TENCENTCLOUD_SECRET_ID and TENCENTCLOUD_SECRET_KEY are not set
 *   TENCENTCLOUD_SECRET_KEY is not set, though TENCENTCLOUD_SECRET_ID is       (and the other way round)
 *   TENCENTCLOUD_TOKEN and TENCENTCLOUD_SECURITY_TOKEN are both set and differ
 *   TENCENTCLOUD_TOKEN is not UTF-8
 *   environment: secret_key holds a blank or something other than ASCII        (or is over 256 bytes long, ...)
 */
TCDB_API
tcdb_code tcdb_credentials_env(tcdb_credentials **out,
                               tcdb_error **error);

/**
 * Credentials from a profile, that is from a file that the vendor's tools read or wrote.
 *
 * path_or_null: the file. A name that ends in ".credential" is read as the JSON of the vendor's command line, any other
 * as INI. NULL: the file that TENCENTCLOUD_CREDENTIALS_FILE names, else the first of these that has the profile:
 *   $HOME/.tencentcloud/credentials       INI
 *   /etc/tencentcloud/credentials         INI
 *   $HOME/.tccli/<profile>.credential     JSON
 * profile_or_null: the profile's name, 1 to 128 bytes. NULL: TCCLI_PROFILE where no path is given, else "default".
 *
 * INI: the section [<profile>] with `secret_id = ...`, `secret_key = ...` and for temporary ones `token = ...`. Values
 * are taken as they stand: quotes, ; and # within a value are part of it. Comments are lines that begin with ; or #.
 * JSON: an object with "secretId", "secretKey" and perhaps "token" and "expiresAt" (Unix seconds). Region and language
 * come from "region" and "language" of "_sys_param" in <profile>.configure beside it; they serve where neither
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
 *                                         "no secretId and secretKey", "asks for the CVM role", "HOME is not set"
 *   <file>: <what is wrong>               a place that has something unusable ends the search: "is no regular file",
 *                                         "is larger than 65536 bytes", "is not UTF-8 (at byte N)", "is no INI file
 *                                         (line N: ...)", "is not JSON (...)", "has a secret_id without a secret_key in
 *                                         [default]", "has secret_key twice in [default]", "asks to assume a role
 *                                         (role-arn), which this version cannot", ...
 */
TCDB_API
tcdb_code tcdb_credentials_profile(const char *path_or_null,
                                   const char *profile_or_null,
                                   tcdb_credentials **out,
                                   tcdb_error **error);

/**
 * Credentials of the role that this CVM instance has: temporary ones, from the machine's metadata service. Opens no
 * connection; the first query fetches them, and they are kept fresh from then on.
 *
 * role_or_null: the role's name, 1 to 128 letters, digits and +=,.@_-. NULL: the service is asked for it.
 * io_or_null: options of the source itself, judged here, and copied; not those of the client. NULL: the defaults.
 *   endpoint: http://metadata.tencentyun.com, or http:// to localhost or a loopback address, with a port if need be
 *   connect, total timeout: of one fetch, its repetitions included. 0: 1,000 and 3,000 ms
 *   log: told of fetches and failures
 *   All others are passed over: the service is never asked through a proxy.
 *
 * Asked for are /latest/meta-data/cam/security-credentials/, which answers the role's name, and the same with the name
 * behind it, which answers a JSON object with "TmpSecretId", "TmpSecretKey", "Token", "ExpiredTime" (Unix seconds) and
 * "Code" ("Success"). Redirects are refused; a reply is at most 16,384 bytes.
 *
 * Fresh: five minutes before they end (sooner in a life of under fifty minutes: at nine tenths of it), give or take a
 * fifth, one thread fetches new ones while the others go on with the old. If that fails the old ones serve as long as
 * they are valid, and the next fetch waits 5 s, then longer, 60 s at most. Once nothing is valid the threads wait for
 * one fetch, each within its own timeout; if it fails, queries fail with its reason and without asking again for 5 s,
 * later for 20 s at most. Credentials that the API no longer knows are fetched anew once in a query.
 *
 * Fails with TCDB_ERR_INVALID_ARGUMENT. A query fails with TCDB_ERR_CREDENTIALS:
 *   CVM role: the instance has no role            CVM role: the instance has no role <name>
 *   CVM role: connect to <host>:<port>: ...       CVM role: look up <host>: ...         CVM role: <host>:<port>: ...
 *   metadata service <host>:<port>: <why>         "role <name>: the reply has no Token", "role <name>: the reply has the
 *                                                 Code <word>", "role <name>: the reply is not JSON (...)", "answers
 *                                                 HTTP 302; redirects are refused", ...
 * tcdb_error_is_retryable is 1 where that may pass.
 */
TCDB_API
tcdb_code tcdb_credentials_cvm_role(const char *role_or_null,
                                    const tcdb_options *io_or_null,
                                    tcdb_credentials **out,
                                    tcdb_error **error);

/**
 * Credentials from the first place that has some, in the order of the vendor's SDKs:
 *   1. the environment, as tcdb_credentials_env
 *   2. a profile, as tcdb_credentials_profile(NULL, NULL)
 *   3. the CVM instance's role, as tcdb_credentials_cvm_role(NULL)
 *
 * Places 1 and 2 are looked at now. Only if they have nothing the first query asks the metadata service, for at most
 * a second (then not again for 5 s and more). A place that has something unusable ends the search with an error: to go
 * on could mean to act for another account. The place that had something first is the one used from then on.
 *
 * io_or_null: as for tcdb_credentials_cvm_role, but 0 for the timeouts means 500 and 1,000 ms.
 *
 * Fails with TCDB_ERR_INVALID_ARGUMENT, and TCDB_ERR_CREDENTIALS for something unusable in place 1 or 2. A query fails
 * with TCDB_ERR_CREDENTIALS where no place had anything; the message lists them all:
 *   no credentials found: environment: TENCENTCLOUD_SECRET_ID and TENCENTCLOUD_SECRET_KEY are not set; profile "default"
 *   not found: <place>: <why>; ...; CVM role: <why>
 * and a pod's TKE OIDC, where its variables are set: it is not supported yet.
 */
TCDB_API
tcdb_code tcdb_credentials_default(const tcdb_options *io_or_null,
                                   tcdb_credentials **out,
                                   tcdb_error **error);

/**
 * Frees credentials. NULL: nothing. Clients made with them go on.
 */
TCDB_API void tcdb_credentials_free(tcdb_credentials *credentials);

/**
 * Makes a client. Opens no connection and asks nothing of the API; reads the certificates.
 *
 * credentials: needed; may be freed afterwards.
 * region_or_null: of the database, like "ap-guangzhou"; 1 to 64 bytes, not checked against a list. NULL: what
 * tcdb_options_from_env found in TENCENTCLOUD_REGION, else what the credentials' profile says.
 * options_or_null: judged here, and copied. NULL: the defaults.
 *
 * Fails with TCDB_ERR_INVALID_ARGUMENT, which names the parameter or option, and TCDB_ERR_TLS where the system has no
 * store of certificates.
 */
TCDB_API
tcdb_code tcdb_client_new(const tcdb_credentials *credentials,
                          const char *region_or_null,
                          const tcdb_options *options_or_null,
                          tcdb_client **out,
                          tcdb_error **error);

/**
 * From now on requests are signed with these credentials, those of queries and waits under way included. A region or
 * language that they name is not taken over.
 *
 * Fails with TCDB_ERR_INVALID_ARGUMENT.
 */
TCDB_API
tcdb_code tcdb_client_set_credentials(const tcdb_client *client,
                                      const tcdb_credentials *credentials,
                                      tcdb_error **error);

/**
 * How far the API's clock is ahead of this machine's, in milliseconds (negative: behind), to about a second; 0 as long
 * as the API has accepted this machine's time, and for NULL.
 */
TCDB_API
int64_t tcdb_client_clock_offset_ms(const tcdb_client *client);

/**
 * Ends calls under way on this client soon, in whatever phase they are, and all later ones at once, with
 * TCDB_ERR_CANCELLED. From any thread; not from a signal handler. For good. NULL: nothing.
 */
TCDB_API void tcdb_client_shutdown(const tcdb_client *client);

/**
 * Asks what became of one async request. Blocks for at most the total timeout; failures that may pass are asked again
 * within it, up to the options' attempts.
 *
 * async_request_id: 1 to 256 bytes, as an API call handed it out; sent as it is.
 *
 * TCDB_OK says that there is an answer, not that the task went well: see tcdb_result_status.
 * Fails with any code but TCDB_ERR_WAIT_TIMEOUT and TCDB_ERR_BUSY.
 */
TCDB_API
tcdb_code tcdb_query(const tcdb_client *client,
                     const char *async_request_id,
                     tcdb_result **out,
                     tcdb_error **error);

/**
 * Frees a client. NULL: nothing. No call on it may be running (tcdb_client_shutdown ends them); objects made from it
 * go on by themselves. In a forked child it does no I/O and leaves the parent's connections alone.
 */
TCDB_API
void tcdb_client_free(tcdb_client *client);

/**
 * The task's status; TCDB_STATUS_UNKNOWN for NULL.
 */
TCDB_API tcdb_status tcdb_result_status(const tcdb_result *result);

/**
 * The status in the API's own spelling, also one that this version does not know. Never NULL; "" if the API said null
 * or nothing, and for NULL.
 */
TCDB_API
const char *tcdb_result_status_text(const tcdb_result *result);

/**
 * What the API says of the outcome: free text in any language. NULL if it said null or nothing.
 */
TCDB_API const char *tcdb_result_info(const tcdb_result *result);

/**
 * Bytes in tcdb_result_info, which may hold a NUL; 0 if there is none.
 */
TCDB_API size_t tcdb_result_info_len(const tcdb_result *result);

/**
 * The API's id of the HTTP request that brought this answer, for the vendor's support; NULL if it gave none.
 */
TCDB_API const char *tcdb_result_request_id(const tcdb_result *result);

/**
 * Frees a result. NULL: nothing.
 */
TCDB_API void tcdb_result_free(tcdb_result *result);

/**
 * Makes a waiter; asks nothing yet.
 *
 * client: needed; may be freed afterwards.
 * async_request_id: 1 to 256 bytes, as an API call handed it out; sent as it is.
 * timeout_ms: how long the wait may take, counted from here. UINT64_MAX: for ever. 0: one answer, got as tcdb_query gets
 * it; if it is not an ending, TCDB_ERR_WAIT_TIMEOUT with that answer.
 *
 * Fails with TCDB_ERR_INVALID_ARGUMENT.
 */
TCDB_API
tcdb_code tcdb_waiter_new(const tcdb_client *client,
                          const char *async_request_id,
                          uint64_t timeout_ms,
                          tcdb_waiter **out,
                          tcdb_error **error);

/**
 * The shortest and the longest pause between two requests, in milliseconds: at least 250, longest not below first.
 * 0: the default, 1,000 and 10,000. Equal values: a constant pause without jitter. Judged by the next step. NULL:
 * nothing.
 */
TCDB_API
void tcdb_waiter_set_interval_ms(tcdb_waiter *waiter,
                                 uint32_t first,
                                 uint32_t longest);

/**
 * One more status that ends the wait with an answer, like TCDB_STATUS_PAUSED or TCDB_STATUS_UNKNOWN. A number that is no
 * status is reported by the next step. NULL: nothing.
 */
TCDB_API
void tcdb_waiter_set_stop_on(tcdb_waiter *waiter,
                             tcdb_status status);

/**
 * Waits until the end, on this thread. progress_or_null: told meanwhile, with user_data. A signal handler that returns
 * does not end it; one that calls tcdb_waiter_cancel does. After the end it repeats the outcome.
 *
 * TCDB_OK says that the task has ended (or reached a status to stop on), not that it went well: see
 * tcdb_result_status.
 * Fails with TCDB_ERR_WAIT_TIMEOUT and TCDB_ERR_CANCELLED, and with what no wait outlives; tcdb_error_last_result has
 * the last answer, the message the last failure. TCDB_ERR_BUSY and TCDB_ERR_INVALID_ARGUMENT end nothing.
 */
TCDB_API
tcdb_code tcdb_waiter_run(tcdb_waiter *waiter,
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
 */
TCDB_API
tcdb_code tcdb_waiter_step(tcdb_waiter *waiter,
                           uint32_t max_sleep_ms,
                           tcdb_result **out,
                           tcdb_error **error);

/**
 * Ends the wait soon with TCDB_ERR_CANCELLED, in whatever it is doing, or as soon as it is stepped. For good. From any
 * thread and from a signal handler: it takes no lock, allocates nothing and keeps errno. NULL: nothing.
 */
TCDB_API
void tcdb_waiter_cancel(tcdb_waiter *waiter);

/**
 * The latest answer: a copy, yours to free with tcdb_result_free. NULL: none yet, and for NULL.
 */
TCDB_API tcdb_result *tcdb_waiter_latest(const tcdb_waiter *waiter);

/**
 * How many answers there were; failures are not counted. 0 for NULL.
 */
TCDB_API uint32_t tcdb_waiter_answers(const tcdb_waiter *waiter);

/**
 * Milliseconds since tcdb_waiter_new; stands still after the end. 0 for NULL.
 */
TCDB_API uint64_t tcdb_waiter_elapsed_ms(const tcdb_waiter *waiter);

/**
 * In how many milliseconds a step will have something to do: its next request, its place in the client's pace included,
 * or its end by timeout. Rounded up; 0: now. UINT64_MAX after the end, and for NULL. With many waiters step each one
 * that says 0, in turn; who begins with the first again after every step leaves the last ones unasked.
 */
TCDB_API
uint64_t tcdb_waiter_due_in_ms(const tcdb_waiter *waiter);

/**
 * Frees a waiter. NULL: nothing. No call on it may be running, a signal handler's included.
 */
TCDB_API void tcdb_waiter_free(tcdb_waiter *waiter);

/**
 * Waits until the task has ended: a waiter with the defaults, run and freed. Parameters, outcome and failures as of
 * tcdb_waiter_new and tcdb_waiter_run.
 */
TCDB_API
tcdb_code tcdb_wait(const tcdb_client *client,
                    const char *async_request_id,
                    uint64_t timeout_ms,
                    tcdb_result **out,
                    tcdb_error **error);

/**
 * The code that the function returned. TCDB_OK for NULL.
 */
TCDB_API tcdb_code tcdb_error_code(const tcdb_error *error);

/**
 * One line that says what failed and why, without a newline, never with a secret. Never NULL; "" for NULL.
 */
TCDB_API const char *tcdb_error_message(const tcdb_error *error);

/**
 * The API's own error code, like "AuthFailure.SignatureFailure"; NULL if the API did not say one.
 */
TCDB_API const char *tcdb_error_server_code(const tcdb_error *error);

/**
 * The API's own message, in whatever language, as it came; NULL if the API did not say one.
 */
TCDB_API const char *tcdb_error_server_message(const tcdb_error *error);

/**
 * Bytes in tcdb_error_server_message, which may hold a NUL; 0 if there is none.
 */
TCDB_API size_t tcdb_error_server_message_len(const tcdb_error *error);

/**
 * The API's id of the HTTP request that failed, for the vendor's support; NULL if none came back.
 */
TCDB_API const char *tcdb_error_request_id(const tcdb_error *error);

/**
 * The HTTP status of the reply that failed; 0 if none came back.
 */
TCDB_API int32_t tcdb_error_http_status(const tcdb_error *error);

/**
 * How many requests were sent, the failed one included; 0 if it failed before the first.
 */
TCDB_API uint32_t tcdb_error_attempts(const tcdb_error *error);

/**
 * 1 if the same call may well succeed later; 0 if something has to be changed first.
 */
TCDB_API int32_t tcdb_error_is_retryable(const tcdb_error *error);

/**
 * The last answer of a wait that ended without a terminal one: a copy, yours to free with tcdb_result_free; NULL if
 * there was none.
 */
TCDB_API
tcdb_result *tcdb_error_last_result(const tcdb_error *error);

/**
 * Frees an error. NULL: nothing.
 */
TCDB_API void tcdb_error_free(tcdb_error *error);

/**
 * Signs one question without sending it: POST tcdb_request_body to tcdb_request_url with every header. Does no I/O and
 * takes no place in the client's pace. The API takes a signature for five minutes around its time.
 *
 * async_request_id: 1 to 256 bytes, as for tcdb_query.
 * unix_seconds_or_0: the time to sign for, in the years 0 to 9999. 0: now, by the corrected clock.
 *
 * Give the reply to tcdb_response_parse. A proxy, a CA file and timeouts of the client's options are the sender's
 * business now.
 *
 * Fails with TCDB_ERR_INVALID_ARGUMENT, and with TCDB_ERR_CREDENTIALS where credentials would have to be fetched first:
 * a tcdb_query before fetches them.
 */
TCDB_API
tcdb_code tcdb_request_new(const tcdb_client *client,
                           const char *async_request_id,
                           int64_t unix_seconds_or_0,
                           tcdb_request **out,
                           tcdb_error **error);

/**
 * Where to POST to, like "https://cdb.intl.tencentcloudapi.com/". Never NULL; "" for NULL.
 */
TCDB_API const char *tcdb_request_url(const tcdb_request *request);

/**
 * How many headers there are; 0 for NULL. All are needed, Host as it is here, port included. Content-Length and
 * what concerns the connection is the sender's.
 */
TCDB_API
size_t tcdb_request_header_count(const tcdb_request *request);

/**
 * The name of a header, like "X-TC-Action", in the order in which this library sends them. NULL from the count on, and
 * for NULL.
 */
TCDB_API
const char *tcdb_request_header_name(const tcdb_request *request,
                                     size_t index);

/**
 * The value of a header. NULL from the count on, and for NULL. Secret are those of Authorization (the signature) and
 * X-TC-Token.
 */
TCDB_API
const char *tcdb_request_header_value(const tcdb_request *request,
                                      size_t index);

/**
 * The body, to be sent byte for byte. Never NULL; "" for NULL.
 */
TCDB_API const char *tcdb_request_body(const tcdb_request *request);

/**
 * Bytes in tcdb_request_body; 0 for NULL.
 */
TCDB_API size_t tcdb_request_body_len(const tcdb_request *request);

/**
 * The canonical request of the signature, several lines, to compare with what a server says it saw. No secret in it.
 * Never NULL; "" for NULL.
 */
TCDB_API
const char *tcdb_request_canonical(const tcdb_request *request);

/**
 * The string to sign, four lines: algorithm, time, credential scope, hash of the canonical request. No secret in it.
 * Never NULL; "" for NULL.
 */
TCDB_API
const char *tcdb_request_string_to_sign(const tcdb_request *request);

/**
 * Wipes and frees a request. NULL: nothing.
 */
TCDB_API void tcdb_request_free(tcdb_request *request);

/**
 * Reads a reply that another HTTP stack received, as tcdb_query reads one: TCDB_OK with the API's answer, or its
 * refusal, or what is wrong with the reply, with every part of the error but attempts, which is 0. Does no I/O and asks
 * nothing again.
 *
 * http_status: of the final reply, 100 to 999. A redirect is refused, as everywhere here: do not follow one.
 * body: body_len bytes, decoded from Content-Encoding and Transfer-Encoding; NULL only if body_len is 0. More than
 * 1 MiB is refused.
 *
 * Fails with TCDB_ERR_INVALID_ARGUMENT, TCDB_ERR_BAD_RESPONSE, and any code that says what the API answered.
 */
TCDB_API
tcdb_code tcdb_response_parse(int32_t http_status,
                              const void *body,
                              size_t body_len,
                              tcdb_result **out,
                              tcdb_error **error);

#ifdef __cplusplus
}
#endif

#endif /* TCDB_ASYNC_H */
