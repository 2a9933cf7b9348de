// SPDX-License-Identifier: Apache-2.0
// A TCP stream whose WebSocket ends so that the other side can read why. Inside host/node/http
// only.
#pragma once

#include <boost/asio/buffer.hpp>
#include <boost/asio/compose.hpp>
#include <boost/asio/error.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/websocket/teardown.hpp>
#include <memory>
#include <utility>
#include <vector>

#include "host/node/http/port.hpp"

namespace switchyard::http {

/// What is read and thrown away after the last thing that was sent. To close with unread input
/// would reset the connection, and take away from the client what it has not received yet.
constexpr size_t kLingerBytesMax = 32 * 1024 * 1024;

/// Beast's own end of a stream reads once and closes.
class LingeringStream : public beast::tcp_stream {
  public:
    explicit LingeringStream(beast::tcp_stream stream) : beast::tcp_stream(std::move(stream)) {}
};

/// Sends the end of the stream, then reads on until the other side's, for `kLingerBytesMax` at
/// most, and closes. Has no limit of time: whoever owns the stream closes it when that is over.
/// Found by Beast (its customization point for streams).
template <class Handler>
void async_teardown(beast::role_type /*role*/, LingeringStream& stream, Handler&& handler) {
    beast::error_code ignored;
    stream.socket().shutdown(net::ip::tcp::socket::shutdown_send, ignored);
    constexpr size_t kPiece = 64 * 1024;
    net::async_compose<Handler, void(beast::error_code)>(
        [&stream, piece = std::vector<char>(kPiece), read = size_t{0}](
            auto& self, beast::error_code error = {}, size_t bytes = 0) mutable {
            read += bytes;
            if (!error && read <= kLingerBytesMax) {
                const auto room = net::buffer(piece);
                return stream.async_read_some(room, std::move(self));
            }
            if (error == net::error::eof) error = {};
            beast::error_code failed;
            stream.socket().close(failed);
            self.complete(error);
        },
        handler, stream);
}

}  // namespace switchyard::http
