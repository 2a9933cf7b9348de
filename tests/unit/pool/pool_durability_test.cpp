// SPDX-License-Identifier: Apache-2.0
// What was accepted outlives the process, however it ends.
#include <atomic>
#include <filesystem>
#include <map>
#include <set>
#include <thread>

#include "tests/support/child_process.hpp"
#include "tests/support/test_data.hpp"
#include "tests/unit/pool/pool_fixture.hpp"

namespace switchyard {
namespace {

using namespace pool_tests;

class PoolDurabilityTest : public PoolTest {
  protected:
    void SetUp() override {
        // The death of a process leaves what the system has: no disk is needed. What a loss of
        // power does is the journal's own test.
        const std::filesystem::path memory = "/dev/shm";
        folder_ =
            (std::filesystem::exists(memory) ? memory : std::filesystem::temp_directory_path()) /
            ("switchyard-pool-" + std::to_string(::getpid()));
        std::filesystem::remove_all(folder_);
        std::filesystem::create_directories(folder_);
        for (uint8_t n = 1; n != 0; ++n)
            set_account(n, 0, Uint256{1'000'000'000 * kGwei});
    }
    void TearDown() override { std::filesystem::remove_all(folder_); }

    [[nodiscard]] PoolJournalOptions options() const {
        PoolJournalOptions out;
        out.folder = folder_ / "pool";
        out.policy = journal::SyncPolicy::Off;
        out.segment_bytes = 64 * 1024;
        return out;
    }
    /// With a journal that must open.
    [[nodiscard]] std::unique_ptr<Pool> open_pool(const PoolConfig& config = {}) {
        auto pool = make_pool(config);
        const auto restored = pool->open_journal(options());
        EXPECT_TRUE(restored.has_value()) << restored.error().message;
        if (restored) restored_ = *restored;
        return pool;
    }
    static std::map<Bytes32, bool> content_of(const Pool& pool) {
        std::map<Bytes32, bool> out;
        std::vector<PooledTransaction> content;
        std::optional<uint32_t> from = 0;
        while (from)
            from = pool.content(*from, 1000, content);
        for (const PooledTransaction& item : content)
            out[item.transaction.hash] = item.executable;
        return out;
    }

    std::filesystem::path folder_;
    PoolRestored restored_;
};

TEST_F(PoolDurabilityTest, ARestartBringsBackWhatWasThere) {
    auto generator = test::test_generator(17);
    std::map<Bytes32, bool> before;
    std::vector<Bytes32> order;
    {
        const auto pool = open_pool({.transactions_max = 60, .lifetime_s = 100});
        pool->tick(1000);
        for (int i = 0; i < 300; ++i) {
            const auto number = static_cast<uint8_t>(1 + generator() % 20);
            (void)pool->add(transaction({.sender = number,
                                         .nonce = generator() % 6,
                                         .max_fee = (10 + generator() % 90) * kGwei,
                                         .tip = generator() % 9 * kGwei,
                                         .authorities = number == 20 ? std::vector<uint8_t>{99}
                                                                     : std::vector<uint8_t>{}}),
                            generator() % 2 == 0 ? Origin::Promised : Origin::Public);
        }
        pool->tick(1060);
        EXPECT_GT(pool->statistics().evicted, 0U);
        EXPECT_GT(pool->statistics().replaced, 0U);
        pool->tick(1130);
        EXPECT_GT(pool->statistics().expired, 0U);
        const auto victim = pool->preview_block(target()).front().hash;
        EXPECT_TRUE(pool->drop(victim, Verdict::Malformed));
        before = content_of(*pool);
        for (const auto& item : pool->preview_block(target()))
            order.push_back(item.hash);
    }
    ASSERT_GT(before.size(), 20U);
    const auto pool = open_pool({.transactions_max = 60});
    EXPECT_EQ(restored_.restored, before.size());
    EXPECT_FALSE(restored_.cut.has_value());
    EXPECT_TRUE(content_of(*pool) == before);
    std::vector<Bytes32> order_after;
    for (const auto& item : pool->preview_block(target()))
        order_after.push_back(item.hash);
    EXPECT_TRUE(order_after == order);
}

TEST_F(PoolDurabilityTest, WhatTheChainHasUsedStaysAwayAndWhatCannotBePaidWaits) {
    {
        const auto pool = open_pool();
        for (uint64_t nonce = 0; nonce < 3; ++nonce)
            ASSERT_EQ(pool->add(transaction({.sender = 1, .nonce = nonce})), Verdict::Accepted);
        ASSERT_EQ(pool->add(transaction({.sender = 2})), Verdict::Accepted);
    }
    set_account(1, 2, Uint256{1'000'000'000 * kGwei});
    set_account(2, 0, Uint256{1});
    const auto pool = open_pool();
    EXPECT_EQ(restored_.nonce_used, 2U);
    EXPECT_EQ(pool->size(), 2U);
    EXPECT_EQ(pool->take_block(target()).size(), 1U);
    set_account(1, 3, Uint256{});
    set_account(2, 0, Uint256{1'000'000'000 * kGwei});
    pool->set_head(head());
    EXPECT_EQ(pool->take_block(target()).size(), 1U);
}

TEST_F(PoolDurabilityTest, ABlockUnderWayKeepsItsTransactionsUntilItIsDurable) {
    std::vector<SignedTransaction> taken;
    {
        const auto pool = open_pool();
        for (uint8_t n = 1; n <= 5; ++n)
            ASSERT_EQ(pool->add(transaction({.sender = n})), Verdict::Accepted);
        taken = pool->take_block(target());
        ASSERT_EQ(taken.size(), 5U);
        EXPECT_EQ(pool->size(), 0U);
        // The process ends before the block is on the disk.
    }
    const auto pool = open_pool();
    EXPECT_EQ(restored_.restored, 5U);
    EXPECT_EQ(pool->take_block(target()).size(), 5U);
}

TEST_F(PoolDurabilityTest, CompactionBoundsTheLogAndLosesNothing) {
    auto opts = options();
    opts.compact_above_bytes = 256 * 1024;
    std::set<Bytes32> long_lived;
    uint64_t largest = 0;
    uint64_t written = 0;
    {
        const auto pool = make_pool();
        ASSERT_TRUE(pool->open_journal(opts).has_value());
        for (uint8_t n = 101; n <= 110; ++n) {
            // Behind a gap, so that no block takes them.
            auto item = transaction({.sender = n, .nonce = 5});
            long_lived.insert(item.hash);
            ASSERT_EQ(pool->add(std::move(item)), Verdict::Accepted);
        }
        for (uint64_t block = 1; block <= 400; ++block) {
            for (uint8_t n = 1; n <= 20; ++n) {
                ASSERT_EQ(
                    pool->add(transaction(
                        {.sender = n, .nonce = block - 1, .gas_limit = 60'000, .data_bytes = 300})),
                    Verdict::Accepted);
                written += 400;
            }
            ASSERT_EQ(pool->take_block(target()).size(), 20U);
            for (uint8_t n = 1; n <= 20; ++n)
                set_account(n, block, Uint256{1'000'000'000 * kGwei});
            PoolHead next = head();
            next.number = block;
            pool->set_head(std::move(next));
            pool->block_durable(block);
            largest = std::max(largest, pool->journal_status()->segment_bytes);
        }
    }
    EXPECT_GT(written, uint64_t{2} << 20);
    // Releasing runs beside: give it the room of some segments.
    EXPECT_LT(largest, uint64_t{1} << 20);
    const auto pool = open_pool();
    const auto content = content_of(*pool);
    EXPECT_EQ(content.size(), long_lived.size());
    for (const auto& [hash, executable] : content)
        EXPECT_TRUE(long_lived.contains(hash));
}

TEST_F(PoolDurabilityTest, ABatchIsOneRecord) {
    const auto pool = open_pool();
    const uint64_t before = pool->journal_status()->appended;
    std::vector<SignedTransaction> batch;
    for (uint8_t n = 1; n <= 50; ++n)
        batch.push_back(transaction({.sender = n}));
    std::vector<Verdict> verdicts(batch.size());
    pool->accept(batch, verdicts);
    EXPECT_EQ(std::ranges::count(verdicts, Verdict::Accepted), 50);
    EXPECT_EQ(pool->journal_status()->appended, before + 1);
    // Nothing accepted, nothing written.
    ASSERT_EQ(pool->add(transaction({.sender = 1})), Verdict::Duplicate);
    EXPECT_EQ(pool->journal_status()->appended, before + 1);
}

TEST_F(PoolDurabilityTest, OneProcessHasAJournalAndALostIdentityIsNoNewOne) {
    const auto pool = open_pool();
    const auto second = make_pool();
    const auto refused = second->open_journal(options());
    ASSERT_FALSE(refused.has_value());
    EXPECT_EQ(refused.error().code, ErrorCode::Unavailable);
    const auto elsewhere = folder_ / "other";
    std::filesystem::create_directories(elsewhere / "log");
    auto opts = options();
    opts.folder = elsewhere;
    const auto lost = second->open_journal(opts);
    ASSERT_FALSE(lost.has_value());
    EXPECT_EQ(lost.error().code, ErrorCode::Corrupt);
}

/// What a child tells of an accepted transaction.
struct Acknowledged {
    uint8_t sender = 0;
    uint64_t nonce = 0;
};

TEST_F(PoolDurabilityTest, WhatWasAcknowledgedIsThereAfterAKill) {
    auto generator = test::test_generator(23);
    size_t acknowledged_in_all = 0;
    for (int round = 0; round < 6; ++round) {
        std::filesystem::remove_all(folder_ / "pool");
        auto opts = options();
        opts.policy = round % 2 == 0 ? journal::SyncPolicy::Block : journal::SyncPolicy::Off;
        opts.compact_above_bytes = 64 * 1024;
        test::ChildProcess child([&](int pipe) {
            const auto pool = make_pool({.transactions_per_sender_max = 100'000});
            if (!pool->open_journal(opts)) return 1;
            // Two threads add, each for its own senders; a third takes blocks that never get
            // durable.
            std::atomic<bool> failed{false};
            const auto add = [&](uint8_t first) {
                for (uint64_t nonce = 0; nonce < 100'000; ++nonce)
                    for (uint8_t n = first; n < first + 5; ++n) {
                        if (pool->add(transaction({.sender = n, .nonce = nonce})) !=
                            Verdict::Accepted)
                            failed = true;
                        const Acknowledged told{n, nonce};
                        if (::write(pipe, &told, sizeof told) != sizeof told) return;
                    }
            };
            std::thread one([&] { add(1); });
            std::thread two([&] { add(101); });
            std::thread blocks([&] {
                while (!failed) {
                    BlockTarget few = target();
                    few.transactions_max = 7;
                    auto taken = pool->take_block(few);
                    if (taken.size() > 3) pool->put_back(std::move(taken));
                    pool->block_durable(0);
                    std::this_thread::sleep_for(std::chrono::milliseconds(2));
                }
            });
            one.join();
            two.join();
            blocks.join();
            return 2;
        });
        ASSERT_TRUE(child.started());
        std::vector<Acknowledged> told;
        const size_t wanted = 50 + generator() % 2000;
        Acknowledged message;
        while (told.size() < wanted && child.read(message))
            told.push_back(message);
        ASSERT_EQ(told.size(), wanted);
        ASSERT_EQ(child.kill(), 0);
        while (child.read(message))
            told.push_back(message);
        ASSERT_TRUE(test::was_killed(child.wait()));
        acknowledged_in_all += told.size();

        const auto pool = open_pool();
        EXPECT_EQ(restored_.nonce_used + restored_.refused, 0U);
        for (const Acknowledged& item : told)
            ASSERT_TRUE(
                pool->contains(transaction({.sender = item.sender, .nonce = item.nonce}).hash))
                << "round " << round << ": sender " << +item.sender << ", nonce " << item.nonce;
    }
    EXPECT_GT(acknowledged_in_all, 300U);
}

}  // namespace
}  // namespace switchyard
