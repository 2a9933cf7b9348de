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

/// Returns the cookie; 0 when the server has no room.
uint64_t open_session(SimulatedServer& server, const SourceAddress& source, uint64_t session,
                      uint64_t now = 0) {
    uint64_t cookie = 0;
    for (int i = 0; i < 2; ++i) {
        Bytes hello(kDatagramHeaderBytes + kHelloBodyBytes);
        Bytes body(kHelloBodyBytes, 0);
        body[0] = body[1] = kProtocolVersion;
        store_be32(body.data() + 4, kWindowMax);
        const BytesView parts[] = {body};
        write_datagram({.kind = FrameKind::Hello, .session = session, .cookie = cookie}, parts,
                       hello);
        (void)server.arrive(source, hello, now);
        const auto replies = server.take_replies();
        EXPECT_EQ(replies.size(), 1u);
        DatagramHeader header;
        EXPECT_EQ(parse_header(replies[0].payload(), header), FrameError::None);
        if (header.kind == FrameKind::Reset) return 0;
        cookie = header.cookie;
    }
    return cookie;
}

/// Datagrams of seven transactions over sessions that ignore their credit; bad signatures unless
/// told otherwise.
class BadSignatures {
  public:
    /// The sessions are of one address, or each of its own.
    BadSignatures(SimulatedServer& server, size_t sessions, bool one_source = true,
                  uint8_t first_byte = kBadByte)
        : first_byte_(first_byte) {
        for (size_t i = 0; i < sessions; ++i) {
            const uint64_t session = 1'000 + i;
            SourceAddress source = kBad;
            if (!one_source)
                source.ip = IpAddress::v4(source.ip.to_v4() + static_cast<uint32_t>(i));
            const uint64_t cookie = open_session(server, source, session);
            encoders_.push_back(*FrameEncoder::create(
                {.session = session, .cookie = cookie, .link_headers = false}));
            sources_.push_back(source);
        }
    }
    std::pair<SourceAddress, Bytes> operator()() {
        const size_t index = turn_++ % encoders_.size();
        FrameBatch out;
        for (int i = 0; i < 7; ++i)
            EXPECT_TRUE(encoders_[index].add(Bytes(180, first_byte_), out));
        encoders_[index].flush(out);
        return {sources_[index], to_bytes(out[0])};
    }

  private:
    uint8_t first_byte_;
    std::vector<FrameEncoder> encoders_;
    std::vector<SourceAddress> sources_;
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

TEST(Flood, OfBadSignaturesFromManySourcesThatAnswer) {
    ReceiverConfig config = metered();
    config.meter = MeterConfig::of(60'000);
    config.sessions = 8'192;  // there is room for the good one, wherever it hashes to
    SimulatedServer server(config, 8'192, 4'096);
    // Not forged: each echoed its cookie and owns a session.
    BadSignatures flood(server, 600, false);
    const auto result = run(server, std::ref(flood), kFloodRate / 7);
    EXPECT_GT(result.counters.sessions_opened, 500u);
    expect_good_kept_its_rate(result);
    uint64_t bad = 0;
    for (const auto& [session, judged] : server.judged)
        bad += judged;
    bad -= result.good_answered;
    // The strangers' burst, what was under way before the first verdicts, and then an eighth of
    // what strangers may have, at nine tokens each.
    EXPECT_LT(bad, 6'000u + 4'096 + 60'000 * kMilliseconds / 1'000 / 8 / 9 + 750);
    EXPECT_GT(result.counters.drops[static_cast<size_t>(DropReason::Metered)].frames, 10'000u);
}

TEST(Flood, OfSessionsLeavesRoomForNewcomersAndKeepsWhoHasStanding) {
    ReceiverConfig config = metered();
    config.meter = MeterConfig::of(60'000);
    config.sessions = 8;
    SimulatedServer server(config, 8'192, 4'096);
    server.decide = judge;
    const auto source = [](uint32_t i) {
        return SourceAddress{IpAddress::v4(0x0A00'0700 + i), 7'000};
    };
    std::vector<uint64_t> cookies;
    for (uint32_t i = 0; i < 8; ++i) {
        cookies.push_back(open_session(server, source(i), 100 + i));
        ASSERT_NE(cookies.back(), 0u);
    }
    constexpr uint64_t kSecond = 1'000'000'000;
    EXPECT_EQ(open_session(server, source(20), 20, kSecond / 2), 0u) << "they have a second";
    // All but the first two send what is worth the work.
    for (uint32_t i = 2; i < 8; ++i) {
        auto encoder = *FrameEncoder::create(
            {.session = 100 + i, .cookie = cookies[i], .link_headers = false});
        FrameBatch out;
        for (uint32_t n = 0; n < config.meter.standing; ++n)
            ASSERT_TRUE(encoder.add(Bytes(20, 1), out));
        encoder.flush(out);
        for (size_t k = 0; k < out.size(); ++k)
            (void)server.arrive(source(i), out[k], kSecond / 2);
    }
    server.judge(kSecond / 2);
    server.tick(kSecond);
    (void)server.take_replies();
    EXPECT_NE(open_session(server, source(20), 20, 2 * kSecond), 0u);
    EXPECT_NE(open_session(server, source(21), 21, 2 * kSecond), 0u);
    EXPECT_EQ(server.counters().sessions_evicted, 2u);
    EXPECT_EQ(open_session(server, source(22), 22, 2 * kSecond), 0u)
        << "newcomers have their second, and the others their standing";
    EXPECT_NE(open_session(server, source(22), 22, 4 * kSecond), 0u);
    EXPECT_EQ(server.counters().sessions_evicted, 3u);
}

TEST(Flood, OfGoodTransactionsFromOneSourceWaitsBehindItself) {
    // Without meters: the room that a source may take is what keeps it back.
    SimulatedServer server({}, 8'192, 4'096);
    BadSignatures flood(server, 32, true, 1);
    const auto result = run(server, std::ref(flood), kFloodRate / 7);
    expect_good_kept_its_rate(result);
    EXPECT_GT(result.counters.drops[static_cast<size_t>(DropReason::SourceShare)].frames, 1'000u);
    EXPECT_EQ(result.counters.drops[static_cast<size_t>(DropReason::RingFull)].frames, 0u);
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
