// SPDX-License-Identifier: Apache-2.0
#include "host/node/http/websocket_session.hpp"

#include <algorithm>
#include <array>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/post.hpp>
#include <boost/beast/core/buffers_to_string.hpp>
#include <iterator>

namespace switchyard::http {
namespace {

namespace websocket = beast::websocket;

constexpr size_t kReadPiece = 64 * 1024;

}  // namespace

WebSocketSession::WebSocketSession(std::shared_ptr<Port> port, beast::tcp_stream stream)
    : port_(std::move(port)),
      stream_(std::move(stream)),
      buffer_(port_->config.limits.message_bytes_max + kReadPiece),
      watch_timer_(stream_.get_executor()) {
    source_ = source_of(beast::get_lowest_layer(stream_).socket());
    count(port_->counters.websockets_open);
}

WebSocketSession::~WebSocketSession() {
    port_->counters.websockets_open.fetch_sub(1, std::memory_order_relaxed);
    port_->counters.connections_open.fetch_sub(1, std::memory_order_relaxed);
    port_->remove(this);
}

void WebSocketSession::start(Request request) {
    port_->add(this, weak_from_this());
    upgrade_ = std::move(request);
    // The stream has time-outs of its own, which keep an idle connection alive with pings.
    beast::get_lowest_layer(stream_).expires_never();
    websocket::stream_base::timeout timeouts{};
    // Of the close handshake, too; the request to upgrade has been read.
    timeouts.handshake_timeout = port_->config.limits.close_timeout;
    timeouts.idle_timeout = port_->config.limits.idle_timeout;
    timeouts.keep_alive_pings = true;
    stream_.set_option(timeouts);
    stream_.read_message_max(port_->config.limits.message_bytes_max);
    stream_.auto_fragment(false);
    stream_.text(true);
    watch();
    accepting_ = true;
    stream_.async_accept(upgrade_, [self = shared_from_this()](beast::error_code error) {
        self->accepting_ = false;
        self->upgrade_ = {};
        if (error) return self->close_socket();
        if (self->finishing_) return self->finish();
        self->read();
    });
}

void WebSocketSession::read() {
    if (reading_ || closing_ || in_flight_ >= port_->config.limits.requests_in_flight_max) return;
    reading_ = true;
    stream_.async_read_some(buffer_, kReadPiece,
                            [self = shared_from_this()](beast::error_code error, size_t bytes) {
                                self->on_read(error, bytes);
                            });
}

void WebSocketSession::on_read(beast::error_code error, size_t bytes) {
    reading_ = false;
    // A close of the other side has been answered by the stream; a message over the limit, too.
    if (error) return close_socket();
    if (!message_share_.take(port_->budget, bytes)) {
        count(port_->counters.busy);
        return close(websocket::close_code::try_again_later, "server busy");
    }
    if (stream_.is_message_done()) on_message();
    read();
}

void WebSocketSession::on_message() {
    count(port_->counters.requests);
    count(port_->counters.bytes_in, buffer_.size());
    auto request = std::make_shared<std::string>(beast::buffers_to_string(buffer_.data()));
    auto share = std::make_shared<ByteShare>(std::move(message_share_));
    message_share_ = {};
    buffer_.clear();
    if (buffer_.capacity() > 4 * kReadPiece) buffer_.shrink_to_fit();
    ++in_flight_;
    if (!port_->rate.take(source_, RateLimit::Clock::now())) {
        count(port_->counters.over_rate);
        return push_response(over_rate_response(), {});
    }
    const bool taken = port_->workers->submit(
        [self = shared_from_this(), request, share](rpc::DispatchScratch& scratch) {
            self->serve(scratch, *request);
            share->reset();
        });
    if (taken) return;
    count(port_->counters.busy);
    push_response(busy_response(), {});
}

void WebSocketSession::serve(rpc::DispatchScratch& scratch, std::string& request) {
    rpc::Context context;
    context.connection = number_;
    context.subscriber = shared_from_this();
    ByteShare share;
    std::string response = port_->answer(scratch, request, context, share);
    if (context.after_response.empty()) return push_response(std::move(response), std::move(share));
    // Who has read that he is subscribed misses nothing, and hears nothing before it.
    {
        const std::lock_guard lock(mutex_);
        ++holds_;
    }
    for (const auto& action : context.after_response)
        action();
    const std::lock_guard lock(mutex_);
    --holds_;
    if (closed_) return;
    queue_.push_back({{}, std::move(response), std::move(share)});
    if (holds_ == 0) {
        std::ranges::move(held_, std::back_inserter(queue_));
        held_.clear();
    }
    schedule_locked();
}

void WebSocketSession::push_response(std::string response, ByteShare share) {
    const std::lock_guard lock(mutex_);
    if (closed_) return;
    queue_.push_back({{}, std::move(response), std::move(share)});
    schedule_locked();
}

bool WebSocketSession::notify(const rpc::Notification& notification) {
    const PortLimits& limits = port_->config.limits;
    const std::lock_guard lock(mutex_);
    if (closed_) return false;
    if (queued_notifications_ >= limits.notifications_max ||
        queued_notification_bytes_ + notification.size() > limits.notification_bytes_max) {
        closed_ = true;
        queue_.clear();
        held_.clear();
        count(port_->counters.subscribers_dropped);
        net::post(stream_.get_executor(), [self = shared_from_this()] {
            self->close(websocket::close_code::policy_error,
                        "too slow: notifications are not read");
        });
        return false;
    }
    ++queued_notifications_;
    queued_notification_bytes_ += notification.size();
    count(port_->counters.notifications);
    (holds_ == 0 ? queue_ : held_).push_back({notification, {}, {}});
    if (holds_ == 0) schedule_locked();
    return true;
}

void WebSocketSession::schedule_locked() {
    if (scheduled_) return;
    scheduled_ = true;
    net::post(stream_.get_executor(), [self = shared_from_this()] { self->send_next(); });
}

void WebSocketSession::send_next() {
    if (sending_ || closing_) return;
    for (;;) {
        {
            const std::lock_guard lock(mutex_);
            if (queue_.empty()) {
                scheduled_ = false;
                return;
            }
            current_ = std::move(queue_.front());
            queue_.pop_front();
            if (current_.notification.head) {
                --queued_notifications_;
                queued_notification_bytes_ -= current_.notification.size();
            }
        }
        if (current_.notification.head || !current_.response.empty()) break;
        response_done();  // of a notification of the client's, which has no response
    }
    sending_ = true;
    sending_since_ = std::chrono::steady_clock::now();
    const auto on_done = [self = shared_from_this()](beast::error_code error, size_t bytes) {
        count(self->port_->counters.bytes_out, bytes);
        self->on_sent(error);
    };
    if (!current_.notification.head)
        return stream_.async_write(net::buffer(current_.response), on_done);
    const rpc::Notification& notification = current_.notification;
    stream_.async_write(
        std::array<net::const_buffer, 3>{
            net::buffer(*notification.head), net::buffer(*notification.event),
            net::buffer(rpc::Notification::kTail.data(), rpc::Notification::kTail.size())},
        on_done);
}

void WebSocketSession::on_sent(beast::error_code error) {
    sending_ = false;
    const bool response = !current_.notification.head;
    current_ = {};
    if (error) return close_socket();
    if (response) response_done();
    send_next();
}

void WebSocketSession::response_done() {
    --in_flight_;
    read();
}

void WebSocketSession::watch() {
    watch_timer_.expires_after(port_->config.limits.close_timeout);
    watch_timer_.async_wait([weak = weak_from_this()](beast::error_code error) {
        const auto self = weak.lock();
        if (error || !self) return;
        // Beast's own time-outs begin with the close frame, which waits for the frame before it.
        const PortLimits& limits = self->port_->config.limits;
        const auto now = std::chrono::steady_clock::now();
        const bool stuck = self->sending_ &&
                           (now - self->sending_since_ > limits.write_timeout ||
                            (self->closing_ && now - self->closing_since_ > limits.close_timeout));
        if (stuck) count(self->port_->counters.write_timeouts);
        const bool closed = !self->stream_.is_open();
        if (stuck || (closed && self->seen_closed_)) return self->close_socket();
        self->seen_closed_ = closed;
        self->watch();
    });
}

void WebSocketSession::close(websocket::close_code code, const char* reason) {
    if (closing_) return;
    closing_ = true;
    closing_since_ = std::chrono::steady_clock::now();
    {
        const std::lock_guard lock(mutex_);
        closed_ = true;
        queue_.clear();
        held_.clear();
    }
    // Waits for the frame that is being sent, if there is one.
    stream_.async_close({code, reason},
                        [self = shared_from_this()](beast::error_code) { self->close_socket(); });
}

void WebSocketSession::close_socket() {
    closing_ = true;
    {
        const std::lock_guard lock(mutex_);
        closed_ = true;
        queue_.clear();
        held_.clear();
    }
    watch_timer_.cancel();
    beast::error_code ignored;
    beast::get_lowest_layer(stream_).socket().close(ignored);
}

void WebSocketSession::finish() {
    net::post(stream_.get_executor(), [self = shared_from_this()] {
        // A close frame may not meet the answer to the upgrade, which is still being written.
        self->finishing_ = true;
        if (!self->accepting_) self->close(websocket::close_code::going_away, "server stops");
    });
}

void WebSocketSession::abort() {
    net::post(stream_.get_executor(), [self = shared_from_this()] { self->close_socket(); });
}

}  // namespace switchyard::http
