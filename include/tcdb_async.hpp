// tcdb_async.hpp - the C++17 face of tcdb_async.h, header only. Licence: MIT OR Apache-2.0.
//
// Owners are move-only and free what they own; results are values; what the C API gives as NULL is an empty
// std::optional; what fails throws tcdb::Error, which carries everything the C API knows. What tcdb_async.h says of
// threads, fork() and signals holds here too: const member functions may be called by many threads at once.
//
// Exceptions never cross the C frames: one thrown by a progress or log function is kept, the wait is stopped, and the
// call that led to it throws it again when the C function has returned.
#ifndef TCDB_ASYNC_HPP
#define TCDB_ASYNC_HPP

#if __cplusplus < 201703L && (!defined(_MSVC_LANG) || _MSVC_LANG < 201703L)
#error "tcdb_async.hpp needs C++17 or later (-std=c++17); tcdb_async.h works with every C++"
#elif !defined(__cpp_exceptions) && !defined(__EXCEPTIONS) && !defined(_CPPUNWIND)
#error "tcdb_async.hpp needs exceptions (no -fno-exceptions); tcdb_async.h works without them"
#else

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <iosfwd>
#include <limits>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "tcdb_async.h"

// A header-only library has no translation unit for a vtable; an exception kept for its thread is destroyed with the
// thread; the layout of the structures is what their members make it.
#if defined(__clang__)
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wweak-vtables"
#pragma clang diagnostic ignored "-Wexit-time-destructors"
#pragma clang diagnostic ignored "-Wpadded"
#endif

namespace tcdb {

// A number that this header does not know is a failure.
enum class Code : tcdb_code {
    ok = TCDB_OK,
    invalid_argument = TCDB_ERR_INVALID_ARGUMENT,
    internal = TCDB_ERR_INTERNAL,
    cancelled = TCDB_ERR_CANCELLED,
    wait_timeout = TCDB_ERR_WAIT_TIMEOUT,
    credentials = TCDB_ERR_CREDENTIALS,
    system = TCDB_ERR_SYSTEM,
    busy = TCDB_ERR_BUSY,
    resolve = TCDB_ERR_RESOLVE,
    connect = TCDB_ERR_CONNECT,
    tls = TCDB_ERR_TLS,
    request_timeout = TCDB_ERR_REQUEST_TIMEOUT,
    transport = TCDB_ERR_TRANSPORT,
    proxy = TCDB_ERR_PROXY,
    bad_response = TCDB_ERR_BAD_RESPONSE,
    auth = TCDB_ERR_AUTH,
    denied = TCDB_ERR_DENIED,
    rate_limited = TCDB_ERR_RATE_LIMITED,
    unknown_request_id = TCDB_ERR_UNKNOWN_REQUEST_ID,
    rejected = TCDB_ERR_REJECTED,
    unavailable = TCDB_ERR_UNAVAILABLE
};

// A number that this header does not know is not an ending.
enum class Status : tcdb_status {
    unknown = TCDB_STATUS_UNKNOWN,
    initial = TCDB_STATUS_INITIAL,
    running = TCDB_STATUS_RUNNING,
    success = TCDB_STATUS_SUCCESS,
    failed = TCDB_STATUS_FAILED,
    killed = TCDB_STATUS_KILLED,
    removed = TCDB_STATUS_REMOVED,
    paused = TCDB_STATUS_PAUSED,
    undefined = TCDB_STATUS_UNDEFINED
};

enum class LogLevel : tcdb_log_level {
    error = TCDB_LOG_ERROR,
    warn = TCDB_LOG_WARN,
    info = TCDB_LOG_INFO,
    debug = TCDB_LOG_DEBUG
};

// "TCDB_ERR_TLS"; empty for a number that the library in use does not know.
inline std::string_view name(Code code) { return tcdb_code_name(static_cast<tcdb_code>(code)); }

// "TCDB_ERR_TLS"; "TCDB_ERR_999" for a number that the library in use does not know.
inline std::string to_string(Code code)
{
    const std::string_view known = name(code);
    return known.empty() ? "TCDB_ERR_" + std::to_string(static_cast<tcdb_code>(code)) : std::string(known);
}

// "RUNNING", as the API spells it; "UNKNOWN" for a number that this header does not know.
inline std::string to_string(Status status)
{
    switch (static_cast<tcdb_status>(status)) {
    case TCDB_STATUS_INITIAL: return "INITIAL";
    case TCDB_STATUS_RUNNING: return "RUNNING";
    case TCDB_STATUS_SUCCESS: return "SUCCESS";
    case TCDB_STATUS_FAILED: return "FAILED";
    case TCDB_STATUS_KILLED: return "KILLED";
    case TCDB_STATUS_REMOVED: return "REMOVED";
    case TCDB_STATUS_PAUSED: return "PAUSED";
    case TCDB_STATUS_UNDEFINED: return "UNDEFINED";
    default: return "UNKNOWN";
    }
}

// "warn"; the number for a level that this header does not know.
inline std::string to_string(LogLevel level)
{
    switch (static_cast<tcdb_log_level>(level)) {
    case TCDB_LOG_ERROR: return "error";
    case TCDB_LOG_WARN: return "warn";
    case TCDB_LOG_INFO: return "info";
    case TCDB_LOG_DEBUG: return "debug";
    default: return std::to_string(static_cast<tcdb_log_level>(level));
    }
}

template <class Traits> std::basic_ostream<char, Traits> &operator<<(std::basic_ostream<char, Traits> &out, Code code)
{
    return out << to_string(code);
}

template <class Traits>
std::basic_ostream<char, Traits> &operator<<(std::basic_ostream<char, Traits> &out, Status status)
{
    return out << to_string(status);
}

template <class Traits>
std::basic_ostream<char, Traits> &operator<<(std::basic_ostream<char, Traits> &out, LogLevel level)
{
    return out << to_string(level);
}

inline bool is_terminal(Status status) { return tcdb_status_is_terminal(static_cast<tcdb_status>(status)) != 0; }

inline bool is_success(Status status) { return tcdb_status_is_success(static_cast<tcdb_status>(status)) != 0; }

// Of the library in use.
inline std::string_view version() { return tcdb_version(); }

// A time in milliseconds, made of any std::chrono::duration of whole units. One that is longer than milliseconds can
// express, like std::chrono::hours::max(), becomes the longest there is.
class Duration {
public:
    template <class Rep, class Period,
              class = std::enable_if_t<std::is_integral_v<Rep> &&
                                       std::is_convertible_v<std::chrono::duration<Rep, Period>, std::chrono::milliseconds>>>
    constexpr Duration(std::chrono::duration<Rep, Period> time) : time_(saturated(time))
    {
    }

