// SPDX-License-Identifier: Apache-2.0
#include "host/node/http/http_session.hpp"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/write.hpp>
#include <boost/beast/websocket/rfc6455.hpp>

#include "host/node/http/lingering_stream.hpp"
#include "host/node/http/request_policy.hpp"
#include "host/node/http/websocket_session.hpp"

namespace switchyard::http {
namespace {

namespace message = beast::http;

constexpr size_t kReadPiece = 64 * 1024;

std::string_view view(beast::string_view text) {
    return {text.data(), text.size()};
}

}  // namespace

HttpSession::HttpSession(std::shared_ptr<Port> port, net::ip::tcp::socket socket)
    : port_(std::move(port)),
      config_(port_->live.get()),
      stream_(std::move(socket)),
      executor_(stream_.get_executor()),
      buffer_(port_->config.limits.header_bytes_max + kReadPiece) {
    source_ = source_of(stream_.socket());
    count(port_->counters.connections);
    count(port_->counters.connections_open);
}

HttpSession::~HttpSession() {
    // A connection that went on as a WebSocket is counted by that.
    if (!upgraded_) port_->counters.connections_open.fetch_sub(1, std::memory_order_relaxed);
    port_->remove(this);
}

void HttpSession::start() {
    port_->add(this, weak_from_this());
    net::post(executor_, [self = shared_from_this()] { self->next_request(); });
}

void HttpSession::next_request() {
    serving_ = false;
    share_.reset();
    if (finishing_) return close();
    parser_.emplace();
    if (buffer_.size() != 0) return read_header();
    // An idle connection may take longer than one that has begun to ask.
    stream_.expires_after(port_->live.refresh(config_).limits.idle_timeout);
    stream_.async_read_some(buffer_.prepare(4096),
                            [self = shared_from_this()](beast::error_code error, size_t bytes) {
                                if (error) return self->close();
                                self->buffer_.commit(bytes);
                                self->read_header();
                            });
}

void HttpSession::read_header() {
    // The configuration with which a request begins is its own to the end.
    const PortLimits& limits = port_->live.refresh(config_).limits;
    parser_->header_limit(static_cast<uint32_t>(limits.header_bytes_max));
    parser_->body_limit(limits.body_bytes_max);
    stream_.expires_after(limits.read_timeout);
    message::async_read_header(
        stream_, buffer_, *parser_,
        [self = shared_from_this()](beast::error_code error, size_t) { self->on_header(error); });
}

void HttpSession::on_header(beast::error_code error) {
    if (error) return on_read_error(error);
    serving_ = true;
    count(port_->counters.requests);
    if (!port_->rate.take(source_, RateLimit::Clock::now())) {
        count(port_->counters.over_rate);
        return refuse_with({message::status::too_many_requests, "too many requests"});
    }
    if (auto refusal = refuse()) return refuse_with(std::move(*refusal));
    if (beast::websocket::is_upgrade(parser_->get())) return upgrade();

    // A body of unknown length may become as long as is allowed.
    const auto length = parser_->content_length();
    const size_t bytes = length               ? static_cast<size_t>(*length)
                         : parser_->chunked() ? config_->limits.body_bytes_max
                                              : 0;
    if (!share_.take(port_->budget, bytes)) {
        count(port_->counters.busy);
        return refuse_with({message::status::too_many_requests, "server busy"});
    }
    const std::string_view expect = header(message::field::expect);
    // HTTP/1.0 has no interim responses, whatever it expects (RFC 9110, section 10.1.1).
    if (parser_->get().version() < 11 ||
        !beast::iequals(beast::string_view(expect.data(), expect.size()), "100-continue"))
        return read_body();
    auto proceed = std::make_shared<message::response<message::empty_body>>(
        message::status::continue_, parser_->get().version());
    message::async_write(stream_, *proceed,
                         [self = shared_from_this(), proceed](beast::error_code failed, size_t) {
                             if (failed) return self->close();
                             self->read_body();
                         });
}

void HttpSession::read_body() {
    if (parser_->is_done()) return on_request();
    message::async_read(stream_, buffer_, *parser_,
                        [self = shared_from_this()](beast::error_code error, size_t) {
                            if (error) return self->on_read_error(error);
                            self->on_request();
                        });
}

void HttpSession::on_read_error(beast::error_code error) {
    using Fault = message::error;
    if (error == beast::error::timeout) count(port_->counters.read_timeouts);
    serving_ = true;
    if (error == Fault::body_limit)
        return refuse_with({message::status::payload_too_large,
                            "content length too large (limit " +
                                std::to_string(config_->limits.body_bytes_max) + " bytes)"});
    if (error == Fault::header_limit)
        return refuse_with(
            {message::status::request_header_fields_too_large, "request header too large"});
    // What is no HTTP; all else is a connection that has gone.
    if (error.category() == make_error_code(Fault::bad_method).category() &&
        error != Fault::end_of_stream && error != Fault::partial_message)
        return refuse_with({message::status::bad_request, "bad request: " + error.message()});
    close();
}

std::string_view HttpSession::header(message::field field) const {
    return view(parser_->get()[field]);
}

const Route* HttpSession::route() const {
    const std::string_view path = path_of(view(parser_->get().target()));
    const auto& routes = port_->config.routes;
    const auto found = std::ranges::find(routes, path, &Route::path);
    return found == routes.end() ? nullptr : &*found;
}

/// Whether the body's end is known for sure (RFC 9112, section 6.1): a coding other than chunked
/// would leave it to the length that stands beside it, which the next server in the chain may read
/// otherwise.
bool HttpSession::has_known_coding() const {
    const auto& request = parser_->get();
    const auto count = request.count(message::field::transfer_encoding);
    return count == 0 ||
           (count == 1 && beast::iequals(request[message::field::transfer_encoding], "chunked"));
}

/// What can be said against a request before it is known whom it asks (RFC 9112, sections 6.1 and
/// 3.2). The connection ends where a length may be another one for the next server in the chain.
std::optional<HttpSession::Refusal> HttpSession::refuse_framing() const {
    using message::status;
    const auto& request = parser_->get();
    if (!has_known_coding())
        return Refusal{status::not_implemented, "unsupported transfer encoding"};
    if (request.version() < 11 && request.count(message::field::transfer_encoding) != 0)
        return Refusal{status::bad_request, "HTTP/1.0 has no transfer encoding"};
    // Of several names the one that is checked may not be the one that a server in front went by.
    const auto hosts = request.count(message::field::host);
    if (hosts > 1 || (hosts == 0 && request.version() >= 11))
        return Refusal{status::bad_request, "not one Host"};
    return std::nullopt;
}

/// What a WebSocket's opening handshake lacks (RFC 6455, section 4.2).
std::optional<HttpSession::Refusal> HttpSession::refuse_handshake() const {
    using message::field;
    using message::status;
    const auto& request = parser_->get();
    if (request.count(field::sec_websocket_version) != 1 ||
        request[field::sec_websocket_version] != "13")
        return Refusal{status::upgrade_required, "WebSocket version 13 is supported"};
    if (request.count(field::sec_websocket_key) != 1 ||
        !is_websocket_key(header(field::sec_websocket_key)))
        return Refusal{status::bad_request, "no Sec-WebSocket-Key of 16 bytes"};
    return std::nullopt;
}

/// What can be said against a request by its header, in go-ethereum's order and words.
std::optional<HttpSession::Refusal> HttpSession::refuse() const {
    using message::status;
    using message::verb;
    const PortConfig& config = *config_;
    const auto& request = parser_->get();
    if (auto refusal = refuse_framing()) return refusal;
    const Route* to = route();
    if (config.token && (to == nullptr || !to->open)) {
        if (auto why = config.token->refuse(header(message::field::authorization))) {
            count(port_->counters.unauthorized);
            return Refusal{status::unauthorized, std::move(*why)};
        }
    }
    const std::string_view authority = authority_of(view(request.target()));
    if (!is_host_allowed(authority.empty() ? header(message::field::host) : authority,
                         config.virtual_hosts))
        return Refusal{status::forbidden, "invalid host specified"};
    if (to != nullptr) {
        if (request.method() == verb::get) return std::nullopt;
        return Refusal{status::method_not_allowed, "method not allowed"};
    }
    const bool upgrade = beast::websocket::is_upgrade(request);
    const bool offered = config.dispatcher != nullptr && (upgrade ? config.websocket : config.http);
    if (!offered || path_of(view(request.target())) != config.path)
        return Refusal{status::not_found, "not found"};
    if (upgrade) {
        if (!is_websocket_origin_allowed(header(message::field::origin), config.websocket_origins))
            return Refusal{status::forbidden, "origin not allowed"};
        return refuse_handshake();
    }
    if (request.method() == verb::options) return std::nullopt;
    const auto length = parser_->content_length();
    const bool empty = !parser_->chunked() && (!length || *length == 0);
    // Probes ask whether somebody listens.
    if (request.method() == verb::get && empty) return std::nullopt;
    if (request.method() != verb::post)
        return Refusal{status::method_not_allowed, "method not allowed"};
    if (!is_json_content_type(header(message::field::content_type)))
        return Refusal{status::unsupported_media_type,
                       "invalid content type, only application/json is supported"};
    return std::nullopt;
}

void HttpSession::on_request() {
    count(port_->counters.bytes_in, parser_->get().body().size());
    if (const Route* to = route()) return serve_route(*to);
    if (parser_->get().method() == message::verb::options) return answer_preflight();
    if (parser_->get().method() == message::verb::get) return send(response(message::status::ok));
    serve_rpc();
}

void HttpSession::serve_rpc() {
    // The client may take its time; a method has its own deadline.
    stream_.expires_never();
    auto body = std::make_shared<std::string>(std::move(parser_->get().body()));
    const bool taken =
        port_->workers->submit([self = shared_from_this(), body](rpc::DispatchScratch& scratch) {
            rpc::Context context;
            context.connection = self->number_;
            auto share = std::make_shared<ByteShare>();
            auto text = std::make_shared<std::string>(self->port_->answer(
                scratch, *body, context, self->config_->limits.request_timeout, *share));
            std::string().swap(*body);
            net::post(self->executor_, [self, text, share] {
                self->share_ = std::move(*share);
                Response answer = self->response(message::status::ok);
                answer.set(message::field::content_type, "application/json");
                answer.body() = std::move(*text);
                self->send(std::move(answer));
            });
        });
    if (taken) return;
    count(port_->counters.busy);
    count(port_->counters.refused);
    Response answer = response(message::status::too_many_requests);
    answer.set(message::field::content_type, "application/json");
    answer.set(message::field::retry_after, "1");
    answer.body() = busy_response();
    send(std::move(answer));
}

void HttpSession::serve_route(const Route& to) {
    stream_.expires_never();
    const bool taken =
        port_->workers->submit([self = shared_from_this(), &to](rpc::DispatchScratch&) {
            auto made = std::make_shared<RouteAnswer>(to.answer());
            net::post(self->executor_, [self, made, &to] {
                Response answer = self->response(static_cast<message::status>(made->status));
                answer.set(message::field::content_type, to.content_type);
                answer.body() = std::move(made->body);
                self->send(std::move(answer));
            });
        });
    if (taken) return;
    count(port_->counters.busy);
    refuse_with({message::status::service_unavailable, "server busy"});
}

void HttpSession::answer_preflight() {
    Response answer = response(message::status::ok);
    if (is_origin_allowed(header(message::field::origin), config_->cors_origins)) {
        answer.result(message::status::no_content);
        answer.set(message::field::access_control_allow_methods, "POST, GET");
        const std::string_view asked = header(message::field::access_control_request_headers);
        if (!asked.empty())
            answer.set(message::field::access_control_allow_headers,
                       beast::string_view(asked.data(), asked.size()));
        answer.set(message::field::access_control_max_age, "600");
    }
    send(std::move(answer));
}

void HttpSession::upgrade() {
    // Frames may not be sent before the upgrade is answered.
    if (buffer_.size() != 0 || !parser_->is_done())
        return refuse_with({message::status::bad_request, "data after the upgrade request"});
    upgraded_ = true;
    std::make_shared<WebSocketSession>(port_, std::move(stream_))->start(parser_->release());
}

HttpSession::Response HttpSession::response(message::status status) const {
    const auto& request = parser_->get();
    Response out(status, request.version() == 10 ? 10 : 11);
    out.keep_alive(request.keep_alive());
    const std::string_view origin = header(message::field::origin);
    if (!config_->cors_origins.empty()) {
        out.set(message::field::vary, "Origin");
        if (is_origin_allowed(origin, config_->cors_origins))
            out.set(message::field::access_control_allow_origin,
                    beast::string_view(origin.data(), origin.size()));
    }
    return out;
}

/// The rest of the request stays unread, so that the connection ends with it.
void HttpSession::refuse_with(Refusal refusal) {
    count(port_->counters.refused);
    Response answer = response(refusal.status);
    answer.set(message::field::content_type, "text/plain; charset=utf-8");
    if (refusal.status == message::status::too_many_requests)
        answer.set(message::field::retry_after, "1");
    if (refusal.status == message::status::method_not_allowed)
        answer.set(message::field::allow, "POST, GET, OPTIONS");
    // Each of these statuses comes with a field (RFC 9110, section 15.5).
    if (refusal.status == message::status::unauthorized)
        answer.set(message::field::www_authenticate, "Bearer");
    if (refusal.status == message::status::upgrade_required) {
        answer.set(message::field::upgrade, "websocket");
        answer.insert(message::field::connection, "upgrade");
        answer.set(message::field::sec_websocket_version, "13");
    }
    answer.body() = std::move(refusal.text) + "\n";
    // Without a known coding nobody knows where the next request begins.
    if (!parser_->is_done() || refuse_framing()) answer.keep_alive(false);
    send(std::move(answer));
}

void HttpSession::send(Response answer) {
    if (finishing_) answer.keep_alive(false);
    response_.emplace(std::move(answer));
    response_->prepare_payload();
    // Neither has content, and the second not even a length (RFC 9110, sections 9.3.2 and 8.6).
    if (parser_->get().method() == message::verb::head) response_->body().clear();
    if (response_->result() == message::status::no_content) response_->content_length(boost::none);
    stream_.expires_after(config_->limits.write_timeout);
    message::async_write(stream_, *response_,
                         [self = shared_from_this()](beast::error_code error, size_t bytes) {
                             count(self->port_->counters.bytes_out, bytes);
                             self->on_sent(error);
                         });
}

void HttpSession::on_sent(beast::error_code error) {
    const bool again = !error && response_->keep_alive();
    response_.reset();
    if (error == beast::error::timeout) count(port_->counters.write_timeouts);
    if (error) return close();
    if (again) return next_request();
    if (finishing_) return close();
    share_.reset();
    serving_ = false;
    beast::error_code ignored;
    stream_.socket().shutdown(net::ip::tcp::socket::shutdown_send, ignored);
    stream_.expires_after(config_->limits.close_timeout);
    linger();
}

void HttpSession::linger() {
    buffer_.clear();
    stream_.async_read_some(buffer_.prepare(kReadPiece),
                            [self = shared_from_this()](beast::error_code error, size_t bytes) {
                                self->lingered_bytes_ += bytes;
                                if (error || self->lingered_bytes_ > kLingerBytesMax)
                                    return self->close();
                                self->linger();
                            });
}

void HttpSession::close() {
    beast::error_code ignored;
    stream_.socket().shutdown(net::ip::tcp::socket::shutdown_both, ignored);
    stream_.close();
}

void HttpSession::finish() {
    net::post(executor_, [self = shared_from_this()] {
        self->finishing_ = true;
        if (!self->serving_ && !self->upgraded_) self->close();
    });
}

void HttpSession::abort() {
    net::post(executor_, [self = shared_from_this()] {
        if (!self->upgraded_) self->close();
    });
}

void serve_http(std::shared_ptr<Port> port, net::ip::tcp::socket socket) {
    std::make_shared<HttpSession>(std::move(port), std::move(socket))->start();
}

}  // namespace switchyard::http
