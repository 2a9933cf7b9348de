// SPDX-License-Identifier: Apache-2.0
#include "host/blobs/sidecar_store.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <fstream>
#include <thread>

#include "host/core/hex.hpp"
#include "host/core/uint256.hpp"
#include "tests/support/kzg_sidecars.hpp"
#include "tests/support/test_data.hpp"

namespace switchyard::blobs {
namespace {

namespace fs = std::filesystem;

constexpr size_t kOneBlob = precompiles::kBlobBytes + 2 * precompiles::kKzgBytes;

Bytes32 hash_of(uint64_t number) {
    return to_bytes32(Uint256(number));
}

SidecarPointer sidecar(uint64_t salt, size_t count = 1,
                       SidecarVersion version = SidecarVersion::BlobProofs) {
    return std::make_shared<const BlobSidecar>(test::unproven_sidecar(salt, count, version));
}

Bytes32 first_hash(const SidecarPointer& of) {
    return precompiles::versioned_hash_of(of->commitment(0));
}

class SidecarStoreTest : public ::testing::Test {
  protected:
    void SetUp() override {
        const fs::path memory = "/dev/shm";
        folder_ = (fs::exists(memory) ? memory : fs::temp_directory_path()) /
                  ("switchyard-sidecars-" + std::to_string(::getpid()));
        fs::remove_all(folder_);
    }
    void TearDown() override { fs::remove_all(folder_); }

