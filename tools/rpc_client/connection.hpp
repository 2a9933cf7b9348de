// SPDX-License-Identifier: Apache-2.0
// A blocking client connection that speaks HTTP/1.1 and, after an upgrade, WebSocket (RFC 6455).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "host/core/result.hpp"

namespace switchyard::tool {

struct HttpReply {
    unsigned status = 0;
    std::string header;  ///< all lines, as they came
    std::string body;
};

struct WebSocketFrame {
    uint8_t opcode = 0;  ///< 1 text, 2 binary, 8 close, 9 ping, 10 pong
    bool final = true;
    std::string payload;
    /// Of a close frame; 1005 when it names none.
    [[nodiscard]] uint16_t close_code() const;
};

/// One thread. Waits at most `timeout_ms` for each piece that the other side sends or takes, then
/// fails with `Timeout`. A signal begins that wait anew: the kernel restarts no call on a socket
/// that has a time-out, whatever the handler's flags are (signal(7)).
class Connection {
  public:
    /// To 127.0.0.1. `receive_bytes` sets the socket's receive buffer, if not 0.
    [[nodiscard]] static Result<Connection> open(uint16_t port, int timeout_ms = 10'000,
                                                 int receive_bytes = 0);
    /// Owns `descriptor`, a connected stream socket.
    explicit Connection(int descriptor) : descriptor_(descriptor) {}
    ~Connection();
    Connection(Connection&& other) noexcept;
    Connection& operator=(Connection&& other) noexcept;

    [[nodiscard]] Result<void> send(std::string_view bytes);
    /// No more is sent.
    void shutdown_send();
    /// The next response, with a body by Content-Length or until the end.
    [[nodiscard]] Result<HttpReply> receive_reply();
    /// POST with a JSON body.
    [[nodiscard]] Result<HttpReply> post(std::string_view body, std::string_view more_headers = {});

    /// Sends an upgrade request; fails unless the answer is 101.
    [[nodiscard]] Result<void> upgrade(std::string_view more_headers = {});
    [[nodiscard]] Result<void> send_frame(uint8_t opcode, std::string_view payload,
                                          bool final = true);
    [[nodiscard]] Result<void> send_text(std::string_view text) { return send_frame(1, text); }
    [[nodiscard]] Result<WebSocketFrame> receive_frame();

    /// Everything until the other side closes.
    [[nodiscard]] Result<std::string> receive_all();

    [[nodiscard]] int descriptor() const { return descriptor_; }

  private:
    [[nodiscard]] Result<void> fill(size_t bytes);
    [[nodiscard]] Result<bool> read_more();

    int descriptor_ = -1;
    std::string buffer_;
    size_t read_ = 0;  ///< of `buffer_`, consumed
};

/// The header of a POST of `bytes` of JSON.
[[nodiscard]] std::string post_header(size_t bytes, std::string_view more_headers = {});

}  // namespace switchyard::tool
