// SPDX-License-Identifier: Apache-2.0
// A UDP relay between a client and a server that loses, doubles and reorders datagrams in both
// directions: what netem would do, on kernels that have none.
//
// usage: lossy_relay LISTEN_PORT SERVER_ADDRESS SERVER_PORT LOSS DUPLICATION REORDERING SEED
// The last but one are probabilities. Prints one line of counts at SIGTERM. One client at a time:
// the latest one gets the replies.
#include <arpa/inet.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <random>
#include <vector>

namespace {

volatile std::sig_atomic_t stopping = 0;

constexpr size_t kAtOnce = 64;
constexpr size_t kDatagramBytes = 9'216;
/// A datagram that is held back goes after this many others.
constexpr unsigned kHeldFor = 12;

struct Faults {
    double loss = 0;
    double duplication = 0;
    double reordering = 0;
};

/// One direction.
class Direction {
  public:
    Direction(const Faults& faults, uint64_t seed) : faults_(faults), random_(seed) {}

    /// Passes what waits at `from` on to `to`; returns the source of the last datagram.
    bool pump(int from, int to, sockaddr_in* source, const sockaddr_in* target) {
        std::array<iovec, kAtOnce> parts{};
        std::array<mmsghdr, kAtOnce> messages{};
        std::array<sockaddr_in, kAtOnce> sources{};
        for (size_t i = 0; i < kAtOnce; ++i) {
            parts[i] = {memory_.data() + i * kDatagramBytes, kDatagramBytes};
            messages[i].msg_hdr.msg_iov = &parts[i];
            messages[i].msg_hdr.msg_iovlen = 1;
            messages[i].msg_hdr.msg_name = &sources[i];
            messages[i].msg_hdr.msg_namelen = sizeof(sockaddr_in);
        }
        const int count = ::recvmmsg(from, messages.data(), kAtOnce, MSG_DONTWAIT, nullptr);
        if (count <= 0) {
            // Nobody overtakes them any more.
            release(to, target, true);
            return false;
        }
        for (size_t i = 0; i < static_cast<size_t>(count); ++i) {
            if (source != nullptr) *source = sources[i];
            ++seen_;
            const uint8_t* bytes = memory_.data() + i * kDatagramBytes;
            const size_t size = messages[i].msg_len;
            if (chance(faults_.loss)) {
                ++lost_;
                continue;
            }
            if (chance(faults_.reordering)) {
                ++held_count_;
                held_.push_back({{bytes, bytes + size}, seen_ + kHeldFor});
                continue;
            }
            send(to, target, bytes, size);
            if (chance(faults_.duplication)) {
                ++doubled_;
                send(to, target, bytes, size);
            }
            release(to, target, false);
        }
        return true;
    }

    void print(const char* name) const {
        std::printf("%s %llu lost %llu doubled %llu held %llu  ", name,
                    static_cast<unsigned long long>(seen_), static_cast<unsigned long long>(lost_),
                    static_cast<unsigned long long>(doubled_),
                    static_cast<unsigned long long>(held_count_));
    }

  private:
    struct Held {
        std::vector<uint8_t> bytes;
        uint64_t until = 0;
    };

    bool chance(double probability) {
        return std::uniform_real_distribution<double>(0, 1)(random_) < probability;
    }
    static void send(int to, const sockaddr_in* target, const uint8_t* bytes, size_t size) {
        for (;;) {
            const ssize_t sent =
                ::sendto(to, bytes, size, 0, reinterpret_cast<const sockaddr*>(target),
                         target != nullptr ? sizeof(*target) : 0);
            if (sent >= 0 || errno != EINTR) return;
        }
    }
    void release(int to, const sockaddr_in* target, bool all) {
        while (!held_.empty() && (all || held_.front().until <= seen_)) {
            send(to, target, held_.front().bytes.data(), held_.front().bytes.size());
            held_.pop_front();
        }
    }

    Faults faults_;
    std::mt19937_64 random_;
    std::vector<uint8_t> memory_ = std::vector<uint8_t>(kAtOnce * kDatagramBytes);
    std::deque<Held> held_;
    uint64_t seen_ = 0;
    uint64_t lost_ = 0;
    uint64_t doubled_ = 0;
    uint64_t held_count_ = 0;
};

int open_socket(uint16_t port) {
    const int file = ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    const int size = 8 << 20;
    // Forced where allowed: losses beyond those that are meant would only slow the test down.
    for (const int option : {SO_RCVBUFFORCE, SO_SNDBUFFORCE})
        (void)::setsockopt(file, SOL_SOCKET, option, &size, sizeof(size));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    if (::bind(file, reinterpret_cast<sockaddr*>(&address), sizeof(address)) != 0) {
        std::perror("lossy_relay: bind");
        std::exit(2);
    }
    return file;
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 8) {
        std::fprintf(stderr,
                     "usage: lossy_relay LISTEN_PORT SERVER_ADDRESS SERVER_PORT LOSS DUPLICATION "
                     "REORDERING SEED\n");
        return 2;
    }
    const auto port = [&](int index) { return static_cast<uint16_t>(std::atoi(argv[index])); };
    const Faults faults{std::atof(argv[4]), std::atof(argv[5]), std::atof(argv[6])};
    const uint64_t seed = std::strtoull(argv[7], nullptr, 10);
    for (const int signal : {SIGTERM, SIGINT})
        std::signal(signal, [](int) { stopping = 1; });
    const int front = open_socket(port(1));
    const int back = open_socket(0);
    sockaddr_in server{};
    server.sin_family = AF_INET;
    server.sin_port = htons(port(3));
    if (::inet_pton(AF_INET, argv[2], &server.sin_addr) != 1) {
        std::fprintf(stderr, "lossy_relay: %s is no IPv4 address\n", argv[2]);
        return 2;
    }
    sockaddr_in client{};
    Direction there(faults, seed);
    Direction again(faults, seed + 1);
    while (stopping == 0) {
        std::array<pollfd, 2> files = {pollfd{.fd = front, .events = POLLIN, .revents = 0},
                                       pollfd{.fd = back, .events = POLLIN, .revents = 0}};
        (void)::poll(files.data(), files.size(), 2);
        bool busy = true;
        while (busy && stopping == 0) {
            busy = there.pump(front, back, &client, &server);
            busy = again.pump(back, front, nullptr, &client) || busy;
        }
    }
    there.print("there");
    again.print("back");
    std::printf("\n");
    return 0;
}
