// query.cpp - what became of one or more async requests? In C++17.
//
// Build: c++ -std=c++17 -o query query.cpp $(pkg-config --cflags --libs tcdb_async)
// Run:   TENCENTCLOUD_SECRET_ID=... TENCENTCLOUD_SECRET_KEY=... ./query REGION ID... [--endpoint URL --ca FILE]
#include <algorithm>
#include <iostream>
#include <string>
#include <string_view>
#include <vector>

#include "tcdb_async.hpp"

namespace {

enum Exit { all_succeeded = 0, task_failed = 1, usage = 2, network = 3, refused = 4, timed_out = 5, not_ended = 6 };

int exit_code(const tcdb::Error &error)
{
    switch (error.code()) {
    case tcdb::Code::invalid_argument:
    case tcdb::Code::credentials: return usage;
    case tcdb::Code::request_timeout: return timed_out;
    default: return error.code() >= tcdb::Code::auth ? refused : network;
    }
}

int ask(const tcdb::Client &client, std::string_view id)
{
    const tcdb::Result result = client.query(id);
    std::cout << id << ": " << (result.status_text.empty() ? "(no status)" : result.status_text) << "\n"
              << "  info: " << result.info.value_or("(none)") << "\n"
              << "  request id: " << result.request_id.value_or("(none)") << "\n";
    if (result.is_success()) return all_succeeded;
    return result.is_terminal() ? task_failed : not_ended;
}

} // namespace

int main(int argc, char **argv)
{
    std::vector<std::string_view> words(argv + 1, argv + argc);
    try {
        tcdb::Options options = tcdb::Options::from_env();
        const auto take = [&](std::string_view name) -> std::string_view {
            const auto at = std::find(words.begin(), words.end(), name);
            if (at == words.end() || at + 1 == words.end()) return {};
            const std::string_view value = at[1];
            words.erase(at, at + 2);
            return value;
        };
        if (const auto endpoint = take("--endpoint"); !endpoint.empty()) options.endpoint(endpoint);
        if (const auto file = take("--ca"); !file.empty()) options.ca_file(file);
        if (words.size() < 2) {
            std::cerr << "usage: query REGION ID... [--endpoint HOST[:PORT]|URL] [--ca FILE]\n";
            return usage;
        }
        const tcdb::Client client(tcdb::Credentials::from_env(), words.front(), options);
        int worst = all_succeeded;
        for (auto id = words.begin() + 1; id != words.end(); ++id) worst = std::max(worst, ask(client, *id));
        return worst;
    } catch (const tcdb::Error &error) {
        std::cerr << "query: " << error.what();
        if (error.request_id()) std::cerr << " [RequestId " << *error.request_id() << "]";
        std::cerr << " [" << error.code() << (error.is_retryable() ? ", may pass" : "") << "]\n";
        return exit_code(error);
    }
}
