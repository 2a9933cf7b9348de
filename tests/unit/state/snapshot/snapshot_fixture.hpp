// SPDX-License-Identifier: Apache-2.0
// A state, its snapshot, and what can be done to its files.
#pragma once

#include <gtest/gtest.h>

#include <fstream>

#include "host/state/commitment/state_commitment.hpp"
#include "host/state/snapshot/snapshot.hpp"
#include "host/state/snapshot/snapshot_rows.hpp"
#include "host/state/sqlite/sqlite_record_store.hpp"
#include "host/state/sqlite/state_reader.hpp"
#include "host/state/trie/state_trie.hpp"
#include "tests/support/test_data.hpp"
#include "tests/unit/state/memory_rows.hpp"
#include "tests/unit/state/random_block.hpp"
#include "tests/unit/state/sqlite/temporary_folder.hpp"

namespace switchyard::test {

/// Random accounts, storage and code; one account with much storage.
[[nodiscard]] inline MemoryState snapshot_state(uint64_t salt, int blocks = 30,
                                                uint64_t slots = 400) {
    auto random = test_generator(salt);
    MemoryState state;
    for (int i = 0; i < blocks; ++i)
        state.apply(random_block(state, random, 150));
    Account large = account_of(1, 5);
    large.code_hash = state.add_code(Bytes(6000, 0x5b));
    state.set_account(address_of(1ULL << 40), large);
    for (uint64_t n = 0; n < slots; ++n)
        state.set_storage(address_of(1ULL << 40), Uint256{random()} << 190, n + 1);
    return state;
}

[[nodiscard]] inline StoredBlock block_of(const MemoryState& state, uint64_t number = 7) {
    return {number, to_bytes32(Uint256{number + 100}), trie::state_root(state.all())};
}

class SnapshotFixture : public testing::Test {
  protected:
    /// Small stripes, so that there are some.
    snapshot::SnapshotInfo create(const MemoryState& state, const std::filesystem::path& folder,
                                  snapshot::CreateOptions options = {8, 2, 4096}) {
        MemoryRows rows(state);
        const auto info = snapshot::create_snapshot(rows, block_of(state), folder, options);
        EXPECT_TRUE(info) << info.error().message;
        return info ? *info : snapshot::SnapshotInfo{};
    }
    std::filesystem::path shard(uint32_t number) const {
        return folder_ / snapshot::shard_name(number);
    }
    void again() {
        std::filesystem::remove_all(folder_);
        std::filesystem::copy(good_, folder_, std::filesystem::copy_options::recursive);
    }
    static void overwrite(const std::filesystem::path& path, uint64_t offset, const Bytes& bytes) {
        std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
        file.seekp(static_cast<std::streamoff>(offset));
        file.write(reinterpret_cast<const char*>(bytes.data()),
                   static_cast<std::streamsize>(bytes.size()));
        ASSERT_TRUE(file.good()) << path;
    }
    static Bytes content(const std::filesystem::path& path) {
        std::ifstream file(path, std::ios::binary);
        return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
    }
    static void flip(const std::filesystem::path& path, uint64_t offset) {
        Bytes byte(1, content(path).at(offset));
        byte[0] ^= 0x40;
        overwrite(path, offset, byte);
    }
    snapshot::SnapshotReport verify(const snapshot::VerifyOptions& options = {}) {
        const auto report = snapshot::verify_snapshot(folder_, options);
        EXPECT_TRUE(report) << report.error().message;
        return report ? *report : snapshot::SnapshotReport{};
    }
    /// The numbers of the shards that are not sound.
    static std::vector<uint32_t> lost(const snapshot::SnapshotReport& report) {
        std::vector<uint32_t> out;
        for (uint32_t i = 0; i < report.shards.size(); ++i)
            if (report.shards[i].state != snapshot::ShardState::Ok) out.push_back(i);
        return out;
    }
    /// Reads every row out of the shards and compares.
    void expect_state(const MemoryState& state, const std::string& where) {
        auto shards = snapshot::ShardSet::open(folder_);
        ASSERT_TRUE(shards) << where << ": " << shards.error().message;
        snapshot::SnapshotRows rows(**shards);
        expect_rows(rows, state, where);
    }
    /// The flat state and the trie in a store's folder.
    static void expect_store(const std::filesystem::path& store, const MemoryState& state,
                             const StoredBlock& block) {
        const auto reader = sqlite::StateReader::open(store / "flat");
        ASSERT_TRUE(reader) << reader.error().message;
        EXPECT_EQ((*reader)->block(), block);
        expect_rows(**reader, state, store.string());
        const auto records = sqlite::open_record_store(store / "trie.db");
        ASSERT_TRUE(records) << records.error().message;
        auto tries = commitment::StateCommitment::open(**records);
        ASSERT_TRUE(tries);
        EXPECT_EQ(tries->root(), block.state_root);
        const StateChanges all = state.all();
        if (all.accounts.empty()) return;
        const AccountChange& last = all.accounts.back();
        EXPECT_EQ(*tries->account(last.address), last.account);
    }

    TemporaryFolder temporary_;
    std::filesystem::path folder_ = temporary_.path() / "snapshot";
    std::filesystem::path good_ = temporary_.path() / "good";
};

}  // namespace switchyard::test
