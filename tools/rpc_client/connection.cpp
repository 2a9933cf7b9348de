// SPDX-License-Identifier: Apache-2.0
#include "tools/rpc_client/connection.hpp"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <utility>

namespace switchyard::tool {
namespace {

constexpr size_t kReplyBytesMax = 512U * 1024 * 1024;

Error socket_error(const char* what) {
    const bool timeout = errno == EAGAIN || errno == EWOULDBLOCK;
    return {timeout ? ErrorCode::Timeout : ErrorCode::Io,
            std::string(what) + ": " + std::strerror(errno)};
}

std::string lower(std::string_view text) {
    std::string out(text);
    for (char& c : out)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
    return out;
}

std::optional<size_t> content_length(std::string_view header) {
    const std::string lines = lower(header);
    const size_t at = lines.find("\r\ncontent-length:");
    if (at == std::string::npos) return std::nullopt;
    size_t first = at + std::strlen("\r\ncontent-length:");
    while (first < lines.size() && lines[first] == ' ')
        ++first;
    size_t value = 0;
    std::from_chars(lines.data() + first, lines.data() + lines.size(), value);
    return value;
}

}  // namespace

uint16_t WebSocketFrame::close_code() const {
    if (payload.size() < 2) return 1005;
    return static_cast<uint16_t>(static_cast<uint8_t>(payload[0]) << 8 |
                                 static_cast<uint8_t>(payload[1]));
}

std::string post_header(size_t bytes, std::string_view more_headers) {
    return "POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
           "Content-Length: " +
           std::to_string(bytes) + "\r\n" + std::string(more_headers) + "\r\n";
}

Result<Connection> Connection::open(uint16_t port, int timeout_ms, int receive_bytes) {
    const int descriptor = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (descriptor < 0) return socket_error("socket");
    Connection connection(descriptor);
    const timeval timeout{timeout_ms / 1000, timeout_ms % 1000 * 1000};
    ::setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof(timeout));
    ::setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof(timeout));
    const int on = 1;
    ::setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    if (receive_bytes != 0)
        ::setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &receive_bytes, sizeof(receive_bytes));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0)
        return socket_error("connect");
    return connection;
}

Connection::~Connection() {
    if (descriptor_ >= 0) ::close(descriptor_);
}

Connection::Connection(Connection&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)),
      buffer_(std::move(other.buffer_)),
      read_(std::exchange(other.read_, 0)) {}

Connection& Connection::operator=(Connection&& other) noexcept {
    std::swap(descriptor_, other.descriptor_);
    std::swap(buffer_, other.buffer_);
    std::swap(read_, other.read_);
    return *this;
}

Result<void> Connection::send(std::string_view bytes) {
    while (!bytes.empty()) {
        const ssize_t sent = ::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR) continue;
        if (sent < 0) return socket_error("send");
        bytes.remove_prefix(static_cast<size_t>(sent));
    }
    return {};
}

void Connection::shutdown_send() {
    ::shutdown(descriptor_, SHUT_WR);
}

/// False at the end of the stream.
Result<bool> Connection::read_more() {
    if (read_ == buffer_.size()) {
        buffer_.clear();
        read_ = 0;
    } else if (read_ > 256 * 1024) {
        buffer_.erase(0, read_);
        read_ = 0;
    }
    if (buffer_.size() > kReplyBytesMax)
        return Error{ErrorCode::LimitExceeded, "a reply of more than 512 MiB"};
    const size_t old = buffer_.size();
    buffer_.resize(old + 64 * 1024);
    ssize_t got = -1;
    do {
        got = ::recv(descriptor_, buffer_.data() + old, buffer_.size() - old, 0);
    } while (got < 0 && errno == EINTR);
    buffer_.resize(old + static_cast<size_t>(got > 0 ? got : 0));
    if (got < 0) return socket_error("receive");
    return got > 0;
}

/// At least `bytes` that are not consumed.
Result<void> Connection::fill(size_t bytes) {
    while (buffer_.size() - read_ < bytes) {
        const auto more = read_more();
        if (!more) return more.error();
        if (!*more) return Error{ErrorCode::Io, "the connection was closed"};
    }
    return {};
}

