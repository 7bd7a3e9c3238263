// The C++ wrapper: exceptions of callbacks arrive, none crosses the C frames (Rust ends a process in which one does),
// errors carry everything, owners move. Arguments: endpoint, CA file, secret id, secret key.
#include <atomic>
#include <cstdio>
#include <iostream>
#include <memory>
#include <sstream>
#include <string>
#include <thread>
#include <type_traits>
#include <vector>

#include "tcdb_async.hpp"

using namespace std::chrono_literals;

namespace {

int passed = 0, failed = 0;

void check(bool holds, const char *what)
{
    (holds ? passed : failed)++;
    std::cout << (holds ? "ok: " : "FAILED: ") << what << "\n";
}

struct Thrown {
    int number;
    std::shared_ptr<int> owned;
};

template <class Exception, class Body, class Fits> void expect(const char *what, Body &&body, Fits &&fits)
{
    try {
        body();
        check(false, what);
    } catch (const Exception &exception) {
        check(fits(exception), what);
    } catch (const std::exception &other) {
        std::cout << other.what() << "\n";
        check(false, what);
    }
}

template <class Body> void expect_invalid(const char *what, const std::string &message, Body &&body)
{
    expect<tcdb::Error>(what, std::forward<Body>(body), [&](const tcdb::Error &e) {
        return e.code() == tcdb::Code::invalid_argument && message == e.what();
    });
}

template <class Owner> constexpr bool moves_only =
    std::is_nothrow_move_constructible_v<Owner> && std::is_nothrow_move_assignable_v<Owner> &&
    !std::is_copy_constructible_v<Owner> && !std::is_copy_assignable_v<Owner>;

static_assert(moves_only<tcdb::Client> && moves_only<tcdb::Waiter> && moves_only<tcdb::Credentials>);
static_assert(moves_only<tcdb::Options> && moves_only<tcdb::Request>);
static_assert(moves_only<tcdb::WaitQueue> && moves_only<tcdb::WaitOptions>);
static_assert(std::is_nothrow_copy_constructible_v<tcdb::Error>);

const std::string documented = "f96e4f3c-8fc96c86-2ec79ac8-cb63a7a7";
const std::string running = "00000002-5eed5eed-5eed5eed-5eed5eed";
const std::string without_status = "000000a0-5eed5eed-5eed5eed-5eed5eed";

struct World {
    std::string endpoint, ca, id, key;