    constexpr std::chrono::milliseconds get() const noexcept { return time_; }

private:
    template <class Rep, class Period>
    static constexpr std::chrono::milliseconds saturated(std::chrono::duration<Rep, Period> time)
    {
        using std::chrono::milliseconds;
        using Units = std::chrono::duration<std::intmax_t, Period>;
        constexpr auto most = static_cast<std::uintmax_t>(std::chrono::duration_cast<Units>(milliseconds::max()).count());
        if (time.count() < Rep{0}) return milliseconds(-1);
        if (static_cast<std::uintmax_t>(time.count()) > most) return milliseconds::max();
        return milliseconds(Units(static_cast<std::intmax_t>(time.count())));
    }

    std::chrono::milliseconds time_;
};

// As a timeout of a wait: none.
inline constexpr std::chrono::milliseconds forever = std::chrono::milliseconds::max();

// What the API says of a task.
struct Result {
    Status status = Status::unknown;
    std::string status_text; // as the API spells it; empty for null
    std::optional<std::string> info; // may hold a NUL
    std::optional<std::string> request_id;

    bool is_terminal() const { return tcdb::is_terminal(status); }
    bool is_success() const { return tcdb::is_success(status); }
};

// The progress of a wait.
struct Progress {
    std::optional<Result> latest;
    std::uint32_t answers = 0;
    std::chrono::milliseconds elapsed{};
};

namespace detail {

template <auto Free> struct Freer {
    template <class Object> void operator()(Object *object) const noexcept { Free(object); }
};
template <class Object, auto Free> using Owner = std::unique_ptr<Object, Freer<Free>>;

using ResultOwner = Owner<tcdb_result, tcdb_result_free>;
using ErrorOwner = Owner<tcdb_error, tcdb_error_free>;

inline std::optional<std::string> text(const char *borrowed)
{
    return borrowed ? std::optional<std::string>(borrowed) : std::nullopt;
}

inline std::optional<std::string> text(const char *borrowed, std::size_t length)
{
    return borrowed ? std::optional<std::string>(std::in_place, borrowed, length) : std::nullopt;
}

inline Result read(const tcdb_result *result)
{
    return Result{static_cast<Status>(tcdb_result_status(result)), tcdb_result_status_text(result),
                  text(tcdb_result_info(result), tcdb_result_info_len(result)),
                  text(tcdb_result_request_id(result))};
}

} // namespace detail

// Why a call failed. Copies share what it says, so copying does not throw. A move is a copy: a moved-from Error still
// says what it said.
class Error : public std::runtime_error {
public:
    Error(const Error &) noexcept = default;
    Error &operator=(const Error &) noexcept = default;

    Error(Code code, const std::string &message)
        : std::runtime_error(message), parts_(std::make_shared<const Parts>(Parts{code, {}, {}, {}, 0, 0, false, {}}))
    {
    }

    explicit Error(const tcdb_error *error)
        : std::runtime_error(tcdb_error_message(error)), parts_(std::make_shared<const Parts>(parts_of(error)))
    {
    }

    Code code() const noexcept { return parts_->code; }
    const std::optional<std::string> &server_code() const noexcept { return parts_->server_code; }
    const std::optional<std::string> &server_message() const noexcept { return parts_->server_message; }
    const std::optional<std::string> &request_id() const noexcept { return parts_->request_id; }
    // Empty if no reply came.
    std::optional<int> http_status() const noexcept
    {
        return parts_->http_status ? std::optional<int>(parts_->http_status) : std::nullopt;
    }
    std::uint32_t attempts() const noexcept { return parts_->attempts; }
    bool is_retryable() const noexcept { return parts_->is_retryable; }
    // The last answer of a wait that ended without a terminal one.
    const std::optional<Result> &last_result() const noexcept { return parts_->last_result; }

private:
    struct Parts {
        Code code;
        std::optional<std::string> server_code, server_message, request_id;
        std::int32_t http_status;
        std::uint32_t attempts;
        bool is_retryable;
        std::optional<Result> last_result;
    };

