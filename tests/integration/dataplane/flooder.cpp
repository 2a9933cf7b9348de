// SPDX-License-Identifier: Apache-2.0
// Floods a server on the other end of a veth pair with datagrams at a set rate, from one address or
// from thousands that it makes up: raw frames over AF_PACKET, as no socket would send them.
//
// usage: flooder INTERFACE SERVER_MAC SERVER_ADDRESS SERVER_PORT OWN_ADDRESS KIND SOURCES RATE
// SECONDS
//                TRANSACTIONS SEED
// KIND: garbage; signatures (well-formed transactions with bad signatures); duplicates (datagrams
// and transactions that were sent before). SOURCES 1: OWN_ADDRESS, which of the last two kinds
// opens sessions and uses all the credit that it gets; more: so many forged addresses
// of 10.78.0.0/16. TRANSACTIONS: a file of them in hex, one a line. RATE: datagrams per second, at
// most 2,000,000; SECONDS: at most 60. Prints a JSON object. Exit code 2: wrong arguments or no
// such interface.
#include <arpa/inet.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "dataplane/protocol/big_endian.hpp"
#include "dataplane/protocol/datagram.hpp"
#include "dataplane/protocol/encode.hpp"
#include "dataplane/protocol/parse.hpp"
#include "host/core/hex.hpp"

namespace {

using namespace switchyard;
using namespace switchyard::dataplane;

using Clock = std::chrono::steady_clock;

constexpr size_t kAtOnce = 64;
constexpr size_t kSessions = 16;
constexpr uint16_t kOwnPort = 41'000;
constexpr uint32_t kForgedNetwork = 0x0A4E'0000;  ///< 10.78.0.0
constexpr size_t kPerDatagram = 7;

struct Options {
    std::string interface;
    MacAddress server_mac{};
    uint32_t server = 0;
    uint16_t port = 0;
    uint32_t own = 0;
    std::string kind;
    size_t sources = 1;
    double rate = 0;
    double seconds = 0;
    std::string transactions;
    uint64_t seed = 0;
};

struct Totals {
    uint64_t sent = 0;
    uint64_t bytes = 0;
    uint64_t not_taken = 0;  ///< the kernel's queue was full
    uint64_t sessions = 0;
    uint64_t transactions = 0;  ///< under numbers that were new
    uint64_t replies = 0;
    uint64_t control = 0;  ///< datagrams of the handshake, by an ordinary socket
};

[[noreturn]] void give_up(const char* what) {
    std::fprintf(stderr, "flooder: %s: %s\n", what, std::strerror(errno));
    std::exit(2);
}

/// Frames go out as they are, past the queueing discipline.
class RawSender {
  public:
    explicit RawSender(const std::string& interface)
        : file_(::socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0)) {
        if (file_ < 0) give_up("a raw socket");
        sockaddr_ll address{};
        address.sll_family = AF_PACKET;
        address.sll_ifindex = static_cast<int>(::if_nametoindex(interface.c_str()));
        if (address.sll_ifindex == 0) give_up(interface.c_str());
        const int on = 1;
        (void)::setsockopt(file_, SOL_PACKET, PACKET_QDISC_BYPASS, &on, sizeof(on));
        if (::bind(file_, reinterpret_cast<sockaddr*>(&address), sizeof(address)) != 0)
            give_up("binding to the interface");
    }

    void send(const std::vector<BytesView>& frames, Totals& totals) {
        std::array<iovec, kAtOnce> parts{};
        std::array<mmsghdr, kAtOnce> messages{};
        for (size_t at = 0; at < frames.size();) {
            const size_t count = std::min(kAtOnce, frames.size() - at);
            for (size_t i = 0; i < count; ++i) {
                parts[i] = {const_cast<uint8_t*>(frames[at + i].data()), frames[at + i].size()};
                messages[i].msg_hdr.msg_iov = &parts[i];
                messages[i].msg_hdr.msg_iovlen = 1;
            }
            const int sent =
                ::sendmmsg(file_, messages.data(), static_cast<unsigned>(count), MSG_DONTWAIT);
            const size_t taken = sent > 0 ? static_cast<size_t>(sent) : 0;
            for (size_t i = 0; i < taken; ++i)
                totals.bytes += frames[at + i].size();
            totals.sent += taken;
            // Tried once: a flood does not care which of its frames gets through.
            if (taken < count) ++totals.not_taken;
            at += taken < count ? taken + 1 : taken;
        }
    }

