// SPDX-License-Identifier: Apache-2.0
// WebSocket, spoken over sockets.
#include <gtest/gtest.h>

#include <set>

#include "tests/unit/node/server_fixture.hpp"

namespace switchyard::http {
namespace {

class WebSocketFixture : public test::ServerFixture {
  protected:
    static PortConfig config() {
        PortConfig port;
        port.websocket = true;
        return port;
    }
    std::shared_ptr<rpc::Subscriber> subscribe(tool::Connection& connection) {
        EXPECT_TRUE(connection.send_text(call(1, "test_subscribe")));
        EXPECT_EQ(receive_json(connection)["result"], true);
        const std::lock_guard lock(mutex_);
        return subscribers_.back().lock();
    }
    static rpc::Notification event(const std::string& text) {
        return {
            std::make_shared<std::string>(
                R"({"jsonrpc":"2.0","method":"eth_subscription","params":{"subscription":"0x1","result":)"),
            std::make_shared<std::string>(text)};
    }
};

TEST_F(WebSocketFixture, AnswersRequestsAndBatches) {
    start(config());
    tool::Connection connection = connect_websocket();
    for (int i = 0; i < 100; ++i) {
        ASSERT_TRUE(connection.send_text(call(i, "test_echo", "[[1,\"a\"]]")));
        ASSERT_EQ(receive_json(connection)["id"], i);
    }
    ASSERT_TRUE(connection.send_text(std::string(1, '[') + call(1, "test_echo") + "," +
                                     call(2, "none") + "]"));
    EXPECT_EQ(receive_json(connection).size(), 2U);
    ASSERT_TRUE(connection.send_frame(2, call(3, "test_echo"))) << "as a binary message";
    EXPECT_EQ(receive_json(connection)["id"], 3);
    ASSERT_TRUE(connection.send_text("nonsense"));
    EXPECT_EQ(receive_json(connection)["error"]["code"], -32700);
    const auto reply = connect().post(call(1, "test_echo"));
    EXPECT_EQ(reply->status, 200U) << "HTTP on the same port";
}

TEST_F(WebSocketFixture, TakesFragmentsAndAnswersPings) {
    start(config());
    tool::Connection connection = connect_websocket();
    const std::string request = call(5, "test_echo");
    ASSERT_TRUE(connection.send_frame(1, request.substr(0, 10), false));
    ASSERT_TRUE(connection.send_frame(9, "still there?"));
    ASSERT_TRUE(connection.send_frame(0, request.substr(10, 5), false));
    ASSERT_TRUE(connection.send_frame(0, request.substr(15)));
    const auto pong = connection.receive_frame();
    EXPECT_EQ(pong->opcode, 10);
    EXPECT_EQ(pong->payload, "still there?");
    EXPECT_EQ(receive_json(connection)["id"], 5);
}

TEST_F(WebSocketFixture, ASlowMethodDoesNotHoldUpOthersOfItsConnection) {
    start(config());
    tool::Connection connection = connect_websocket();
    ASSERT_TRUE(connection.send_text(call(1, "test_wait")));
    await_waiting(1);
    ASSERT_TRUE(connection.send_text(call(2, "test_echo")));
    EXPECT_EQ(receive_json(connection)["id"], 2);
    open_gate();
    EXPECT_EQ(receive_json(connection)["id"], 1);
}

TEST_F(WebSocketFixture, RequestsInFlightAreBounded) {
    PortConfig port = config();
    port.limits.requests_in_flight_max = 2;
    start(port);
    tool::Connection connection = connect_websocket();
    for (int i = 0; i < 2; ++i)
        ASSERT_TRUE(connection.send_text(call(i, "test_wait")));
    await_waiting(2);
    for (int i = 2; i < 6; ++i)
        ASSERT_TRUE(connection.send_text(call(i, "test_echo")));
    EXPECT_EQ(server_->counters().requests, 3U) << "two and the upgrade";
    open_gate();
    std::set<int> ids;
    for (int i = 0; i < 6; ++i)
        ids.insert(receive_json(connection)["id"].get<int>());
    EXPECT_EQ(ids.size(), 6U);
}

TEST_F(WebSocketFixture, RefusesPagesOfStrangers) {
    start(config());
    EXPECT_FALSE(connect().upgrade("Origin: https://evil.example\r\n"));
    EXPECT_TRUE(connect().upgrade("Origin: http://localhost:3000\r\n"));
}

TEST_F(WebSocketFixture, SaysWhatAHandshakeLacks) {
    start(config());
    const std::string upgrade =
        "GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n";
    const std::string key = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
    const std::string version = "Sec-WebSocket-Version: 13\r\n";
    tool::Connection connection = connect();
    const auto answer_to = [&](const std::string& fields) {
        EXPECT_TRUE(connection.send(upgrade + fields + "\r\n"));
        const auto reply = connection.receive_reply();
        EXPECT_TRUE(reply) << reply.error().message;
        return reply ? *reply : tool::HttpReply{};
    };
    for (const std::string& wrong :
         {key, key + "Sec-WebSocket-Version: 12\r\n", key + version + version}) {
        const tool::HttpReply reply = answer_to(wrong);
        EXPECT_EQ(reply.status, 426U) << wrong;
        EXPECT_NE(reply.header.find("\r\nSec-WebSocket-Version: 13\r\n"), std::string::npos);
        EXPECT_NE(reply.header.find("\r\nUpgrade: websocket\r\n"), std::string::npos);
    }
    for (const std::string& wrong :
         {version, version + "Sec-WebSocket-Key: abc\r\n", version + key + key})
        EXPECT_EQ(answer_to(wrong).status, 400U) << wrong;
    EXPECT_EQ(answer_to(key + version).status, 101U) << "on the same connection";
}

TEST_F(WebSocketFixture, ClosesOnWhatIsNoWebSocket) {
    PortConfig port = config();
    port.limits.message_bytes_max = 1000;
    port.limits.close_timeout = std::chrono::milliseconds(30);
    start(port);
    tool::Connection large = connect_websocket();
    ASSERT_TRUE(large.send_text(std::string(1001, ' ')));
    EXPECT_EQ(large.receive_frame()->close_code(), 1009);
    tool::Connection bad = connect_websocket();
    ASSERT_TRUE(bad.send("\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"));
    EXPECT_EQ(bad.receive_frame()->close_code(), 1002);
    tool::Connection unmasked = connect_websocket();
    ASSERT_TRUE(unmasked.send(std::string("\x81\x02{}", 4)));
    EXPECT_EQ(unmasked.receive_frame()->close_code(), 1002);
    tool::Connection half = connect_websocket();
    ASSERT_TRUE(half.send(std::string("\x81\xfe\x7f", 3)));
    half.shutdown_send();
    EXPECT_TRUE(half.receive_all());
    await(server_->counters().connections_open, 0);
    EXPECT_EQ(server_->counters().websockets_open, 0U);
}

TEST_F(WebSocketFixture, WhoSendsOnAfterAMistakeStillHearsOfIt) {
    PortConfig port = config();
    port.limits.message_bytes_max = 1000;
    start(port);
    tool::Connection large = connect_websocket();
    // Larger than what the sockets hold: the rest is read, so that nothing resets the connection.
    ASSERT_TRUE(large.send_text(std::string(16 << 20, ' ')));
    const auto frame = large.receive_frame();
    ASSERT_TRUE(frame) << frame.error().message;
    EXPECT_EQ(frame->close_code(), 1009);
    EXPECT_EQ(*large.receive_all(), "");
}

TEST_F(WebSocketFixture, ATextIsUtf8UpToItsEnd) {
    start(config());
    for (const std::string_view text : {"\"\xc3", "\"\xe2\x82", "\"\xf0\x9f\x98", "\xc3\xbc\xf0"}) {
        tool::Connection connection = connect_websocket();
        ASSERT_TRUE(connection.send_frame(1, text, false));
        ASSERT_TRUE(connection.send_frame(0, ""));
        EXPECT_EQ(connection.receive_frame()->close_code(), 1007) << testing::PrintToString(text);
    }
    tool::Connection whole = connect_websocket();
    for (const std::string_view text :
         {"\"\xc3\xbc", "\"\xe2\x82\xac", "\"\xf0\x9f\x98\x80", "\"u"}) {
        ASSERT_TRUE(whole.send_frame(1, text, false));
        ASSERT_TRUE(whole.send_frame(0, ""));
        EXPECT_EQ(receive_json(whole)["error"]["code"], -32700);
    }
    ASSERT_TRUE(whole.send_frame(2, "\xc3", false)) << "a binary message may be anything";
    ASSERT_TRUE(whole.send_frame(0, ""));
    EXPECT_EQ(receive_json(whole)["error"]["code"], -32700);
}

TEST_F(WebSocketFixture, AMessageThatDoesNotEndEndsTheConnection) {
    PortConfig port = config();
    port.limits.read_timeout = std::chrono::milliseconds(50);
    port.limits.close_timeout = std::chrono::milliseconds(30);
    start(port);
    tool::Connection connection = connect_websocket();
    ASSERT_TRUE(connection.send_frame(1, "[1,", false));
    const auto frame = connection.receive_frame();
    ASSERT_TRUE(frame) << frame.error().message;
    EXPECT_EQ(frame->close_code(), 1008);
    await(server_->counters().websockets_open, 0);
    EXPECT_EQ(server_->counters().read_timeouts, 1U);
}

TEST_F(WebSocketFixture, AnswersAClose) {
    PortConfig port = config();
    port.limits.close_timeout = std::chrono::milliseconds(30);
    start(port);
    tool::Connection connection = connect_websocket();
    ASSERT_TRUE(connection.send_frame(8, std::string("\x03\xe8", 2)));
    EXPECT_EQ(connection.receive_frame()->close_code(), 1000);
    await(server_->counters().connections_open, 0);
}

TEST_F(WebSocketFixture, NotificationsComeInOrder) {
    start(config());
    tool::Connection connection = connect_websocket();
    const auto subscriber = subscribe(connection);
    for (int i = 0; i < 500; ++i)
        ASSERT_TRUE(subscriber->notify(event(std::to_string(i))));
    for (int i = 0; i < 500; ++i) {
        const auto message = receive_json(connection);
        ASSERT_EQ(message["params"]["result"], i);
        ASSERT_EQ(message["method"], "eth_subscription");
    }
}

TEST_F(WebSocketFixture, WhatComesWhileASubscriptionBeginsStandsBehindItsResponse) {
    table_.add("test_begin",
               [](const rpc::Params&, rpc::Context& context, json::Writer& out) -> rpc::Failure {
                   for (int i = 0; i < 3; ++i)
                       context.after_response.push_back([subscriber = context.subscriber, i] {
                           (void)subscriber->notify(event(std::to_string(i)));
                       });
                   out.boolean(true);
                   return {};
               });
    start(config());
    tool::Connection connection = connect_websocket();
    for (int round = 0; round < 50; ++round) {
        ASSERT_TRUE(connection.send_text(call(round, "test_begin")));
        ASSERT_EQ(receive_json(connection)["id"], round);
        for (int i = 0; i < 3; ++i)
            ASSERT_EQ(receive_json(connection)["params"]["result"], i);
    }
}

TEST_F(WebSocketFixture, OneThatDoesNotReadIsDroppedWithANotice) {
    PortConfig port = config();
    port.limits.notifications_max = 64;
    port.limits.close_timeout = std::chrono::milliseconds(20'000);
    start(port);
    tool::Connection slow = connect(/*receive_bytes=*/4096);
    ASSERT_TRUE(slow.upgrade());
    const auto slow_subscriber = subscribe(slow);
    tool::Connection quick = connect_websocket();
    const auto quick_subscriber = subscribe(quick);
    // Until the sockets' buffers and the queue are full; another event each time is read by the
    // quick one.
    const std::string large = std::string(1, '"') + std::string(100'000, 'x') + "\"";
    int sent = 0;
    while (slow_subscriber->notify(event(large)) && sent < 10'000) {
        ASSERT_TRUE(quick_subscriber->notify(event(std::to_string(sent))));
        ASSERT_EQ(receive_json(quick)["params"]["result"], sent);
        ++sent;
    }
    ASSERT_LT(sent, 10'000);
    EXPECT_FALSE(slow_subscriber->notify(event("1"))) << "its subscriptions are void";
    EXPECT_EQ(server_->counters().subscribers_dropped, 1U);
    EXPECT_TRUE(quick_subscriber->notify(event("2")));
    EXPECT_EQ(receive_json(quick)["params"]["result"], 2);
    // When it reads again, it hears why.
    for (int i = 0; i <= sent; ++i) {
        const auto frame = slow.receive_frame();
        ASSERT_TRUE(frame) << frame.error().message;
        if (frame->opcode == 1) continue;
        EXPECT_EQ(frame->close_code(), 1008);
        EXPECT_EQ(frame->payload.substr(2), "too slow: notifications are not read");
        return;
    }
    FAIL() << "no close frame";
}

TEST_F(WebSocketFixture, OneThatNeverReadsAgainIsCutOff) {
    PortConfig port = config();
    port.limits.notification_bytes_max = 1'000'000;
    port.limits.close_timeout = std::chrono::milliseconds(30);
    start(port);
    tool::Connection slow = connect(/*receive_bytes=*/4096);
    ASSERT_TRUE(slow.upgrade());
    auto subscriber = subscribe(slow);
    const std::string large = std::string(1, '"') + std::string(100'000, 'x') + "\"";
    int sent = 0;
    while (subscriber->notify(event(large)) && sent < 10'000)
        ++sent;
    ASSERT_LT(sent, 10'000);
    subscriber.reset();
    await(server_->counters().websockets_open, 0);
}

TEST_F(WebSocketFixture, StopsWithANotice) {
    start(config());
    tool::Connection connection = connect_websocket();
    subscribe(connection);
    std::thread stopper([this] { server_->stop(std::chrono::milliseconds(5000)); });
    const auto frame = connection.receive_frame();
    ASSERT_TRUE(frame);
    EXPECT_EQ(frame->close_code(), 1001);
    ASSERT_TRUE(connection.send_frame(8, frame->payload));
    stopper.join();
    EXPECT_EQ(server_->counters().websockets_open, 0U);
}

}  // namespace
}  // namespace switchyard::http
