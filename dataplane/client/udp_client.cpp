// SPDX-License-Identifier: Apache-2.0
#include "dataplane/client/udp_client.hpp"

#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include "host/core/random.hpp"

namespace switchyard::dataplane {
namespace {

constexpr size_t kAtOnce = 32;
/// Wanted from the kernel, which may give less: a burst of Reports fits.
constexpr int kSocketBuffer = 4 << 20;
/// Submissions between two looks at the socket.
constexpr size_t kSubmissionsPerTurn = 16;

uint64_t monotonic_ns() {
    return static_cast<uint64_t>(std::chrono::duration_cast<std::chrono::nanoseconds>(
                                     std::chrono::steady_clock::now().time_since_epoch())
                                     .count());
}

Error failed(ErrorCode code, const UdpClientConfig& config, const std::string& what) {
    return {code, "client: " + config.host + " port " + std::to_string(config.port) + ": " + what};
}

class Socket {
  public:
    Socket() = default;
    Socket(Socket&& other) noexcept : file_(std::exchange(other.file_, -1)), ipv6_(other.ipv6_) {}
    Socket& operator=(Socket&&) = delete;
    ~Socket() {
        if (file_ >= 0) ::close(file_);
    }

    [[nodiscard]] static Result<Socket> connect(const UdpClientConfig& config) {
        addrinfo wanted{};
        wanted.ai_family = AF_UNSPEC;
        wanted.ai_socktype = SOCK_DGRAM;
        addrinfo* found = nullptr;
        const std::string service = std::to_string(config.port);
        const int code = ::getaddrinfo(config.host.c_str(), service.c_str(), &wanted, &found);
        if (code != 0) return failed(ErrorCode::NotFound, config, ::gai_strerror(code));
        const addrinfo* address = found;
        for (const addrinfo* one = found; one != nullptr; one = one->ai_next)
            if (one->ai_family == AF_INET && address->ai_family != AF_INET) address = one;
        Socket out;
        out.ipv6_ = address->ai_family == AF_INET6;
        out.file_ = ::socket(address->ai_family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        const bool connected =
            out.file_ >= 0 && ::connect(out.file_, address->ai_addr, address->ai_addrlen) == 0;
        const std::string reason = std::strerror(errno);
        ::freeaddrinfo(found);
        if (!connected) return failed(ErrorCode::Io, config, reason);
        // Best effort: with the kernel's defaults the session only repeats itself more often.
        for (const int option : {SO_RCVBUF, SO_SNDBUF})
            (void)::setsockopt(out.file_, SOL_SOCKET, option, &kSocketBuffer,
                               sizeof(kSocketBuffer));
        return out;
    }

    /// Sends all of `frames` that the kernel takes; what it refuses is lost, like on a link.
    void send(const FrameBatch& frames) const {
        std::array<iovec, kAtOnce> parts{};
        std::array<mmsghdr, kAtOnce> messages{};
        for (size_t at = 0; at < frames.size();) {
            const size_t count = std::min(kAtOnce, frames.size() - at);
            for (size_t i = 0; i < count; ++i) {
                const BytesView frame = frames[at + i];
                // The kernel reads only; iovec knows no const.
                parts[i] = {const_cast<uint8_t*>(frame.data()), frame.size()};
                messages[i] = {};
                messages[i].msg_hdr.msg_iov = &parts[i];
                messages[i].msg_hdr.msg_iovlen = 1;
            }
            const int sent =
                ::sendmmsg(file_, messages.data(), static_cast<unsigned>(count), MSG_DONTWAIT);
            if (sent > 0) {
                at += static_cast<size_t>(sent);
            } else if (sent < 0 && (errno == EAGAIN || errno == ENOBUFS)) {
                if (!wait(POLLOUT, 10)) return;
            } else {
                // An ICMP error of an earlier datagram: this one was not sent.
                ++at;
            }
        }
    }

    template <typename Take>
    void receive(std::span<uint8_t> memory, const Take& take) const {
        std::array<iovec, kAtOnce> parts{};
        std::array<mmsghdr, kAtOnce> messages{};
        for (size_t i = 0; i < kAtOnce; ++i) {
            parts[i] = {memory.data() + i * kDatagramBytesMax, kDatagramBytesMax};
            messages[i].msg_hdr.msg_iov = &parts[i];
            messages[i].msg_hdr.msg_iovlen = 1;
        }
        for (;;) {
            const int count = ::recvmmsg(file_, messages.data(), kAtOnce, MSG_DONTWAIT, nullptr);
            if (count <= 0) return;
            for (int i = 0; i < count; ++i)
                take(BytesView{memory}.subspan(static_cast<size_t>(i) * kDatagramBytesMax,
                                               messages[static_cast<size_t>(i)].msg_len));
            if (static_cast<size_t>(count) < kAtOnce) return;
        }
    }

    /// Waits until the socket is ready, at most `milliseconds`.
    bool wait(short events, int milliseconds) const {
        pollfd one{.fd = file_, .events = events, .revents = 0};
        return ::poll(&one, 1, milliseconds) > 0;
    }

    [[nodiscard]] bool ipv6() const { return ipv6_; }

  private:
    int file_ = -1;
    bool ipv6_ = false;
};

}  // namespace

struct UdpClient::Impl {
    Impl(Socket a_socket, ClientSession a_session)
        : socket(std::move(a_socket)),
          session(std::move(a_session)),
          memory(kAtOnce * kDatagramBytesMax) {}