  private:
    int file_;
};

class Flooder {
  public:
    Flooder(Options options, std::vector<Bytes> transactions)
        : options_(std::move(options)),
          transactions_(std::move(transactions)),
          random_(options_.seed),
          sender_(options_.interface) {
        own_mac_ = {0x02, 0, 0, 0, 0x66, 0x01};
        if (options_.kind == "signatures")
            for (Bytes& one : transactions_)
                spoil_signature(one);
    }

    Totals run() {
        const bool owns_sessions = options_.sources == 1 && options_.kind != "garbage";
        if (owns_sessions)
            open_sessions();
        else
            make_frames();
        const auto begin = Clock::now();
        double due = 0;
        double last = 0;
        for (;;) {
            const double now = std::chrono::duration<double>(Clock::now() - begin).count();
            if (now >= options_.seconds) break;
            due = std::min(due + options_.rate * (now - last), options_.rate / 20);
            last = now;
            if (due < kAtOnce) {
                std::this_thread::sleep_for(std::chrono::microseconds(100));
                if (owns_sessions) take_replies();
                continue;
            }
            batch_.clear();
            if (owns_sessions) {
                take_replies();
                session_frames();
            } else {
                for (size_t i = 0; i < kAtOnce; ++i)
                    batch_.push_back(frames_[next_++ % frames_.size()]);
            }
            sender_.send(batch_, totals_);
            due -= kAtOnce;
        }
        return totals_;
    }

  private:
    struct Session {
        uint64_t id = 0;
        uint64_t cookie = 0;
        uint64_t limit = 0;  ///< what the server allows
        uint64_t next_number = 0;
        uint64_t next_sequence = 0;
        FrameBatch last;  ///< what it sent last, to send again
    };

    /// Another r, which ends 33 bytes before the transaction does: half of those have no public
    /// key, the rest that of nobody, which takes a whole recovery to find out.
    void spoil_signature(Bytes& transaction) {
        for (size_t i = 0; i < 31 && transaction.size() > 70; ++i)
            transaction[transaction.size() - 65 + i] = static_cast<uint8_t>(random_());
    }

    Endpoint own(uint32_t ipv4) const {
        return {.mac = own_mac_, .ip = IpAddress::v4(ipv4), .udp_port = kOwnPort};
    }
    Endpoint server() const {
        return {.mac = options_.server_mac,
                .ip = IpAddress::v4(options_.server),
                .udp_port = options_.port};
    }
    uint32_t forged() {
        return kForgedNetwork + static_cast<uint32_t>(random_() % options_.sources);
    }