    static Parts parts_of(const tcdb_error *error)
    {
        const detail::ResultOwner last(tcdb_error_last_result(error));
        return Parts{static_cast<Code>(tcdb_error_code(error)),
                     detail::text(tcdb_error_server_code(error)),
                     detail::text(tcdb_error_server_message(error), tcdb_error_server_message_len(error)),
                     detail::text(tcdb_error_request_id(error)),
                     tcdb_error_http_status(error),
                     tcdb_error_attempts(error),
                     tcdb_error_is_retryable(error) != 0,
                     last ? std::optional<Result>(detail::read(last.get())) : std::nullopt};
    }

    std::shared_ptr<const Parts> parts_;
};

namespace detail {

// What a callback threw on this thread, until the C function that called it has returned.
inline std::exception_ptr &thrown()
{
    thread_local std::exception_ptr exception;
    return exception;
}

// Runs a callback of the user's between C frames.
template <class Body> bool returns_normally(Body &&body) noexcept
{
    try {
        body();
    } catch (...) {
        if (!thrown()) thrown() = std::current_exception();
    }
    return !thrown();
}

// One call into the library: callbacks may make calls of their own, each with its own exception.
class Call {
public:
    Call() : outer_(std::exchange(thrown(), nullptr)) {}
    Call(const Call &) = delete;
    Call &operator=(const Call &) = delete;
    ~Call() { thrown() = std::move(outer_); }

    tcdb_error **error() { return &error_; }

    // Throws what a callback threw, else what the library says failed.
    void check(tcdb_code code)
    {
        const ErrorOwner error(error_);
        if (thrown()) std::rethrow_exception(std::exchange(thrown(), nullptr));
        if (code != TCDB_OK && !error) throw Error(static_cast<Code>(code), tcdb_code_name(code));
        if (code != TCDB_OK) throw Error(error.get());
    }

private:
    std::exception_ptr outer_;
    tcdb_error *error_ = nullptr;
};

template <class Handle, class Make> Handle made(Make &&make)
{
    typename Handle::pointer out = nullptr;
    Call call;
    const tcdb_code code = make(&out, call.error());
    Handle handle(out);
    call.check(code);
    return handle;
}

// A C string of a view: a NUL inside would silently cut it.
class CText {
public:
    CText(const char *parameter, std::string_view text) : text_(text)
    {
        if (text.find('\0') != std::string_view::npos)
            throw Error(Code::invalid_argument, std::string(parameter) + " holds a NUL");
    }

    CText(const char *parameter, std::optional<std::string_view> text) : CText(parameter, text.value_or(""))
    {
        is_null_ = !text;
    }

    const char *get() const noexcept { return is_null_ ? nullptr : text_.c_str(); }

private:
    std::string text_;
    bool is_null_ = false;
};

// The C API's milliseconds; the longest it can say for more than that.
template <class Integer> Integer milliseconds(const char *parameter, Duration duration)
{
    const std::chrono::milliseconds time = duration.get();
    if (time.count() < 0) throw Error(Code::invalid_argument, std::string(parameter) + " is negative");
    constexpr auto most = std::numeric_limits<Integer>::max();
    if (time == forever || static_cast<std::uint64_t>(time.count()) >= most) return most;
    return static_cast<Integer>(time.count());
}

} // namespace detail

namespace detail {

// The object of an owner that C functions would take for absent, without an error, once it was moved from.
template <class Handle> typename Handle::pointer held(const char *name, const Handle &handle)
{
    if (!handle) throw Error(Code::invalid_argument, std::string(name) + " was moved from");
    return handle.get();
}

template <class Function> struct IsStdFunction : std::false_type {};
template <class Signature> struct IsStdFunction<std::function<Signature>> : std::true_type {};

// Refuses a null function pointer and an empty std::function. nullptr itself means no function where that is allowed.
template <class Function> void check_callable(const char *parameter, const Function &function)
{
    if constexpr (std::is_pointer_v<Function> || IsStdFunction<Function>::value) {
        if (!function) throw Error(Code::invalid_argument, std::string(parameter) + " is null");
    }
}

} // namespace detail

class Client;
class Credentials;

// How a client works. Belongs to one thread at a time; may be reused. One that was moved from is refused.
class Options {
public:
    Options() : options_(tcdb_options_new()) {}

    // The region, proxy and certificates that the environment names.
    static Options from_env() { return Options(tcdb_options_from_env()); }

    // `host`, `host:port` or `https://...`; `http://` to loopback addresses only.
    Options &endpoint(std::string_view endpoint)
    {
        tcdb_options_set_endpoint(held(), detail::CText("endpoint", endpoint).get());
        return *this;
    }

    // Of STS, in options for credentials.
    Options &sts_endpoint(std::string_view endpoint)
    {
        tcdb_options_set_sts_endpoint(held(), detail::CText("sts_endpoint", endpoint).get());
        return *this;
    }

    // Empty: no language is asked for.
    Options &language(std::optional<std::string_view> language)
    {
        tcdb_options_set_language(held(), detail::CText("language", language).get());
        return *this;
    }

    Options &connect_timeout(Duration time)
    {
        tcdb_options_set_connect_timeout_ms(held(), detail::milliseconds<std::uint32_t>("connect_timeout", time));
        return *this;
    }

    Options &total_timeout(Duration time)
    {
        tcdb_options_set_total_timeout_ms(held(), detail::milliseconds<std::uint32_t>("total_timeout", time));
        return *this;
    }

