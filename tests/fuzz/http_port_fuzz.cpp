// SPDX-License-Identifier: Apache-2.0
// libFuzzer's entry to a whole port: bytes over a socket, as HTTP or behind a WebSocket's upgrade.
#include <sys/socket.h>

#include <array>
#include <cstdint>
#include <set>
#include <string>
#include <thread>

#include "host/node/http/server.hpp"
#include "tests/fuzz/require.hpp"
#include "tools/rpc_client/connection.hpp"

namespace switchyard::fuzz {
namespace {

class FuzzedPort {
  public:
    FuzzedPort() {
        table_.add(
            "a_echo",
            [](const rpc::Params& params, rpc::Context&, json::Writer& result) -> rpc::Failure {
                std::string text;
                params.at(0).write(text);
                result.raw(text.empty() ? "null" : text);
                return {};
            });
        http::PortConfig port;
        port.port = 0;
        port.websocket = true;
        port.dispatcher = &dispatcher_;
        port.cors_origins = {"http://a"};
        port.routes.push_back({.path = "/health", .answer = [] {
                                   return http::RouteAnswer{200, "well\n"};
                               }});
        port.workers = 1;
        port.limits.body_bytes_max = 2000;
        port.limits.header_bytes_max = 1000;
        port.limits.message_bytes_max = 2000;
        port.limits.read_timeout = std::chrono::milliseconds(5000);
        http::ServerConfig config;
        config.ports.push_back(std::move(port));
        auto started = http::Server::start(std::move(config));
        require(started.has_value(), "no server");
        server_ = std::move(*started);
    }

    /// What comes back for `bytes`; `websocket`: as frames, after an upgrade.
    std::string send(std::string_view bytes, bool websocket) {
        std::array<int, 2> ends{};
        require(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) == 0,
                "no sockets");
        const timeval timeout{10, 0};
        ::setsockopt(ends[1], SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof(timeout));
        server_->adopt(ends[0]);
        tool::Connection client(ends[1]);
        if (websocket) {
            const auto upgraded = client.upgrade();
            require(upgraded.has_value(),
                    upgraded ? "" : "no upgrade: " + upgraded.error().message);
        }
        // The server may end it before it has read all.
        static_cast<void>(client.send(bytes));
        client.shutdown_send();
        const auto answer = client.receive_all();
        require(answer.has_value(), "a connection does not end");
        return *answer;
    }

    void await_idle() const {
        for (int i = 0; i < 10'000 && server_->counters().connections_open.load() != 0; ++i)
            std::this_thread::sleep_for(std::chrono::microseconds(i < 100 ? 20 : 1000));
        require(server_->counters().connections_open.load() == 0, "a connection is left");
    }

  private:
    rpc::MethodTable table_;
    rpc::Dispatcher dispatcher_{table_, {}};
    std::unique_ptr<http::Server> server_;
};

}  // namespace
}  // namespace switchyard::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    using namespace switchyard::fuzz;
    static FuzzedPort port;
    if (size == 0) return 0;
    const bool websocket = data[0] == 'W';
    const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
    const std::string answer = port.send(bytes, websocket);
    port.await_idle();
    if (websocket) {
        // Unmasked frames of a kind that there is.
        static const std::set<int> kFirst = {0x81, 0x88, 0x8a};
        require(answer.empty() || kFirst.contains(static_cast<uint8_t>(answer[0])),
                "an answer is no frame");
        return 0;
    }
    static const std::set<std::string> kStatuses = {"100", "101", "200", "204", "400",
                                                    "403", "404", "405", "413", "415",
                                                    "426", "429", "431", "501"};
    require(answer.empty() || (answer.starts_with("HTTP/1.") && answer.size() > 12 &&
                               kStatuses.contains(answer.substr(9, 3))),
            "an answer has no known status");
    return 0;
}
