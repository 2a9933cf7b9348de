// SPDX-License-Identifier: Apache-2.0
#include "tests/soak/ingest_traffic.hpp"

#include <algorithm>
#include <cstring>

#include "dataplane/protocol/big_endian.hpp"
#include "dataplane/protocol/datagram.hpp"
#include "dataplane/protocol/link.hpp"
#include "dataplane/protocol/neighbor.hpp"
#include "host/core/assert.hpp"

namespace switchyard::soak {
namespace {

using namespace dataplane;

constexpr uint16_t kFirstPort = 40'000;
constexpr size_t kAddresses = 16;  ///< several clients share one
constexpr size_t kDelayedMax = 32;
constexpr uint64_t kOvertakenBy = 12;
constexpr size_t kBurst = 64;
constexpr size_t kGarbageFrames = 256;
constexpr uint64_t kReplayEvery = 512;
/// Longer than anybody stops this process to measure something else.
constexpr uint64_t kPatienceNs = 3'600'000'000'000;

}  // namespace

IngestTraffic::IngestTraffic(Port& to_server, Port& from_server, const TrafficConfig& config,
                             const IngestStock& stock)
    : to_server_(to_server),
      from_server_(from_server),
      config_(config),
      stock_(stock),
      random_(config.seed),
      clients_(config.clients),
      delayed_(kDelayedMax) {
    for (size_t i = 0; i < clients_.size(); ++i) {
        Client& client = clients_[i];
        client.address = {.mac = {0x02, 0, 0, 0, 1, static_cast<uint8_t>(i)},
                          .ip = IpAddress::v4(0x0A00'0100 + static_cast<uint32_t>(i % kAddresses)),
                          .udp_port = static_cast<uint16_t>(kFirstPort + i)};
    }
    make_garbage();
}

bool IngestTraffic::chance(double probability) {
    return static_cast<double>(random_() >> 11) * 0x1p-53 < probability;
}

void IngestTraffic::open(Client& client, uint64_t now_ns) {
    constexpr std::array<GroupShape, 4> kShapes = {GroupShape{16, 4}, GroupShape{32, 0},
                                                   GroupShape{8, 2}, GroupShape{32, 8}};
    ClientConfig config;
    config.session = random_() | 1;
    // By client, not by chance: what all clients use together then stays the same.
    const auto index = static_cast<size_t>(&client - clients_.data());
    config.window = 1'024u << index / 4 % 3;
    config.group = kShapes[index % kShapes.size()];
    config.frame_bytes = index / 16 % 4 == 0 ? kFrameBytesMax : kFrameBytesStandard;
    config.patience_ns = kPatienceNs;
    auto session = ClientSession::create(config, now_ns);
    SWITCHYARD_ASSERT(session.has_value());
    client.session.emplace(std::move(*session));
    client.expected.assign(config.window, 0);
    client.left = config_.shortest + random_() % (config_.longest - config_.shortest + 1);
    client.next_result = 0;
    client.vanishes = chance(config_.vanishing);
    client.due = true;
    ++counters_.sessions;
}

void IngestTraffic::end(Client& client) {
    counters_.unanswered += client.session->outstanding();
    client.session.reset();
}

size_t IngestTraffic::turn(size_t index, uint64_t now_ns, size_t budget) {
    Client& client = clients_[index];
    if (!client.session) {
        if (finishing_) return 0;
        open(client, now_ns);
    }
    ClientSession& session = *client.session;
    if (finishing_) client.left = 0;
    if (client.due) take_results(client);
    size_t submitted = 0;
    const size_t wanted = static_cast<size_t>(std::min<uint64_t>(budget, client.left));
    while (submitted < wanted && session.outstanding() < client.expected.size()) {
        const size_t entry = stock_.draw(random_);
        const auto number = session.submit(stock_.bytes(entry));
        SWITCHYARD_ASSERT(number.has_value());
        if (!*number) break;
        client.expected[**number % client.expected.size()] =
            static_cast<uint8_t>(stock_.verdict(entry));
        ++submitted;
    }
    client.left -= submitted;
    counters_.submitted += submitted;
    if (client.due || submitted != 0 || now_ns >= session.deadline_ns()) {
        session.poll(now_ns, payloads_);
        send(client, payloads_);
        payloads_.clear();
    }
    client.due = false;
    if (session.state() == ClientState::Failed) {
        // The one thing that may happen: this process stood still for longer than sessions live.
        if (session.failure().code == ErrorCode::Unavailable)
            ++counters_.resets;
        else
            failure_ = session.failure().message;
        end(client);
    } else if (client.left == 0 && client.vanishes && !finishing_) {
        ++counters_.vanished;
        end(client);
    } else if (client.left == 0 && session.outstanding() == 0) {
        session.close(payloads_);
        // Said twice: a Close that is lost would leave the session to time.
        for (int i = 0; i < 2; ++i)
            send(client, payloads_);
        payloads_.clear();
        end(client);
    }
    return submitted;
}

void IngestTraffic::take_results(Client& client) {
    std::array<TransactionResult, 256> results;
    while (const size_t count = client.session->take_results(results)) {
        for (const TransactionResult& one : std::span{results}.first(count)) {
            const uint8_t wanted = client.expected[one.number % client.expected.size()];
            if (one.number != client.next_result++ || static_cast<uint8_t>(one.verdict) != wanted)
                ++counters_.wrong;
        }
        counters_.answered += count;
    }
}

bool IngestTraffic::finished() const {
    return std::ranges::none_of(clients_,
                                [](const Client& one) { return one.session.has_value(); });
}

size_t IngestTraffic::take_replies(uint64_t now_ns) {
    std::array<Frame, kBurst> burst;
    std::array<uintptr_t, kBurst> buffers;
    size_t total = 0;
    while (const size_t count = from_server_.receive(0, burst)) {
        for (size_t i = 0; i < count; ++i) {
            buffers[i] = burst[i].buffer;
            const BytesView frame = burst[i].bytes;
            constexpr size_t kPortOffset = kEthernetHeaderBytes + kIpv4HeaderBytes + 2;
            if (frame.size() < kLinkHeadersBytes) continue;
            const size_t index = size_t{load_be16(frame.data() + kPortOffset)} - kFirstPort;
            if (index >= clients_.size() || !clients_[index].session) continue;
            if (chance(config_.loss)) {
                ++counters_.replies_lost;
                continue;
            }
            Client& client = clients_[index];
            LinkHeaders link;
            const LinkConfig wanted{.udp_port = client.address.udp_port,
                                    .ipv4 = client.address.ip.to_v4()};
            if (parse_link(frame, wanted, link) != FrameError::None) continue;
            client.session->receive(link.payload, now_ns);
            client.due = true;
        }
        from_server_.free_buffers(std::span{buffers}.first(count));
        total += count;
    }
    return total;
}

void IngestTraffic::send(const Client& client, const FrameBatch& payloads) {
    const Endpoint server{.mac = {0x02, 0, 0, 0, 0, 2}, .ip = IpAddress::v4(config_.server_ipv4)};
    for (size_t i = 0; i < payloads.size(); ++i) {
        const BytesView payload = payloads[i];
        const std::span<uint8_t> frame =
            std::span{frame_}.first(kLinkHeadersBytes + payload.size());
        std::ranges::copy(payload, frame.begin() + kLinkHeadersBytes);
        write_link_headers(client.address, server, frame);
        if (chance(config_.garbage)) send_garbage();
        pass(frame);
        release_delayed(false);
    }
    if (payloads.size() == 0) release_delayed(true);
}

/// One frame through the faults.
void IngestTraffic::pass(std::span<uint8_t> frame) {
    if (++frames_seen_ % kReplayEvery == 0) {
        std::ranges::copy(frame, replay_.begin());
        replay_size_ = frame.size();
    }
    if (chance(config_.loss)) {
        ++counters_.lost;
        return;
    }
    if (delayed_count_ < delayed_.size() && chance(config_.delaying)) {
        ++counters_.delayed;
        Delayed& held = delayed_[(delayed_begin_ + delayed_count_++) % delayed_.size()];
        std::ranges::copy(frame, held.bytes.begin());
        held.size = frame.size();
        held.until = frames_seen_ + kOvertakenBy;
        return;
    }
    if (chance(config_.doubling)) {
        ++counters_.doubled;
        transmit(frame);
    }
    if (chance(config_.damage)) {
        ++counters_.damaged;
        const uint64_t bit = random_() % (8 * frame.size());
        frame[bit / 8] ^= static_cast<uint8_t>(1 << bit % 8);
    }
    transmit(frame);
}

void IngestTraffic::release_delayed(bool all) {
    while (delayed_count_ != 0) {
        const Delayed& held = delayed_[delayed_begin_];
        if (!all && held.until > frames_seen_) return;
        transmit(BytesView{held.bytes}.first(held.size));
        delayed_begin_ = (delayed_begin_ + 1) % delayed_.size();
        --delayed_count_;
    }
}

void IngestTraffic::transmit(BytesView frame) {
    const BytesView frames[] = {frame};
    ++counters_.frames;
    if (to_server_.transmit(0, frames) == 0) ++counters_.port_full;
}

void IngestTraffic::send_garbage() {
    ++counters_.garbage;
    if (replay_size_ != 0 && random_() % 4 == 0)
        transmit(BytesView{replay_}.first(replay_size_));
    else
        transmit(garbage_[random_() % garbage_.size()]);
}

/// Noise, datagrams with cookies that nobody made, first Hellos of addresses that never answer, and
/// ARP requests.
void IngestTraffic::make_garbage() {
    const Endpoint server{.mac = {0x02, 0, 0, 0, 0, 2}, .ip = IpAddress::v4(config_.server_ipv4)};
    for (size_t i = 0; i < kGarbageFrames; ++i) {
        Bytes frame(60 + random_() % 1'400);
        for (uint8_t& byte : frame)
            byte = static_cast<uint8_t>(random_());
        const Endpoint stranger{
            .mac = {0x02, 0, 0, 0, 2, static_cast<uint8_t>(i)},
            .ip = IpAddress::v4(0x0A01'0000 + static_cast<uint32_t>(random_() % 10'000)),
            .udp_port = 1'000};
        const bool hello = i % 4 == 1;
        if (hello) frame.resize(kLinkHeadersBytes + kDatagramHeaderBytes + kHelloBodyBytes);
        if (i % 4 == 2) {
            Bytes one(200, 7);
            const BytesView views[] = {one};
            const auto batch = encode_all({.source = stranger,
                                           .destination = server,
                                           .session = random_() | 1,
                                           .cookie = random_()},
                                          views);
            SWITCHYARD_ASSERT(batch.has_value());
            frame = to_bytes((*batch)[0]);
        } else if (hello) {
            Bytes body(kHelloBodyBytes, 0);
            body[0] = body[1] = kProtocolVersion;
            const BytesView parts[] = {body};
            write_datagram({.kind = FrameKind::Hello, .session = random_() | 1}, parts,
                           std::span{frame}.subspan(kLinkHeadersBytes));
            write_link_headers(stranger, server, frame);
        } else if (i % 4 == 3) {
            std::array<uint8_t, kNeighborFrameBytesMax> request;
            const size_t size = ask_neighbor(stranger, server.ip, request);
            frame.assign(request.begin(), request.begin() + static_cast<std::ptrdiff_t>(size));
        }
        garbage_.push_back(std::move(frame));
    }
}

}  // namespace switchyard::soak
