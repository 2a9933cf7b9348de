// SPDX-License-Identifier: Apache-2.0
// One WebSocket connection. Inside host/node/http only.
#pragma once

#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/websocket/stream.hpp>
#include <deque>
#include <memory>
#include <mutex>
#include <string>

#include "host/node/http/lingering_stream.hpp"
#include "host/node/http/port.hpp"
#include "host/node/rpc/subscriber.hpp"

namespace switchyard::http {

/// Reads requests, up to `requests_in_flight_max` at once, and sends responses and notifications in
/// the order in which they were queued.
///
/// All members but the queue belong to the connection's strand. The queue is under a mutex that is
/// held to push and to pop, never while anything is sent. Notifications are bounded by the port's
/// limits, responses by the requests in flight.
class WebSocketSession final : public rpc::Subscriber,
                               public Session,
                               public std::enable_shared_from_this<WebSocketSession> {
  public:
    using Request = beast::http::request<beast::http::string_body>;

    WebSocketSession(std::shared_ptr<Port> port, beast::tcp_stream stream);
    ~WebSocketSession() override;

    /// Answers the request to upgrade and begins to read.
    void start(Request request);

    [[nodiscard]] bool notify(const rpc::Notification& notification) override;
    void finish() override;
    void abort() override;

  private:
    struct Outgoing {
        rpc::Notification notification;  ///< without a head: `response` it is
        std::string response;
        ByteShare share;
    };

    [[nodiscard]] beast::websocket::stream_base::timeout time_limits(
        std::chrono::milliseconds handshake) const;
    /// The port's limits as they are now, for what comes next.
    void take_over_limits();
    void read();
    void on_read(beast::error_code error, size_t bytes);
    void on_message();
    void serve(rpc::DispatchScratch& scratch, std::string& request,
               std::chrono::milliseconds timeout);
    void push_response(std::string response, ByteShare share);
    void schedule_locked();
    void send_next();
    void on_sent(beast::error_code error);
    void response_done();
    /// Looks at the connection every `close_timeout`, and ends one whose message, close handshake
    /// or write does not come to an end: the stream itself waits for the other side without a
    /// limit.
    void watch();
    /// Sends a close frame and ends when the other side answers it, or when `watch` says so.
    void close(beast::websocket::close_code code, const char* reason);
    void close_socket();

    std::shared_ptr<Port> port_;
    Live<PortConfig>::Pointer config_;  ///< whose limits hold for this connection
    const uint64_t number_ = Port::next_connection();
    uint64_t source_ = 0;  ///< as `RateLimit` knows it
    beast::websocket::stream<LingeringStream> stream_;
    beast::flat_buffer buffer_;
    ByteShare message_share_;
    net::steady_timer watch_timer_;
    std::chrono::steady_clock::time_point message_since_{};  ///< of which only a part has come
    std::chrono::steady_clock::time_point sending_since_;
    std::chrono::steady_clock::time_point closing_since_;
    bool seen_closed_ = false;  ///< when it was looked at last
    Request upgrade_;
    Outgoing current_;
    size_t in_flight_ = 0;
    bool reading_ = false;
    bool sending_ = false;
    bool accepting_ = false;  ///< the answer to the upgrade is under way
    bool finishing_ = false;
    bool closing_ = false;

    std::mutex mutex_;
    std::deque<Outgoing> queue_;
    /// Notifications that come while responses are made which begin subscriptions; they go behind.
    std::deque<Outgoing> held_;
    size_t holds_ = 0;  ///< such responses
    size_t queued_notifications_ = 0;
    size_t queued_notification_bytes_ = 0;
    bool scheduled_ = false;  ///< somebody on the strand will look into the queue
    bool closed_ = false;     ///< takes no more
};

}  // namespace switchyard::http