    tcdb::Options options() const
    {
        tcdb::Options options;
        options.endpoint(endpoint).ca_file(ca).max_requests_per_second(0).total_timeout(10s);
        return options;
    }
    tcdb::Credentials credentials() const { return tcdb::Credentials::fixed(id, key); }
    tcdb::Client client() const { return tcdb::Client(credentials(), "ap-guangzhou", options()); }
};

void values(const World &world)
{
    const tcdb::Client client = world.client();
    const tcdb::Result result = client.query(documented);
    check(result.status == tcdb::Status::success && result.is_success() && result.is_terminal() &&
              result.info == "Dropped the database table successfully." && result.request_id,
          "a result is a value");
    const tcdb::Result silent = client.query(without_status);
    check(silent.status == tcdb::Status::unknown && silent.status_text.empty() && !silent.is_terminal(),
          "a status of null is an empty text");
    check(client.wait(documented, 5s).is_success(), "a wait gives the ending");
    check(client.clock_offset() == 0ms, "the clock's offset is a duration");

    tcdb::Waiter waiter(client, running, 30s);
    check(!waiter.step() && waiter.answers() == 1 && waiter.latest()->status == tcdb::Status::running &&
              waiter.due_in() > 0ms,
          "a step without an ending gives nothing, and says when to come again");
    tcdb::Waiter moved = std::move(waiter);
    moved.cancel();
    expect<tcdb::Error>("a cancelled wait says so", [&] { moved.run(); },
                        [](const tcdb::Error &e) { return e.code() == tcdb::Code::cancelled && e.last_result(); });
    check(!moved.due_in(), "nothing is due after the end");
    expect<tcdb::Error>("a moved-from owner is reported", [&] { waiter.run(); },
                        [](const tcdb::Error &e) { return e.code() == tcdb::Code::invalid_argument; });
}

void errors(const World &world)
{
    const tcdb::Client wrong(tcdb::Credentials::fixed(world.id, "another-key"), "ap-guangzhou", world.options());
    expect<tcdb::Error>("an error carries everything", [&] { wrong.query(documented); }, [](const tcdb::Error &e) {
        return e.code() == tcdb::Code::auth && tcdb::name(e.code()) == "TCDB_ERR_AUTH" &&
               e.server_code() == "AuthFailure.SignatureFailure" && e.server_message() && e.request_id() &&
               e.http_status() == 200 && e.attempts() == 1 && !e.is_retryable() && !e.last_result() &&
               std::string(e.what()).find("SignatureFailure") != std::string::npos;
    });
    expect<tcdb::Error>("where no reply came there is not an HTTP status",
                        [&] {
                            tcdb::Client(world.credentials(), "r", tcdb::Options().endpoint("http://127.0.0.1:1"))
                                .query("x");
                        },
                        [](const tcdb::Error &e) {
                            return e.code() == tcdb::Code::connect && !e.http_status() && e.is_retryable();
                        });
    expect<tcdb::Error>("a wait that times out carries the last answer",
                        [&] { world.client().wait(running, 2s); }, [](const tcdb::Error &e) {
                            return e.code() == tcdb::Code::wait_timeout &&
                                   e.last_result()->status == tcdb::Status::running;
                        });
    const auto names = [](const char *part) {
        return [part](const tcdb::Error &e) {
            return e.code() == tcdb::Code::invalid_argument && std::string(e.what()).find(part) == 0;
        };
    };
    const tcdb::Client client = world.client();
    using namespace std::string_view_literals;
    expect<tcdb::Error>("a NUL in a text is reported", [&] { client.query("a\0b"sv); }, names("async_request_id"));
    expect<tcdb::Error>("a negative time is reported", [&] { client.wait("a", -1ms); }, names("timeout"));
    expect<tcdb::Error>("a region is needed", [&] { tcdb::Client c(world.credentials()); }, names("region"));
    expect<tcdb::Error>("a reply of another stack is parsed alike", [] { tcdb::parse_response(200, "<html>"); },
                        [](const tcdb::Error &e) { return e.code() == tcdb::Code::bad_response; });
    check(tcdb::parse_response(200, R"({"Response":{"Status":"KILLED","RequestId":"r"}})").status ==
              tcdb::Status::killed,
          "a good reply of another stack is a result");
}

template <class Value> std::string printed(Value value)
{
    std::ostringstream out;
    out << value;
    return out.str();
}

void texts()
{
    using tcdb::Code;
    using tcdb::LogLevel;
    using tcdb::Status;
    const std::pair<Status, const char *> statuses[] = {
        {Status::unknown, "UNKNOWN"}, {Status::initial, "INITIAL"}, {Status::running, "RUNNING"},
        {Status::success, "SUCCESS"}, {Status::failed, "FAILED"},   {Status::killed, "KILLED"},
        {Status::removed, "REMOVED"}, {Status::paused, "PAUSED"},   {Status::undefined, "UNDEFINED"},
        {static_cast<Status>(99), "UNKNOWN"}};
    for (const auto &[status, text] : statuses)
        check(tcdb::to_string(status) == text && printed(status) == text, text);
    // What the API's text becomes is what this header prints again.
    for (const auto &[status, text] : statuses)
        if (status != Status::unknown && status != static_cast<Status>(99))
            check(tcdb::parse_response(200, std::string(R"({"Response":{"RequestId":"r","Status":")") + text + "\"}}").status == status,
                  "a status is printed as the API spells it");
    const std::pair<Code, const char *> codes[] = {
        {Code::ok, "TCDB_OK"}, {Code::tls, "TCDB_ERR_TLS"}, {static_cast<Code>(999), "TCDB_ERR_999"}};
    for (const auto &[code, text] : codes) check(tcdb::to_string(code) == text && printed(code) == text, text);
    const std::pair<LogLevel, const char *> levels[] = {{LogLevel::error, "error"}, {LogLevel::warn, "warn"},
        {LogLevel::info, "info"}, {LogLevel::debug, "debug"}, {static_cast<LogLevel>(9), "9"}};
    for (const auto &[level, text] : levels) check(tcdb::to_string(level) == text && printed(level) == text, text);
}

void durations(const World &world)
{
    static_assert(tcdb::Duration(std::chrono::hours::max()).get() == tcdb::forever);
    static_assert(tcdb::Duration(std::chrono::seconds::max()).get() == tcdb::forever);
    static_assert(tcdb::Duration(std::chrono::hours::min()).get() < 0ms);
    static_assert(tcdb::Duration(std::chrono::duration<std::uint64_t>::max()).get() == tcdb::forever);
    static_assert(tcdb::Duration(std::chrono::duration<signed char>(100)).get() == 100s);
    static_assert(tcdb::Duration(2h).get() == 7200s && tcdb::Duration(0s).get() == 0ms);
    const tcdb::Client client = world.client();
    check(client.wait(documented, std::chrono::hours::max()).is_success(), "hours::max() is the longest timeout");
    tcdb::Waiter waiter(client, documented, std::chrono::minutes::max());
    waiter.interval(1s, std::chrono::hours::max());
    check(waiter.step(std::chrono::minutes(0)).has_value(), "a step takes minutes");
    expect_invalid("hours::min() is negative", "timeout is negative",
                   [&] { client.wait(documented, std::chrono::hours::min()); });
    tcdb::Options().total_timeout(std::chrono::hours::max()).connect_timeout(std::chrono::hours::max());
}

void moved_from(const World &world)
{
    tcdb::Error error(tcdb::Code::busy, "why");
    const tcdb::Error kept = std::move(error);
    // NOLINTNEXTLINE: what a moved-from object says is what this checks.
    check(error.code() == tcdb::Code::busy && error.what() == std::string("why") && kept.code() == error.code() &&
              !error.last_result() && !error.is_retryable(),
          "a moved-from error says what it said");
    error = tcdb::Error(tcdb::Code::tls, "another");
    check(error.code() == tcdb::Code::tls && error.what() == std::string("another"), "an error may be assigned");

    tcdb::Options options = world.options();
    const tcdb::Options taken = std::move(options);
    const auto is_refused = [&](const char *what, auto &&body) { expect_invalid(what, "options was moved from", body); };
    is_refused("a client of moved-from options", [&] { tcdb::Client c(world.credentials(), "r", options); });
    is_refused("a role by moved-from options", [&] { tcdb::Credentials::cvm_role("role", options); });
    is_refused("the default chain by moved-from options", [&] { tcdb::Credentials::first_found(options); });
    is_refused("a setter of moved-from options", [&] { options.max_attempts(2); });
    is_refused("a log of moved-from options", [&] { options.log(tcdb::LogLevel::warn, [](auto, auto) {}); });
    options = world.options();
    check(tcdb::Client(world.credentials(), "r", options).query(documented).is_success(), "options may be assigned again");

    const tcdb::Client client = world.client();
    tcdb::Waiter waiter(client, running);
    const tcdb::Waiter other = std::move(waiter);
    expect_invalid("a setter of a moved-from waiter", "waiter was moved from", [&] { waiter.interval(1s, 2s); });
    expect_invalid("another setter of it", "waiter was moved from", [&] { waiter.stop_on(tcdb::Status::paused); });
    check(waiter.answers() == 0 && !waiter.latest() && waiter.elapsed() == 0ms, "its accessors are empty");
    waiter.cancel();
    tcdb::Request request = client.sign(documented);
    const tcdb::Request moved = std::move(request);
    check(request.url().empty() && request.body().empty() && request.canonical().empty() &&
              request.string_to_sign().empty() && request.headers().empty() && !moved.url().empty(),
          "a moved-from request is empty");
    tcdb::Client gone = world.client();
    const tcdb::Client here = std::move(gone);
    for (const auto &body : {std::function<void()>([&] { gone.query(documented); }),
                             std::function<void()>([&] { gone.wait(documented); }),
                             std::function<void()>([&] { gone.sign(documented); }),
                             std::function<void()>([&] { gone.set_credentials(world.credentials()); })})
        expect<tcdb::Error>("a moved-from client is reported", body,
                            [](const tcdb::Error &e) { return e.code() == tcdb::Code::invalid_argument; });
    gone.shut_down();
    check(gone.clock_offset() == 0ms, "its clock has no offset");
}

void null_functions(const World &world)
{
    const tcdb::Client client = world.client();
    void (*no_function)(const tcdb::Progress &) = nullptr;
    expect_invalid("a null progress function", "progress is null", [&] { client.wait(documented, 5s, no_function); });
    expect_invalid("an empty progress function", "progress is null",
                   [&] { client.wait(documented, 5s, std::function<bool(const tcdb::Progress &)>()); });
    tcdb::Waiter waiter(client, documented);
    expect_invalid("a null progress function of run", "progress is null", [&] { waiter.run(no_function); });
    check(waiter.run(nullptr).is_success(), "nullptr is none");
    void (*no_log)(tcdb::LogLevel, std::string_view) = nullptr;
    expect_invalid("a null log function", "log is null", [&] { tcdb::Options().log(tcdb::LogLevel::warn, no_log); });
    expect_invalid("an empty log function", "log is null", [&] { tcdb::Options().log(tcdb::LogLevel::warn, {}); });
}

void requests(const World &world)
{
    const tcdb::Client client = world.client();
    const tcdb::Request request =
        client.sign(documented, std::chrono::system_clock::time_point(std::chrono::seconds(1551113065)));
    bool authorized = false;
    for (const auto &[name, value] : request.headers())
        authorized |= name == "Authorization" && value.find("2019-02-25/cdb/tc3_request") != std::string_view::npos;
    check(authorized && request.headers().size() >= 9, "a request lists its headers");
    check(request.body() == "{\"AsyncRequestId\":\"" + documented + "\"}", "a request shows its body");
    check(request.string_to_sign().find("TC3-HMAC-SHA256\n1551113065\n") == 0, "a request shows what is signed");
}

void credentials(const World &world)
{
    expect<tcdb::Error>("a profile that is not there is reported", [] { tcdb::Credentials::profile("/nonexistent/file"); },
                        [](const tcdb::Error &e) { return e.code() == tcdb::Code::credentials; });
    const tcdb::Client later(tcdb::Credentials::cvm_role("role"), "ap-guangzhou", world.options());
    expect<tcdb::Error>("credentials that would have to be fetched sign nothing", [&] { later.sign(documented); },
                        [](const tcdb::Error &e) { return e.code() == tcdb::Code::credentials; });
    later.set_credentials(world.credentials());
    check(later.query(documented).is_success(), "other credentials may be set");
}

void progress(const World &world)
{
    const tcdb::Client client = world.client();
    const auto owned = std::make_shared<int>(7);
    expect<Thrown>("what a progress function throws arrives as it was",
                   [&] { client.wait(running, 30s, [&](const tcdb::Progress &) { throw Thrown{41, owned}; }); },
                   [&](const Thrown &thrown) { return thrown.number == 41 && *thrown.owned == 7; });
    check(owned.use_count() == 1, "and is destroyed once it was caught");
    expect<int>("what is not a std::exception arrives too",
                [&] { client.wait(running, 30s, [](const tcdb::Progress &) { throw 5; }); },
                [](int number) { return number == 5; });

    tcdb::Waiter waiter(client, running, 30s);
    expect<Thrown>("the exception ends the wait",
                   [&] { waiter.run([](const tcdb::Progress &p) { if (p.answers) throw Thrown{1, {}}; }); },
                   [](const Thrown &) { return true; });
    expect<tcdb::Error>("which from then on says that it was cancelled", [&] { waiter.run(); },
                        [](const tcdb::Error &e) { return e.code() == tcdb::Code::cancelled && e.last_result(); });
    int calls = 0;
    expect<tcdb::Error>("a progress function that returns false ends it without one",
                        [&] { client.wait(running, 30s, [&](const tcdb::Progress &) { return ++calls < 3; }); },
                        [&](const tcdb::Error &e) { return e.code() == tcdb::Code::cancelled && calls == 3; });
    check(client.query(documented).is_success(), "the client goes on");
}

void logs(const World &world)
{
    std::atomic<bool> throws{true};
    tcdb::Options options = world.options();
    options.log(tcdb::LogLevel::debug, [&](tcdb::LogLevel, std::string_view) { if (throws) throw Thrown{2, {}}; });
    const tcdb::Client client(world.credentials(), "ap-guangzhou", options);
    const auto is_ours = [](const Thrown &thrown) { return thrown.number == 2; };
    expect<Thrown>("what a log function throws arrives at the end of a query", [&] { client.query(documented); }, is_ours);
    expect<Thrown>("and ends a wait", [&] { client.wait(running, 30s); }, is_ours);
    tcdb::Waiter stepped(client, running, 30s);
    expect<Thrown>("and one that is stepped", [&] { stepped.step(); }, is_ours);
    throws = false;
    expect<tcdb::Error>("which from then on says that it was cancelled", [&] { stepped.step(); },
                        [](const tcdb::Error &e) { return e.code() == tcdb::Code::cancelled; });
    throws = true;

    const tcdb::Client quiet = world.client();
    int inner = 0;
    const auto asks_inside = [&](const tcdb::Progress &) {
        try {
            client.query(documented);
        } catch (const Thrown &) {
            inner++;
        }
        return inner < 2;
    };
    expect<tcdb::Error>("one caught inside a callback does not reach the outer call",
                        [&] { quiet.wait(running, 30s, asks_inside); },
                        [&](const tcdb::Error &e) { return e.code() == tcdb::Code::cancelled && inner == 2; });
    throws = false;
    check(client.query(documented).is_success(), "a client whose log has thrown is as good as before");
}

void threads(const World &world)
{
    const tcdb::Client client = world.client();
    std::atomic<int> right{0};
    std::vector<std::thread> pool;
    for (int i = 0; i < 8; i++)
        pool.emplace_back([&, i] {
            try {
                client.wait(running, 30s, [&](const tcdb::Progress &) { throw Thrown{i, {}}; });
            } catch (const Thrown &thrown) {
                right += thrown.number == i;
            }
        });
    for (auto &thread : pool) thread.join();
    check(right == 8, "each of eight threads gets its own exception");
}

void queues(const World &world)
{
    const tcdb::Client client = world.client();
    const tcdb::WaitQueue queue(client);
    int mine = 0;
    const std::uint64_t ends = queue.add(documented, 30s, tcdb::WaitOptions().interval(300ms, 1s), &mine);
    const std::uint64_t goes_on = queue.add(running, tcdb::forever, tcdb::WaitOptions().changes().stop_on(tcdb::Status::paused));
    check(queue.pending() == 2 && queue.due_in() == 0ms, "a queue knows its tasks");
    int changes = 0, finals = 0;
    while (queue.pending() > 0) {
        queue.run(1s);
        while (const std::optional<tcdb::WaitEvent> event = queue.next()) {
            finals += event->is_final;
            changes += !event->is_final;
            if (event->task == ends)
                check(event->user_data == &mine && event->result && event->result->is_success(), "an ending has its result");
            else if (!event->is_final)
                check(event->result && event->answers == 1 && queue.cancel(goes_on), "a change has its result");
            else
                check(event->error && event->error->code() == tcdb::Code::cancelled && event->error->last_result(),
                      "what was cancelled has its error, with the last result");
        }
    }
    check(changes == 1 && finals == 2 && !queue.cancel(ends) && !queue.due_in(), "each task has one final event");
#ifndef _WIN32
    check(queue.descriptor() >= 0, "a queue has a descriptor");
#endif
    queue.wake();
    check(!queue.next(10s), "a wake ends a sleep");
    expect_invalid("a queue names what is wrong", "async_request_id holds a NUL", [&] { queue.add(std::string("a\0b", 3)); });
    queue.add(running);
    queue.cancel_all();
    check(queue.next(10s)->error->code() == tcdb::Code::cancelled, "all tasks are cancelled");
    client.shut_down();
    expect<tcdb::Error>("a shutdown ends a run", [&] { queue.run(10s); },
                        [](const tcdb::Error &e) { return e.code() == tcdb::Code::cancelled; });
}

} // namespace

