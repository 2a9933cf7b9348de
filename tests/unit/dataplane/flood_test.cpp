// SPDX-License-Identifier: Apache-2.0
// Twenty times more than the server can verify, in simulated time: who keeps the rules keeps its
// rate, whatever the others send.
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>

#include "dataplane/client/client_session.hpp"
#include "dataplane/protocol/datagram.hpp"
#include "tests/support/test_data.hpp"
#include "tests/unit/dataplane/simulation.hpp"

namespace switchyard::dataplane {
namespace {

using ::switchyard::test::test_generator;
using test::SimulatedServer;

constexpr uint64_t kMillisecond = 1'000'000;
constexpr int kMilliseconds = 300;
/// What the server verifies in a millisecond, what the good client sends, and what the flood sends.
constexpr size_t kCapacity = 100;
constexpr size_t kGoodRate = 50;
constexpr size_t kFloodRate = 20 * kCapacity;
constexpr SourceAddress kGood{0x0A00'0005, 40'000};
constexpr SourceAddress kBad{0x0A00'0666, 50'000};

/// The flood's transactions begin with this byte and have bad signatures.
constexpr uint8_t kBadByte = 0xBB;
Verdict judge(BytesView transaction) {
    return transaction[0] == kBadByte ? Verdict::InvalidSignature : Verdict::Accepted;
}

/// A datagram of the flood, and where it claims to come from.
using Flood = std::function<std::pair<SourceAddress, Bytes>()>;

struct FloodOutcome {
    uint64_t good_answered = 0;
    IngressCounters counters;
};

ReceiverConfig metered() {
    ReceiverConfig out;
    out.meter.transactions = {.per_second = 60'000, .burst = 6'000};
    return out;
}

/// The good client sends at its rate beside `per_millisecond` datagrams of the flood.
FloodOutcome run(SimulatedServer& server, const Flood& flood, size_t per_millisecond) {
    server.decide = judge;
    server.keep_bytes = false;
    auto random = test_generator(150);
    auto client = ClientSession::create({.session = 1, .patience_ns = UINT64_MAX / 2}, 0);
    const auto transactions = test::random_transactions(random, 1'000, 150, 250);
    FrameBatch frames;
    FloodOutcome out;
    double due = 0;
    uint64_t submitted = 0;
    // 20 steps of 50 microseconds in each millisecond.
    for (int step = 0; step < 20 * kMilliseconds; ++step) {
        const uint64_t now = static_cast<uint64_t>(step) * kMillisecond / 20;
        for (size_t i = 0; i < per_millisecond / 20; ++i) {
            const auto [source, datagram] = flood();
            (void)server.arrive(source, datagram, now);
        }
        for (due += kGoodRate / 20.0; due >= 1; due -= 1) {
            Bytes transaction = transactions[submitted % transactions.size()];
            transaction[0] = 1;
            if (*client->submit(transaction)) ++submitted;
        }
        client->poll(now, frames);
        for (size_t i = 0; i < frames.size(); ++i)
            (void)server.arrive(kGood, frames[i], now);
        frames.clear();
        server.judge(now, kCapacity / 20);
        server.tick(now);
        for (const Reply& reply : server.take_replies())
            if (reply.to == kGood) client->receive(reply.payload(), now);
        std::array<TransactionResult, 256> results;
        while (const size_t count = client->take_results(results))
            out.good_answered += count;
    }
    EXPECT_EQ(client->state(), ClientState::Open);
    out.counters = server.counters();
    server.expect_fates_add_up();
    return out;
}

/// At least nine in ten of what it sends, less what is still under way at the end.
void expect_good_kept_its_rate(const FloodOutcome& result) {
    constexpr double kSent = kGoodRate * kMilliseconds;
    EXPECT_GE(static_cast<double>(result.good_answered), 0.9 * kSent);
}

uint64_t open_session(SimulatedServer& server, const SourceAddress& source, uint64_t session) {
    uint64_t cookie = 0;
    for (int i = 0; i < 2; ++i) {
        Bytes hello(kDatagramHeaderBytes + kHelloBodyBytes);
        Bytes body(kHelloBodyBytes, 0);
        body[0] = body[1] = kProtocolVersion;
        store_be32(body.data() + 4, kWindowMax);
        const BytesView parts[] = {body};
        write_datagram({.kind = FrameKind::Hello, .session = session, .cookie = cookie}, parts,
                       hello);
        (void)server.arrive(source, hello, 0);
        const auto replies = server.take_replies();
        EXPECT_EQ(replies.size(), 1u);
        DatagramHeader header;
        EXPECT_EQ(parse_header(replies[0].payload(), header), FrameError::None);
        cookie = header.cookie;
    }
    return cookie;
}

/// Datagrams of seven transactions with bad signatures over sessions that ignore their credit.
class BadSignatures {
  public:
    BadSignatures(SimulatedServer& server, size_t sessions) {
        for (size_t i = 0; i < sessions; ++i) {
            const uint64_t session = 1'000 + i;
            const uint64_t cookie = open_session(server, kBad, session);
            encoders_.push_back(*FrameEncoder::create(
                {.session = session, .cookie = cookie, .link_headers = false}));
        }
    }
    std::pair<SourceAddress, Bytes> operator()() {
        FrameEncoder& encoder = encoders_[turn_++ % encoders_.size()];
        FrameBatch out;
        for (int i = 0; i < 7; ++i)
            EXPECT_TRUE(encoder.add(Bytes(180, kBadByte), out));
        encoder.flush(out);
        return {kBad, to_bytes(out[0])};
    }

  private:
    std::vector<FrameEncoder> encoders_;
    size_t turn_ = 0;
};

TEST(Flood, NobodyFloodsAtFirst) {
    SimulatedServer server(metered(), 8'192, 4'096);
    const auto result = run(
        server,
        [] {
            return std::pair{kBad, Bytes()};
        },
        0);
    expect_good_kept_its_rate(result);
}

TEST(Flood, OfGarbageFromOneSource) {
    auto random = test_generator(151);
    SimulatedServer server(metered(), 8'192, 4'096);
    std::vector<Bytes> garbage;
    for (int i = 0; i < 512; ++i) {
        garbage.push_back(test::random_bytes(random, 60 + random() % 1'400));
        if (i % 2 == 0) continue;
        // Half of it looks like the protocol at first sight.
        Bytes& one = garbage.back();
        store_be32(one.data(), kMagic);
        one[4] = kProtocolVersion;
        one[5] = static_cast<uint8_t>(1 + random() % 6);
        one[6] = 0;
        one[7] = kDatagramHeaderBytes / 4;
    }
    size_t turn = 0;
    const auto result = run(
        server,
        [&] {
            return std::pair{kBad, garbage[++turn % garbage.size()]};
        },
        kFloodRate);
    expect_good_kept_its_rate(result);
    EXPECT_EQ(result.counters.sessions_opened, 1u);
}

TEST(Flood, OfBadSignaturesFromOneSession) {
    SimulatedServer server(metered(), 8'192, 4'096);
    BadSignatures flood(server, 1);
    const auto result = run(server, std::ref(flood), kFloodRate / 7);
    expect_good_kept_its_rate(result);
    EXPECT_GT(result.counters.drops[static_cast<size_t>(DropReason::Metered)].frames, 10'000u);
    EXPECT_LT(server.judged[1], 6'000u + 60'000 * kMilliseconds / 1'000 / 8)
        << "bad ones cost eight tokens more";
}

TEST(Flood, OfBadSignaturesFromOneSessionWithoutMeters) {
    SimulatedServer server({}, 8'192, 4'096);
    BadSignatures flood(server, 1);
    const auto result = run(server, std::ref(flood), kFloodRate / 7);
    // Credit alone bounds what one session has in the queue.
    expect_good_kept_its_rate(result);
    EXPECT_GT(result.counters.drops[static_cast<size_t>(DropReason::CreditExceeded)].frames,
              10'000u);
}

TEST(Flood, OfBadSignaturesFromManySessionsOfOneSource) {
    SimulatedServer server(metered(), 8'192, 4'096);
    BadSignatures flood(server, 32);
    const auto result = run(server, std::ref(flood), kFloodRate / 7);
    expect_good_kept_its_rate(result);
    EXPECT_GT(result.counters.drops[static_cast<size_t>(DropReason::Metered)].frames, 10'000u);
}

TEST(Flood, OfDuplicates) {
    SimulatedServer server(metered(), 8'192, 4'096);
    BadSignatures source(server, 1);
    const auto once = source();
    uint64_t sequence = 0;
    const auto result = run(
        server,
        [&] {
            // Every other one as it was, every other one under a sequence of its own.
            auto out = once;
            if (++sequence % 2 == 0) {
                store_be64(out.second.data() + offset::kSequence, sequence);
                test::refresh_crc(out.second);
            }
            return out;
        },
        kFloodRate / 7);
    expect_good_kept_its_rate(result);
    EXPECT_EQ(server.judged[1], 7u) << "taken once";
    const auto drops = [&](DropReason reason) {
        return result.counters.drops[static_cast<size_t>(reason)].frames;
    };
    EXPECT_GT(drops(DropReason::DuplicateSequence) + drops(DropReason::StaleSequence), 1'000u);
    EXPECT_GT(drops(DropReason::Metered), 10'000u) << "it is metered like any other source";
    EXPECT_GT(drops(DropReason::DuplicateTransaction), 500u);
}

TEST(Flood, FromTenThousandForgedSources) {
    auto random = test_generator(152);
    SimulatedServer server(metered(), 8'192, 4'096);
    const auto data = encode_all({.session = 9, .cookie = 5, .link_headers = false},
                                 test::views(test::random_transactions(random, 7, 180, 180)));
    Bytes hello(kDatagramHeaderBytes + kHelloBodyBytes);
    Bytes body(kHelloBodyBytes, 0);
    body[0] = body[1] = kProtocolVersion;
    const BytesView parts[] = {body};
    const auto result = run(
        server,
        [&] {
            const SourceAddress source{static_cast<uint32_t>(random() % 10'000), 7};
            if (random() % 2 == 0) return std::pair{source, to_bytes((*data)[0])};
            write_datagram({.kind = FrameKind::Hello, .session = 1 + random()}, parts, hello);
            return std::pair{source, hello};
        },
        kFloodRate);
    expect_good_kept_its_rate(result);
    EXPECT_EQ(result.counters.sessions_opened, 1u) << "nothing is remembered of forged sources";
    EXPECT_LE(result.counters.challenges, 1'000u + 50 * kMilliseconds + 1);
}

}  // namespace
}  // namespace switchyard::dataplane
