// SPDX-License-Identifier: Apache-2.0
// The root from rows, in pieces of any size, against the trie in memory.
#include "host/state/rebuild/rebuild_state.hpp"

#include "host/state/commitment/memory_record_store.hpp"
#include "host/state/commitment/state_commitment.hpp"
#include "host/state/trie/state_trie.hpp"
#include "tests/support/test_data.hpp"
#include "tests/unit/state/memory_rows.hpp"
#include "tests/unit/state/random_block.hpp"

namespace switchyard {
namespace {

using commitment::MemoryRecordStore;
using test::MemoryRows;

MemoryState random_state(uint64_t salt, int blocks, uint64_t accounts) {
    auto random = test::test_generator(salt);
    MemoryState state;
    for (int i = 0; i < blocks; ++i)
        state.apply(test::random_block(state, random, accounts));
    // One account with much storage, which any chunk size cuts.
    Account large = test::account_of(1, 5);
    large.code_hash = state.add_code(Bytes(100, 0x5b));
    state.set_account(test::address_of(1ULL << 40), large);
    for (uint64_t n = 0; n < 700; ++n)
        state.set_storage(test::address_of(1ULL << 40), Uint256{n} << (n % 3 * 80), n + 1);
    return state;
}

TEST(RebuildState, GivesTheRootForAnyChunkAndCache) {
    const MemoryState state = random_state(110, 60, 300);
    const Bytes32 root = trie::state_root(state.all());
    for (const size_t chunk : {0U, 2U, 3U, 64U, 1'000'000U}) {
        for (const size_t cache : {size_t{0}, size_t{20'000}, size_t{1} << 30}) {
            MemoryRows rows(state);
            MemoryRecordStore records;
            uint64_t progress = 0;
            const auto built = rebuild_state(
                rows, records, {.cache_bytes = cache, .chunk_rows = chunk, .block = 7},
                [&](uint64_t done, uint64_t total) {
                    EXPECT_GE(done, progress);
                    EXPECT_LE(done, total);
                    progress = done;
                });
            ASSERT_TRUE(built) << built.error().message;
            EXPECT_EQ(built->root, root) << "chunk " << chunk << ", cache " << cache;
            EXPECT_EQ(built->counts, rows.counts());
            // What it leaves is a trie that goes on.
            auto tries = commitment::StateCommitment::open(records);
            ASSERT_TRUE(tries);
            EXPECT_EQ(tries->root(), root);
            EXPECT_EQ(*tries->storage(test::address_of(1ULL << 40), Uint256{3}), Uint256{4});
        }
    }
}

TEST(RebuildState, OfNothingIsTheEmptyRoot) {
    MemoryRows rows{MemoryState{}};
    MemoryRecordStore records;
    const auto built = rebuild_state(rows, records);
    ASSERT_TRUE(built);
    EXPECT_EQ(built->root, trie::kEmptyRoot);
    EXPECT_EQ(built->counts, StateCounts{});
}

TEST(RebuildState, DoesNotBuildOverATrie) {
    const MemoryState state = random_state(111, 3, 20);
    MemoryRecordStore records;
    MemoryRows first(state), second(state);
    ASSERT_TRUE(rebuild_state(first, records));
    const auto again = rebuild_state(second, records);
    ASSERT_FALSE(again);
    EXPECT_EQ(again.error().code, ErrorCode::InvalidInput);
}

TEST(RebuildState, PassesOnWhatFails) {
    const MemoryState state = random_state(112, 3, 20);
    MemoryRows whole(state);
    MemoryRecordStore unused;
    ASSERT_TRUE(rebuild_state(whole, unused));
    const uint64_t calls = whole.calls();
    ASSERT_GT(calls, 700U);
    for (uint64_t at = 0; at < calls; at += at + 30 < calls ? 7 : 1) {
        MemoryRows rows(state, at);
        MemoryRecordStore records;
        const auto built = rebuild_state(rows, records, {.chunk_rows = 50});
        ASSERT_FALSE(built) << at;
        EXPECT_EQ(built.error().code, ErrorCode::Io);
    }
}

/// Fails in one call, counted over both kinds.
class FailingStore final : public commitment::RecordStore {
  public:
    explicit FailingStore(uint64_t fail_at) : fail_at_(fail_at) {}
    decltype(MemoryRecordStore{}.root()) root() const override { return records_.root(); }
    Result<void> read(std::span<const commitment::RecordKey> keys,
                      const Found& found) const override {
        if (calls_++ == fail_at_) return Error{ErrorCode::Io, "injected"};
        return records_.read(keys, found);
    }
    Result<void> write(const commitment::RecordChanges& changes) override {
        if (calls_++ == fail_at_) return Error{ErrorCode::Io, "injected"};
        return records_.write(changes);
    }
    [[nodiscard]] uint64_t calls() const { return calls_; }

  private:
    MemoryRecordStore records_;
    uint64_t fail_at_;
    mutable uint64_t calls_ = 0;
};

TEST(RebuildState, PassesOnWhatTheStoreFails) {
    const MemoryState state = random_state(113, 20, 100);
    const RebuildOptions options{.cache_bytes = 4096, .chunk_rows = 100};
    MemoryRows whole(state);
    FailingStore sound(UINT64_MAX);
    ASSERT_TRUE(rebuild_state(whole, sound, options));
    ASSERT_GT(sound.calls(), 10U);
    for (uint64_t at = 0; at < sound.calls(); ++at) {
        MemoryRows rows(state);
        FailingStore failing(at);
        const auto built = rebuild_state(rows, failing, options);
        ASSERT_FALSE(built) << at;
        EXPECT_EQ(built.error().code, ErrorCode::Io);
    }
}

}  // namespace
}  // namespace switchyard
