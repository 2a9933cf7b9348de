// SPDX-License-Identifier: Apache-2.0
// libFuzzer's entry to a whole port: bytes over a socket, as HTTP or behind a WebSocket's upgrade.
#include <sys/socket.h>

#include <array>
#include <charconv>
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

/// Frames to the end of `bytes`, whose last one may be cut: unmasked, of a kind that there is,
/// whole messages, closed with a code that RFC 6455 knows and that a server may mean, nothing
/// behind that.
void check_frames(std::string_view bytes) {
    static const std::set<int> kCodes = {1000, 1001, 1002, 1003, 1007, 1008, 1009, 1013};
    bool closed = false;
    while (bytes.size() >= 2) {
        require(!closed, "a frame is behind the close frame");
        const auto byte = [&](size_t i) { return static_cast<uint8_t>(bytes[i]); };
        require(byte(0) == 0x81 || byte(0) == 0x88 || byte(0) == 0x8a, "an answer is no frame");
        require(byte(1) < 0x80, "a server's frame is masked");
        const size_t more = byte(1) == 126 ? 2 : byte(1) == 127 ? 8 : 0;
        if (bytes.size() < 2 + more) return;
        uint64_t size = more == 0 ? byte(1) : 0;
        for (size_t i = 0; i < more; ++i)
            size = size << 8 | byte(2 + i);
        require(byte(0) == 0x81 || size <= 125, "a control frame is too long");
        if (bytes.size() - 2 - more < size) return;
        if (byte(0) == 0x88 && size > 0) {
            require(size != 1, "a close frame has half a code");
            const int code = byte(2) << 8 | byte(3);
            // What the client closed with comes back.
            require(kCodes.contains(code) || (code >= 1000 && size == 2),
                    "a close frame has an unknown code");
        }
        closed = byte(0) == 0x88;
        bytes.remove_prefix(2 + more + size);
    }
}

std::string lower_case(std::string_view text) {
    std::string out(text);
    for (char& c : out)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + ('a' - 'A'));
    return out;
}

/// Responses to the end of `bytes`, with the length that they give; behind a 101 frames. `heads`:
/// a request may have been HEAD, whose response has a length and no body; then only the first one
/// is looked at.
void check_responses(std::string_view bytes, bool heads) {
    static const std::set<std::string_view> kStatuses = {"100", "101", "200", "204", "400",
                                                         "403", "404", "405", "413", "415",
                                                         "426", "429", "431", "501"};
    static constexpr std::string_view kLength = "\r\ncontent-length: ";
    while (!bytes.empty()) {
        require(bytes.size() > 12 && bytes.starts_with("HTTP/1.") &&
                    kStatuses.contains(bytes.substr(9, 3)),
                "an answer has no known status");
        if (heads) return;
        const size_t end = bytes.find("\r\n\r\n");
        require(end != std::string_view::npos, "a header has no end");
        const std::string_view status = bytes.substr(9, 3);
        const std::string header = lower_case(bytes.substr(0, end + 2));
        bytes.remove_prefix(end + 4);
        if (status == "101") return check_frames(bytes);
        const size_t at = header.find(kLength);
        const bool has_content = status != "100" && status != "204";
        require(has_content == (at != std::string::npos), "a response has a wrong kind of length");
        if (!has_content) continue;
        size_t length = 0;
        std::from_chars(header.data() + at + kLength.size(), header.data() + header.size(), length);
        require(length <= bytes.size(), "a body is cut");
        bytes.remove_prefix(length);
    }
}

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
        check_frames(answer);
    } else {
        check_responses(answer, bytes.find("HEAD") != std::string_view::npos);
    }
    return 0;
}
