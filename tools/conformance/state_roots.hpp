// SPDX-License-Identifier: Apache-2.0
// State roots over a base whose trie is kept: after a transaction, after a block, and along one.
#pragma once

#include <memory>

#include "host/execute/block_execution.hpp"
#include "host/state/memory_state.hpp"
#include "host/state/trie/state_trie.hpp"

namespace switchyard::conformance {

/// The trie of a state, node by node: `root`, and everything below it in `nodes`.
struct StateNodes {
    Bytes32 root = trie::kEmptyRoot;
    trie::MemoryNodes nodes;

    explicit StateNodes(const MemoryState& state) {
        trie::StateTrie trie;
        trie.set_sink(&nodes);
        const auto done = trie.apply(state.all());
        // A trie from nothing has every node, so that none can be missing.
        SWITCHYARD_ASSERT(done.has_value());
        root = *done;
    }
    /// The root after `changes` to the state.
    [[nodiscard]] Result<Bytes32> root_after(const StateChanges& changes) const {
        return trie::StateTrie(root, nodes).apply(changes);
    }
};

/// The roots after each transaction of a block before Byzantium. The nodes must outlive it.
class RootsAlongBlock final : public execute::IntermediateRoots {
  public:
    RootsAlongBlock(const Bytes32& root, const trie::NodeReader& nodes) : trie_(root, nodes) {}

    [[nodiscard]] Result<Bytes32> root_after(const StateChanges& changes) override {
        return trie_.apply(changes);
    }

  private:
    trie::StateTrie trie_;
};

}  // namespace switchyard::conformance
