// wait.cpp - waits until an async request has ended, and shows how it goes. In C++17.
//
// Build: c++ -std=c++17 -o wait wait.cpp $(pkg-config --cflags --libs tcdb_async)
// Run:   TENCENTCLOUD_SECRET_ID=... TENCENTCLOUD_SECRET_KEY=... ./wait REGION ID SECONDS [ENDPOINT CA_FILE]
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <iostream>
#include <string>

#include "tcdb_async.hpp"

namespace {

enum Exit { succeeded = 0, task_failed = 1, usage = 2, network = 3, refused = 4, timed_out = 5, interrupted = 130 };

tcdb::Waiter *current = nullptr;

// Cancelling is allowed in a signal handler.
extern "C" void on_interrupt(int) { current->cancel(); }

int exit_code(const tcdb::Error &error)
{
    switch (error.code()) {
    case tcdb::Code::invalid_argument:
    case tcdb::Code::credentials: return usage;
    case tcdb::Code::cancelled: return interrupted;
    case tcdb::Code::wait_timeout:
    case tcdb::Code::request_timeout: return timed_out;
    default: return error.code() >= tcdb::Code::auth ? refused : network;
    }
}

// One line whenever the task's status is a new one.
class Printer {
public:
    void operator()(const tcdb::Progress &progress)
    {
        if (!progress.latest || progress.latest->status_text == printed_) return;
        printed_ = progress.latest->status_text;
        std::cout << "after " << progress.elapsed.count() << " ms: " << printed_ << std::endl;
    }

private:
    std::string printed_;
};

} // namespace

int main(int argc, char **argv)
{
    if (argc != 4 && argc != 6) {
        std::cerr << "usage: wait REGION ID SECONDS [ENDPOINT CA_FILE]\n";
        return usage;
    }
    try {
        tcdb::Options options = tcdb::Options::from_env();
        if (argc == 6) options.endpoint(argv[4]).ca_file(argv[5]);
        const tcdb::Client client(tcdb::Credentials::from_env(), argv[1], options);
        tcdb::Waiter waiter(client, argv[2], std::chrono::seconds(std::atol(argv[3])));
        current = &waiter;
        std::signal(SIGINT, on_interrupt);

        const tcdb::Result result = waiter.run(Printer());
        std::signal(SIGINT, SIG_DFL);
        std::cout << argv[2] << ": " << result.status_text << "\n  info: " << result.info.value_or("(none)") << "\n";
        return result.is_success() ? succeeded : task_failed;
    } catch (const tcdb::Error &error) {
        std::signal(SIGINT, SIG_DFL);
        std::cerr << "wait: " << error.what() << " [" << error.code() << "]\n";
        if (error.last_result()) std::cerr << "  last status: " << error.last_result()->status_text << "\n";
        return exit_code(error);
    }
}
