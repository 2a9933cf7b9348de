// SPDX-License-Identifier: Apache-2.0
// A server on a free port of loopback, with a few methods, for the tests of host/node/http.
#pragma once

#include <gtest/gtest.h>

#include <condition_variable>
#include <mutex>
#include <nlohmann/json.hpp>

#include "host/node/http/server.hpp"
#include "host/node/rpc/arguments.hpp"
#include "host/node/rpc/subscriber.hpp"
#include "tools/rpc_client/connection.hpp"

namespace switchyard::test {

/// `test_echo` returns its parameter, `test_wait` returns when `open_gate` was called (or its
/// deadline has passed), `test_large` returns that many bytes.
class ServerFixture : public testing::Test {
  protected:
    ServerFixture() {
        using rpc::Context;
        using rpc::Failure;
        using rpc::Params;
        table_.add("test_echo",
                   [](const Params& params, Context&, json::Writer& result) -> Failure {
                       std::string text;
                       params.at(0).write(text);
                       result.raw(text.empty() ? "null" : text);
                       return {};
                   });
        table_.add("test_wait",
                   [this](const Params&, Context& context, json::Writer& result) -> Failure {
                       std::unique_lock lock(mutex_);
                       ++waiting_;
                       changed_.notify_all();
                       while (!open_ && !context.expired())
                           changed_.wait_for(lock, std::chrono::milliseconds(1));
                       result.boolean(open_);
                       return {};
                   });
        table_.add("test_large",
                   [](const Params& params, Context&, json::Writer& result) -> Failure {
                       rpc::Arguments arguments(params, 1);
                       const uint64_t bytes = arguments.quantity(0);
                       if (arguments.failure()) return arguments.failure();
                       result.string(std::string(bytes, 'x'));
                       return {};
                   });
        table_.add("test_subscribe",
                   [this](const Params&, Context& context, json::Writer& result) -> Failure {
                       const std::lock_guard lock(mutex_);
                       subscribers_.push_back(context.subscriber);
                       result.boolean(context.subscriber != nullptr);
                       return {};
                   });
    }

    void start(http::PortConfig port) {
        port.port = 0;
        port.dispatcher = &dispatcher_;
        http::ServerConfig config;
        config.ports.push_back(std::move(port));
        auto started = http::Server::start(std::move(config));
        ASSERT_TRUE(started) << started.error().message;
        server_ = std::move(*started);
    }

    tool::Connection connect(int receive_bytes = 0) {
        auto connection = tool::Connection::open(server_->port(), 20'000, receive_bytes);
        EXPECT_TRUE(connection) << connection.error().message;
        return std::move(*connection);
    }
    tool::Connection connect_websocket(std::string_view headers = {}) {
        tool::Connection connection = connect();
        const auto upgraded = connection.upgrade(headers);
        EXPECT_TRUE(upgraded) << upgraded.error().message;
        return connection;
    }

    static std::string call(int id, const std::string& method, const std::string& params = "[]") {
        std::string out = R"({"jsonrpc":"2.0","id":)";
        out += std::to_string(id);
        out += R"(,"method":")";
        out += method;
        out += R"(","params":)";
        out += params;
        return out + "}";
    }
    static nlohmann::json receive_json(tool::Connection& connection) {
        const auto frame = connection.receive_frame();
        EXPECT_TRUE(frame) << frame.error().message;
        if (!frame || frame->opcode != 1) return nullptr;
        return nlohmann::json::parse(frame->payload, nullptr, false);
    }

    void open_gate() {
        const std::lock_guard lock(mutex_);
        open_ = true;
        changed_.notify_all();
    }
    void await_waiting(int count) {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [&] { return waiting_ >= count; });
    }
    /// Until a counter of the server's has this value; it is another thread that counts.
    static void await(const std::atomic<uint64_t>& counter, uint64_t value) {
        for (int i = 0; i < 20'000 && counter.load() != value; ++i)
            std::this_thread::sleep_for(std::chrono::milliseconds(1));
        EXPECT_EQ(counter.load(), value);
    }

    rpc::MethodTable table_;
    rpc::DispatchLimits dispatch_limits_;
    rpc::Dispatcher dispatcher_{table_, dispatch_limits_};
    std::mutex mutex_;
    std::condition_variable changed_;
    bool open_ = false;
    int waiting_ = 0;
    std::vector<std::weak_ptr<rpc::Subscriber>> subscribers_;
    std::unique_ptr<http::Server> server_;
};

}  // namespace switchyard::test
