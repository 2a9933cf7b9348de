// SPDX-License-Identifier: Apache-2.0
// HTTP, spoken over sockets.
#include <gtest/gtest.h>
#include <sys/socket.h>

#include "tests/unit/node/server_fixture.hpp"

namespace switchyard::http {
namespace {

class HttpFixture : public test::ServerFixture {
  protected:
    unsigned status_of(const std::string& request) {
        tool::Connection connection = connect();
        EXPECT_TRUE(connection.send(request));
        const auto reply = connection.receive_reply();
        EXPECT_TRUE(reply) << request;
        last_ = reply ? *reply : tool::HttpReply{};
        return last_.status;
    }
    tool::HttpReply last_;
};

TEST_F(HttpFixture, AnswersManyRequestsOnOneConnection) {
    start({});
    tool::Connection connection = connect();
    for (int i = 0; i < 100; ++i) {
        const auto reply = connection.post(call(i, "test_echo", "[\"a\"]"));
        ASSERT_TRUE(reply);
        ASSERT_EQ(reply->status, 200U);
        ASSERT_NE(reply->header.find("Content-Type: application/json\r\n"), std::string::npos);
        ASSERT_EQ(nlohmann::json::parse(reply->body)["id"], i);
    }
    EXPECT_EQ(server_->counters().connections, 1U);
    EXPECT_EQ(server_->counters().requests, 100U);
}

TEST_F(HttpFixture, AnswersPipelinedRequestsInOrder) {
    start({});
    tool::Connection connection = connect();
    std::string requests;
    for (int i = 0; i < 50; ++i) {
        const std::string body = call(i, "test_echo");
        requests += tool::post_header(body.size()) + body;
    }
    ASSERT_TRUE(connection.send(requests));
    for (int i = 0; i < 50; ++i)
        ASSERT_EQ(nlohmann::json::parse(connection.receive_reply()->body)["id"], i);
}

TEST_F(HttpFixture, TakesChunkedBodiesAndExpectations) {
    start({});
    const std::string body = call(7, "test_echo");
    const std::string head =
        "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n";
    tool::Connection connection = connect();
    ASSERT_TRUE(connection.send(head + "Transfer-Encoding: chunked\r\n\r\n5\r\n" +
                                body.substr(0, 5) + "\r\n"));
    std::array<char, 8> size{};
    std::snprintf(size.data(), size.size(), "%zx", body.size() - 5);
    ASSERT_TRUE(
        connection.send(std::string(size.data()) + "\r\n" + body.substr(5) + "\r\n0\r\n\r\n"));
    EXPECT_EQ(nlohmann::json::parse(connection.receive_reply()->body)["id"], 7);
    ASSERT_TRUE(connection.send(head + "Expect: 100-continue\r\nContent-Length: " +
                                std::to_string(body.size()) + "\r\n\r\n"));
    EXPECT_EQ(connection.receive_reply()->status, 100U);
    ASSERT_TRUE(connection.send(body));
    EXPECT_EQ(connection.receive_reply()->status, 200U);
}

TEST_F(HttpFixture, AnOldClientHearsNothingInBetween) {
    start({});
    const std::string body = call(8, "test_echo");
    tool::Connection connection = connect();
    ASSERT_TRUE(
        connection.send("POST / HTTP/1.0\r\nContent-Type: application/json\r\nExpect: "
                        "100-continue\r\nContent-Length: " +
                        std::to_string(body.size()) + "\r\n\r\n" + body));
    EXPECT_EQ(connection.receive_reply()->status, 200U);
}

TEST_F(HttpFixture, WhatAsksForAHeadGetsNoBody) {
    start({});
    tool::Connection connection = connect();
    // The next response begins where the first one's header ends.
    ASSERT_TRUE(
        connection.send("HEAD / HTTP/1.1\r\nHost: localhost\r\n\r\n"
                        "GET / HTTP/1.0\r\n\r\n"));
    const auto all = connection.receive_all();
    ASSERT_TRUE(all) << all.error().message;
    EXPECT_TRUE(all->starts_with("HTTP/1.1 405 ")) << *all;
    const size_t end = all->find("\r\n\r\n");
    ASSERT_NE(end, std::string::npos);
    EXPECT_NE(all->substr(0, end).find("\r\nContent-Length: 19"), std::string::npos) << *all;
    EXPECT_TRUE(std::string_view(*all).substr(end + 4).starts_with("HTTP/1.0 200 ")) << *all;
}

TEST_F(HttpFixture, NotificationsHaveAnEmptyBody) {
    start({});
    tool::Connection connection = connect();
    const auto reply = connection.post(R"({"jsonrpc":"2.0","method":"test_echo"})");
    EXPECT_EQ(reply->status, 200U);
    EXPECT_EQ(reply->body, "");
}

TEST_F(HttpFixture, RefusesByTheHeader) {
    PortConfig port;
    port.limits.body_bytes_max = 1000;
    port.limits.header_bytes_max = 2000;
    start(port);
    const std::string body = call(1, "test_echo");
    const std::string type = "Content-Type: application/json\r\n";
    const std::string length = "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
    EXPECT_EQ(status_of("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"), 200U);
    EXPECT_EQ(status_of("POST / HTTP/1.1\r\nHost: localhost:8545\r\n" + type + length), 200U);
    EXPECT_EQ(status_of("POST / HTTP/1.0\r\n" + type + length), 200U);
    EXPECT_EQ(status_of("POST /?key=1 HTTP/1.1\r\nHost: [::1]:80\r\n" + type + length), 200U);
    EXPECT_EQ(status_of("POST / HTTP/1.1\r\nHost: evil.example\r\n" + type + length), 403U);
    EXPECT_EQ(status_of("POST /other HTTP/1.1\r\nHost: localhost\r\n" + type + length), 404U);
    EXPECT_EQ(status_of("PUT / HTTP/1.1\r\nHost: localhost\r\n" + type + length), 405U);
    EXPECT_EQ(status_of("DELETE / HTTP/1.1\r\nHost: localhost\r\n\r\n"), 405U);
    EXPECT_EQ(
        status_of("POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/plain\r\n" + length),
        415U);
    EXPECT_EQ(status_of("POST / HTTP/1.1\r\nHost: localhost\r\n" + length), 415U);
    EXPECT_EQ(
        status_of("POST / HTTP/1.1\r\nHost: localhost\r\n" + type + "Content-Length: 1001\r\n\r\n"),
        413U);
    EXPECT_EQ(status_of("POST / HTTP/1.1\r\nHost: localhost\r\n" + type +
                        "Transfer-Encoding: chunked\r\n\r\nfff\r\n" + std::string(4095, ' ')),
              413U);
    const std::string absolute = "POST http://localhost:1/?a HTTP/1.1\r\nHost: evil.example\r\n";
    EXPECT_EQ(status_of(absolute + type + length), 200U) << "the target counts";
    EXPECT_EQ(status_of("GET http://evil.example/ HTTP/1.1\r\nHost: localhost\r\n\r\n"), 403U);
    EXPECT_EQ(status_of("POST / HTTP/1.0\r\nConnection: keep-alive\r\n" + type +
                        "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
              400U);
    EXPECT_EQ(last_.header.find("keep-alive"), std::string::npos) << last_.header;
    EXPECT_EQ(status_of("GET / HTTP/1.1\r\n\r\n"), 400U) << "no Host";
    EXPECT_EQ(status_of("GET / HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\n\r\n"), 400U);
    EXPECT_EQ(status_of("GET / HTTP/1.0\r\nHost: localhost\r\nHost: localhost\r\n\r\n"), 400U);
    EXPECT_EQ(status_of("GET / HTTP/1.1\r\nX: " + std::string(3000, 'x') + "\r\n\r\n"), 431U);
    EXPECT_EQ(status_of("nonsense\r\n\r\n"), 400U);
    EXPECT_EQ(
        status_of("POST / HTTP/1.1\r\nHost: localhost\r\n" + type + "Content-Length: -1\r\n\r\n"),
        400U);
    EXPECT_EQ(status_of("POST / HTTP/1.1\r\nHost: localhost\r\n" + type +
                        "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n"),
              400U);
    EXPECT_EQ(
        status_of(
            "GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"),
        404U)
        << "no WebSocket is offered";
}

TEST_F(HttpFixture, CorsIsOffUnlessOriginsAreListed) {
    start({});
    const std::string ask =
        "OPTIONS / HTTP/1.1\r\nHost: localhost\r\nOrigin: https://a.example\r\n"
        "Access-Control-Request-Method: POST\r\nAccess-Control-Request-Headers: "
        "content-type\r\n\r\n";
    EXPECT_EQ(status_of(ask), 200U);
    EXPECT_EQ(last_.header.find("Access-Control"), std::string::npos);
    PortConfig port;
    port.cors_origins = {"https://a.example"};
    start(port);
    EXPECT_EQ(status_of(ask), 204U);
    EXPECT_NE(last_.header.find("Access-Control-Allow-Origin: https://a.example\r\n"),
              std::string::npos);
    EXPECT_NE(last_.header.find("Access-Control-Allow-Headers: content-type\r\n"),
              std::string::npos);
    EXPECT_EQ(last_.header.find("Content-Length"), std::string::npos);
    const auto reply = connect().post(call(1, "test_echo"), "Origin: https://a.example\r\n");
    EXPECT_NE(reply->header.find("Access-Control-Allow-Origin: https://a.example\r\n"),
              std::string::npos);
    const auto other = connect().post(call(1, "test_echo"), "Origin: https://b.example\r\n");
    EXPECT_EQ(other->header.find("Access-Control"), std::string::npos);
}

TEST_F(HttpFixture, AsksForTokens) {
    auth::Secret secret;
    secret[5] = 77;
    PortConfig port;
    port.websocket = true;
    port.token = std::make_shared<auth::TokenCheck>(secret, "", [] { return int64_t{1000}; });
    port.routes.push_back({.path = "/health", .open = true, .answer = [] {
                               return RouteAnswer{200, "well\n"};
                           }});
    port.routes.push_back({.path = "/metrics", .answer = [] { return RouteAnswer{200, "a 1\n"}; }});
    start(port);
    const auto with = [&](int64_t at) {
        return "Authorization: Bearer " + auth::make_token(secret, at) + "\r\n";
    };
    const auto without = connect().post(call(1, "test_echo"));
    EXPECT_EQ(without->status, 401U);
    EXPECT_NE(without->header.find("WWW-Authenticate: Bearer\r\n"), std::string::npos);
    EXPECT_EQ(connect().post(call(1, "test_echo"), with(1000))->status, 200U);
    const auto stale = connect().post(call(1, "test_echo"), with(900));
    EXPECT_EQ(stale->status, 401U);
    EXPECT_EQ(stale->body, "stale token\n");
    EXPECT_FALSE(connect().upgrade());
    EXPECT_TRUE(connect().upgrade(with(1000)));
    EXPECT_EQ(status_of("GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n"), 200U);
    EXPECT_EQ(last_.body, "well\n");
    EXPECT_EQ(status_of("GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n"), 401U);
    EXPECT_EQ(status_of("GET /metrics HTTP/1.1\r\nHost: localhost\r\n" + with(1001) + "\r\n"),
              200U);
    EXPECT_EQ(status_of("POST /metrics HTTP/1.1\r\nHost: localhost\r\n" + with(1001) + "\r\n"),
              405U);
    EXPECT_EQ(server_->counters().unauthorized, 4U);
}

TEST_F(HttpFixture, IsBusyWhenTheQueueIsFull) {
    PortConfig port;
    port.workers = 1;
    port.limits.queued_requests_max = 1;
    start(port);
    std::vector<tool::Connection> held;
    const std::string wait = call(1, "test_wait");
    held.push_back(connect());
    ASSERT_TRUE(held.back().send(tool::post_header(wait.size()) + wait));
    await_waiting(1);
    held.push_back(connect());
    ASSERT_TRUE(held.back().send(tool::post_header(wait.size()) + wait));
    await(server_->counters().requests, 2);
    while (server_->queued() != 1)
        std::this_thread::yield();
    const auto reply = connect().post(call(2, "test_echo"));
    EXPECT_EQ(reply->status, 429U);
    EXPECT_EQ(nlohmann::json::parse(reply->body)["error"]["code"], -32005);
    open_gate();
    for (auto& connection : held)
        EXPECT_EQ(connection.receive_reply()->status, 200U);
    EXPECT_EQ(connect().post(call(2, "test_echo"))->status, 200U);
}

TEST_F(HttpFixture, WhoAsksTooOftenIsRefused) {
    PortConfig port;
    port.websocket = true;
    port.limits.rate = {.per_second = 1e-6, .burst = 4};
    start(port);
    tool::Connection connection = connect();
    EXPECT_EQ(connection.post(call(1, "test_echo"))->status, 200U);
    tool::Connection socket = connect_websocket();
    ASSERT_TRUE(socket.send_text(call(2, "test_echo")));
    EXPECT_EQ(receive_json(socket)["id"], 2);
    EXPECT_EQ(connection.post(call(3, "test_echo"))->status, 200U);
    // The four are gone, whatever connection asks, whatever for.
    ASSERT_TRUE(socket.send_text(call(4, "test_echo")));
    EXPECT_EQ(receive_json(socket)["error"]["code"], -32005);
    EXPECT_EQ(connection.post(call(5, "test_echo"))->status, 429U);
    EXPECT_EQ(connect().post("nonsense")->status, 429U);
    EXPECT_EQ(server_->counters().over_rate, 3U);
}

TEST_F(HttpFixture, BytesInFlightAreBounded) {
    PortConfig port;
    port.workers = 1;
    port.limits.bytes_in_flight_max = 100'000;
    start(port);
    // A body that was announced is counted before it comes.
    tool::Connection announced = connect();
    ASSERT_TRUE(announced.send(tool::post_header(90'000)));
    await(server_->counters().requests, 1);
    const std::string padded = call(1, "test_echo") + std::string(20'000, ' ');
    EXPECT_EQ(connect().post(padded)->status, 429U);
    EXPECT_EQ(connect().post(call(1, "test_echo"))->status, 200U);
    const auto large = connect().post(call(1, "test_large", R"(["0x4000"])"));
    EXPECT_EQ(large->status, 200U);
    EXPECT_EQ(nlohmann::json::parse(large->body)["error"]["code"], -32005);
    ASSERT_TRUE(announced.send(call(1, "test_echo") +
                               std::string(90'000 - call(1, "test_echo").size(), ' ')));
    EXPECT_EQ(announced.receive_reply()->status, 200U);
    EXPECT_EQ(connect().post(padded)->status, 200U) << "what was taken is given back";
}

TEST_F(HttpFixture, ConnectionsAreBounded) {
    PortConfig port;
    port.limits.connections_max = 3;
    start(port);
    std::vector<tool::Connection> held;
    for (int i = 0; i < 3; ++i) {
        held.push_back(connect());
        EXPECT_EQ(held.back().post(call(1, "test_echo"))->status, 200U);
    }
    tool::Connection refused = connect();
    EXPECT_EQ(*refused.receive_all(), "");
    held.pop_back();
    await(server_->counters().connections_open, 2);
    EXPECT_EQ(connect().post(call(1, "test_echo"))->status, 200U);
    EXPECT_EQ(server_->counters().connections_refused, 1U);
}

TEST_F(HttpFixture, SlowRequestsEnd) {
    PortConfig port;
    port.limits.read_timeout = std::chrono::milliseconds(50);
    port.limits.idle_timeout = std::chrono::milliseconds(50);
    start(port);
    tool::Connection silent = connect();
    tool::Connection half = connect();
    ASSERT_TRUE(half.send("POST / HTTP/1.1\r\nHost: loc"));
    tool::Connection body = connect();
    ASSERT_TRUE(body.send(tool::post_header(100) + "{"));
    EXPECT_EQ(*silent.receive_all(), "");
    EXPECT_EQ(*half.receive_all(), "");
    EXPECT_EQ(*body.receive_all(), "");
    await(server_->counters().connections_open, 0);
}

TEST_F(HttpFixture, AMethodGivesUpAtItsDeadline) {
    PortConfig port;
    // Long enough that a slow machine begins the method before it is over.
    port.limits.request_timeout = std::chrono::milliseconds(300);
    start(port);
    const auto reply =
        connect().post("[" + call(1, "test_wait") + "," + call(2, "test_echo") + "]");
    const auto response = nlohmann::json::parse(reply->body);
    EXPECT_EQ(response[0]["result"], false);
    EXPECT_EQ(response[1]["error"]["code"], -32002);
}

TEST_F(HttpFixture, StopsAfterTheRunningRequest) {
    start({});
    tool::Connection idle = connect();
    ASSERT_EQ(idle.post(call(1, "test_echo"))->status, 200U);
    tool::Connection busy = connect();
    const std::string wait = call(1, "test_wait");
    ASSERT_TRUE(busy.send(tool::post_header(wait.size()) + wait));
    await_waiting(1);
    std::thread stopper([this] { server_->stop(std::chrono::milliseconds(10'000)); });
    EXPECT_EQ(*idle.receive_all(), "");
    open_gate();
    const auto reply = busy.receive_reply();
    ASSERT_TRUE(reply);
    EXPECT_EQ(nlohmann::json::parse(reply->body)["result"], true);
    stopper.join();
    EXPECT_EQ(server_->counters().connections_open, 0U);
}

TEST_F(HttpFixture, StopsThoughAMethodHangs) {
    start({});
    tool::Connection busy = connect();
    const std::string wait = call(1, "test_wait");
    ASSERT_TRUE(busy.send(tool::post_header(wait.size()) + wait));
    await_waiting(1);
    server_->stop(std::chrono::milliseconds(1));
    EXPECT_EQ(server_->counters().connections_open, 0U);
}

TEST_F(HttpFixture, SaysWhyItCannotListen) {
    start({});
    PortConfig taken;
    taken.port = server_->port();
    ServerConfig config;
    config.ports.push_back(taken);
    const auto failed = Server::start(config);
    ASSERT_FALSE(failed);
    EXPECT_EQ(failed.error().code, ErrorCode::Unavailable);
    EXPECT_NE(failed.error().message.find("127.0.0.1:"), std::string::npos);
    config.ports[0].address = "localhost";
    EXPECT_EQ(Server::start(config).error().code, ErrorCode::InvalidInput);
}

TEST_F(HttpFixture, ServesAnAdoptedSocket) {
    start({});
    std::array<int, 2> ends{};
    ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()), 0);
    server_->adopt(ends[0]);
    tool::Connection connection(ends[1]);
    EXPECT_EQ(connection.post(call(1, "test_echo"))->status, 200U);
}

}  // namespace
}  // namespace switchyard::http