    Options &max_attempts(std::uint32_t attempts)
    {
        tcdb_options_set_max_attempts(held(), attempts);
        return *this;
    }

    // 0: no pacing.
    Options &max_requests_per_second(std::uint32_t requests)
    {
        tcdb_options_set_max_requests_per_second(held(), requests);
        return *this;
    }

    // Empty: none.
    Options &proxy(std::optional<std::string_view> url)
    {
        tcdb_options_set_proxy(held(), detail::CText("proxy", url).get());
        return *this;
    }

    Options &ca_file(std::string_view path)
    {
        tcdb_options_set_ca_file(held(), detail::CText("ca_file", path).get());
        return *this;
    }

    Options &clock_correction(bool on)
    {
        tcdb_options_set_clock_correction(held(), on ? 1 : 0);
        return *this;
    }

    Options &request_client(std::string_view request_client)
    {
        tcdb_options_set_request_client(held(), detail::CText("request_client", request_client).get());
        return *this;
    }

    // Called with one line for each event, by several threads at once. What it throws, the call that logged throws at
    // its end; a wait, by run as by step, is cancelled by it.
    Options &log(LogLevel max_level, std::function<void(LogLevel, std::string_view)> log)
    {
        detail::check_callable("log", log);
        held();
        auto kept = std::make_unique<LogFunction>(std::move(log));
        tcdb_options_set_log(held(), static_cast<tcdb_log_level>(max_level), log_line, kept.release(), drop_log);
        return *this;
    }

    // NULL once it was moved from.
    tcdb_options *get() const noexcept { return options_.get(); }

private:
    friend class Client;
    friend class Credentials;
    using LogFunction = std::function<void(LogLevel, std::string_view)>;

    explicit Options(tcdb_options *options) : options_(options) {}

    tcdb_options *held() const { return detail::held("options", options_); }

    static void TCDB_CALL log_line(tcdb_log_level level, const char *line, void *user_data)
    {
        detail::returns_normally(
            [&] { (*static_cast<LogFunction *>(user_data))(static_cast<LogLevel>(level), line); });
    }

    static void TCDB_CALL drop_log(void *user_data)
    {
        detail::returns_normally([&] { delete static_cast<LogFunction *>(user_data); });
    }

    detail::Owner<tcdb_options, tcdb_options_free> options_;
};

// How a role is assumed. Belongs to one thread at a time; one that was moved from is refused.
class Role {
public:
    Role() : role_(tcdb_role_new()) {}

    // In the vendor's audit log: 2 to 128 letters, digits and _+=,.@-.
    Role &session_name(std::string_view name)
    {
        tcdb_role_set_session_name(held(), detail::CText("session_name", name).get());
        return *this;
    }

    // Whole seconds, up to twelve hours.
    Role &duration(std::chrono::seconds time)
    {
        if (time.count() < 0) throw Error(Code::invalid_argument, "duration is negative");
        constexpr auto most = std::numeric_limits<std::uint32_t>::max();
        tcdb_role_set_duration_s(held(), time.count() > most ? most : static_cast<std::uint32_t>(time.count()));
        return *this;
    }

    Role &external_id(std::string_view id)
    {
        tcdb_role_set_external_id(held(), detail::CText("external_id", id).get());
        return *this;
    }

    // Plain JSON; encoded by the library.
    Role &policy(std::string_view json)
    {
        tcdb_role_set_policy(held(), detail::CText("policy", json).get());
        return *this;
    }

    Role &source_identity(std::string_view uin)
    {
        tcdb_role_set_source_identity(held(), detail::CText("source_identity", uin).get());
        return *this;
    }

private:
    friend class Credentials;

    tcdb_role *held() const { return detail::held("role", role_); }

    detail::Owner<tcdb_role, tcdb_role_free> role_;
};

// Where a credentials callback puts what it has fetched. Lives for its call.
class CredentialsAnswer {
public:
    explicit CredentialsAnswer(tcdb_credentials_answer *answer) noexcept : answer_(answer) {}
    CredentialsAnswer(const CredentialsAnswer &) = delete;
    CredentialsAnswer &operator=(const CredentialsAnswer &) = delete;

    // Copied at once. Without an end they are valid for ever.
    void set(std::string_view secret_id, std::string_view secret_key,
             std::optional<std::string_view> token = std::nullopt,
             std::optional<std::chrono::system_clock::time_point> expires = std::nullopt) const
    {
        using std::chrono::duration_cast;
        using std::chrono::seconds;
        const detail::CText id("secret_id", secret_id), key("secret_key", secret_key), session("token", token);
        const std::int64_t end = expires ? duration_cast<seconds>(expires->time_since_epoch()).count() : 0;
        tcdb_credentials_answer_set(answer_, id.get(), key.get(), session.get(), end);
    }

    void fail(std::string_view reason, bool retryable = false) const
    {
        tcdb_credentials_answer_fail(answer_, detail::CText("reason", reason).get(), retryable ? 1 : 0);
    }

    // The API has refused what was fetched last.
    bool was_refused() const { return tcdb_credentials_answer_was_refused(answer_) != 0; }

