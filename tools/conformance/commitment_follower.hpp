// SPDX-License-Identifier: Apache-2.0
// The trie of records beside the trie of nodes, block after block of the official tests.
#pragma once

#include <memory>
#include <optional>

#include "host/state/commitment/memory_record_store.hpp"
#include "host/state/commitment/state_commitment.hpp"
#include "host/state/memory_state.hpp"

namespace switchyard::conformance {

/// Stands at the state of one block. A block on another branch, and one after a block that was
/// refused, starts again from its parent's state. Pages of two leaves and no memory between blocks:
/// small states have many records then, which are read back and checked for every block. One
/// thread.
class CommitmentFollower {
  public:
    /// The root after `changes` to `state`, which is that of the block `parent`.
    [[nodiscard]] Result<Bytes32> root_after(const Bytes32& parent, const MemoryState& state,
                                             const StateChanges& changes);
    /// The changes of the last `root_after` are those of the block `block`.
    void accept(const Bytes32& block) { at_ = block; }

  private:
    std::unique_ptr<commitment::MemoryRecordStore> store_;
    std::optional<commitment::StateCommitment> commitment_;
    std::optional<Bytes32> at_;
};

}  // namespace switchyard::conformance
