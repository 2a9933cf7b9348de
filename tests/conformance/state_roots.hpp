// SPDX-License-Identifier: Apache-2.0
// State roots of whole states in memory, and along the transactions of a block.
#pragma once

#include "host/execute/block_execution.hpp"
#include "host/state/memory_state.hpp"
#include "host/state/trie/state_trie.hpp"

namespace switchyard::test {

[[nodiscard]] inline Bytes32 state_root(const MemoryState& state) {
    return trie::state_root(state.all());
}

/// The roots after each transaction of a block before Byzantium, from the state before it.
class WorkingRoots final : public execute::IntermediateRoots {
  public:
    /// `state` must outlive this; it is read when the first root is asked for.
    explicit WorkingRoots(const MemoryState& state) : state_(&state) {}

    [[nodiscard]] Result<Bytes32> root_after(const StateChanges& changes) override {
        if (state_ != nullptr) {
            const auto loaded = trie_.apply(state_->all());
            if (!loaded) return loaded.error();
            state_ = nullptr;
        }
        return trie_.apply(changes);
    }

  private:
    const MemoryState* state_;
    trie::StateTrie trie_;
};

}  // namespace switchyard::test