    // What the call has left; the callback is not interrupted.
    std::chrono::milliseconds left() const
    {
        return std::chrono::milliseconds(tcdb_credentials_answer_ms_left(answer_));
    }

private:
    tcdb_credentials_answer *answer_;
};

// What is known of credentials; never a secret.
struct CredentialsInfo {
    std::string source;
    std::optional<std::chrono::system_clock::time_point> expires; // empty: never, or none are held
};

// A credentials provider; one may serve many clients.
class Credentials {
public:
    static Credentials fixed(std::string_view secret_id, std::string_view secret_key,
                             std::optional<std::string_view> token = std::nullopt)
    {
        const detail::CText id("secret_id", secret_id), key("secret_key", secret_key), session("token", token);
        return Credentials(detail::made<Handle>([&](tcdb_credentials **out, tcdb_error **error) {
            return tcdb_credentials_static(id.get(), key.get(), session.get(), out, error);
        }));
    }

    // TENCENTCLOUD_SECRET_ID, TENCENTCLOUD_SECRET_KEY and the token's three names, read now.
    static Credentials from_env() { return Credentials(detail::made<Handle>(tcdb_credentials_env)); }

    // A profile of the vendor's tools; path and name as they default to.
    static Credentials profile(std::optional<std::string_view> path = std::nullopt,
                               std::optional<std::string_view> profile = std::nullopt)
    {
        const detail::CText file("path", path), name("profile", profile);
        return Credentials(detail::made<Handle>([&](tcdb_credentials **out, tcdb_error **error) {
            return tcdb_credentials_profile(file.get(), name.get(), out, error);
        }));
    }

    // The role of this CVM instance, fetched by the first query. io: endpoint, timeouts and log of the source itself.
    static Credentials cvm_role(std::optional<std::string_view> role = std::nullopt, const Options &io = Options())
    {
        const detail::CText name("role", role);
        return Credentials(detail::made<Handle>([&](tcdb_credentials **out, tcdb_error **error) {
            return tcdb_credentials_cvm_role(name.get(), io.held(), out, error);
        }));
    }

    // As from_env; a role that the environment names is assumed. io: STS endpoint, timeouts, proxy, CA file and log.
    static Credentials from_env(const Options &io)
    {
        return Credentials(detail::made<Handle>([&](tcdb_credentials **out, tcdb_error **error) {
            return tcdb_credentials_env_with(io.held(), out, error);
        }));
    }

    // As profile; a role that it names is assumed.
    static Credentials profile(std::optional<std::string_view> path, std::optional<std::string_view> profile,
                               const Options &io)
    {
        const detail::CText file("path", path), name("profile", profile);
        return Credentials(detail::made<Handle>([&](tcdb_credentials **out, tcdb_error **error) {
            return tcdb_credentials_profile_with(file.get(), name.get(), io.held(), out, error);
        }));
    }

    // A role that is assumed with these credentials, by STS.
    Credentials assume_role(std::string_view role_arn, const Role &role = Role(), const Options &io = Options()) const
    {
        const detail::CText arn("role_arn", role_arn);
        return Credentials(detail::made<Handle>([&](tcdb_credentials **out, tcdb_error **error) {
            return tcdb_credentials_assume_role(get(), arn.get(), role.held(), io.held(), out, error);
        }));
    }

    // A role that a token in a file gives a right to; the file is read at every fetch.
    static Credentials web_identity(std::string_view role_arn, std::string_view provider_id,
                                    std::string_view token_file, const Role &role = Role(),
                                    const Options &io = Options())
    {
        const detail::CText arn("role_arn", role_arn), id("provider_id", provider_id), file("token_file", token_file);
        return Credentials(detail::made<Handle>([&](tcdb_credentials **out, tcdb_error **error) {
            return tcdb_credentials_web_identity(arn.get(), id.get(), file.get(), role.held(), io.held(), out, error);
        }));
    }

    // The role of the pod of TKE that this process runs in.
    static Credentials tke(const Role &role = Role(), const Options &io = Options())
    {
        return Credentials(detail::made<Handle>([&](tcdb_credentials **out, tcdb_error **error) {
            return tcdb_credentials_tke(role.held(), io.held(), out, error);
        }));
    }

    // What a function fetches, on the thread of the query that finds it due. What it throws, that query throws.
    static Credentials callback(std::string_view name, std::function<void(const CredentialsAnswer &)> function,
                                const Options &io = Options())
    {
        detail::check_callable("function", function);
        const detail::CText text("name", name);
        auto kept = std::make_unique<Function>(std::move(function));
        return Credentials(detail::made<Handle>([&](tcdb_credentials **out, tcdb_error **error) {
            const tcdb_options *options = io.held();
            return tcdb_credentials_callback(text.get(), call_function, kept.release(), drop_function, options, out,
                                             error);
        }));
    }

    // Fetches now what the first query would fetch, unless something valid is held.
    void fetch(Duration timeout = std::chrono::seconds(30)) const
    {
        detail::Call call;
        call.check(tcdb_credentials_fetch(get(), detail::milliseconds<std::uint32_t>("timeout", timeout), call.error()));
    }

    CredentialsInfo info() const
    {
        using Info = detail::Owner<tcdb_credentials_info, tcdb_credentials_info_free>;
        const auto info = detail::made<Info>([&](tcdb_credentials_info **out, tcdb_error **error) {
            return tcdb_credentials_info_new(get(), out, error);
        });
        CredentialsInfo read{tcdb_credentials_info_source(info.get()), std::nullopt};
        const std::int64_t end = tcdb_credentials_info_expires_unix_s(info.get());
        if (end != 0) read.expires = std::chrono::system_clock::time_point(std::chrono::seconds(end));
        return read;
    }

