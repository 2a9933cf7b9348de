// SPDX-License-Identifier: Apache-2.0
// Limits and origins that change under connections that stay open.
#include <gtest/gtest.h>

#include <thread>

#include "tests/unit/node/server_fixture.hpp"

namespace switchyard::http {
namespace {

class ReconfigureFixture : public test::ServerFixture {
  protected:
    /// A call whose body is longer than `bytes`.
    static std::string call_of(size_t bytes) {
        return call(1, "test_echo", "[\"" + std::string(bytes, 'x') + "\"]");
    }
    static unsigned status_of(tool::Connection& connection, const std::string& body,
                              std::string_view headers = {}) {
        const auto reply = connection.post(body, headers);
        return reply ? reply->status : 0;
    }
};

TEST_F(ReconfigureFixture, ABodyAndABatchMayBeLargerFromTheNextRequestOn) {
    PortConfig port;
    port.limits.body_bytes_max = 1'000;
    start(port);
    tool::Connection open = connect();
    EXPECT_EQ(status_of(open, call_of(10)), 200U);
    tool::Connection refused = connect();
    EXPECT_EQ(status_of(refused, call_of(2'000)), 413U);
    port.limits.body_bytes_max = 5'000;
    server_->reconfigure(0, port);
    EXPECT_EQ(status_of(open, call_of(2'000)), 200U) << "on the connection that was open";
    port.limits.body_bytes_max = 100;
    server_->reconfigure(0, port);
    EXPECT_EQ(status_of(open, call_of(2'000)), 413U);

    const std::string batch = "[" + call(1, "test_echo") + "," + call(2, "test_echo") + "]";
    tool::Connection other = connect();
    port.limits.body_bytes_max = 5'000;
    server_->reconfigure(0, port);
    EXPECT_EQ(nlohmann::json::parse(other.post(batch)->body).size(), 2U);
    rpc::DispatchLimits limits;
    limits.batch_items_max = 1;
    dispatcher_.set_limits(limits);
    EXPECT_EQ(nlohmann::json::parse(other.post(batch)->body)[0]["error"]["message"],
              "batch too large");
}

TEST_F(ReconfigureFixture, HostsOriginsAndRate) {
    PortConfig port;
    start(port);
    tool::Connection connection = connect();
    const std::string_view origin = "Origin: http://page.example\r\n";
    auto reply = connection.post(call(1, "test_echo"), origin);
    ASSERT_TRUE(reply);
    EXPECT_EQ(reply->header.find("Access-Control"), std::string::npos);
    port.cors_origins = {"http://page.example"};
    port.virtual_hosts = {"node.example"};
    server_->reconfigure(0, port);
    const auto ask = [&connection](std::string_view host) {
        (void)connection.send("GET / HTTP/1.1\r\nHost: " + std::string(host) + "\r\n\r\n");
        const auto answer = connection.receive_reply();
        return answer ? answer->status : 0;
    };
    EXPECT_EQ(ask("node.example"), 200U);
    EXPECT_EQ(ask("localhost"), 403U);
    port.limits.rate = {.per_second = 0.001, .burst = 2};
    server_->reconfigure(0, port);
    tool::Connection next = connect();
    reply = next.post(call(1, "test_echo"), origin);
    ASSERT_TRUE(reply);
    EXPECT_NE(reply->header.find("Access-Control-Allow-Origin: http://page.example"),
              std::string::npos);
    EXPECT_EQ(status_of(next, call(2, "test_echo")), 200U);
    EXPECT_EQ(status_of(next, call(3, "test_echo")), 429U);
    port.limits.rate = {};
    server_->reconfigure(0, port);
    tool::Connection last = connect();
    EXPECT_EQ(status_of(last, call(4, "test_echo")), 200U);
}

TEST_F(ReconfigureFixture, ALowerNumberOfConnectionsKeepsThoseThatAreOpen) {
    PortConfig port;
    start(port);
    tool::Connection first = connect();
    tool::Connection second = connect();
    EXPECT_EQ(status_of(first, call(1, "test_echo")), 200U);
    EXPECT_EQ(status_of(second, call(1, "test_echo")), 200U);
    port.limits.connections_max = 1;
    server_->reconfigure(0, port);
    tool::Connection third = connect();
    EXPECT_EQ(status_of(third, call(1, "test_echo")), 0U);
    EXPECT_EQ(server_->counters().connections_refused, 1U);
    EXPECT_EQ(status_of(first, call(1, "test_echo")), 200U);
    EXPECT_EQ(status_of(second, call(1, "test_echo")), 200U);
}

TEST_F(ReconfigureFixture, WhatAMethodMayTakeHoldsForThoseThatBeginLater) {
    PortConfig port;
    start(port);
    tool::Connection waiting = connect();
    const std::string request = call(1, "test_wait");
    ASSERT_TRUE(waiting.send(tool::post_header(request.size()) + request));
    await_waiting(1);
    port.limits.request_timeout = std::chrono::milliseconds(1);
    server_->reconfigure(0, port);
    tool::Connection late = connect();
    const auto answer = late.post(call(2, "test_wait"));
    ASSERT_TRUE(answer) << "its deadline has passed, whoever waits beside it";
    EXPECT_FALSE(nlohmann::json::parse(answer->body).value("result", false));
    open_gate();
    EXPECT_EQ(nlohmann::json::parse(waiting.receive_reply()->body)["result"], true);
}

TEST_F(ReconfigureFixture, AWebSocketTakesLargerMessages) {
    PortConfig port;
    port.websocket = true;
    port.limits.message_bytes_max = 1'000;
    start(port);
    tool::Connection connection = connect_websocket();
    ASSERT_TRUE(connection.send_text(call_of(10)));
    EXPECT_EQ(receive_json(connection)["id"], 1);
    port.limits.message_bytes_max = 500'000;
    server_->reconfigure(0, port);
    // The one that it waits for goes by the limits before.
    ASSERT_TRUE(connection.send_text(call_of(10)));
    EXPECT_EQ(receive_json(connection)["id"], 1);
    ASSERT_TRUE(connection.send_text(call_of(300'000)));
    EXPECT_EQ(receive_json(connection)["id"], 1);
    port.limits.message_bytes_max = 1'000;
    server_->reconfigure(0, port);
    ASSERT_TRUE(connection.send_text(call_of(10)));
    EXPECT_EQ(receive_json(connection)["id"], 1);
    ASSERT_TRUE(connection.send_text(call_of(2'000)));
    const auto frame = connection.receive_frame();
    ASSERT_TRUE(frame);
    EXPECT_EQ(frame->close_code(), 1009U);
}

TEST_F(ReconfigureFixture, ChangesBesideTraffic) {
    PortConfig port;
    port.websocket = true;
    port.limits.rate = {.per_second = 1e6, .burst = 1e6};
    start(port);
    std::atomic<bool> done{false};
    std::thread changes([&] {
        for (size_t i = 0; !done; ++i) {
            port.limits.body_bytes_max = 10'000 + i;
            port.limits.message_bytes_max = 10'000 + i;
            port.limits.rate.per_second = i % 2 == 0 ? 0 : 1e6;
            port.cors_origins = {std::to_string(i)};
            server_->reconfigure(0, port);
            rpc::DispatchLimits limits;
            limits.batch_items_max = 10 + i;
            dispatcher_.set_limits(limits);
        }
    });
    tool::Connection web = connect_websocket();
    tool::Connection plain = connect();
    for (int i = 0; i < 500; ++i) {
        ASSERT_EQ(status_of(plain, call(i, "test_echo"), "Origin: a\r\n"), 200U);
        ASSERT_TRUE(web.send_text(call(i, "test_echo")));
        ASSERT_EQ(receive_json(web)["id"], i);
    }
    done = true;
    changes.join();
}

}  // namespace
}  // namespace switchyard::http
