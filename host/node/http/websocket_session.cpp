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

/// Whether the last character is not whole, of a text that is UTF-8 up to it.
bool ends_within_character(std::string_view text) {
    for (size_t back = 1; back <= std::min<size_t>(3, text.size()); ++back) {
        const auto byte = static_cast<unsigned char>(text[text.size() - back]);
        if (byte < 0x80) return false;
        if (byte >= 0xc0) return back < (byte >= 0xf0 ? 4U : byte >= 0xe0 ? 3U : 2U);
    }
    return false;
}

}  // namespace

WebSocketSession::WebSocketSession(std::shared_ptr<Port> port, beast::tcp_stream stream)
    : port_(std::move(port)),
      config_(port_->live.get()),
      stream_(LingeringStream(std::move(stream))),
      buffer_(config_->limits.message_bytes_max + kReadPiece),
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
    beast::get_lowest_layer(stream_).expires_never();
    stream_.set_option(time_limits(config_->limits.write_timeout));
    stream_.read_message_max(config_->limits.message_bytes_max);
    stream_.auto_fragment(false);
    stream_.text(true);
    accepting_ = true;
    stream_.async_accept(upgrade_, [self = shared_from_this()](beast::error_code error) {
        self->accepting_ = false;
        self->upgrade_ = {};
        if (error) return self->close_socket();
        self->stream_.set_option(self->time_limits(self->port_->config.limits.close_timeout));
        self->watch();
        if (self->finishing_) return self->finish();
        self->read();
    });
}

/// The stream has time-outs of its own, which keep an idle connection alive with pings. `handshake`
/// is for the answer to the upgrade, whose request has been read, then for the closing handshake.
websocket::stream_base::timeout WebSocketSession::time_limits(
    std::chrono::milliseconds handshake) const {
    websocket::stream_base::timeout out{};
    out.handshake_timeout = handshake;
    out.idle_timeout = config_->limits.idle_timeout;
    out.keep_alive_pings = true;
    return out;
}

void WebSocketSession::take_over_limits() {
    const PortConfig* const before = config_.get();
    const PortLimits& limits = port_->live.refresh(config_).limits;
    if (config_.get() == before) return;
    stream_.set_option(time_limits(limits.close_timeout));
    stream_.read_message_max(limits.message_bytes_max);
    buffer_.max_size(limits.message_bytes_max + kReadPiece);
}

void WebSocketSession::read() {
    if (reading_ || closing_ || in_flight_ >= port_->config.limits.requests_in_flight_max) return;
    // Not in the middle of a message, which began under the limits before.
    if (buffer_.size() == 0) take_over_limits();
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
    if (stream_.is_message_done()) {
        message_since_ = {};
        on_message();
    } else if (message_since_ == std::chrono::steady_clock::time_point{}) {
        message_since_ = std::chrono::steady_clock::now();
    }
    read();
}

void WebSocketSession::on_message() {
    // Beast looks at the end of a text only if its last frame is not empty.
    const auto message = buffer_.cdata();
    if (stream_.got_text() &&
        ends_within_character({static_cast<const char*>(message.data()), message.size()}))
        return close(websocket::close_code::bad_payload, "a text that is no UTF-8");
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
        [self = shared_from_this(), request, share,
         timeout = config_->limits.request_timeout](rpc::DispatchScratch& scratch) {
            self->serve(scratch, *request, timeout);
            share->reset();
        });
    if (taken) return;
    count(port_->counters.busy);
    push_response(busy_response(), {});
}

void WebSocketSession::serve(rpc::DispatchScratch& scratch, std::string& request,
                             std::chrono::milliseconds timeout) {
    rpc::Context context;
    context.connection = number_;
    context.subscriber = shared_from_this();
    ByteShare share;
    std::string response = port_->answer(scratch, request, context, timeout, share);
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
        const PortLimits& limits = self->config_->limits;
        const auto now = std::chrono::steady_clock::now();
        const bool stuck = self->sending_ &&
                           (now - self->sending_since_ > limits.write_timeout ||
                            (self->closing_ && now - self->closing_since_ > limits.close_timeout));
        if (stuck) count(self->port_->counters.write_timeouts);
        if (!self->closing_ && self->message_since_ != std::chrono::steady_clock::time_point{} &&
            now - self->message_since_ > limits.read_timeout) {
            count(self->port_->counters.read_timeouts);
            self->close(websocket::close_code::policy_error, "too slow: a message does not end");
        }
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