    // Environment, cloud function, profile, TKE pod, CVM role: the first that has some, with the environment's role.
    static Credentials first_found(const Options &io = Options())
    {
        return Credentials(detail::made<Handle>([&](tcdb_credentials **out, tcdb_error **error) {
            return tcdb_credentials_default(io.held(), out, error);
        }));
    }

    const tcdb_credentials *get() const noexcept { return credentials_.get(); }

private:
    using Handle = detail::Owner<tcdb_credentials, tcdb_credentials_free>;
    using Function = std::function<void(const CredentialsAnswer &)>;

    static void TCDB_CALL call_function(tcdb_credentials_answer *answer, void *user_data)
    {
        detail::returns_normally(
            [&] { (*static_cast<Function *>(user_data))(CredentialsAnswer(answer)); });
    }

    static void TCDB_CALL drop_function(void *user_data)
    {
        detail::returns_normally([&] { delete static_cast<Function *>(user_data); });
    }

    explicit Credentials(Handle credentials) : credentials_(std::move(credentials)) {}

    Handle credentials_;
};

// A signed request that has not been sent. Shows token and signature; wiped when it is destroyed. Views are valid as long as it is.
class Request {
public:
    std::string_view url() const { return tcdb_request_url(get()); }
    std::string_view body() const { return {tcdb_request_body(get()), tcdb_request_body_len(get())}; }
    std::string_view canonical() const { return tcdb_request_canonical(get()); }
    std::string_view string_to_sign() const { return tcdb_request_string_to_sign(get()); }

    std::vector<std::pair<std::string_view, std::string_view>> headers() const
    {
        std::vector<std::pair<std::string_view, std::string_view>> headers;
        const std::size_t count = tcdb_request_header_count(get());
        headers.reserve(count);
        for (std::size_t i = 0; i < count; i++)
            headers.emplace_back(tcdb_request_header_name(get(), i), tcdb_request_header_value(get(), i));
        return headers;
    }

    const tcdb_request *get() const noexcept { return request_.get(); }

private:
    friend class Client;
    using Handle = detail::Owner<tcdb_request, tcdb_request_free>;

    explicit Request(Handle request) : request_(std::move(request)) {}

    Handle request_;
};

// Reads a reply that another HTTP stack received, as Client::query reads one.
inline Result parse_response(int http_status, std::string_view body)
{
    const auto result = detail::made<detail::ResultOwner>([&](tcdb_result **out, tcdb_error **error) {
        return tcdb_response_parse(http_status, body.data(), body.size(), out, error);
    });
    return detail::read(result.get());
}

class Waiter;

// One account's way to the API. Many threads may use one at once.
class Client {
public:
    // Without a region: TENCENTCLOUD_REGION if the options are from the environment, else what the profile names.
    explicit Client(const Credentials &credentials, std::optional<std::string_view> region = std::nullopt,
                    const Options &options = Options())
    {
        const detail::CText name("region", region);
        client_ = detail::made<Handle>([&](tcdb_client **out, tcdb_error **error) {
            return tcdb_client_new(credentials.get(), name.get(), options.held(), out, error);
        });
    }

    Result query(std::string_view async_request_id) const
    {
        const detail::CText id("async_request_id", async_request_id);
        const auto result = detail::made<detail::ResultOwner>([&](tcdb_result **out, tcdb_error **error) {
            return tcdb_query(get(), id.get(), out, error);
        });
        return detail::read(result.get());
    }

    // Waits until the task has ended. progress: see Waiter::run.
    template <class Function = std::nullptr_t>
    Result wait(std::string_view async_request_id, Duration timeout = forever,
                Function &&progress = nullptr) const;

    // The signed request, not sent; without a time: now.
    Request sign(std::string_view async_request_id,
                 std::optional<std::chrono::system_clock::time_point> at = std::nullopt) const
    {
        const detail::CText id("async_request_id", async_request_id);
        const std::int64_t seconds =
            at ? std::chrono::floor<std::chrono::seconds>(at->time_since_epoch()).count() : 0;
        if (at && seconds == 0) throw Error(Code::invalid_argument, "the first second of 1970 cannot be signed for");
        return Request(detail::made<Request::Handle>([&](tcdb_request **out, tcdb_error **error) {
            return tcdb_request_new(get(), id.get(), seconds, out, error);
        }));
    }

    // From now on requests are signed with these, those of calls in progress included.
    void set_credentials(const Credentials &credentials) const
    {
        detail::Call call;
        call.check(tcdb_client_set_credentials(get(), credentials.get(), call.error()));
    }

    // How far the API's clock is ahead of this machine's.
    std::chrono::milliseconds clock_offset() const
    {
        return std::chrono::milliseconds(tcdb_client_clock_offset_ms(get()));
    }

    // Ends calls in progress and all later ones with Code::cancelled. From any thread.
    void shut_down() const
    {
        detail::Call call;
        tcdb_client_shutdown(get());
        call.check(TCDB_OK);
    }

    const tcdb_client *get() const noexcept { return client_.get(); }

private:
    using Handle = detail::Owner<tcdb_client, tcdb_client_free>;

    Handle client_;
};

// Waits for one task. Moved by who calls run or step; cancel and the accessors may be called by any thread meanwhile.
class Waiter {
public:
    // The timeout counts from here.
    explicit Waiter(const Client &client, std::string_view async_request_id,
                    Duration timeout = forever)
    {
        const detail::CText id("async_request_id", async_request_id);
        const auto time = detail::milliseconds<std::uint64_t>("timeout", timeout);
        waiter_ = detail::made<Handle>([&](tcdb_waiter **out, tcdb_error **error) {
            return tcdb_waiter_new(client.get(), id.get(), time, out, error);
        });
    }

