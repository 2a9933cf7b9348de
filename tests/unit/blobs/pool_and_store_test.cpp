// SPDX-License-Identifier: Apache-2.0
// Pool and store together: one restart, and several threads.
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <thread>

#include "host/blobs/sidecar_store.hpp"
#include "tests/support/kzg_sidecars.hpp"
#include "tests/support/test_data.hpp"
#include "tests/unit/pool/pool_fixture.hpp"

namespace switchyard::blobs {
namespace {

using pool_tests::kGwei;
using pool_tests::transaction;

class PoolAndStoreTest : public pool_tests::PoolTest {
  protected:
    void SetUp() override {
        const std::filesystem::path memory = "/dev/shm";
        folder_ =
            (std::filesystem::exists(memory) ? memory : std::filesystem::temp_directory_path()) /
            ("switchyard-pool-and-store-" + std::to_string(::getpid()));
        std::filesystem::remove_all(folder_);
        std::filesystem::create_directories(folder_);
    }
    void TearDown() override { std::filesystem::remove_all(folder_); }

    [[nodiscard]] std::unique_ptr<SidecarStore> open_store() const {
        auto out = SidecarStore::open({.folder = folder_ / "blobs", .sync = false});
        EXPECT_TRUE(out) << out.error().message;
        return out ? *std::move(out) : nullptr;
    }
    [[nodiscard]] std::unique_ptr<Pool> open_pool(SidecarStore& store, PoolConfig config = {}) {
        config.blob_keeper = &store;
        auto out = std::make_unique<Pool>(config);
        out->set_head(head());
        return out;
    }
    static SidecarPointer sidecar(uint64_t salt) {
        return std::make_shared<const BlobSidecar>(
            test::unproven_sidecar(salt, 1, SidecarVersion::BlobProofs));
    }
    std::filesystem::path folder_;
};

TEST_F(PoolAndStoreTest, ARestartHasTheBlobsOfWhatItBringsBack) {
    PoolJournalOptions journal;
    journal.folder = folder_ / "pool";
    journal.policy = journal::SyncPolicy::Off;
    const auto kept = transaction({.sender = 1, .blobs = 1});
    const auto dropped = transaction({.sender = 2, .blobs = 1});
    const auto blob = sidecar(1);
    {
        const auto store = open_store();
        const auto pool = open_pool(*store);
        ASSERT_TRUE(pool->open_journal(journal));
        for (const SignedTransaction* item : {&kept, &dropped}) {
            ASSERT_TRUE(store->stage(item->hash, blob));
            ASSERT_EQ(pool->add(SignedTransaction(*item)), Verdict::Accepted);
            store->unstage(item->hash);
        }
        ASSERT_TRUE(pool->drop(dropped.hash, Verdict::Malformed));
        // One that was not judged before the end.
        ASSERT_TRUE(store->stage(transaction({.sender = 3, .blobs = 1}).hash, blob));
    }
    const auto store = open_store();
    EXPECT_EQ(store->status().returning, 2U);
    const auto pool = open_pool(*store);
    const auto restored = pool->open_journal(journal);
    ASSERT_TRUE(restored) << restored.error().message;
    EXPECT_EQ(restored->restored, 1U);
    EXPECT_EQ(store->status().held, 1U);
    ASSERT_NE(store->find(kept.hash), nullptr);
    EXPECT_EQ(*store->find(kept.hash), *blob);
    EXPECT_EQ(store->find(dropped.hash), nullptr);
}

TEST_F(PoolAndStoreTest, AgreeWhateverSeveralThreadsDo) {
    const auto store = open_store();
    constexpr size_t kOne = 131'072 + 48 + 128 * 48;
    const auto pool = open_pool(*store, {.blob_bytes_max = 6 * kOne});
    std::vector<SidecarPointer> made;
    for (uint64_t i = 0; i < 4; ++i)
        made.push_back(sidecar(i));
    std::atomic<uint64_t> accepted{0};
    const auto send = [&](uint8_t first) {
        for (uint64_t round = 0; round < 12; ++round)
            for (uint8_t number = first; number < first + 4; ++number) {
                auto item = transaction({.sender = number,
                                         .nonce = round % 3,
                                         .max_fee = (20 + 7 * round + number) * kGwei,
                                         .blobs = 1});
                const Bytes32 hash = item.hash;
                ASSERT_TRUE(store->stage(hash, made[round % made.size()]));
                if (pool->add(std::move(item), Origin::Public) == Verdict::Accepted) ++accepted;
                store->unstage(hash);
            }
    };
    std::atomic<bool> ending{false};
    std::thread head_mover([&] {
        uint64_t number = 0;
        while (!ending) {
            PoolHead next = head();
            next.number = ++number;
            pool->set_head(std::move(next));
            const auto some = pool->preview_block(target());
            if (number % 3 == 0 && !some.empty())
                (void)pool->drop(some.front().hash, Verdict::Malformed);
            if (number % 5 == 0) {
                auto taken = pool->take_block(target());
                pool->put_back(std::move(taken));
            }
            for (const SidecarPointer& each : made)
                (void)store->find_blob(precompiles::versioned_hash_of(each->commitment(0)),
                                       SidecarVersion::BlobProofs);
            (void)store->held_of(SidecarVersion::BlobProofs);
        }
    });
    std::thread other([&] { send(5); });
    send(1);
    other.join();
    ending = true;
    head_mover.join();
    EXPECT_GT(accepted, 0U);
    // What is put back asks no limit: as much may have come meanwhile as was taken.
    EXPECT_LE(pool->status().blob_bytes, 12 * kOne);
    EXPECT_EQ(store->status().held, pool->size());
    EXPECT_EQ(store->status().staged, 0U);
    std::vector<PooledTransaction> content;
    std::optional<uint32_t> from = 0;
    while (from)
        from = pool->content(*from, 100, content);
    for (const PooledTransaction& item : content)
        EXPECT_NE(store->find(item.transaction.hash), nullptr);
}

}  // namespace
}  // namespace switchyard::blobs