void callbacks(const World &world)
{
    int calls = 0;
    const tcdb::Credentials good = tcdb::Credentials::callback("vault", [&](const tcdb::CredentialsAnswer &answer) {
        calls++;
        check(!answer.was_refused() && answer.left() > 1s, "a callback knows why it is called and until when");
        answer.set(world.id, world.key, std::nullopt, std::chrono::system_clock::now() + 1h);
    });
    good.fetch(5s);
    const tcdb::Client client(good, "ap-guangzhou", world.options());
    check(client.query(documented).is_success() && calls == 1, "a callback's credentials sign");
    const tcdb::CredentialsInfo info = good.info();
    check(info.source == "callback \"vault\"" && info.expires > std::chrono::system_clock::now() + 59min, "info of a callback");

    const tcdb::Credentials throwing =
        tcdb::Credentials::callback("vault", [](const tcdb::CredentialsAnswer &) { throw Thrown{7, nullptr}; });
    try {
        tcdb::Client(throwing, "ap-guangzhou", world.options()).query(documented);
        check(false, "what a credentials callback throws arrives");
    } catch (const Thrown &thrown) {
        check(thrown.number == 7, "what a credentials callback throws arrives");
    }
    const tcdb::Credentials failing =
        tcdb::Credentials::callback("vault", [](const tcdb::CredentialsAnswer &answer) { answer.fail("sealed", true); });
    expect<tcdb::Error>("a callback's reason", [&] { failing.fetch(); }, [](const tcdb::Error &e) {
        return e.code() == tcdb::Code::credentials && e.is_retryable() && std::string(e.what()) == "callback \"vault\": sealed";
    });
    expect_invalid("an empty callback is refused", "function is null",
                   [] { tcdb::Credentials::callback("vault", nullptr); });
    auto alive = std::make_shared<int>(0);
    const std::weak_ptr<int> watched = alive;
    expect_invalid("a callback whose credentials could not be made is destroyed", "name is empty", [&] {
        tcdb::Credentials::callback("", [kept = std::move(alive)](const tcdb::CredentialsAnswer &) {});
    });
    check(watched.expired(), "its captures are gone");
}