    static std::unique_ptr<SidecarStore> open(const SidecarStoreOptions& options) {
        auto out = SidecarStore::open(options);
        EXPECT_TRUE(out) << out.error().message;
        return out ? *std::move(out) : nullptr;
    }
    [[nodiscard]] SidecarStoreOptions on_disk() const { return {.folder = folder_}; }
    [[nodiscard]] size_t files() const {
        size_t out = 0;
        for ([[maybe_unused]] const auto& entry : fs::directory_iterator(folder_))
            ++out;
        return out;
    }
    fs::path folder_;
};

TEST_F(SidecarStoreTest, WhatThePoolDoesNotHoldGoes) {
    const auto store = open({});
    const auto one = sidecar(1, 2);
    ASSERT_TRUE(store->stage(hash_of(1), one));
    EXPECT_EQ(store->find(hash_of(1)), one);
    EXPECT_EQ(store->status().staged, 1U);
    store->unstage(hash_of(1));
    EXPECT_EQ(store->find(hash_of(1)), nullptr);
    EXPECT_FALSE(store->hold(hash_of(1)));
    EXPECT_EQ(store->status().bytes, 0U);
    store->unstage(hash_of(1));

    // Twice at the same time, and one of them is accepted.
    ASSERT_TRUE(store->stage(hash_of(1), one));
    ASSERT_TRUE(store->stage(hash_of(1), one));
    EXPECT_TRUE(store->hold(hash_of(1)));
    store->unstage(hash_of(1));
    store->unstage(hash_of(1));
    EXPECT_EQ(store->find(hash_of(1)), one);
    EXPECT_EQ(store->status().held, 1U);
    store->let_go(hash_of(1), std::nullopt);
    EXPECT_EQ(store->find(hash_of(1)), nullptr);
}

TEST_F(SidecarStoreTest, FindsBlobsByTheirHashAndVersion) {
    const auto store = open({});
    auto both = test::unproven_sidecar(3, 3, SidecarVersion::BlobProofs);
    const auto old = std::make_shared<const BlobSidecar>(both);
    both.version = SidecarVersion::CellProofs;
    both.proofs.resize(3 * precompiles::kCellsPerBlob * precompiles::kKzgBytes);
    const auto recent = std::make_shared<const BlobSidecar>(both);
    ASSERT_TRUE(store->stage(hash_of(1), old));
    ASSERT_TRUE(store->stage(hash_of(2), recent));
    for (size_t i = 0; i < 3; ++i) {
        const Bytes32 hash = precompiles::versioned_hash_of(old->commitment(i));
        const auto first = store->find_blob(hash, SidecarVersion::BlobProofs);
        EXPECT_EQ(first.sidecar, old);
        EXPECT_EQ(first.index, i);
        const auto second = store->find_blob(hash, SidecarVersion::CellProofs);
        EXPECT_EQ(second.sidecar, recent);
        EXPECT_EQ(second.index, i);
    }
    store->unstage(hash_of(2));
    EXPECT_EQ(store->find_blob(first_hash(old), SidecarVersion::CellProofs).sidecar, nullptr);
    EXPECT_EQ(store->find_blob(first_hash(old), SidecarVersion::BlobProofs).sidecar, old);
    EXPECT_EQ(store->find_blob(hash_of(9), SidecarVersion::BlobProofs).sidecar, nullptr);
}

TEST_F(SidecarStoreTest, WhatLeftForABlockReturnsForAWhile) {
    const auto store = open({.returning_blocks = 10});
    ASSERT_TRUE(store->stage(hash_of(1), sidecar(1)));
    ASSERT_TRUE(store->hold(hash_of(1)));
    store->unstage(hash_of(1));
    store->let_go(hash_of(1), 100);
    EXPECT_EQ(store->status().returning, 1U);
    store->move_to(110);
    EXPECT_NE(store->find(hash_of(1)), nullptr);
    // A reorganisation brings it back; its next block counts anew.
    EXPECT_TRUE(store->hold(hash_of(1)));
    EXPECT_EQ(store->status().returning, 0U);
    store->move_to(500);
    EXPECT_NE(store->find(hash_of(1)), nullptr) << "the pool has it";
    store->let_go(hash_of(1), 501);
    store->let_go(hash_of(1), 400);
    store->move_to(511);
    EXPECT_NE(store->find(hash_of(1)), nullptr);
    store->move_to(512);
    EXPECT_EQ(store->find(hash_of(1)), nullptr);
    EXPECT_EQ(store->status().bytes, 0U);
}

TEST_F(SidecarStoreTest, WhatMayReturnIsBoundedByBytes) {
    const auto store = open({.returning_bytes_max = 3 * kOneBlob});
    for (uint64_t i = 0; i < 10; ++i) {
        ASSERT_TRUE(store->stage(hash_of(i), sidecar(i)));
        ASSERT_TRUE(store->hold(hash_of(i)));
        store->unstage(hash_of(i));
        store->let_go(hash_of(i), i);
    }
    EXPECT_EQ(store->status().returning, 3U);
    EXPECT_EQ(store->status().bytes, 3 * kOneBlob);
    EXPECT_EQ(store->find(hash_of(6)), nullptr);
    EXPECT_NE(store->find(hash_of(7)), nullptr) << "the oldest go first";
}

TEST_F(SidecarStoreTest, WhatWaitsToBeJudgedIsBounded) {
    const auto store = open({.staged_bytes_max = 2 * kOneBlob});
    ASSERT_TRUE(store->stage(hash_of(1), sidecar(1)));
    ASSERT_TRUE(store->stage(hash_of(2), sidecar(2)));
    const auto third = store->stage(hash_of(3), sidecar(3));
    ASSERT_FALSE(third);
    EXPECT_EQ(third.error().code, ErrorCode::LimitExceeded);
    ASSERT_TRUE(store->hold(hash_of(1)));
    store->unstage(hash_of(1));
    EXPECT_TRUE(store->stage(hash_of(3), sidecar(3))) << "what the pool holds does not count";
}

TEST_F(SidecarStoreTest, ARestartFindsWhatWasKept) {
    const auto one = sidecar(1, 6, SidecarVersion::CellProofs);
    const auto two = sidecar(2, 1, SidecarVersion::BlobProofs);
    {
        const auto store = open(on_disk());
        for (uint64_t i = 1; i <= 4; ++i)
            ASSERT_TRUE(store->stage(hash_of(i), i == 1 ? one : i == 2 ? two : sidecar(i)));
        ASSERT_TRUE(store->hold(hash_of(1)));
        ASSERT_TRUE(store->hold(hash_of(3)));
        store->let_go(hash_of(3), std::nullopt);
        for (const uint64_t i : {1U, 3U, 4U})
            store->unstage(hash_of(i));
        EXPECT_FALSE(SidecarStore::open(on_disk())) << "one process has it";
    }
    EXPECT_EQ(files(), 2U) << "what had gone has no file";
    const auto store = open(on_disk());
    ASSERT_NE(store->find(hash_of(1)), nullptr);
    EXPECT_EQ(*store->find(hash_of(1)), *one);
    EXPECT_EQ(*store->find(hash_of(2)), *two);
    EXPECT_EQ(store->status().returning, 2U);
    EXPECT_TRUE(store->hold(hash_of(1)));
    store->move_to(1000);
    store->move_to(1096);
    EXPECT_NE(store->find(hash_of(2)), nullptr);
    store->move_to(1097);
    EXPECT_EQ(store->find(hash_of(2)), nullptr) << "nobody wanted it";
    EXPECT_NE(store->find(hash_of(1)), nullptr);
    // The same transaction comes again before its old file is gone.
    ASSERT_TRUE(store->stage(hash_of(2), two));
    ASSERT_TRUE(store->stage(hash_of(5), two));
    EXPECT_EQ(files(), 3U);
}

TEST_F(SidecarStoreTest, DamagedFilesAreNoSidecars) {
    const Bytes whole = encode_sidecar_file(*sidecar(1, 2, SidecarVersion::CellProofs));
    ASSERT_TRUE(decode_sidecar_file(whole));
    auto random = test::test_generator(4);
    for (int i = 0; i < 200; ++i) {
        Bytes wrong = whole;
        wrong[i < 24 ? static_cast<size_t>(i) : random() % wrong.size()] ^=
            static_cast<uint8_t>(1 + random() % 255);
        EXPECT_FALSE(decode_sidecar_file(wrong)) << i;
        EXPECT_FALSE(decode_sidecar_file(BytesView(whole).first(random() % whole.size())));
    }
    {
        const auto store = open(on_disk());
        ASSERT_TRUE(store->stage(hash_of(1), sidecar(1)));
        ASSERT_TRUE(store->stage(hash_of(2), sidecar(2)));
    }
    const fs::path file = folder_ / to_hex(hash_of(1)).substr(2);
    ASSERT_TRUE(fs::exists(file));
    fs::resize_file(file, 1000);
    std::ofstream(folder_ / "unfinished") << "a crash";
    const auto store = open(on_disk());
    EXPECT_EQ(store->status().damaged, 1U);
    EXPECT_EQ(store->find(hash_of(1)), nullptr);
    EXPECT_NE(store->find(hash_of(2)), nullptr);
    EXPECT_EQ(files(), 1U);
}

TEST_F(SidecarStoreTest, ServesSeveralThreads) {
    const auto store = open({.folder = folder_, .sync = false, .returning_blocks = 3});
    constexpr uint64_t kEach = 30;
    std::vector<SidecarPointer> made;
    for (uint64_t i = 0; i < 8; ++i)
        made.push_back(sidecar(i));
    std::atomic<size_t> wrong{0};
    const auto work = [&](uint64_t number) {
        for (uint64_t i = 0; i < kEach; ++i) {
            const uint64_t which = (number * 5 + i) % made.size();
            if (!store->stage(hash_of(which), made[which])) ++wrong;
            if (!store->hold(hash_of(which))) ++wrong;
            store->unstage(hash_of(which));
            const auto found =
                store->find_blob(first_hash(made[which]), SidecarVersion::BlobProofs);
            if (found.sidecar != nullptr && *found.sidecar != *made[which]) ++wrong;
            store->let_go(hash_of(which), i % 3 == 0 ? std::nullopt : std::optional(i));
            store->move_to(i);
        }
    };
    std::vector<std::thread> threads;
    for (uint64_t number = 0; number < 3; ++number)
        threads.emplace_back(work, number);
    for (std::thread& thread : threads)
        thread.join();
    EXPECT_EQ(wrong, 0U);
    store->move_to(1000);
    EXPECT_EQ(store->status().bytes, 0U);
    EXPECT_EQ(store->status().staged, 0U);
}

}  // namespace
}  // namespace switchyard::blobs