Result<HttpReply> Connection::receive_reply() {
    size_t end = std::string::npos;
    while ((end = buffer_.find("\r\n\r\n", read_)) == std::string::npos) {
        const auto more = read_more();
        if (!more) return more.error();
        if (!*more) return Error{ErrorCode::Io, "the connection was closed"};
    }
    HttpReply reply;
    reply.header = buffer_.substr(read_, end + 4 - read_);
    read_ = end + 4;
    if (reply.header.size() > 12)
        std::from_chars(reply.header.data() + 9, reply.header.data() + 12, reply.status);
    if (reply.status == 101 || reply.status == 100 || reply.status == 204) return reply;
    if (const auto length = content_length(reply.header)) {
        if (*length > kReplyBytesMax)
            return Error{ErrorCode::LimitExceeded, "a reply of more than 512 MiB"};
        if (auto filled = fill(*length); !filled) return filled.error();
        reply.body = buffer_.substr(read_, *length);
        read_ += *length;
        return reply;
    }
    auto rest = receive_all();
    if (!rest) return rest.error();
    reply.body = std::move(*rest);
    return reply;
}

Result<HttpReply> Connection::post(std::string_view body, std::string_view more_headers) {
    if (auto sent = send(post_header(body.size(), more_headers)); !sent) return sent.error();
    if (auto sent = send(body); !sent) return sent.error();
    return receive_reply();
}

Result<void> Connection::upgrade(std::string_view more_headers) {
    const std::string request =
        "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n" +
        std::string(more_headers) + "\r\n";
    if (auto sent = send(request); !sent) return sent.error();
    const auto reply = receive_reply();
    if (!reply) return reply.error();
    // The answer to the sample key of RFC 6455, section 1.3.
    if (reply->status != 101 ||
        reply->header.find("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=") == std::string::npos)
        return Error{
            ErrorCode::InvalidInput,
            "the upgrade was answered with " + std::to_string(reply->status) + " " + reply->body};
    return {};
}

Result<void> Connection::send_frame(uint8_t opcode, std::string_view payload, bool final) {
    std::string frame;
    frame += static_cast<char>((final ? 0x80 : 0) | opcode);
    if (payload.size() < 126) {
        frame += static_cast<char>(0x80 | payload.size());
    } else {
        const int bytes = payload.size() < 65'536 ? 2 : 8;
        frame += static_cast<char>(0x80 | (bytes == 2 ? 126 : 127));
        for (int i = bytes - 1; i >= 0; --i)
            frame += static_cast<char>(payload.size() >> (8 * i) & 0xff);
    }
    constexpr std::array<uint8_t, 4> kMask = {0x12, 0x34, 0x56, 0x78};
    for (const uint8_t b : kMask)
        frame += static_cast<char>(b);
    for (size_t i = 0; i < payload.size(); ++i)
        frame += static_cast<char>(static_cast<uint8_t>(payload[i]) ^ kMask[i % 4]);
    return send(frame);
}

Result<WebSocketFrame> Connection::receive_frame() {
    if (auto filled = fill(2); !filled) return filled.error();
    WebSocketFrame frame;
    const auto byte = [this](size_t i) { return static_cast<uint8_t>(buffer_[read_ + i]); };
    frame.final = (byte(0) & 0x80) != 0;
    frame.opcode = byte(0) & 0x0f;
    uint64_t size = byte(1) & 0x7f;
    const size_t more = size == 126 ? 2 : size == 127 ? 8 : 0;
    if (more != 0) {
        if (auto filled = fill(2 + more); !filled) return filled.error();
        size = 0;
        for (size_t i = 0; i < more; ++i)
            size = size << 8 | byte(2 + i);
    }
    if (size > kReplyBytesMax)
        return Error{ErrorCode::LimitExceeded, "a frame of more than 512 MiB"};
    if (auto filled = fill(2 + more + size); !filled) return filled.error();
    frame.payload = buffer_.substr(read_ + 2 + more, size);
    read_ += 2 + more + size;
    return frame;
}

Result<std::string> Connection::receive_all() {
    for (;;) {
        const auto more = read_more();
        // A reset is an end, too.
        if (!more && more.error().code == ErrorCode::Timeout) return more.error();
        if (!more || !*more) break;
    }
    std::string out = buffer_.substr(read_);
    buffer_.clear();
    read_ = 0;
    return out;
}

}  // namespace switchyard::tool
