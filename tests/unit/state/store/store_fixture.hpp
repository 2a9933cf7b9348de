// SPDX-License-Identifier: Apache-2.0
// A store in a folder, and a chain of random blocks with the roots that our other trie gives them.
#pragma once

#include "host/state/store/state_store.hpp"
#include "host/state/trie/state_trie.hpp"
#include "tests/unit/state/flat/flat_fixture.hpp"

namespace switchyard::test {

/// Blocks 1, 2, 3 ... with their state roots.
class StoreChain {
  public:
    explicit StoreChain(uint64_t salt) : chain_(salt) {}

    const StateChanges& changes(uint64_t number) { return chain_.changes(number); }
    const MemoryState& state(uint64_t number) { return chain_.state(number); }
    StoredBlock block(uint64_t number) {
        while (roots_.size() < number) {
            const auto root = trie_.apply(chain_.changes(roots_.size() + 1));
            EXPECT_TRUE(root);
            roots_.push_back(*root);
        }
        return {number, to_bytes32(Uint256{number * 7}), roots_[number - 1]};
    }

  private:
    RandomChain chain_;
    trie::StateTrie trie_;
    std::vector<Bytes32> roots_;
};

/// In which checkpoints, evictions and new segments come all the time.
[[nodiscard]] inline StateStoreOptions tiny_store() {
    StateStoreOptions options;
    options.flat = tiny_config();
    options.shards.shards = 2;
    options.shards.cache_bytes = 1 << 20;
    options.trie = {.cache_bytes = 64 << 10, .page_leaves = 4};
    options.trie_page_cache_bytes = 1 << 20;
    options.segment_bytes = 4096;
    options.backlog_bytes = 32 << 10;
    return options;
}

class StoreTest : public testing::Test {
  protected:
    std::unique_ptr<StateStore> open(const StateStoreOptions& options = tiny_store()) {
        auto store = StateStore::open(path_, options);
        EXPECT_TRUE(store) << store.error().message;
        return store ? std::move(*store) : nullptr;
    }
    ErrorCode open_error(const StateStoreOptions& options = tiny_store()) {
        const auto store = StateStore::open(path_, options);
        EXPECT_FALSE(store);
        if (store) return ErrorCode::Internal;
        EXPECT_NE(store.error().message, "");
        return store.error().code;
    }
    /// Commits the chain's blocks after the store's last up to `number`.
    void commit_to(StateStore& store, uint64_t number) {
        for (uint64_t n = store.last_block() ? store.last_block()->number + 1 : 1; n <= number;
             ++n) {
            const auto done = store.commit(chain_.block(n), chain_.changes(n));
            ASSERT_TRUE(done) << "block " << n << ": " << done.error().message;
        }
    }
    /// The store stands at a block of the chain: every account, slot, code, and the trie.
    void expect_at(StateStore& store, uint64_t number) {
        ASSERT_TRUE(store.last_block());
        ASSERT_EQ(*store.last_block(), chain_.block(number));
        expect_equal(store.view(), chain_.state(number), "block " + std::to_string(number));
        EXPECT_EQ(*store.root(), chain_.block(number).state_root);
        for (uint64_t n = 0; n < kFlatAccounts; n += 7) {
            const auto proof = store.prove(address_of(n));
            ASSERT_TRUE(proof) << proof.error().message;
            EXPECT_EQ(proof->account, chain_.state(number).account(address_of(n)));
        }
    }

    TemporaryFolder folder_;
    std::filesystem::path path_ = folder_.path() / "store";
    StoreChain chain_{77};
};

}  // namespace switchyard::test
