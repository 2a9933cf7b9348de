// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/pool/pool_fixture.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "tests/support/test_data.hpp"

namespace switchyard {
namespace {

using namespace pool_tests;

TEST_F(PoolTest, RefusesByEachRule) {
    const auto pool_owner = make_pool({.min_fee_per_gas = 5});
    Pool& pool = *pool_owner;
    set_account(2, 7, kGwei);
    pool.set_head(head());
    const auto verdict = [&pool](const Fields& fields) { return pool.add(transaction(fields)); };
    EXPECT_EQ(verdict({}), Verdict::Accepted);
    EXPECT_EQ(verdict({}), Verdict::Duplicate);
    EXPECT_EQ(verdict({.nonce = 1, .gas_limit = 30'000'001}), Verdict::GasLimitTooHigh);
    EXPECT_EQ(verdict({.nonce = 1, .gas_limit = 20'999}), Verdict::IntrinsicGasTooLow);
    EXPECT_EQ(verdict({.nonce = 1, .max_fee = 4, .tip = 4}), Verdict::FeeTooLow);
    EXPECT_EQ(verdict({.sender = 2, .nonce = 6, .max_fee = 5, .tip = 5}), Verdict::NonceTooLow);
    EXPECT_EQ(verdict({.sender = 2, .nonce = 7}), Verdict::InsufficientFunds);
    EXPECT_EQ(verdict({.nonce = 1, .value = ~Uint256{}}), Verdict::InsufficientFunds);
    EXPECT_EQ(verdict({.nonce = UINT64_MAX}), Verdict::NonceIsMax);
    EXPECT_EQ(verdict({.sender = 99}), Verdict::InsufficientFunds);  // does not exist
    EXPECT_EQ(pool.size(), 1U);
    EXPECT_EQ(pool.statistics().count(Verdict::Accepted), 1U);
    EXPECT_EQ(pool.statistics().count(Verdict::InsufficientFunds), 3U);
}

TEST_F(PoolTest, CountsEverythingThatASenderOwes) {
    set_account(1, 0, Uint256{3 * 100 * kGwei * kTransferGas});
    const auto pool_owner = make_pool();
    Pool& pool = *pool_owner;
    EXPECT_EQ(pool.add(transaction({.nonce = 0})), Verdict::Accepted);
    EXPECT_EQ(pool.add(transaction({.nonce = 5})), Verdict::Accepted);
    EXPECT_EQ(pool.add(transaction({.nonce = 1, .value = 1})), Verdict::InsufficientFunds);
    EXPECT_EQ(pool.add(transaction({.nonce = 1})), Verdict::Accepted);
    EXPECT_EQ(pool.add(transaction({.nonce = 2})), Verdict::InsufficientFunds);
    // What is on its way in a block is owed as well.
    EXPECT_EQ(pool.take_block(target()).size(), 2U);
    EXPECT_EQ(pool.add(transaction({.nonce = 2})), Verdict::InsufficientFunds);
}

TEST_F(PoolTest, ReplacesOnlyForTenPerCentMore) {
    const auto pool_owner = make_pool();
    Pool& pool = *pool_owner;
    ASSERT_EQ(pool.add(transaction({.max_fee = 1000, .tip = 100})), Verdict::Accepted);
    EXPECT_EQ(pool.add(transaction({.max_fee = 1099, .tip = 110})),
              Verdict::ReplacementUnderpriced);
    EXPECT_EQ(pool.add(transaction({.max_fee = 1100, .tip = 109})),
              Verdict::ReplacementUnderpriced);
    const SignedTransaction better = transaction({.max_fee = 1100, .tip = 110});
    EXPECT_EQ(pool.add(SignedTransaction(better)), Verdict::Accepted);
    EXPECT_EQ(pool.size(), 1U);
    EXPECT_EQ(pool.bytes(), better.encoded_bytes);
    EXPECT_TRUE(pool.contains(better.hash));
    EXPECT_EQ(pool.statistics().replaced, 1U);
    // A tip of nothing cannot be outbid by nothing.
    ASSERT_EQ(pool.add(transaction({.nonce = 1, .max_fee = 1000, .tip = 0})), Verdict::Accepted);
    EXPECT_EQ(pool.add(transaction({.nonce = 1, .max_fee = 2000, .tip = 0})),
              Verdict::ReplacementUnderpriced);
}

TEST_F(PoolTest, RefusesWhenFullAndKeepsWhatItHas) {
    const auto pool_owner = make_pool({.transactions_max = 5, .transactions_per_sender_max = 3});
    Pool& pool = *pool_owner;
    for (uint64_t n = 0; n < 3; ++n)
        ASSERT_EQ(pool.add(transaction({.nonce = n})), Verdict::Accepted);
    EXPECT_EQ(pool.add(transaction({.nonce = 3})), Verdict::SenderLimit);
    ASSERT_EQ(pool.add(transaction({.sender = 2})), Verdict::Accepted);
    ASSERT_EQ(pool.add(transaction({.sender = 3})), Verdict::Accepted);
    EXPECT_EQ(pool.add(transaction({.sender = 4, .max_fee = 900 * kGwei})), Verdict::PoolFull);
    EXPECT_EQ(pool.size(), 5U);
    // A replacement takes no new place.
    EXPECT_EQ(pool.add(transaction({.sender = 3, .max_fee = 200 * kGwei, .tip = 2 * kGwei})),
              Verdict::Accepted);
    EXPECT_EQ(pool.size(), 5U);

    const size_t one = transaction({}).encoded_bytes;
    const auto narrow_owner = make_pool({.bytes_max = 2 * one});
    Pool& narrow = *narrow_owner;
    EXPECT_EQ(narrow.add(transaction({.sender = 1})), Verdict::Accepted);
    EXPECT_EQ(narrow.add(transaction({.sender = 2})), Verdict::Accepted);
    EXPECT_EQ(narrow.add(transaction({.sender = 3})), Verdict::PoolFull);
    EXPECT_LE(narrow.bytes(), 2 * one);
}

TEST_F(PoolTest, TakesTheHighestTipFirstThenTheEarliest) {
    const auto pool_owner = make_pool();
    Pool& pool = *pool_owner;
    // The base fee is 10 gwei: sender 3's tip is cut to 2 gwei by its maximal fee.
    ASSERT_EQ(pool.add(transaction({.sender = 1, .tip = 2 * kGwei})), Verdict::Accepted);
    ASSERT_EQ(pool.add(transaction({.sender = 2, .tip = 3 * kGwei})), Verdict::Accepted);
    ASSERT_EQ(pool.add(transaction({.sender = 3, .max_fee = 12 * kGwei, .tip = 9 * kGwei})),
              Verdict::Accepted);
    ASSERT_EQ(pool.add(transaction({.sender = 4, .max_fee = 9 * kGwei})), Verdict::Accepted);
    const auto block = pool.take_block(target());
    ASSERT_EQ(block.size(), 3U);
    EXPECT_EQ(block[0].sender, sender_of(2));
    EXPECT_EQ(block[1].sender, sender_of(1));
    EXPECT_EQ(block[2].sender, sender_of(3));
    EXPECT_EQ(pool.size(), 1U);  // below the base fee: it waits
}

TEST_F(PoolTest, KeepsNonceOrderAndWaitsBehindGaps) {
    const auto pool_owner = make_pool();
    Pool& pool = *pool_owner;
    ASSERT_EQ(pool.add(transaction({.nonce = 1, .tip = 50 * kGwei})), Verdict::Accepted);
    ASSERT_EQ(pool.add(transaction({.nonce = 3, .tip = 60 * kGwei})), Verdict::Accepted);
    ASSERT_EQ(pool.add(transaction({.sender = 2, .tip = 5 * kGwei})), Verdict::Accepted);
    EXPECT_EQ(pool.take_block(target()).size(), 1U);
    ASSERT_EQ(pool.add(transaction({.nonce = 0, .tip = kGwei})), Verdict::Accepted);
    const auto block = pool.take_block(target());
    ASSERT_EQ(block.size(), 2U);
    EXPECT_EQ(block[0].transaction.nonce, 0U);
    EXPECT_EQ(block[1].transaction.nonce, 1U);
    EXPECT_EQ(pool.size(), 1U);
    EXPECT_EQ(pool.add(transaction({.nonce = 1, .tip = 80 * kGwei})), Verdict::NonceTooLow);
}

TEST_F(PoolTest, FillsGasAndBlobsWithoutPassingThem) {
    const auto pool_owner = make_pool();
    Pool& pool = *pool_owner;
    ASSERT_EQ(pool.add(transaction({.sender = 1, .tip = 9 * kGwei, .gas_limit = 60'000})),
              Verdict::Accepted);
    ASSERT_EQ(pool.add(transaction({.sender = 2, .tip = 8 * kGwei, .gas_limit = 50'000})),
              Verdict::Accepted);
    ASSERT_EQ(pool.add(transaction({.sender = 3, .tip = 7 * kGwei, .gas_limit = 40'000})),
              Verdict::Accepted);
    BlockTarget small = target();
    small.gas_limit = 100'000;
    auto block = pool.take_block(small);
    ASSERT_EQ(block.size(), 2U);
    EXPECT_EQ(block[0].sender, sender_of(1));
    EXPECT_EQ(block[1].sender, sender_of(3));

    ASSERT_EQ(pool.add(transaction({.sender = 4, .tip = 9 * kGwei, .blobs = 4})),
              Verdict::Accepted);
    ASSERT_EQ(pool.add(transaction({.sender = 5, .tip = 8 * kGwei, .blobs = 3})),
              Verdict::Accepted);
    ASSERT_EQ(pool.add(transaction({.sender = 6, .tip = 7 * kGwei, .blobs = 2})),
              Verdict::Accepted);
    ASSERT_EQ(pool.add(transaction({.sender = 7, .blobs = 1, .max_blob_fee = 1})),
              Verdict::Accepted);
    block = pool.take_block(target());
    ASSERT_EQ(block.size(), 3U);
    EXPECT_EQ(block[0].sender, sender_of(4));
    EXPECT_EQ(block[1].sender, sender_of(2));
    EXPECT_EQ(block[2].sender, sender_of(6));
    BlockTarget none = target();
    none.transactions_max = 0;
    EXPECT_TRUE(pool.take_block(none).empty());
}

TEST_F(PoolTest, KeepsTheBytesOfABlock) {
    const auto pool_owner = make_pool();
    Pool& pool = *pool_owner;
    size_t bytes = 0;
    for (uint8_t sender = 1; sender <= 3; ++sender) {
        auto next = transaction({.sender = sender, .tip = (10U - sender) * kGwei});
        bytes += next.encoded_bytes + 5;  // the largest prefix of a typed transaction in a block
        ASSERT_EQ(pool.add(std::move(next)), Verdict::Accepted);
    }
    BlockTarget block = target();
    block.bytes_max = bytes - 1;
    EXPECT_EQ(pool.take_block(block).size(), 2U);
    EXPECT_EQ(pool.size(), 1U);
    block.bytes_max = bytes / 3 - 1;
    EXPECT_TRUE(pool.take_block(block).empty());
    block.bytes_max = bytes / 3 + 1;
    EXPECT_EQ(pool.take_block(block).size(), 1U);
}

TEST_F(PoolTest, DropsWhatTheChainHasUsed) {
    const auto pool_owner = make_pool();
    Pool& pool = *pool_owner;
    for (uint64_t n = 0; n < 4; ++n)
        ASSERT_EQ(pool.add(transaction({.nonce = n})), Verdict::Accepted);
    set_account(1, 2, Uint256{1'000'000'000 * kGwei});
    pool.set_head(head());
    EXPECT_EQ(pool.size(), 2U);
    EXPECT_EQ(pool.statistics().stale, 2U);
    BlockTarget one = target();
    one.transactions_max = 1;
    EXPECT_EQ(pool.take_block(one).front().transaction.nonce, 2U);
    // A balance that fell makes the rest wait, not go.
    set_account(1, 3, Uint256{});
    pool.set_head(head());
    EXPECT_EQ(pool.size(), 1U);
    EXPECT_TRUE(pool.take_block(target()).empty());
    set_account(1, 3, Uint256{1'000'000'000 * kGwei});
    pool.set_head(head());
    EXPECT_EQ(pool.take_block(target()).size(), 1U);
}

TEST_F(PoolTest, TakesExactlyWhatIsNamed) {
    const auto pool_owner =
        make_pool({.admission = Admission::Named, .transactions_per_sender_max = 1000});
    Pool& pool = *pool_owner;
    std::vector<Bytes32> hashes;
    // Senders without funds and with nonces far ahead: the block's builder vouches for them.
    for (uint8_t n = 0; n < 20; ++n) {
        SignedTransaction item =
            transaction({.sender = static_cast<uint8_t>(50 + n % 3), .nonce = uint64_t{7} + n});
        hashes.push_back(item.hash);
        ASSERT_EQ(pool.add(std::move(item)), Verdict::Accepted);
    }
    auto generator = test::test_generator(8);
    std::shuffle(hashes.begin(), hashes.end(), generator);

    std::vector<Bytes32> wrong(hashes.begin(), hashes.begin() + 5);
    wrong.push_back(Bytes32{{1}});
    EXPECT_EQ(pool.take_exactly(wrong).error().message, "transaction 5 is not in the pool");
    wrong.back() = wrong.front();
    EXPECT_EQ(pool.take_exactly(wrong).error().message, "transaction 5 is named twice");
    EXPECT_EQ(pool.size(), 20U);

    const auto taken = pool.take_exactly(hashes);
    ASSERT_TRUE(taken.has_value());
    ASSERT_EQ(taken->size(), hashes.size());
    for (size_t i = 0; i < hashes.size(); ++i)
        EXPECT_EQ((*taken)[i].hash, hashes[i]);
    EXPECT_EQ(pool.size(), 0U);
    EXPECT_EQ(pool.bytes(), 0U);
    EXPECT_TRUE(pool.take_exactly({}).has_value());
}

TEST_F(PoolTest, TakesBackWhatABlockDidNotUse) {
    const auto pool_owner = make_pool();
    Pool& pool = *pool_owner;
    for (uint64_t n = 0; n < 3; ++n)
        ASSERT_EQ(pool.add(transaction({.nonce = n})), Verdict::Accepted);
    ASSERT_EQ(pool.add(transaction({.sender = 2})), Verdict::Accepted);
    const auto first = pool.take_block(target());
    ASSERT_EQ(first.size(), 4U);
    pool.put_back(first);
    EXPECT_EQ(pool.size(), 4U);
    // The same tips: the order of arrival, which putting back keeps.
    const auto second = pool.take_block(target());
    ASSERT_EQ(second.size(), 4U);
    for (size_t i = 0; i < 4; ++i)
        EXPECT_EQ(second[i].hash, first[i].hash) << i;
    // After the next head, those that the chain has used stay out.
    set_account(1, 2, Uint256{1'000'000'000 * kGwei});
    pool.set_head(head());
    pool.put_back(second);
    EXPECT_EQ(pool.size(), 2U);
    EXPECT_EQ(pool.statistics().put_back, 6U);
    EXPECT_EQ(pool.statistics().stale, 2U);
}

TEST_F(PoolTest, AnswersASinksBatchInOrder) {
    const auto pool_owner = make_pool();
    Pool& pool = *pool_owner;
    std::vector<SignedTransaction> batch = {transaction({}), transaction({}),
                                            transaction({.sender = 2, .gas_limit = 1}),
                                            transaction({.sender = 3})};
    std::vector<Verdict> verdicts(batch.size());
    EXPECT_GE(pool.room(), batch.size());
    pool.accept(batch, verdicts);
    EXPECT_EQ(verdicts, (std::vector<Verdict>{Verdict::Accepted, Verdict::Duplicate,
                                              Verdict::IntrinsicGasTooLow, Verdict::Accepted}));
}

/// The rule of a block's order, written as it reads: among the next transactions of all senders
/// that fit and pay, the highest tip, then the earliest.
std::vector<Bytes32> reference_block(std::vector<SignedTransaction> arrived, BlockTarget left) {
    std::map<Address, uint64_t> next_nonce;
    std::set<Address> stopped;
    std::vector<Bytes32> out;
    const auto tip = [&left](const Transaction& t) {
        return std::min(t.max_priority_fee_per_gas, t.max_fee_per_gas - left.base_fee);
    };
    while (out.size() < left.transactions_max) {
        const SignedTransaction* best = nullptr;
        for (const SignedTransaction& item : arrived) {
            const Transaction& t = item.transaction;
            if (stopped.contains(item.sender) || t.nonce != next_nonce[item.sender]) continue;
            if (t.max_fee_per_gas < left.base_fee || t.gas_limit > left.gas_limit) {
                stopped.insert(item.sender);
                continue;
            }
            if (best == nullptr || tip(t) > tip(best->transaction)) best = &item;
        }
        if (best == nullptr) break;
        out.push_back(best->hash);
        left.gas_limit -= best->transaction.gas_limit;
        ++next_nonce[best->sender];
    }
    return out;
}

TEST_F(PoolTest, OrdersRandomBlocksAsTheReferenceDoes) {
    auto generator = test::test_generator(9);
    for (int round = 0; round < 200; ++round) {
        const auto pool_owner = make_pool({.spread_percent = 0});
        Pool& pool = *pool_owner;
        std::vector<SignedTransaction> arrived;
        const size_t count = generator() % 60;
        for (size_t i = 0; i < count; ++i) {
            SignedTransaction item =
                transaction({.sender = static_cast<uint8_t>(1 + generator() % 6),
                             .nonce = generator() % 8,
                             .max_fee = (9 + generator() % 20) * kGwei,
                             .tip = (generator() % 6) * kGwei,
                             .gas_limit = kTransferGas * (1 + generator() % 4)});
            SignedTransaction copy = item;
            const bool taken = std::any_of(arrived.begin(), arrived.end(), [&](const auto& other) {
                return other.sender == item.sender &&
                       other.transaction.nonce == item.transaction.nonce;
            });
            if (taken) continue;
            ASSERT_EQ(pool.add(std::move(copy)), Verdict::Accepted);
            arrived.push_back(std::move(item));
        }
        BlockTarget block = target();
        block.gas_limit = kTransferGas * (1 + generator() % 80);
        block.transactions_max = 1 + generator() % 40;
        const std::vector<Bytes32> expected = reference_block(arrived, block);
        std::vector<Bytes32> found;
        for (const auto& item : pool.take_block(block))
            found.push_back(item.hash);
        ASSERT_EQ(found, expected) << round;
        ASSERT_EQ(pool.size(), arrived.size() - found.size());
    }
}

}  // namespace
}  // namespace switchyard
