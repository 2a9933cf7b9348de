// SPDX-License-Identifier: Apache-2.0
// What the pool asks of the keeper of sidecars, and the room that blobs have.
#include <filesystem>
#include <map>

#include "host/pool/blob_keeper.hpp"
#include "tests/support/test_data.hpp"
#include "tests/unit/pool/pool_fixture.hpp"

namespace switchyard {
namespace {

using namespace pool_tests;

/// Has the sidecars of whatever it is told of, and remembers what became of them.
class FakeKeeper final : public BlobKeeper {
  public:
    [[nodiscard]] bool hold(const Bytes32& transaction) override {
        if (!known.contains(transaction)) return false;
        known[transaction] = true;
        return true;
    }
    void let_go(const Bytes32& transaction, std::optional<uint64_t> block) override {
        blocks[transaction] = block;
        if (block && known.contains(transaction))
            known[transaction] = false;
        else
            known.erase(transaction);
    }
    void move_to(uint64_t number) override { head = number; }

    [[nodiscard]] bool holds(const Bytes32& transaction) const {
        const auto found = known.find(transaction);
        return found != known.end() && found->second;
    }

    std::map<Bytes32, bool> known;  ///< whether it is held
    std::map<Bytes32, std::optional<uint64_t>> blocks;
    uint64_t head = 0;
};

class PoolBlobsTest : public PoolTest {
  protected:
    [[nodiscard]] PoolHead head_at(uint64_t number) {
        PoolHead out = head();
        out.number = number;
        return out;
    }
    [[nodiscard]] std::unique_ptr<Pool> open_pool(PoolConfig config = {}) {
        config.blob_keeper = &keeper_;
        auto pool = std::make_unique<Pool>(config);
        pool->set_head(head_at(10));
        return pool;
    }
    /// One whose sidecar is here.
    SignedTransaction known(const Fields& fields) {
        SignedTransaction out = transaction(fields);
        keeper_.known.emplace(out.hash, false);
        return out;
    }
    FakeKeeper keeper_;
};

TEST_F(PoolBlobsTest, OneWithoutASidecarIsRefused) {
    const auto pool = open_pool();
    EXPECT_EQ(keeper_.head, 10U);
    EXPECT_EQ(pool->preview(transaction({.blobs = 1})), Verdict::Accepted)
        << "asked before the sidecar is proven";
    EXPECT_EQ(pool->add(transaction({.blobs = 1})), Verdict::SidecarMissing);
    const auto one = known({.blobs = 1});
    EXPECT_EQ(pool->add(SignedTransaction(one)), Verdict::Accepted);
    EXPECT_TRUE(keeper_.holds(one.hash));
    EXPECT_EQ(pool->preview(one), Verdict::Duplicate);
    EXPECT_EQ(pool->preview(transaction({.sender = 3, .nonce = 1, .blobs = 1})),
              Verdict::NonceTooHigh);
    EXPECT_EQ(pool->add(transaction({.sender = 2})), Verdict::Accepted) << "needs none";
    EXPECT_EQ(pool->status().blob_bytes, 131'072U + 48 + 128 * 48);
}

TEST_F(PoolBlobsTest, SidecarsGoWithTheirTransactions) {
    const auto pool = open_pool();
    const auto first = known({.max_fee = 1000, .tip = 100, .blobs = 1, .max_blob_fee = 10});
    ASSERT_EQ(pool->add(SignedTransaction(first)), Verdict::Accepted);
    const auto better = known({.max_fee = 2000, .tip = 200, .blobs = 2, .max_blob_fee = 20});
    ASSERT_EQ(pool->add(SignedTransaction(better)), Verdict::Accepted);
    EXPECT_EQ(keeper_.blocks.at(first.hash), std::nullopt) << "nobody will ask for it again";
    EXPECT_TRUE(keeper_.holds(better.hash));
    EXPECT_TRUE(pool->drop(better.hash, Verdict::Malformed));
    EXPECT_TRUE(keeper_.known.empty());
    EXPECT_EQ(pool->status().blob_bytes, 0U);
}

TEST_F(PoolBlobsTest, WhatABlockTookMayReturn) {
    const auto pool = open_pool();
    const auto mined = known({.max_fee = 100 * kGwei, .blobs = 1});
    const auto next = known({.nonce = 1, .max_fee = 100 * kGwei, .blobs = 1});
    ASSERT_EQ(pool->add(SignedTransaction(mined)), Verdict::Accepted);
    ASSERT_EQ(pool->add(SignedTransaction(next)), Verdict::Accepted);
    set_account(1, 1, Uint256{1'000'000'000 * kGwei});
    pool->set_head(head_at(11));
    EXPECT_EQ(keeper_.blocks.at(mined.hash), 11U);
    EXPECT_FALSE(keeper_.holds(mined.hash));
    EXPECT_TRUE(keeper_.holds(next.hash));
    EXPECT_EQ(keeper_.head, 11U);

    set_account(1, 0, Uint256{1'000'000'000 * kGwei});
    pool->set_head(head_at(11), {mined});
    EXPECT_TRUE(keeper_.holds(mined.hash));
    EXPECT_EQ(pool->size(), 2U);

    // One whose sidecar has gone meanwhile stays out, with a word.
    set_account(1, 1, Uint256{1'000'000'000 * kGwei});
    pool->set_head(head_at(12));
    keeper_.known.erase(mined.hash);
    const auto events = pool->subscribe();
    set_account(1, 0, Uint256{1'000'000'000 * kGwei});
    pool->set_head(head_at(12), {mined});
    EXPECT_EQ(pool->size(), 1U);
    std::array<PoolEvent, 8> heard;
    const size_t count = events->poll(heard);
    const auto dropped = std::ranges::find(std::span(heard).first(count), mined.hash,
                                           [](const PoolEvent& event) { return event.hash; });
    ASSERT_NE(dropped, std::span(heard).first(count).end());
    EXPECT_EQ(dropped->reason, DropReason::NotValidAfterReorg);
    EXPECT_EQ(dropped->verdict, Verdict::SidecarMissing);
}

TEST_F(PoolBlobsTest, WhatWasTakenAndGivenBackIsHeldAgain) {
    const auto pool = open_pool();
    const auto one = known({.sender = 1, .blobs = 1});
    const auto two = known({.sender = 2, .blobs = 1});
    ASSERT_EQ(pool->add(SignedTransaction(one)), Verdict::Accepted);
    ASSERT_EQ(pool->add(SignedTransaction(two)), Verdict::Accepted);
    auto taken = pool->take_block(target());
    ASSERT_EQ(taken.size(), 2U);
    EXPECT_FALSE(keeper_.holds(one.hash));
    EXPECT_EQ(keeper_.blocks.at(one.hash), 11U);
    keeper_.known.erase(two.hash);
    pool->put_back(std::move(taken));
    EXPECT_TRUE(keeper_.holds(one.hash));
    EXPECT_EQ(pool->size(), 1U);
    EXPECT_EQ(pool->statistics().rejected, 1U);
    auto again = pool->take_block(target());
    ASSERT_EQ(again.size(), 1U);
    pool->reject(again[0], Verdict::Malformed);
    EXPECT_TRUE(keeper_.known.empty());
}

TEST_F(PoolBlobsTest, BlobsMakeRoomForDearerOnes) {
    constexpr size_t kBlob = 131'072 + 48 + 128 * 48;
    const auto pool = open_pool({.blob_bytes_max = 4 * kBlob});
    const auto cheap = known({.sender = 1, .max_fee = 20 * kGwei, .blobs = 2});
    const auto dear = known({.sender = 2, .max_fee = 40 * kGwei, .blobs = 2});
    ASSERT_EQ(pool->add(SignedTransaction(cheap), Origin::Public), Verdict::Accepted);
    ASSERT_EQ(pool->add(SignedTransaction(dear), Origin::Public), Verdict::Accepted);
    ASSERT_EQ(pool->add(transaction({.sender = 9, .max_fee = kGwei}), Origin::Public),
              Verdict::Accepted)
        << "without blobs there is room";
    const auto low = known({.sender = 3, .max_fee = 19 * kGwei, .blobs = 1});
    EXPECT_EQ(pool->add(SignedTransaction(low), Origin::Public), Verdict::FeeTooLow);
    EXPECT_FALSE(keeper_.known.contains(low.hash));
    const auto high = known({.sender = 4, .max_fee = 30 * kGwei, .blobs = 1});
    EXPECT_EQ(pool->add(SignedTransaction(high), Origin::Public), Verdict::Accepted);
    EXPECT_FALSE(keeper_.known.contains(cheap.hash)) << "evicted, its sidecar too";
    EXPECT_EQ(pool->statistics().evicted, 1U);
    EXPECT_TRUE(pool->contains(transaction({.sender = 9, .max_fee = kGwei}).hash))
        << "one without blobs makes no room for them";
    EXPECT_EQ(pool->status().blob_bytes, 3 * kBlob);
    // Four do not fit, whatever they pay, beside what was promised.
    const auto promised = known({.sender = 5, .max_fee = 30 * kGwei, .blobs = 1});
    ASSERT_EQ(pool->add(SignedTransaction(promised)), Verdict::Accepted);
    const auto large = known({.sender = 6, .max_fee = 90 * kGwei, .blobs = 4});
    EXPECT_EQ(pool->add(SignedTransaction(large), Origin::Public), Verdict::PoolFull);
    EXPECT_EQ(pool->status().blob_bytes, 4 * kBlob) << "nobody left for nothing";
    EXPECT_TRUE(keeper_.holds(dear.hash));
}

TEST_F(PoolBlobsTest, ARestartTakesOnlyThoseWhoseBlobsAreHere) {
    const std::filesystem::path memory = "/dev/shm";
    const auto folder =
        (std::filesystem::exists(memory) ? memory : std::filesystem::temp_directory_path()) /
        ("switchyard-pool-blobs-" + std::to_string(::getpid()));
    std::filesystem::remove_all(folder);
    PoolJournalOptions options;
    options.folder = folder;
    options.policy = journal::SyncPolicy::Off;
    const auto one = known({.sender = 1, .blobs = 1});
    const auto two = known({.sender = 2, .blobs = 1});
    {
        const auto pool = open_pool();
        ASSERT_TRUE(pool->open_journal(options));
        ASSERT_EQ(pool->add(SignedTransaction(one)), Verdict::Accepted);
        ASSERT_EQ(pool->add(SignedTransaction(two)), Verdict::Accepted);
        ASSERT_EQ(pool->add(transaction({.sender = 3})), Verdict::Accepted);
    }
    keeper_.known = {{one.hash, false}};
    const auto pool = open_pool();
    const auto restored = pool->open_journal(options);
    ASSERT_TRUE(restored) << restored.error().message;
    EXPECT_EQ(restored->restored, 2U);
    EXPECT_EQ(restored->refused, 1U);
    EXPECT_TRUE(keeper_.holds(one.hash));
    EXPECT_FALSE(pool->contains(two.hash));
    std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace switchyard
