// coroutine.cpp - waits for many async requests by coroutines, all on one thread. In C++20.
//
// Build: c++ -std=c++20 -o coroutine coroutine.cpp $(pkg-config --cflags --libs tcdb_async)
// Run:   TENCENTCLOUD_SECRET_ID=... TENCENTCLOUD_SECRET_KEY=... ./coroutine REGION ID... [--endpoint URL --ca FILE]
//
// A step blocks for one request, so one thread carries about six requests a second at 150 ms a reply: hundreds of waits
// at the library's intervals. Where the event loop has other work, run `EventLoop::turn` on a thread of its own.
#include <algorithm>
#include <chrono>
#include <coroutine>
#include <exception>
#include <iostream>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "tcdb_async.hpp"

namespace {

enum Exit { all_succeeded = 0, task_failed = 1, usage = 2, network = 3, refused = 4 };

// Resumes each coroutine when the task that it waits for has ended. To copy into a program: this class and Ended.
class EventLoop {
public:
    // co_await loop.ended(waiter): the task's last Result, or the wait's exception.
    class Ended {
    public:
        Ended(EventLoop &loop, tcdb::Waiter &waiter) : loop_(loop), waiter_(waiter) {}
        bool await_ready() const noexcept { return false; }
        void await_suspend(std::coroutine_handle<> coroutine)
        {
            coroutine_ = coroutine;
            loop_.waiting_.push_back(this);
        }
        tcdb::Result await_resume()
        {
            if (failure_) std::rethrow_exception(failure_);
            return std::move(result_).value();
        }

    private:
        friend class EventLoop;

        bool step()
        {
            try {
                result_ = waiter_.step();
            } catch (...) {
                failure_ = std::current_exception();
            }
            return result_ || failure_;
        }

        EventLoop &loop_;
        tcdb::Waiter &waiter_;
        std::coroutine_handle<> coroutine_;
        std::optional<tcdb::Result> result_;
        std::exception_ptr failure_;
    };

    Ended ended(tcdb::Waiter &waiter) { return Ended(*this, waiter); }

    // Sleeps until the next request is due, then steps that waiter. False: nothing is waiting.
    bool turn()
    {
        if (waiting_.empty()) return false;
        const auto due = [](const Ended *wait) { return wait->waiter_.due_in().value_or(std::chrono::milliseconds(0)); };
        const auto next = std::min_element(waiting_.begin(), waiting_.end(),
                                           [&](const Ended *a, const Ended *b) { return due(a) < due(b); });
        std::this_thread::sleep_for(due(*next));
        // Another place at the end: no waiter is stepped twice before the others that are due.
        std::rotate(next, next + 1, waiting_.end());
        Ended *const wait = waiting_.back();
        if (wait->step()) {
            waiting_.pop_back();
            wait->coroutine_.resume();
        }
        return true;
    }

private:
    std::vector<Ended *> waiting_;
};

// A coroutine that starts at once and whose end nothing awaits.
struct Detached {
    struct promise_type {
        Detached get_return_object() const noexcept { return {}; }
        std::suspend_never initial_suspend() const noexcept { return {}; }
        std::suspend_never final_suspend() const noexcept { return {}; }
        void return_void() const noexcept {}
        [[noreturn]] void unhandled_exception() const { throw; }
    };
};

Detached follow(EventLoop &loop, const tcdb::Client &client, std::string id, int &worst)
{
    try {
        tcdb::Waiter waiter(client, id);
        const tcdb::Result result = co_await loop.ended(waiter);
        std::cout << id << ": " << result.status << std::endl;
        worst = std::max<int>(worst, result.is_success() ? all_succeeded : task_failed);
    } catch (const tcdb::Error &error) {
        std::cerr << id << ": " << error.what() << " [" << error.code() << "]\n";
        worst = std::max<int>(worst, error.code() >= tcdb::Code::auth ? refused : network);
    }
}

} // namespace

int main(int argc, char **argv)
{
    std::vector<std::string_view> words(argv + 1, argv + argc);
    try {
        tcdb::Options options = tcdb::Options::from_env();
        if (words.size() > 4 && words[words.size() - 4] == "--endpoint" && words[words.size() - 2] == "--ca") {
            options.endpoint(words[words.size() - 3]).ca_file(words.back());
            words.resize(words.size() - 4);
        }
        if (words.size() < 2) {
            std::cerr << "usage: coroutine REGION ID... [--endpoint URL --ca FILE]\n";
            return usage;
        }
        const tcdb::Client client(tcdb::Credentials::from_env(), words.front(), options);
        EventLoop loop;
        int worst = all_succeeded;
        for (auto id = words.begin() + 1; id != words.end(); ++id) follow(loop, client, std::string(*id), worst);
        while (loop.turn()) {
        }
        return worst;
    } catch (const tcdb::Error &error) {
        std::cerr << "coroutine: " << error.what() << " [" << error.code() << "]\n";
        return usage;
    }
}
