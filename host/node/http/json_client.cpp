// SPDX-License-Identifier: Apache-2.0
#include "host/node/http/json_client.hpp"

#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>
#include <optional>

namespace switchyard::http {
namespace {

namespace beast = boost::beast;
namespace net = boost::asio;
using net::ip::tcp;

struct Place {
    std::string host;
    std::string port = "80";
    std::string path = "/";
    std::string host_header;
};

bool is_port(std::string_view text) {
    if (text.empty() || text.size() > 5) return false;
    unsigned value = 0;
    for (const char c : text) {
        if (c < '0' || c > '9') return false;
        value = 10 * value + static_cast<unsigned>(c - '0');
    }
    return value != 0 && value <= 65'535;
}

std::optional<Place> read_url(std::string_view url) {
    constexpr std::string_view kScheme = "http://";
    if (!url.starts_with(kScheme)) return std::nullopt;
    url.remove_prefix(kScheme.size());
    for (const char c : url)
        if (c <= ' ' || c > '~') return std::nullopt;
    Place out;
    const size_t slash = url.find('/');
    if (slash != std::string_view::npos) out.path = url.substr(slash);
    std::string_view authority = url.substr(0, slash);
    if (authority.find('@') != std::string_view::npos) return std::nullopt;
    out.host_header = authority;
    if (authority.starts_with('[')) {
        const size_t end = authority.find(']');
        if (end == std::string_view::npos) return std::nullopt;
        out.host = authority.substr(1, end - 1);
        authority.remove_prefix(end + 1);
    } else {
        const size_t colon = authority.find(':');
        out.host = authority.substr(0, colon);
        authority = colon == std::string_view::npos ? "" : authority.substr(colon);
    }
    if (out.host.empty()) return std::nullopt;
    if (!authority.empty()) {
        if (authority[0] != ':' || !is_port(authority.substr(1))) return std::nullopt;
        out.port = authority.substr(1);
    }
    return out;
}

}  // namespace

struct JsonClient::Implementation {
    Implementation(JsonClientConfig of, Place where)
        : config(std::move(of)), place(std::move(where)), resolver(context), stream(context) {}

    /// Runs what was begun, until it is over. A cancellation that comes between two steps of an
    /// exchange finds nothing under way: the step that follows sees the flag.
    void run() {
        if (cancelled) give_up();
        context.restart();
        context.run();
    }
    /// Closed and not only cancelled: what consists of several operations must not begin the next.
    void give_up() {
        resolver.cancel();
        stream.close();
    }
    Error error_of(const char* doing, const boost::system::error_code& error) const {
        const bool is_late = error == beast::error::timeout;
        if (cancelled && !is_late) return {ErrorCode::Unavailable, config.url + ": cancelled"};
        return {is_late ? ErrorCode::Timeout : ErrorCode::Unavailable,
                config.url + ": cannot " + doing + ": " + error.message()};
    }
    void close() {
        boost::system::error_code ignored;
        stream.socket().close(ignored);
        buffer.clear();
        is_open = false;
    }

    Result<void> connect() {
        boost::system::error_code error = net::error::operation_aborted;
        tcp::resolver::results_type found;
        // A name is resolved by the system, whose own time-out bounds it.
        resolver.async_resolve(place.host, place.port, [&](auto failed, auto results) {
            error = failed;
            found = std::move(results);
        });
        run();
        if (error) return error_of("find the host", error);
        stream.expires_after(config.timeout);
        stream.async_connect(
            found, [this](auto, const auto&) { return !cancelled; },
            [&](auto failed, const auto&) { error = failed; });
        run();
        if (error) return error_of("connect", error);
        stream.socket().set_option(tcp::no_delay(true), error);
        is_open = true;
        return {};
    }

    Result<std::string> exchange(std::string_view body) {
        namespace http = beast::http;
        http::request<http::string_body> request(http::verb::post, place.path, 11);
        request.set(http::field::host, place.host_header);
        request.set(http::field::content_type, "application/json");
        request.set(http::field::accept, "application/json");
        request.body() = body;
        request.prepare_payload();
        boost::system::error_code error = net::error::operation_aborted;
        stream.expires_after(config.timeout);
        http::async_write(stream, request, [&](auto failed, size_t) { error = failed; });
        run();
        if (error) return error_of("send", error);
        http::response_parser<http::string_body> parser;
        parser.body_limit(config.response_bytes_max);
        error = net::error::operation_aborted;
        http::async_read(stream, buffer, parser, [&](auto failed, size_t) { error = failed; });
        run();
        if (error == http::error::body_limit)
            return Error{ErrorCode::LimitExceeded, config.url + ": the answer is too large"};
        if (error) return error_of("read the answer", error);
        if (!parser.get().keep_alive()) close();
        if (parser.get().result() != http::status::ok)
            return Error{ErrorCode::Io,
                         config.url + ": answered " + std::to_string(parser.get().result_int())};
        return std::move(parser.get().body());
    }

    const JsonClientConfig config;
    const Place place;
    net::io_context context{1};
    tcp::resolver resolver;
    beast::tcp_stream stream;
    beast::flat_buffer buffer;
    bool is_open = false;
    std::atomic<bool> cancelled{false};
};

JsonClient::JsonClient(std::unique_ptr<Implementation> implementation)
    : implementation_(std::move(implementation)) {}
JsonClient::~JsonClient() = default;

Result<std::unique_ptr<JsonClient>> JsonClient::create(const JsonClientConfig& config) {
    auto place = read_url(config.url);
    if (!place)
        return Error{ErrorCode::InvalidInput,
                     "'" + config.url + "' is not of the form http://HOST[:PORT][/PATH]"};
    return std::unique_ptr<JsonClient>(
        new JsonClient(std::make_unique<Implementation>(config, *std::move(place))));
}

Result<std::string> JsonClient::post(std::string_view body) {
    Implementation& client = *implementation_;
    // The other side may have closed what was kept: then once more, on a new connection.
    for (const bool is_kept : {client.is_open, false}) {
        if (client.cancelled)
            return Error{ErrorCode::Unavailable, client.config.url + ": cancelled"};
        if (!client.is_open)
            if (auto connected = client.connect(); !connected) {
                client.close();
                return connected.error();
            }
        auto answer = client.exchange(body);
        if (answer) return answer;
        client.close();
        if (!is_kept || answer.error().code != ErrorCode::Unavailable) return answer;
    }
    return Error{ErrorCode::Unavailable, client.config.url + ": the connection broke twice"};
}

void JsonClient::cancel() {
    implementation_->cancelled = true;
    net::post(implementation_->context, [this] { implementation_->give_up(); });
}

}  // namespace switchyard::http