    /// Takes what came and sends what is due.
    void turn() {
        const uint64_t now_ns = monotonic_ns();
        socket.receive(memory, [&](BytesView datagram) { session.receive(datagram, now_ns); });
        session.poll(now_ns, frames);
        socket.send(frames);
        frames.clear();
    }

    /// Waits for a datagram or for the session's deadline, until `end_ns` at most.
    void wait(uint64_t end_ns) const {
        const uint64_t until = std::min(end_ns, session.deadline_ns());
        const uint64_t now_ns = monotonic_ns();
        if (until <= now_ns) return;
        // Rounded up, so that it does not spin through the last millisecond.
        const uint64_t milliseconds =
            std::min<uint64_t>((until - now_ns + 999'999) / 1'000'000, 1'000);
        (void)socket.wait(POLLIN, static_cast<int>(milliseconds));
    }

    Socket socket;
    ClientSession session;
    FrameBatch frames;
    Bytes memory;
    size_t submissions = 0;
};

Result<std::unique_ptr<UdpClient>> UdpClient::open(const UdpClientConfig& config) {
    UdpClientConfig wanted = config;
    while (wanted.session.session == 0) {
        std::array<uint8_t, 8> bytes{};
        if (auto drawn = fill_random(bytes); !drawn) return drawn.error();
        std::memcpy(&wanted.session.session, bytes.data(), bytes.size());
    }
    auto socket = Socket::connect(wanted);
    if (!socket) return socket.error();
    wanted.session.ipv6 = socket->ipv6();
    auto session = ClientSession::create(wanted.session, monotonic_ns());
    if (!session) return session.error();
    auto impl = std::make_unique<Impl>(std::move(*socket), std::move(*session));
    while (impl->session.state() == ClientState::Connecting) {
        impl->turn();
        if (impl->session.state() == ClientState::Connecting) impl->wait(UINT64_MAX);
    }
    if (impl->session.state() == ClientState::Failed) {
        const Error& failure = impl->session.failure();
        return failed(failure.code, wanted, failure.message);
    }
    return std::unique_ptr<UdpClient>(new UdpClient(std::move(impl)));
}

UdpClient::UdpClient(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

UdpClient::~UdpClient() {
    impl_->session.close(impl_->frames);
    impl_->socket.send(impl_->frames);
}

Result<std::optional<uint64_t>> UdpClient::submit(BytesView transaction, BytesView sender_hint) {
    if (impl_->session.state() == ClientState::Failed) return impl_->session.failure();
    auto number = impl_->session.submit(transaction, sender_hint);
    if (!number) return number;
    if (!*number || ++impl_->submissions >= kSubmissionsPerTurn) {
        impl_->submissions = 0;
        impl_->turn();
    }
    return number;
}

Result<size_t> UdpClient::wait(std::span<TransactionResult> out,
                               std::chrono::milliseconds patience) {
    const uint64_t end_ns = monotonic_ns() + static_cast<uint64_t>(patience.count()) * 1'000'000;
    for (;;) {
        impl_->turn();
        if (const size_t count = impl_->session.take_results(out)) return count;
        if (impl_->session.state() == ClientState::Failed) return impl_->session.failure();
        if (monotonic_ns() >= end_ns) return size_t{0};
        impl_->wait(end_ns);
    }
}

size_t UdpClient::outstanding() const {
    return impl_->session.outstanding();
}

const ClientCounters& UdpClient::counters() const {
    return impl_->session.counters();
}

}  // namespace switchyard::dataplane
