// asks_cpp HTTPS CA ID KEY: the C++ header on this platform. Asks, waits, is cancelled by another thread, is thrown out of a
// callback, and ends with nothing left. Says "ok: ..." or "FAILED: ..." for each.
#include <chrono>
#include <cstdio>
#include <stdexcept>
#include <string>
#include <thread>

#include "tcdb_async.hpp"

using namespace std::chrono_literals;

namespace {

int failures;

void check(bool good, const char *what)
{
    std::printf("%s: %s\n", good ? "ok" : "FAILED", what);
    failures += !good;
}

constexpr auto succeeded = "f96e4f3c-8fc96c86-2ec79ac8-cb63a7a7";
constexpr auto running = "00000002-5eed5eed-5eed5eed-5eed5eed";

template <class Function> tcdb::Code failure_of(Function function)
{
    try {
        function();
    } catch (const tcdb::Error &error) {
        return error.code();
    }
    return tcdb::Code::ok;
}

void ask(char **argv)
{
    int lines = 0;
    tcdb::Options options;
    options.endpoint(argv[1]).ca_file(argv[2]);
    options.log(tcdb::LogLevel::debug, [&](tcdb::LogLevel, std::string_view line) { lines += !line.empty(); });
    const tcdb::Client client(tcdb::Credentials::fixed(argv[3], argv[4]), "ap-guangzhou", options);
    check(client.query(succeeded).is_success(), "an answer over TLS");
    check(failure_of([&] { client.query("unknown"); }) == tcdb::Code::unknown_request_id, "a failure is thrown");
    check(client.wait(succeeded, 10s).is_success(), "a wait until the end");

    tcdb::Waiter waiter(client, running);
    std::thread other([&] {
        std::this_thread::sleep_for(200ms);
        waiter.cancel();
    });
    check(failure_of([&] { waiter.run(); }) == tcdb::Code::cancelled, "cancelled by another thread");
    other.join();

    tcdb::Waiter thrown(client, running);
    std::string caught;
    try {
        thrown.run([](const auto &) -> bool { throw std::runtime_error("from the callback"); });
    } catch (const std::runtime_error &error) {
        caught = error.what();
    }
    check(caught == "from the callback", "an exception of a callback comes back to the caller");
    check(lines > 0, "the log");
}

} // namespace

int main(int argc, char **argv)
{
    std::setvbuf(stdout, nullptr, _IONBF, 0);
    if (argc != 5) return 2;
    ask(argv);
    check(tcdb_live_objects() == 0, "nothing is left");
    return failures != 0;
}