void roles(const World &world)
{
    const std::string arn = "qcs::cam::uin/100000000001:roleName/reader";
    tcdb::Role role;
    role.session_name("cpp").duration(15min).external_id("xyz").source_identity("100000000002");
    role.policy(R"({"version":"2.0","statement":[]})");
    tcdb::Options io;
    io.sts_endpoint(world.endpoint).ca_file(world.ca);
    const tcdb::Credentials reader = world.credentials().assume_role(arn, role, io);
    check(reader.info().source == "role " + arn + " from static credentials" && !reader.info().expires, "info of a role");
    check(tcdb::Client(reader, "ap-guangzhou", world.options()).query(documented).is_success(), "a role signs");
    check(reader.info().expires.has_value(), "its end is known then");
    expect_invalid("a role is validated when it is used", "role_arn is empty",
                   [&] { world.credentials().assume_role("", role, io); });
    expect_invalid("a web identity takes no external id", "external_id is set, which STS does not take with a web identity",
                   [&] { tcdb::Credentials::web_identity(arn, "OIDC", "/token", role, io); });
    tcdb::Role moved(std::move(role));
    expect_invalid("a role that was moved from is refused", "role was moved from", [&] { role.session_name("x"); });
}

int main(int argc, char **argv)
{
    if (argc != 5) return 2;
    const World world{argv[1], argv[2], argv[3], argv[4]};
    values(world);
    errors(world);
    texts();
    durations(world);
    moved_from(world);
    null_functions(world);
    requests(world);
    credentials(world);
    callbacks(world);
    roles(world);
    progress(world);
    logs(world);
    threads(world);
    queues(world);
    check(tcdb_live_objects() == 0, "nothing is left");
    std::cout << passed << " passed, " << failed << " failed\n";
    return failed ? 1 : 0;
}
