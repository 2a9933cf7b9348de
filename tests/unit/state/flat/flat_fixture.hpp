// SPDX-License-Identifier: Apache-2.0
// A flat state over files, and a state in memory that takes the same blocks.
#pragma once

#include <gtest/gtest.h>

#include <deque>

#include "host/state/flat/flat_state.hpp"
#include "host/state/sqlite/sharded_store.hpp"
#include "tests/support/test_data.hpp"
#include "tests/unit/state/random_block.hpp"
#include "tests/unit/state/sqlite/temporary_folder.hpp"

namespace switchyard::test {

inline constexpr uint64_t kFlatAccounts = 40;  ///< addresses that the random blocks touch

/// A configuration in which every block is soon out of memory.
[[nodiscard]] inline flat::FlatConfig tiny_config() {
    flat::FlatConfig config;
    config.overlay_bytes = 16 << 10;
    config.cache_bytes = 4 << 10;
    config.code_cache_bytes = 512;
    config.history_bytes = 8 << 10;
    return config;
}

/// Everything that execution can ask of the two, for every address and slot of random blocks.
template <typename View>
void expect_equal(const View& view, const MemoryState& model, const std::string& where) {
    for (uint64_t n = 0; n < kFlatAccounts; ++n) {
        const Address address = address_of(n);
        const auto account = model.account(address);
        ASSERT_EQ(view.account(address), account) << where << ", account " << n;
        ASSERT_EQ(view.has_storage(address), model.has_storage(address))
            << where << ", account " << n;
        for (uint64_t slot = 0; slot < 30; ++slot)
            ASSERT_EQ(view.storage(address, slot), model.storage(address, slot))
                << where << ", account " << n << ", slot " << slot;
        if (account && account->has_code()) {
            ASSERT_TRUE(equal(view.code(account->code_hash)->bytes(),
                              model.code(account->code_hash)->bytes()))
                << where << ", account " << n;
        }
    }
    const auto failure = view.failure();
    ASSERT_FALSE(failure) << where << ": " << failure->message;
}

/// A chain of random blocks, and its state after each of them.
class RandomChain {
  public:
    explicit RandomChain(uint64_t salt) : random_(test_generator(salt)) { states_.emplace_back(); }

    [[nodiscard]] static StoredBlock block(uint64_t number) {
        return {number, to_bytes32(Uint256{number * 7}), to_bytes32(Uint256{number * 9})};
    }
    /// The changes of block `number`, from 1; blocks are made as far as needed.
    const StateChanges& changes(uint64_t number) {
        while (changes_.size() < number) {
            changes_.push_back(random_block(states_.back(), random_, kFlatAccounts));
            states_.push_back(states_.back());
            states_.back().apply(changes_.back());
        }
        return changes_[number - 1];
    }
    /// The state after block `number`; 0: the empty one.
    const MemoryState& state(uint64_t number) {
        if (number != 0) (void)changes(number);
        return states_[number];
    }

  private:
    std::mt19937_64 random_;
    std::deque<StateChanges> changes_;  // references stay valid while blocks are added
    std::deque<MemoryState> states_;
};

/// Commits the chain's blocks after the state's last up to `number`.
inline void commit_to(flat::FlatState& state, RandomChain& chain, uint64_t number) {
    while (!state.last_block() || state.last_block()->number < number) {
        const uint64_t next = state.last_block() ? state.last_block()->number + 1 : 1;
        const auto done = state.commit(RandomChain::block(next), chain.changes(next));
        ASSERT_TRUE(done) << "block " << next << ": " << done.error().message;
    }
}

class FlatTest : public testing::Test {
  protected:
    std::unique_ptr<sqlite::ShardedStore> open_store(uint32_t shards = 4) {
        sqlite::ShardedStoreOptions options;
        options.shards = shards;
        options.cache_bytes = 1 << 20;
        auto store = sqlite::ShardedStore::open(path_, options);
        EXPECT_TRUE(store) << store.error().message;
        return store ? std::move(*store) : nullptr;
    }
    std::unique_ptr<flat::FlatState> open(uint32_t shards = 4,
                                          const flat::FlatConfig& config = tiny_config()) {
        return std::make_unique<flat::FlatState>(open_store(shards), config);
    }

    TemporaryFolder folder_;
    std::filesystem::path path_ = folder_.path() / "state";
};

}  // namespace switchyard::test
