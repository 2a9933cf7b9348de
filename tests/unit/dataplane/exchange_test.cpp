// SPDX-License-Identifier: Apache-2.0
// Both ends of the protocol over a path that loses, doubles and reorders: every transaction is
// taken once and answered once, with the right verdict.
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "dataplane/client/client_session.hpp"
#include "dataplane/protocol/datagram.hpp"
#include "tests/support/test_data.hpp"
#include "tests/unit/dataplane/simulation.hpp"

namespace switchyard::dataplane {
namespace {

using ::switchyard::test::test_generator;
using test::Path;
using test::SimulatedServer;

constexpr SourceAddress kClient{0x0A00'0005, 40'000};
constexpr uint64_t kStepMax = 1'000'000;
constexpr uint64_t kEndOfTime = 3'600'000'000'000;

struct Exchange {
    Path::Faults faults{};
    GroupShape group{};
    uint32_t window = 4'096;
    ReceiverConfig server{};
    size_t judged_at_once = 200;  ///< transactions that the server judges each step
};

struct Outcome {
    ClientCounters client;
    IngressCounters server;
    uint64_t simulated_ns = 0;
    uint64_t datagrams_lost = 0;
};

/// Submits `transactions`, runs time until all results are there, and checks them.
Outcome run(const Exchange& exchange, const std::vector<Bytes>& transactions, uint64_t salt) {
    auto random = test_generator(salt);
    SimulatedServer server(exchange.server);
    Path there(exchange.faults, random);
    Path back(exchange.faults, random);
    auto client = ClientSession::create(
        {.session = 0xABCD + salt, .window = exchange.window, .group = exchange.group}, 0);
    EXPECT_TRUE(client);
    FrameBatch frames;
    size_t submitted = 0;
    std::vector<TransactionResult> results;
    std::pair<SourceAddress, Bytes> datagram;
    uint64_t now = 0;
    while (results.size() < transactions.size() && now < kEndOfTime &&
           client->state() != ClientState::Failed) {
        while (there.receive(now, datagram))
            (void)server.arrive(datagram.first, datagram.second, now);
        server.judge(now, exchange.judged_at_once);
        server.tick(now);
        for (const Reply& reply : server.take_replies()) {
            EXPECT_EQ(reply.to, kClient);
            EXPECT_EQ(reply.route, kClient.port);
            back.send(reply.to, reply.payload(), now);
        }
        while (back.receive(now, datagram))
            client->receive(datagram.second, now);
        std::array<TransactionResult, 100> some;
        while (const size_t count = client->take_results(some))
            results.insert(results.end(), some.begin(),
                           some.begin() + static_cast<std::ptrdiff_t>(count));
        for (; submitted < transactions.size(); ++submitted) {
            const auto number = client->submit(transactions[submitted]);
            EXPECT_TRUE(number);
            if (!*number) break;
            EXPECT_EQ(**number, submitted);
        }
        client->poll(now, frames);
        for (size_t i = 0; i < frames.size(); ++i)
            there.send(kClient, frames[i], now);
        frames.clear();
        now = std::min({std::max(now + 1'000, client->deadline_ns()),
                        std::max(now + 1'000, there.next_ns()),
                        std::max(now + 1'000, back.next_ns()), now + kStepMax});
    }
    EXPECT_NE(client->state(), ClientState::Failed) << client->failure().message;
    EXPECT_EQ(results.size(), transactions.size());
    for (size_t i = 0; i < results.size(); ++i) {
        EXPECT_EQ(results[i].number, i);
        EXPECT_EQ(results[i].verdict, test::verdict_of(transactions[i])) << i;
    }
    EXPECT_EQ(client->outstanding(), 0u);
    // Taken exactly once each, with the bytes that were sent.
    EXPECT_EQ(server.taken.size(), transactions.size());
    std::set<uint64_t> numbers;
    for (size_t i = 0; i < server.taken.size(); ++i) {
        EXPECT_EQ(server.taken[i].first, 1u);
        EXPECT_TRUE(numbers.insert(server.taken[i].second).second);
        EXPECT_EQ(server.bytes_taken[i], transactions.at(server.taken[i].second));
    }
    server.expect_fates_add_up();
    return {client->counters(), server.counters(), now, there.lost + back.lost};
}

/// Small ones, with a large one now and then.
std::vector<Bytes> mixed(std::mt19937_64& random, size_t count) {
    auto out = test::random_transactions(random, count, 90, 400);
    for (size_t i = 50; i < count; i += 997)
        out[i] = test::random_bytes(random, 1'000 + random() % (kTransactionBytesMax - 1'000));
    return out;
}

/// The next datagram of `client`, which sends exactly one.
Bytes next_datagram(ClientSession& client, uint64_t now) {
    FrameBatch frames;
    client.poll(now, frames);
    EXPECT_EQ(frames.size(), 1u);
    return to_bytes(frames[0]);
}

TEST(Exchange, AHelloWhoseVersionWasDamagedIsRepeated) {
    SimulatedServer server({});
    auto client = ClientSession::create({.session = 7}, 0);
    Bytes hello = next_datagram(*client, 0);
    hello[offset::kVersion] ^= 0x40;
    (void)server.arrive(kClient, hello, 0);
    const auto versions = server.take_replies();
    ASSERT_EQ(versions.size(), 1u);
    client->receive(versions[0].payload(), 0);
    ASSERT_EQ(client->state(), ClientState::Connecting);
    const uint64_t later = client->deadline_ns();
    (void)server.arrive(kClient, next_datagram(*client, later), later);
    const auto challenge = server.take_replies();
    ASSERT_EQ(challenge.size(), 1u);
    client->receive(challenge[0].payload(), later);
    (void)server.arrive(kClient, next_datagram(*client, later), later);
    client->receive(server.take_replies().at(0).payload(), later);
    EXPECT_EQ(client->state(), ClientState::Open);
}

TEST(Exchange, AServerOfOtherVersionsOnlyEndsTheSession) {
    auto client = ClientSession::create({.session = 7}, 0);
    (void)next_datagram(*client, 0);
    const uint8_t body[kVersionsBodyBytes] = {kProtocolVersion + 1, kProtocolVersion + 4};
    const BytesView parts[] = {body};
    Bytes versions(kDatagramHeaderBytes + kVersionsBodyBytes);
    write_datagram({.kind = FrameKind::Versions, .session = 7}, parts, versions);
    client->receive(versions, 0);
    ASSERT_EQ(client->state(), ClientState::Failed);
    EXPECT_EQ(client->failure().code, ErrorCode::Unsupported);
}

TEST(Exchange, NeedsNoRepetitionOnAPathWithoutFaults) {
    auto random = test_generator(90);
    const Outcome out = run({}, mixed(random, 5'000), 90);
    EXPECT_EQ(out.client.transactions_again, 0u);
    EXPECT_EQ(out.server.transactions_repeated, 0u);
    EXPECT_EQ(out.server.all_errors(), FrameTally{});
    EXPECT_EQ(out.server.sequence_gaps, 0u);
    EXPECT_GT(out.client.round_trip_ns, 200'000u);
}

TEST(Exchange, AnswersEachOnceAtEveryLossRate) {
    auto random = test_generator(91);
    const auto transactions = mixed(random, 6'000);
    for (const double loss : {0.01, 0.05, 0.20}) {
        for (const uint8_t parity : {uint8_t{0}, uint8_t{4}}) {
            const Outcome out =
                run({.faults = {.loss = loss, .duplication = loss, .reordering = loss},
                     .group = {.data = 16, .parity = parity}},
                    transactions, 92 + parity);
            EXPECT_GT(out.datagrams_lost, 5u);
            EXPECT_EQ(out.server.datagrams_rebuilt != 0, parity != 0);
            EXPECT_EQ(out.server.rebuilt_refused, 0u);
        }
    }
}

// Parity is there to save round trips: fewer transactions travel twice.
TEST(Exchange, ParityReplacesRepetition) {
    auto random = test_generator(93);
    const auto transactions = test::random_transactions(random, 20'000, 150, 250);
    const Path::Faults faults{.loss = 0.05};
    const Outcome without = run({.faults = faults}, transactions, 94);
    const Outcome with =
        run({.faults = faults, .group = {.data = 16, .parity = 4}}, transactions, 94);
    EXPECT_GT(without.client.transactions_again, 500u);
    EXPECT_LT(with.client.transactions_again, without.client.transactions_again / 5);
    EXPECT_GT(with.server.transactions_rebuilt, 500u);
}

TEST(Exchange, SurvivesAPathThatLosesNearlyAll) {
    auto random = test_generator(95);
    (void)run({.faults = {.loss = 0.6, .duplication = 0.3, .reordering = 0.5}, .window = 256},
              test::random_transactions(random, 1'000, 90, 300), 95);
}

// A server that is short of everything drops, and still answers each once.
TEST(Exchange, SurvivesAServerThatIsShortOfEverything) {
    auto random = test_generator(96);
    Exchange exchange{.faults = {.loss = 0.02, .reordering = 0.1},
                      .group = {.data = 8, .parity = 2}};
    exchange.server.window = 512;
    exchange.server.transactions_in_flight = 256;
    exchange.server.groups = {.groups = 1, .frames_held = 8, .rebuilt_slots = 1};
    exchange.server.reassembly = {.slots = 1, .slots_per_session = 1};
    exchange.judged_at_once = 2;
    const Outcome out = run(exchange, mixed(random, 3'000), 96);
    EXPECT_GT(out.server.transactions_dropped, 0u);
    EXPECT_GT(out.server.groups_unprotected, 0u);
}

TEST(Exchange, KeepsTheSmallestAndTheLargestWindow) {
    auto random = test_generator(97);
    const auto transactions = test::random_transactions(random, 4'000, 90, 300);
    for (const uint32_t window : {kWindowMin, kWindowMax}) {
        Exchange exchange{.faults = {.loss = 0.05}, .window = window};
        exchange.server.window = kWindowMax;
        exchange.server.sessions = 8;
        (void)run(exchange, transactions, 98);
    }
}

TEST(Exchange, MetersASourceWithoutLosingAnything) {
    auto random = test_generator(99);
    Exchange exchange{};
    exchange.server.meter.transactions = {.per_second = 20'000, .burst = 500};
    exchange.server.meter.bad_transaction_cost = 1;
    const Outcome out = run(exchange, test::random_transactions(random, 10'000, 90, 300), 99);
    EXPECT_GT(out.server.drops[static_cast<size_t>(DropReason::Metered)].frames, 0u);
    EXPECT_GT(out.simulated_ns, 470'000'000u) << "10,000 at 20,000 a second, less the burst";
}

}  // namespace
}  // namespace switchyard::dataplane
