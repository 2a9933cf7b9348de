// SPDX-License-Identifier: Apache-2.0
#include "host/state/commitment/background_record_store.hpp"

#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <map>
#include <random>

#include "host/core/uint256.hpp"
#include "host/state/commitment/memory_record_store.hpp"
#include "tests/support/test_data.hpp"

namespace switchyard::commitment {
namespace {

/// Held shut, it lets no write through.
class Gate {
  public:
    void open() { set(true); }
    void shut() { set(false); }
    void pass() {
        std::unique_lock guard(mutex_);
        changed_.wait(guard, [&] { return open_; });
    }

  private:
    void set(bool open) {
        {
            const std::lock_guard guard(mutex_);
            open_ = open;
        }
        changed_.notify_all();
    }
    std::mutex mutex_;
    std::condition_variable changed_;
    bool open_ = true;
};

RecordKey key_of(uint64_t owner, uint64_t path) {
    return {to_bytes32(Uint256{owner}), to_bytes32(Uint256{path}), 64};
}

using Rows = std::map<RecordKey, Bytes>;

/// Records of three owners, read one by one and all at once.
void expect_rows(const RecordStore& store, const Rows& expected) {
    std::vector<RecordKey> keys;
    for (uint64_t owner = 0; owner < 3; ++owner)
        for (uint64_t path = 0; path < 20; ++path)
            keys.push_back(key_of(owner, path));
    Rows found;
    ASSERT_TRUE(store.read(keys, [&](size_t i, BytesView record) {
        EXPECT_TRUE(found.emplace(keys[i], to_bytes(record)).second) << "given twice";
    }));
    EXPECT_EQ(found, expected);
}

struct Changes {
    std::vector<Bytes32> owners;
    std::vector<RecordKey> erased;
    Rows put;

    explicit Changes(std::mt19937_64& random) {
        if (random() % 3 == 0) owners.push_back(to_bytes32(Uint256{random() % 3}));
        for (uint64_t n = random() % 6; n-- > 0;)
            erased.push_back(key_of(random() % 3, random() % 20));
        std::sort(erased.begin(), erased.end());
        for (uint64_t n = random() % 10; n-- > 0;)
            put[key_of(random() % 3, random() % 20)] = Bytes(1 + random() % 9, uint8_t(random()));
    }
    Result<void> write(RecordStore& store, uint64_t block) const {
        std::vector<RecordChanges::Put> rows;
        for (const auto& [key, record] : put)
            rows.push_back({key, record});
        return store.write({owners, erased, rows, {to_bytes32(Uint256{block}), block}});
    }
    void apply(Rows& rows) const {
        for (const Bytes32& owner : owners)
            std::erase_if(rows, [&](const auto& row) { return row.first.owner == owner; });
        for (const RecordKey& key : erased)
            rows.erase(key);
        for (const auto& [key, record] : put)
            rows[key] = record;
    }
};

TEST(BackgroundRecordStore, ReadsFindWhatIsNotWrittenYet) {
    Gate gate;
    auto below = std::make_unique<MemoryRecordStore>();
    MemoryRecordStore& memory = *below;
    BackgroundRecordStore store(std::move(below), {[&](const StoredRoot&) {
                                                       gate.pass();
                                                       return Result<void>{};
                                                   },
                                                   {}});
    std::mt19937_64 random = test::test_generator(910);
    Rows rows;
    for (uint64_t block = 1; block <= 300; ++block) {
        const Rows before = rows;
        const Changes changes(random);
        changes.apply(rows);
        gate.shut();
        ASSERT_TRUE(changes.write(store, block));
        EXPECT_TRUE(store.busy());
        expect_rows(store, rows);
        EXPECT_EQ(memory.records(), before) << "the gate is shut";
        gate.open();
        ASSERT_TRUE(store.wait());
        EXPECT_FALSE(store.busy());
        EXPECT_EQ(store.bytes(), 0U);
        EXPECT_EQ(memory.records(), rows);
        expect_rows(store, rows);
        EXPECT_EQ(*store.root(), (StoredRoot{to_bytes32(Uint256{block}), block}));
    }
}

TEST(BackgroundRecordStore, AFailedWriteIsKeptAndTriedAgain) {
    std::atomic<int> failures{1};
    std::vector<uint64_t> written;
    BackgroundRecordStore store(std::make_unique<MemoryRecordStore>(),
                                {[&](const StoredRoot&) -> Result<void> {
                                     if (failures-- > 0) return Error{ErrorCode::Io, "full"};
                                     return {};
                                 },
                                 [&](const StoredRoot& root) -> Result<void> {
                                     written.push_back(root.block);
                                     return {};
                                 }});
    std::mt19937_64 random = test::test_generator(911);
    Rows rows;
    Changes first(random);
    first.apply(rows);
    ASSERT_TRUE(first.write(store, 1));
    EXPECT_FALSE(store.wait());
    EXPECT_TRUE(store.failed());
    expect_rows(store, rows);
    store.retry();
    ASSERT_TRUE(store.wait());
    EXPECT_FALSE(store.failed());

    // The next write tries again by itself, and is not taken while that fails.
    failures = 2;
    Changes second(random);
    ASSERT_TRUE(second.write(store, 2));
    EXPECT_FALSE(store.wait());
    second.apply(rows);
    Changes third(random);
    const Result<void> refused = third.write(store, 3);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ErrorCode::Io);
    expect_rows(store, rows);
    ASSERT_TRUE(third.write(store, 3));
    third.apply(rows);
    ASSERT_TRUE(store.wait());
    expect_rows(store, rows);
    EXPECT_EQ(written, (std::vector<uint64_t>{1, 2, 3}));
}

}  // namespace
}  // namespace switchyard::commitment
