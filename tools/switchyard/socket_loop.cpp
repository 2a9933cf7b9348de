// SPDX-License-Identifier: Apache-2.0
#include "tools/switchyard/socket_loop.hpp"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <vector>

#include "tools/switchyard/measure.hpp"

namespace switchyard::tool {
namespace {

constexpr size_t kAtOnce = 32;
constexpr size_t kDatagramBytes = 9'216;
/// Datagrams that the default buffer of a socket (212,992 bytes) holds with their bookkeeping.
constexpr size_t kLot = 64;

Error failed(const char* what) {
    return {ErrorCode::Io, std::string("socket: ") + what + ": " + std::strerror(errno)};
}

}  // namespace

Result<SocketLoop> SocketLoop::open() {
    SocketLoop out;
    out.sender_ = ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    out.receiver_ = ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (out.sender_ < 0 || out.receiver_ < 0) return failed("open");
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof(address);
    if (::bind(out.receiver_, reinterpret_cast<sockaddr*>(&address), length) != 0 ||
        ::getsockname(out.receiver_, reinterpret_cast<sockaddr*>(&address), &length) != 0 ||
        ::connect(out.sender_, reinterpret_cast<sockaddr*>(&address), length) != 0)
        return failed("bind");
    return out;
}

SocketLoop::~SocketLoop() {
    if (sender_ >= 0) ::close(sender_);
    if (receiver_ >= 0) ::close(receiver_);
}

Result<double> SocketLoop::run(std::span<const BytesView> datagrams,
                               const std::function<void(BytesView)>& each) {
    std::vector<uint8_t> memory(kAtOnce * kDatagramBytes);
    std::array<iovec, kAtOnce> parts{};
    std::array<mmsghdr, kAtOnce> messages{};
    for (size_t i = 0; i < kAtOnce; ++i) {
        parts[i] = {memory.data() + i * kDatagramBytes, kDatagramBytes};
        messages[i].msg_hdr.msg_iov = &parts[i];
        messages[i].msg_hdr.msg_iovlen = 1;
    }
    double ns = 0;
    for (size_t at = 0; at < datagrams.size(); at += kLot) {
        const auto lot = datagrams.subspan(at, std::min(kLot, datagrams.size() - at));
        for (const BytesView datagram : lot)
            if (::send(sender_, datagram.data(), datagram.size(), 0) < 0) return failed("send");
        const double begin = thread_cpu_ns();
        for (size_t received = 0; received < lot.size();) {
            const int count =
                ::recvmmsg(receiver_, messages.data(), kAtOnce, MSG_DONTWAIT, nullptr);
            if (count <= 0) return failed("receive");
            for (int i = 0; i < count; ++i)
                each({memory.data() + static_cast<size_t>(i) * kDatagramBytes,
                      messages[static_cast<size_t>(i)].msg_len});
            received += static_cast<size_t>(count);
        }
        ns += thread_cpu_ns() - begin;
    }
    return ns;
}

}  // namespace switchyard::tool
