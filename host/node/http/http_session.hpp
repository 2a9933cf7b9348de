// SPDX-License-Identifier: Apache-2.0
// One HTTP/1.1 connection. Inside host/node/http only.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "host/node/http/port.hpp"

namespace switchyard::http {

/// Serves requests one after another, pipelined ones from its buffer; becomes a WebSocket when
/// asked to. Everything happens on the connection's strand but the methods themselves.
class HttpSession final : public Session, public std::enable_shared_from_this<HttpSession> {
  public:
    HttpSession(std::shared_ptr<Port> port, net::ip::tcp::socket socket);
    ~HttpSession() override;

    void start();
    void finish() override;
    void abort() override;

  private:
    using Response = beast::http::response<beast::http::string_body>;
    using Parser = beast::http::request_parser<beast::http::string_body>;
    struct Refusal {
        beast::http::status status;
        std::string text;
    };

    void next_request();
    void read_header();
    void on_header(beast::error_code error);
    void read_body();
    void on_request();
    void on_read_error(beast::error_code error);

    [[nodiscard]] bool has_known_coding() const;
    [[nodiscard]] std::optional<Refusal> refuse_framing() const;
    [[nodiscard]] std::optional<Refusal> refuse_handshake() const;
    [[nodiscard]] std::optional<Refusal> refuse() const;
    [[nodiscard]] const Route* route() const;
    [[nodiscard]] std::string_view header(beast::http::field field) const;
    void upgrade();
    void serve_rpc();
    void serve_route(const Route& route);
    void answer_preflight();

    [[nodiscard]] Response response(beast::http::status status) const;
    void refuse_with(Refusal refusal);
    void send(Response response);
    void on_sent(beast::error_code error);
    /// Reads on for a moment after the last response: to close with unread input would take the
    /// response away from the client.
    void linger();
    void close();

    std::shared_ptr<Port> port_;
    Live<PortConfig>::Pointer config_;  ///< as the request under way found it
    const uint64_t number_ = Port::next_connection();
    uint64_t source_ = 0;  ///< as `RateLimit` knows it
    beast::tcp_stream stream_;
    net::any_io_executor executor_;  ///< the strand, also when the stream has moved on
    beast::flat_buffer buffer_;
    std::optional<Parser> parser_;
    std::optional<Response> response_;
    ByteShare share_;  ///< of the body, then of the response
    size_t lingered_bytes_ = 0;
    bool serving_ = false;    ///< between a request and the end of its response
    bool finishing_ = false;  ///< no request after this one
    bool upgraded_ = false;
};

}  // namespace switchyard::http