    // The shortest and the longest pause between two requests.
    Waiter &interval(Duration first, Duration longest)
    {
        tcdb_waiter_set_interval_ms(detail::held("waiter", waiter_), detail::milliseconds<std::uint32_t>("first", first),
                                    detail::milliseconds<std::uint32_t>("longest", longest));
        return *this;
    }

    // One more status that ends the wait with an answer.
    Waiter &stop_on(Status status)
    {
        tcdb_waiter_set_stop_on(detail::held("waiter", waiter_), static_cast<tcdb_status>(status));
        return *this;
    }

    Result run() { return run(nullptr); }

    // progress: called with a Progress about ten times a second. If it returns bool, false ends the wait with
    // Code::cancelled; if it throws, the wait is ended and run throws the same.
    template <class Function> Result run(Function &&progress)
    {
        if constexpr (std::is_function_v<std::remove_reference_t<Function>>) {
            return run(std::decay_t<Function>(progress));
        } else {
            detail::check_callable("progress", progress);
            auto *user_data = const_cast<void *>(static_cast<const volatile void *>(std::addressof(progress)));
            const auto result = detail::made<detail::ResultOwner>([&](tcdb_result **out, tcdb_error **error) {
                return tcdb_waiter_run(get(), tick<std::remove_reference_t<Function>>, user_data, out, error);
            });
            return detail::read(result.get());
        }
    }

    // One step: at most one request, at most this long asleep. Empty: not ended. If a log function throws meanwhile, the
    // wait is ended and step throws the same.
    std::optional<Result> step(Duration max_sleep = std::chrono::milliseconds(0))
    {
        const auto sleep = detail::milliseconds<std::uint32_t>("max_sleep", max_sleep);
        const auto result = detail::made<detail::ResultOwner>([&](tcdb_result **out, tcdb_error **error) {
            const tcdb_code code = tcdb_waiter_step(get(), sleep, out, error);
            if (detail::thrown()) cancel();
            return code;
        });
        return result ? std::optional<Result>(detail::read(result.get())) : std::nullopt;
    }

    // Ends the wait with Code::cancelled. From any thread and from a signal handler.
    void cancel() noexcept { tcdb_waiter_cancel(get()); }

    std::optional<Result> latest() const
    {
        const detail::ResultOwner latest(tcdb_waiter_latest(get()));
        return latest ? std::optional<Result>(detail::read(latest.get())) : std::nullopt;
    }

    std::uint32_t answers() const { return tcdb_waiter_answers(get()); }

    std::chrono::milliseconds elapsed() const
    {
        return std::chrono::milliseconds(static_cast<std::int64_t>(tcdb_waiter_elapsed_ms(get())));
    }

    // When a step will have something to do; empty after the end.
    std::optional<std::chrono::milliseconds> due_in() const
    {
        const std::uint64_t due = tcdb_waiter_due_in_ms(get());
        if (due == UINT64_MAX) return std::nullopt;
        return std::chrono::milliseconds(static_cast<std::int64_t>(due));
    }

    tcdb_waiter *get() const noexcept { return waiter_.get(); }

private:
    using Handle = detail::Owner<tcdb_waiter, tcdb_waiter_free>;

    // Called in between C frames; a log function may have thrown too, which ends the wait as well.
    template <class Function>
    static std::int32_t TCDB_CALL tick(const tcdb_result *latest, std::uint32_t answers, std::uint64_t elapsed, void *user_data)
    {
        if (detail::thrown()) return 1;
        bool goes_on = true;
        const bool returned = detail::returns_normally([&] {
            if constexpr (std::is_null_pointer_v<std::remove_cv_t<Function>>) {
                (void)latest, (void)answers, (void)elapsed, (void)user_data;
            } else {
                auto &progress = *static_cast<Function *>(user_data);
                const Progress now{latest ? std::optional<Result>(detail::read(latest)) : std::nullopt, answers,
                                   std::chrono::milliseconds(static_cast<std::int64_t>(elapsed))};
                using Answer = std::invoke_result_t<decltype(progress), const Progress &>;
                if constexpr (std::is_void_v<Answer>) {
                    progress(now);
                } else {
                    static_assert(std::is_convertible_v<Answer, bool>, "progress returns void, or true to go on");
                    goes_on = static_cast<bool>(progress(now));
                }
            }
        });
        return returned && goes_on ? 0 : 1;
    }

    Handle waiter_;
};

// How a WaitQueue waits for a task.
class WaitOptions {
public:
    // The shortest and the longest pause between two requests.
    WaitOptions &interval(Duration first, Duration longest)
    {
        tcdb_wait_options_set_interval_ms(held(), detail::milliseconds<std::uint32_t>("first", first),
                                          detail::milliseconds<std::uint32_t>("longest", longest));
        return *this;
    }

    // One more status that ends the wait with an answer.
    WaitOptions &stop_on(Status status)
    {
        tcdb_wait_options_set_stop_on(held(), static_cast<tcdb_status>(status));
        return *this;
    }

    // Whether each answer with a new status is an event.
    WaitOptions &changes(bool wanted = true)
    {
        tcdb_wait_options_set_changes(held(), wanted ? 1 : 0);
        return *this;
    }

