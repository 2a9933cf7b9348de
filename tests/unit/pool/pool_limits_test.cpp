// SPDX-License-Identifier: Apache-2.0
// Limits that change while transactions wait.
#include <unistd.h>

#include <filesystem>
#include <thread>

#include "host/pool/pool_arithmetic.hpp"
#include "tests/unit/pool/pool_fixture.hpp"

namespace switchyard {
namespace {

using namespace pool_tests;

class PoolLimitsTest : public PoolTest {
  protected:
    static void add(Pool& pool, const Fields& fields, Origin origin = Origin::Public) {
        ASSERT_EQ(pool.add(transaction(fields), origin), Verdict::Accepted);
    }
    static std::vector<uint64_t> nonces_of(const Pool& pool, uint8_t sender) {
        std::vector<uint64_t> out;
        for (const auto& each : pool.of_sender(sender_of(sender), 100))
            out.push_back(each.transaction.transaction.nonce);
        return out;
    }
    using Nonces = std::vector<uint64_t>;
};

TEST_F(PoolLimitsTest, ALowerLimitEvictsWhatIsQueuedAndThenTheCheapest) {
    const auto pool = make_pool();
    const auto queue = pool->subscribe();
    add(*pool, {.sender = 1, .max_fee = 20 * kGwei});
    add(*pool, {.sender = 2, .max_fee = 30 * kGwei});
    add(*pool, {.sender = 3, .max_fee = 15 * kGwei}, Origin::Promised);
    add(*pool, {.sender = 4, .nonce = 3, .max_fee = 90 * kGwei});
    add(*pool, {.sender = 5, .max_fee = 40 * kGwei});
    pool->set_limits({.transactions_max = 4});
    EXPECT_EQ(nonces_of(*pool, 4), Nonces{}) << "what is behind a gap goes first";
    pool->set_limits({.transactions_max = 2});
    EXPECT_EQ(nonces_of(*pool, 1), Nonces{});
    EXPECT_EQ(nonces_of(*pool, 2), Nonces{});
    EXPECT_EQ(nonces_of(*pool, 5), Nonces{0});
    EXPECT_EQ(pool->statistics().evicted, 3U);
    std::vector<PoolEvent> events(100);
    events.resize(queue->poll(events));
    EXPECT_EQ(std::ranges::count(events, DropReason::Evicted, &PoolEvent::reason), 3);
    // What was promised stays, and newcomers are told that there is no room.
    pool->set_limits({.transactions_max = 0});
    EXPECT_EQ(nonces_of(*pool, 3), Nonces{0});
    EXPECT_EQ(pool->size(), 1U);
    EXPECT_EQ(pool->add(transaction({.sender = 6}), Origin::Public), Verdict::PoolFull);
    pool->set_limits({.transactions_max = 2});
    add(*pool, {.sender = 6});
}

TEST_F(PoolLimitsTest, BytesTheQueueAndBlobsHaveLimitsOfTheirOwn) {
    const auto pool = make_pool();
    add(*pool, {.sender = 1, .max_fee = 20 * kGwei, .data_bytes = 1000});
    add(*pool, {.sender = 2, .max_fee = 30 * kGwei, .data_bytes = 1000});
    pool->set_limits({.bytes_max = 1500});
    EXPECT_EQ(nonces_of(*pool, 1), Nonces{});
    EXPECT_EQ(nonces_of(*pool, 2), Nonces{0});
    pool->set_limits({});
    for (uint64_t nonce = 2; nonce < 6; ++nonce)
        add(*pool, {.sender = 3, .nonce = nonce, .max_fee = (20 + nonce) * kGwei});
    pool->set_limits({.queued_max = 2});
    EXPECT_EQ(nonces_of(*pool, 3), (Nonces{4, 5})) << "the dearer ones";
    EXPECT_EQ(nonces_of(*pool, 2), Nonces{0}) << "no place in the queue";
    for (uint64_t nonce = 0; nonce < 3; ++nonce)
        add(*pool,
            {.sender = 4, .nonce = nonce, .max_fee = (nonce == 0 ? 20 : 50) * kGwei, .blobs = 1});
    const size_t one =
        pool_arithmetic::sidecar_bytes_max(transaction({.sender = 4, .blobs = 1}).transaction);
    pool->set_limits({.blob_bytes_max = 2 * one});
    EXPECT_EQ(nonces_of(*pool, 4), (Nonces{0, 1})) << "no gap before blobs";
    EXPECT_EQ(pool->status().blob_bytes, 2 * one);
}

TEST_F(PoolLimitsTest, PricesAndALifeAreAskedOfWhatComesLater) {
    const auto pool = make_pool();
    add(*pool, {.sender = 1, .tip = kGwei});
    pool->set_limits({.transactions_per_sender_max = 1,
                      .min_tip_per_gas = Uint256{2 * kGwei},
                      .price_bump_percent = 50,
                      .lifetime_s = 100});
    EXPECT_EQ(pool->size(), 1U) << "what was accepted stays";
    EXPECT_EQ(pool->add(transaction({.sender = 2, .tip = kGwei})), Verdict::FeeTooLow);
    add(*pool, {.sender = 2, .tip = 2 * kGwei});
    EXPECT_EQ(pool->add(transaction({.sender = 2, .nonce = 1, .tip = 2 * kGwei})),
              Verdict::SenderLimit);
    const auto dearer = [](uint64_t percent) {
        return transaction({.sender = 2, .max_fee = percent * kGwei, .tip = percent * kGwei / 50});
    };
    EXPECT_EQ(pool->add(dearer(149)), Verdict::ReplacementUnderpriced);
    EXPECT_EQ(pool->add(dearer(150)), Verdict::Accepted);
    pool->tick(1000);
    add(*pool, {.sender = 3, .nonce = 1, .tip = 2 * kGwei});
    pool->tick(1101);
    EXPECT_EQ(nonces_of(*pool, 3), Nonces{});
}

TEST_F(PoolLimitsTest, WhatWasEvictedDoesNotComeBackAtARestart) {
    namespace fs = std::filesystem;
    PoolJournalOptions options;
    options.folder =
        fs::path(testing::TempDir()) / ("switchyard-pool-limits-" + std::to_string(::getpid()));
    fs::remove_all(options.folder);
    {
        const auto pool = make_pool();
        ASSERT_TRUE(pool->open_journal(options).has_value());
        for (uint8_t sender = 1; sender <= 3; ++sender)
            add(*pool, {.sender = sender, .max_fee = (20U + sender) * kGwei});
        pool->set_limits({.transactions_max = 1});
        ASSERT_EQ(pool->size(), 1U);
    }
    const auto again = make_pool();
    const auto restored = again->open_journal(options);
    ASSERT_TRUE(restored.has_value()) << restored.error().message;
    EXPECT_EQ(again->size(), 1U);
    EXPECT_EQ(nonces_of(*again, 3), Nonces{0});
    fs::remove_all(options.folder);
}

TEST_F(PoolLimitsTest, ChangeBesideTrafficAndEndWithinTheLimit) {
    const auto pool = make_pool();
    std::thread traffic([&pool] {
        for (uint64_t nonce = 0; nonce < 900; ++nonce)
            for (uint8_t sender = 1; sender <= 10; ++sender)
                (void)pool->add(transaction({.sender = sender, .nonce = nonce}), Origin::Public);
    });
    for (size_t most = 9'000; most > 100; most -= 50)
        pool->set_limits({.transactions_max = most});
    traffic.join();
    EXPECT_LE(pool->size(), 150U);
    pool->set_limits({.transactions_max = 10});
    EXPECT_EQ(pool->size(), 10U);
}

}  // namespace
}  // namespace switchyard
