// SPDX-License-Identifier: Apache-2.0
// What the receiver does with strangers, with those who break the rules and with those who ask.
#include "dataplane/receive/receiver.hpp"

#include <gtest/gtest.h>

#include "dataplane/protocol/datagram.hpp"
#include "tests/support/test_data.hpp"
#include "tests/unit/dataplane/simulation.hpp"

namespace switchyard::dataplane {
namespace {

using ::switchyard::test::test_generator;
using test::SimulatedServer;

constexpr SourceAddress kClient{0x0A00'0005, 40'000};
constexpr uint64_t kSecond = 1'000'000'000;

Bytes datagram(const DatagramFields& fields, BytesView body = {}) {
    Bytes out(kDatagramHeaderBytes + body.size());
    const BytesView parts[] = {body};
    write_datagram(fields, parts, out);
    return out;
}

Bytes hello(uint64_t session, uint64_t cookie, uint32_t window = 4'096, uint8_t version = 2) {
    Bytes body(kHelloBodyBytes, 0);
    body[0] = body[1] = version;
    store_be32(body.data() + 4, window);
    return datagram({.kind = FrameKind::Hello, .session = session, .cookie = cookie}, body);
}

/// A reply with its parts.
struct Answer {
    SourceAddress to;
    size_t size = 0;
    DatagramHeader header;
    ParsedBody body;
    Bytes states;
};

std::vector<Answer> answers(SimulatedServer& server) {
    std::vector<Answer> out;
    for (const Reply& reply : server.take_replies()) {
        Answer& answer = out.emplace_back();
        answer.to = reply.to;
        answer.size = reply.size;
        EXPECT_EQ(parse_datagram(reply.payload(), answer.header, answer.body), FrameError::None);
        answer.states = to_bytes(answer.body.states);
    }
    return out;
}

/// Goes through Hello, Challenge, Hello, Welcome; returns the cookie.
uint64_t open_session(SimulatedServer& server, uint64_t session, SourceAddress source = kClient,
                      uint64_t now = 0, uint32_t window = 4'096) {
    (void)server.arrive(source, hello(session, 0), now);
    const auto challenge = answers(server);
    EXPECT_EQ(challenge.size(), 1u);
    EXPECT_EQ(challenge[0].header.kind, FrameKind::Challenge);
    const uint64_t cookie = challenge[0].header.cookie;
    (void)server.arrive(source, hello(session, cookie, window), now);
    const auto welcome = answers(server);
    EXPECT_EQ(welcome.size(), 1u);
    EXPECT_EQ(welcome[0].header.kind, FrameKind::Welcome);
    return cookie;
}

std::vector<Bytes> data(const std::vector<Bytes>& transactions, EncoderConfig config) {
    config.link_headers = false;
    const auto frames = encode_all(config, test::views(transactions));
    std::vector<Bytes> out;
    for (size_t i = 0; i < frames->size(); ++i)
        out.push_back(to_bytes((*frames)[i]));
    return out;
}

Bytes query(uint64_t session, uint64_t cookie, uint64_t sequence, uint64_t first, uint16_t count) {
    Bytes body(kQueryBodyBytes, 0);
    store_be64(body.data(), first);
    store_be16(body.data() + 8, count);
    return datagram(
        {.kind = FrameKind::Query, .session = session, .sequence = sequence, .cookie = cookie},
        body);
}

TEST(Receiver, OpensASessionOnlyForWhoEchoesTheCookie) {
    SimulatedServer server({});
    (void)server.arrive(kClient, hello(7, 0), 0);
    auto replies = answers(server);
    ASSERT_EQ(replies.size(), 1u);
    EXPECT_EQ(replies[0].header.kind, FrameKind::Challenge);
    EXPECT_EQ(replies[0].header.session, 7u);
    EXPECT_EQ(replies[0].to, kClient);
    const uint64_t cookie = replies[0].header.cookie;
    EXPECT_NE(cookie, 0u);
    EXPECT_EQ(server.counters().sessions_opened, 0u) << "nothing is remembered of it";
    // From elsewhere, of another session, altered, or too late: another Challenge.
    (void)server.arrive({kClient.ip.to_v4() + 1, kClient.port}, hello(7, cookie), 0);
    (void)server.arrive(kClient, hello(8, cookie), 0);
    (void)server.arrive(kClient, hello(7, cookie + 1), 0);
    (void)server.arrive(kClient, hello(7, cookie), 120 * kSecond);
    for (const Answer& answer : answers(server))
        EXPECT_EQ(answer.header.kind, FrameKind::Challenge);
    EXPECT_EQ(server.counters().sessions_opened, 0u);
    (void)server.arrive(kClient, hello(7, cookie), 119 * kSecond);
    replies = answers(server);
    ASSERT_EQ(replies.size(), 1u);
    EXPECT_EQ(replies[0].header.kind, FrameKind::Welcome);
    EXPECT_EQ(replies[0].body.window, 4'096u);
    EXPECT_EQ(replies[0].body.datagram_bytes, kDatagramBytesMax);
    EXPECT_EQ(server.counters().sessions_opened, 1u);
    (void)server.arrive(kClient, hello(7, cookie), 119 * kSecond);
    EXPECT_EQ(answers(server)[0].header.kind, FrameKind::Welcome)
        << "said again, as it may be lost";
    EXPECT_EQ(server.counters().sessions_opened, 1u);
    server.expect_fates_add_up();
}

TEST(Receiver, GrantsAWindowWithinBothBounds) {
    SimulatedServer server({.window = 1'024});
    uint64_t session = 1;
    for (const auto& [wanted, granted] :
         {std::pair<uint32_t, uint32_t>{0, 256}, {300, 256}, {512, 512}, {UINT32_MAX, 1'024}}) {
        (void)server.arrive(kClient, hello(++session, 0), 0);
        const uint64_t cookie = answers(server)[0].header.cookie;
        (void)server.arrive(kClient, hello(session, cookie, wanted), 0);
        EXPECT_EQ(answers(server)[0].body.window, granted) << wanted;
    }
}

// The factor is at most 1, whatever a stranger sends: bytes of UDP payload out per byte in.
TEST(Receiver, NeverSendsAStrangerMoreThanItSent) {
    auto random = test_generator(130);
    SimulatedServer server({.unknown_sources = {}});
    const auto transactions = data({Bytes(100, 1)}, {.session = 5, .cookie = 9});
    const std::vector<Bytes> seeds = {
        hello(7, 0),
        hello(7, 1),
        hello(7, 0, 4'096, 1),
        transactions[0],
        query(7, 3, 0, 0, 1'024),
        datagram({.kind = FrameKind::Close, .session = 7, .cookie = 4})};
    uint64_t answered = 0;
    for (int i = 0; i < 60'000; ++i) {
        Bytes sent = seeds[random() % seeds.size()];
        if (random() % 2 == 0) sent[4 + random() % 8] = static_cast<uint8_t>(random() % 16);
        if (random() % 8 == 0) sent.resize(random() % (sent.size() + 1));
        if (sent.size() >= kDatagramHeaderBytes) test::refresh_crc(sent);
        (void)server.arrive({static_cast<uint32_t>(random()), 1}, sent, kSecond);
        server.tick(kSecond);
        size_t bytes = 0;
        for (const Answer& answer : answers(server))
            bytes += answer.size;
        answered += bytes;
        ASSERT_LE(bytes, sent.size());
    }
    EXPECT_GT(answered, 100'000u) << "the test must reach answers";
    EXPECT_EQ(server.counters().sessions_opened, 0u);
    server.expect_fates_add_up();
}

TEST(Receiver, TellsWhichVersionsItSpeaks) {
    SimulatedServer server({});
    Bytes other = hello(7, 0);
    other[offset::kVersion] = 9;
    other.back() = 0xFF;  // whatever version 9 means by it, and whatever its checksum covers
    (void)server.arrive(kClient, other, 0);
    const auto replies = answers(server);
    ASSERT_EQ(replies.size(), 1u);
    EXPECT_EQ(replies[0].header.kind, FrameKind::Versions);
    EXPECT_EQ(replies[0].header.version, 0u);
    EXPECT_EQ(replies[0].body.version_min, 2u);
    EXPECT_EQ(replies[0].body.version_max, 2u);
    EXPECT_EQ(server.errors(FrameError::BadVersion), 1u);
    other[offset::kKind] = 1;
    (void)server.arrive(kClient, other, 0);
    EXPECT_TRUE(answers(server).empty()) << "only a Hello asks";
}

TEST(Receiver, RefusesDataOfStrangersInSilence) {
    auto random = test_generator(131);
    SimulatedServer server({});
    const uint64_t cookie = open_session(server, 7);
    const auto transactions = test::random_transactions(random, 10, 100, 100);
    (void)server.arrive(kClient, data(transactions, {.session = 7, .cookie = cookie + 1})[0], 0);
    (void)server.arrive(kClient, data(transactions, {.session = 7})[0], 0);
    (void)server.arrive(kClient, data(transactions, {.session = 8, .cookie = cookie})[0], 0);
    (void)server.arrive({1, 2}, data(transactions, {.session = 7, .cookie = cookie})[0], 0);
    server.judge(0);
    server.tick(kSecond);
    EXPECT_TRUE(server.taken.empty());
    EXPECT_TRUE(answers(server).empty());
    EXPECT_EQ(server.drops(DropReason::BadCookie), 4u);
    (void)server.arrive(kClient, data(transactions, {.session = 7, .cookie = cookie})[0], 0);
    server.judge(0);
    EXPECT_EQ(server.taken.size(), 10u);
}

TEST(Receiver, ResetsWhoComesBackToAForgottenSession) {
    auto random = test_generator(132);
    SimulatedServer server({.session_idle_ns = 10 * kSecond});
    const uint64_t cookie = open_session(server, 7);
    const auto frames =
        data(test::random_transactions(random, 10, 100, 100), {.session = 7, .cookie = cookie});
    for (int i = 0; i < 2'000; ++i)
        server.tick(10 * kSecond);
    EXPECT_EQ(server.counters().sessions_evicted, 1u);
    (void)server.arrive(kClient, frames[0], 11 * kSecond);
    const auto replies = answers(server);
    ASSERT_EQ(replies.size(), 1u);
    EXPECT_EQ(replies[0].header.kind, FrameKind::Reset);
    EXPECT_EQ(replies[0].body.reason, ResetReason::UnknownSession);
    EXPECT_EQ(server.drops(DropReason::UnknownSession), 1u);
    server.judge(0);
    EXPECT_TRUE(server.taken.empty());
}

TEST(Receiver, EndsASessionThatIsClosed) {
    SimulatedServer server({});
    const uint64_t cookie = open_session(server, 7);
    const Bytes close =
        datagram({.kind = FrameKind::Close, .session = 7, .sequence = 0, .cookie = cookie});
    (void)server.arrive(kClient, close, 0);
    (void)server.arrive(kClient, close, 0);
    EXPECT_TRUE(answers(server).empty());
    EXPECT_EQ(server.drops(DropReason::UnknownSession), 1u) << "the second one";
    (void)server.arrive(kClient, query(7, cookie, 1, 0, 1), 0);
    EXPECT_EQ(answers(server)[0].header.kind, FrameKind::Reset);
}

TEST(Receiver, BoundsTheSessionsOfASourceAndOfAll) {
    ReceiverConfig config{.sessions = 8, .session_idle_ns = 10 * kSecond};
    config.meter.sessions_per_source = 3;
    SimulatedServer server(config);
    for (uint64_t session = 1; session <= 3; ++session)
        (void)open_session(server, session);
    const auto refused = [&](uint64_t session, SourceAddress source, uint64_t now) {
        (void)server.arrive(source, hello(session, 0), now);
        const uint64_t cookie = answers(server)[0].header.cookie;
        (void)server.arrive(source, hello(session, cookie), now);
        const auto replies = answers(server);
        EXPECT_EQ(replies.size(), 1u);
        return replies[0].header.kind == FrameKind::Reset &&
               replies[0].body.reason == ResetReason::NoRoom;
    };
    EXPECT_TRUE(refused(4, kClient, 0)) << "of one source";
    for (uint32_t other = 1; other <= 5; ++other)
        (void)open_session(server, 1, {other, 1});
    EXPECT_TRUE(refused(1, {6, 1}, 9 * kSecond)) << "of all";
    EXPECT_FALSE(refused(1, {6, 1}, 10 * kSecond)) << "in the place of an idle one";
    EXPECT_EQ(server.counters().sessions_evicted, 1u);
    EXPECT_EQ(server.drops(DropReason::NoSession), 2u);
}

TEST(Receiver, GivesTheSameVerdictToWhoSendsAgain) {
    auto random = test_generator(133);
    SimulatedServer server({});
    const uint64_t cookie = open_session(server, 7);
    const auto transactions = test::random_transactions(random, 5, 100, 100);
    uint64_t sequence = 0;
    for (int round = 0; round < 3; ++round) {
        const uint64_t now = static_cast<uint64_t>(round) * kSecond;
        (void)server.arrive(
            kClient,
            data(transactions, {.session = 7, .cookie = cookie, .first_sequence = sequence++})[0],
            now);
        server.judge(now);
        server.tick(now);
        EXPECT_TRUE(answers(server).empty()) << "verdicts wait for company";
        server.tick(now + 1'000'000);
        const auto replies = answers(server);
        ASSERT_EQ(replies.size(), 1u);
        ASSERT_EQ(replies[0].header.kind, FrameKind::Report);
        EXPECT_EQ(replies[0].body.first, 0u);
        EXPECT_EQ(replies[0].body.limit, 5u + 4'096u);
        ASSERT_EQ(replies[0].states.size(), 5u);
        for (size_t i = 0; i < 5; ++i)
            EXPECT_EQ(replies[0].states[i],
                      static_cast<uint8_t>(test::verdict_of(transactions[i])));
        EXPECT_EQ(server.taken.size(), 5u) << "taken once";
    }
    EXPECT_EQ(server.counters().transactions_repeated, 10u);
    EXPECT_EQ(server.drops(DropReason::DuplicateTransaction), 2u);
}

TEST(Receiver, AnswersAQueryWithEveryState) {
    auto random = test_generator(134);
    SimulatedServer server({});
    const uint64_t cookie = open_session(server, 7);
    const auto transactions = test::random_transactions(random, 8, 100, 100);
    const auto frames =
        data(transactions, {.session = 7, .cookie = cookie, .first_transaction = 2});
    (void)server.arrive(kClient, frames[0], 0);
    server.judge(0, 3);
    (void)server.arrive(kClient, query(7, cookie, 1, 0, 12), 0);
    const auto replies = answers(server);
    ASSERT_EQ(replies.size(), 1u);
    EXPECT_EQ(replies[0].body.highest_sequence, 1u);
    Bytes expected(12, kStateAbsent);
    for (size_t i = 0; i < 8; ++i)
        expected[2 + i] =
            i < 3 ? static_cast<uint8_t>(test::verdict_of(transactions[i])) : kStateUnderWay;
    EXPECT_EQ(replies[0].states, expected);
}

TEST(Receiver, TakesNothingBeyondTheCredit) {
    auto random = test_generator(135);
    SimulatedServer server({});
    const uint64_t cookie = open_session(server, 7, kClient, 0, 256);
    const auto transactions = test::random_transactions(random, 10, 100, 100);
    const auto send = [&](uint64_t first, uint64_t sequence) {
        (void)server.arrive(kClient,
                            data(transactions, {.session = 7,
                                                .cookie = cookie,
                                                .first_sequence = sequence,
                                                .first_transaction = first})[0],
                            0);
    };
    send(250, 0);
    server.judge(0);
    EXPECT_EQ(server.taken.size(), 6u) << "250 to 255";
    EXPECT_EQ(server.counters().transactions_dropped, 4u);
    send(256, 1);
    EXPECT_EQ(server.drops(DropReason::CreditExceeded), 1u);
    send(0, 2);
    server.judge(0);
    EXPECT_EQ(server.taken.size(), 16u);
    send(256, 3);
    server.judge(0);
    EXPECT_EQ(server.taken.size(), 26u) << "0 to 9 have their verdicts";
    // A piece of a large one obeys the same bound.
    (void)server.arrive(
        kClient,
        data({test::random_bytes(random, 3'000)},
             {.session = 7, .cookie = cookie, .first_sequence = 10, .first_transaction = 5'000})[0],
        0);
    EXPECT_EQ(server.drops(DropReason::CreditExceeded), 2u);
}

TEST(Receiver, LimitsAnswersToUnknownSources) {
    SimulatedServer server({.unknown_sources = {.per_second = 1'000, .burst = 100}});
    uint64_t challenges = 0;
    for (uint32_t i = 0; i < 10'000; ++i) {
        (void)server.arrive({i, 1}, hello(i + 1, 0), i * 10'000);
        challenges += answers(server).size();
    }
    EXPECT_GE(challenges, 199u);
    EXPECT_LE(challenges, 201u) << "100 ms at 1,000 a second, and the burst";
    EXPECT_EQ(server.drops(DropReason::HelloLimit), 10'000u - challenges);
}

// A capture of a validated wire, replayed: its Hellos and its first data have sequence 0 alike.
TEST(Receiver, OnATrustedWireAHelloTakesNoSequence) {
    ReceiverConfig config;
    config.sources = SourcePolicy::Trust;
    SimulatedServer server(config);
    auto random = test_generator(190);
    const auto transactions = test::random_transactions(random, 100, 200, 200);
    (void)server.arrive(kClient, hello(7, 0), 0);
    (void)server.arrive(kClient, hello(7, 5), 0);
    Bytes damaged = hello(7, 5);
    damaged.back() ^= 1;
    (void)server.arrive(kClient, damaged, 0);
    for (const Bytes& one : data(transactions, {.session = 7, .cookie = 5}))
        (void)server.arrive(kClient, one, 1);
    server.judge(2);
    const IngressCounters counters = server.counters();
    EXPECT_EQ(counters.transactions, transactions.size());
    EXPECT_EQ(counters.control.frames, 2u);
    EXPECT_EQ(counters.errors[static_cast<size_t>(FrameError::BadChecksum)].frames, 1u);
    EXPECT_EQ(counters.all_drops().frames, 0u);
    EXPECT_EQ(counters.sessions_opened, 1u);
}

}  // namespace
}  // namespace switchyard::dataplane