    tcdb_wait_options *held() const { return detail::held("wait options", options_); }

private:
    detail::Owner<tcdb_wait_options, tcdb_wait_options_free> options_{tcdb_wait_options_new()};
};

// What became of a task: another status, or the end. Without an error there is a result.
struct WaitEvent {
    std::uint64_t task = 0;
    void *user_data = nullptr;
    bool is_final = false;
    std::optional<Result> result;
    std::optional<Error> error;
    std::uint32_t answers = 0;
    std::chrono::milliseconds elapsed{};
};

// Waits for many tasks. Threads that call run ask for them, next takes out what became of them: exactly one final event for
// each. All member functions may be called by many threads at once.
class WaitQueue {
public:
    explicit WaitQueue(const Client &client)
        : queue_(detail::made<Handle>([&](tcdb_wait_queue **out, tcdb_error **error) {
              return tcdb_wait_queue_new(client.get(), nullptr, out, error);
          }))
    {
    }

    // Adds a task; the timeout counts from here. Its number, never used again. user_data comes back with its events.
    std::uint64_t add(std::string_view async_request_id, Duration timeout = forever,
                      const WaitOptions &options = WaitOptions(), void *user_data = nullptr) const
    {
        const detail::CText id("async_request_id", async_request_id);
        const auto time = detail::milliseconds<std::uint64_t>("timeout", timeout);
        std::uint64_t task = 0;
        detail::Call call;
        call.check(tcdb_wait_queue_add(held(), id.get(), time, options.held(), user_data, &task, call.error()));
        return task;
    }

    // Sends what is due and sleeps in between, until there is a new event, at most so long, and at times shorter. Throws
    // Code::cancelled after a shutdown of the client, and what a log function threw.
    void run(Duration at_most) const
    {
        const auto time = detail::milliseconds<std::uint32_t>("at_most", at_most);
        detail::Call call;
        call.check(tcdb_wait_queue_run(held(), time, call.error()));
    }

    // The oldest event; sleeps at most so long until there is one. Sends nothing. Throws Code::cancelled after a shutdown of
    // the client, once every event has been taken.
    std::optional<WaitEvent> next(Duration max_sleep = std::chrono::milliseconds(0)) const
    {
        const auto sleep = detail::milliseconds<std::uint32_t>("max_sleep", max_sleep);
        const auto event = detail::made<EventOwner>([&](tcdb_wait_event **out, tcdb_error **error) {
            return tcdb_wait_queue_next(held(), sleep, out, error);
        });
        return event ? std::optional<WaitEvent>(read(event.get())) : std::nullopt;
    }

    // Ends a task soon with Code::cancelled. False: it had ended, or there was none.
    bool cancel(std::uint64_t task) const { return tcdb_wait_queue_cancel(held(), task) != 0; }

    // Ends all tasks that are in the queue now. From any thread and from a signal handler.
    void cancel_all() const noexcept { tcdb_wait_queue_cancel_all(get()); }

    // Each run and next in progress returns soon; without any the next one returns at once. Also from a signal handler.
    void wake() const noexcept { tcdb_wait_queue_wake(get()); }

    // Tasks whose final event has not been taken.
    std::uint64_t pending() const { return tcdb_wait_queue_pending(held()); }

    // When run will have something to do; empty: no task waits for its time.
    std::optional<std::chrono::milliseconds> due_in() const
    {
        const std::uint64_t due = tcdb_wait_queue_due_in_ms(held());
        if (due == UINT64_MAX) return std::nullopt;
        return std::chrono::milliseconds(static_cast<std::int64_t>(due));
    }

    // The queue's file descriptor, readable while events wait; not on Windows.
    int descriptor() const
    {
        std::int32_t number = -1;
        detail::Call call;
        call.check(tcdb_wait_queue_descriptor(held(), &number, call.error()));
        return number;
    }

    tcdb_wait_queue *get() const noexcept { return queue_.get(); }

private:
    using Handle = detail::Owner<tcdb_wait_queue, tcdb_wait_queue_free>;
    using EventOwner = detail::Owner<tcdb_wait_event, tcdb_wait_event_free>;

    const tcdb_wait_queue *held() const { return detail::held("wait queue", queue_); }

    static WaitEvent read(const tcdb_wait_event *event)
    {
        const detail::ResultOwner result(tcdb_wait_event_result(event));
        const detail::ErrorOwner error(tcdb_wait_event_error(event));
        return WaitEvent{tcdb_wait_event_task(event),
                         tcdb_wait_event_user_data(event),
                         tcdb_wait_event_is_final(event) != 0,
                         result ? std::optional<Result>(detail::read(result.get())) : std::nullopt,
                         error ? std::optional<Error>(Error(error.get())) : std::nullopt,
                         tcdb_wait_event_answers(event),
                         std::chrono::milliseconds(static_cast<std::int64_t>(tcdb_wait_event_elapsed_ms(event)))};
    }

    Handle queue_;
};

template <class Function>
Result Client::wait(std::string_view async_request_id, Duration timeout, Function &&progress) const
{
    return Waiter(*this, async_request_id, timeout).run(std::forward<Function>(progress));
}

} // namespace tcdb

#if defined(__clang__)
#pragma clang diagnostic pop
#endif

#endif // C++17 and exceptions
#endif // TCDB_ASYNC_HPP