    /// Frames of sources that open no session.
    void make_frames() {
        const size_t count = std::max<size_t>(4'096, 2 * options_.sources);
        for (size_t i = 0; i < count; ++i) {
            const uint32_t source = options_.sources == 1 ? options_.own : forged();
            frame_storage_.push_back(options_.kind == "garbage" ? garbage(source)
                                                                : stranger(source, i));
        }
        for (const Bytes& one : frame_storage_)
            frames_.push_back(one);
    }

    /// A third is noise, a third looks like the protocol at first sight, a third are Hellos.
    Bytes garbage(uint32_t source) {
        Bytes out(kLinkHeadersBytes + 60 +
                  random_() % (kFrameBytesStandard - kLinkHeadersBytes - 59));
        for (uint8_t& byte : out)
            byte = static_cast<uint8_t>(random_());
        uint8_t* const datagram = out.data() + kLinkHeadersBytes;
        const uint64_t which = random_() % 3;
        if (which == 1) {
            store_be32(datagram, kMagic);
            datagram[4] = kProtocolVersion;
            datagram[5] = static_cast<uint8_t>(1 + random_() % 6);
            datagram[6] = 0;
            datagram[7] = kDatagramHeaderBytes / 4;
        } else if (which == 2) {
            out.resize(kLinkHeadersBytes + kDatagramHeaderBytes + kHelloBodyBytes);
            Bytes body(kHelloBodyBytes, 0);
            body[0] = body[1] = kProtocolVersion;
            const BytesView parts[] = {body};
            write_datagram({.kind = FrameKind::Hello, .session = random_() | 1}, parts,
                           std::span{out}.subspan(kLinkHeadersBytes));
        }
        write_link_headers(own(source), server(), out);
        return out;
    }

    /// Transactions under a cookie that nobody made; of duplicates, all of one session.
    Bytes stranger(uint32_t source, size_t index) {
        const bool duplicates = options_.kind == "duplicates";
        auto encoder =
            FrameEncoder::create({.source = own(source),
                                  .destination = server(),
                                  .session = duplicates ? 77 : random_() | 1,
                                  .cookie = duplicates ? 78 : random_(),
                                  .first_sequence = duplicates ? index % 16 : random_() % 1'000});
        FrameBatch out;
        for (size_t i = 0; i < kPerDatagram; ++i)
            (void)encoder->add(transactions_[(index + i) % transactions_.size()], out);
        encoder->flush(out);
        return to_bytes(out[0]);
    }

    /// By an ordinary socket, whose address and port the raw frames then bear.
    void open_sessions() {
        socket_ = ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
        sockaddr_in here{};
        here.sin_family = AF_INET;
        here.sin_port = htons(kOwnPort);
        here.sin_addr.s_addr = htonl(options_.own);
        sockaddr_in there = here;
        there.sin_port = htons(options_.port);
        there.sin_addr.s_addr = htonl(options_.server);
        if (::bind(socket_, reinterpret_cast<sockaddr*>(&here), sizeof(here)) != 0 ||
            ::connect(socket_, reinterpret_cast<sockaddr*>(&there), sizeof(there)) != 0)
            give_up("an ordinary socket");
        for (size_t i = 0; i < kSessions; ++i)
            sessions_.emplace_back().id = random_() | 1;
        // Bounded: half a second for each of the two answers.
        for (int attempt = 0; attempt < 100 && totals_.sessions < kSessions; ++attempt) {
            for (const Session& one : sessions_)
                if (one.limit == 0) hello(one);
            std::this_thread::sleep_for(std::chrono::milliseconds(10));
            take_replies();
        }
        if (totals_.sessions == 0) give_up("the server opened no session");
    }

    void hello(const Session& session) {
        Bytes body(kHelloBodyBytes, 0);
        body[0] = body[1] = kProtocolVersion;
        store_be32(body.data() + 4, kWindowMax);
        Bytes datagram(kDatagramHeaderBytes + kHelloBodyBytes);
        const BytesView parts[] = {body};
        write_datagram({.kind = FrameKind::Hello, .session = session.id, .cookie = session.cookie},
                       parts, datagram);
        if (::send(socket_, datagram.data(), datagram.size(), 0) > 0) ++totals_.control;
    }

    void take_replies() {
        std::array<uint8_t, 2'048> buffer{};
        for (int i = 0; i < 256; ++i) {
            const ssize_t size = ::recv(socket_, buffer.data(), buffer.size(), MSG_DONTWAIT);
            if (size <= 0) return;
            ++totals_.replies;
            DatagramHeader header;
            ParsedBody body;
            if (parse_datagram(BytesView{buffer}.first(static_cast<size_t>(size)), header, body) !=
                FrameError::None)
                continue;
            for (Session& one : sessions_) {
                if (one.id != header.session) continue;
                if (header.kind == FrameKind::Challenge) {
                    one.cookie = header.cookie;
                } else if (header.kind == FrameKind::Welcome && one.limit == 0) {
                    one.limit = body.window;
                    ++totals_.sessions;
                } else if (header.kind == FrameKind::Report) {
                    one.limit = std::max(one.limit, body.limit);
                }
            }
        }
    }

    /// New transactions where there is credit, and what was sent before where there is none; of
    /// duplicates, new ones in the first second only.
    void session_frames() {
        for (size_t i = 0; i < kAtOnce; ++i) {
            Session& one = sessions_[next_++ % sessions_.size()];
            if (one.limit == 0) continue;
            const bool fresh = one.next_number + kPerDatagram <= one.limit &&
                               (options_.kind == "signatures" || one.next_number < 4'096);
            const uint64_t number =
                fresh ? one.next_number
                      : (one.next_number > 512 ? one.next_number - 512 + random_() % 500 : 0);
            // Half of what comes again comes as it was, the rest under a sequence of its own.
            if (!fresh && !one.last.empty() && random_() % 2 == 0) {
                batch_.push_back(one.last[0]);
                continue;
            }
            auto encoder = FrameEncoder::create({.source = own(options_.own),
                                                 .destination = server(),
                                                 .session = one.id,
                                                 .cookie = one.cookie,
                                                 .first_sequence = one.next_sequence++,
                                                 .first_transaction = number});
            FrameBatch& out = built_[i];
            out.clear();
            for (size_t k = 0; k < kPerDatagram; ++k)
                (void)encoder->add(transactions_[(number + k) % transactions_.size()], out);
            encoder->flush(out);
            batch_.push_back(out[0]);
            if (!fresh) continue;
            one.next_number += kPerDatagram;
            totals_.transactions += kPerDatagram;
            one.last.clear();
            std::ranges::copy(out[0], one.last.append(out[0].size()).begin());
        }
    }

    const Options options_;
    std::vector<Bytes> transactions_;
    std::mt19937_64 random_;
    RawSender sender_;
    MacAddress own_mac_{};
    Totals totals_;
    std::vector<Bytes> frame_storage_;
    std::vector<BytesView> frames_;
    std::vector<BytesView> batch_;
    std::array<FrameBatch, kAtOnce> built_;
    size_t next_ = 0;
    int socket_ = -1;
    std::vector<Session> sessions_;
};

bool parse_mac(const char* text, MacAddress& mac) {
    std::array<unsigned, 6> parts{};
    if (std::sscanf(text, "%2x:%2x:%2x:%2x:%2x:%2x", &parts[0], &parts[1], &parts[2], &parts[3],
                    &parts[4], &parts[5]) != 6)
        return false;
    for (size_t i = 0; i < mac.size(); ++i)
        mac[i] = static_cast<uint8_t>(parts[i]);
    return true;
}

bool parse_address(const char* text, uint32_t& out) {
    in_addr address{};
    if (::inet_pton(AF_INET, text, &address) != 1) return false;
    out = ntohl(address.s_addr);
    return true;
}

std::vector<Bytes> read_transactions(const std::string& path) {
    std::vector<Bytes> out;
    std::ifstream file(path);
    for (std::string line; std::getline(file, line) && out.size() < 100'000;)
        if (auto bytes = from_hex(line)) out.push_back(std::move(*bytes));
    return out;
}

}  // namespace

int main(int count, char** arguments) {
    Options options;
    if (count != 12 || !parse_mac(arguments[2], options.server_mac) ||
        !parse_address(arguments[3], options.server) || !parse_address(arguments[5], options.own)) {
        std::fprintf(stderr,
                     "usage: flooder INTERFACE SERVER_MAC SERVER_ADDRESS SERVER_PORT OWN_ADDRESS "
                     "garbage|signatures|duplicates SOURCES RATE SECONDS TRANSACTIONS SEED\n");
        return 2;
    }
    options.interface = arguments[1];
    options.port = static_cast<uint16_t>(std::atoi(arguments[4]));
    options.kind = arguments[6];
    options.sources = std::strtoull(arguments[7], nullptr, 10);
    options.rate = std::atof(arguments[8]);
    options.seconds = std::atof(arguments[9]);
    options.seed = std::strtoull(arguments[11], nullptr, 10);
    auto transactions = read_transactions(arguments[10]);
    const bool known =
        options.kind == "garbage" || options.kind == "signatures" || options.kind == "duplicates";
    if (!known || options.sources == 0 || options.sources > 60'000 || options.rate <= 0 ||
        options.rate > 2e6 || options.seconds <= 0 || options.seconds > 60 ||
        transactions.empty()) {
        std::fprintf(stderr, "flooder: an argument is outside its bounds\n");
        return 2;
    }
    const double seconds = options.seconds;
    const Totals totals = Flooder(options, std::move(transactions)).run();
    std::printf(
        "{\"sent\": %llu, \"bytes\": %llu, \"not_taken\": %llu, \"sessions\": %llu, "
        "\"transactions\": %llu, \"replies\": %llu, \"control\": %llu, \"seconds\": %.3f}\n",
        static_cast<unsigned long long>(totals.sent), static_cast<unsigned long long>(totals.bytes),
        static_cast<unsigned long long>(totals.not_taken),
        static_cast<unsigned long long>(totals.sessions),
        static_cast<unsigned long long>(totals.transactions),
        static_cast<unsigned long long>(totals.replies),
        static_cast<unsigned long long>(totals.control), seconds);
    return 0;
}
