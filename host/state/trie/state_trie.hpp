// SPDX-License-Identifier: Apache-2.0
// The state root: a trie of accounts, and one of storage for each account (Yellow Paper, section
// 4.1), both under hashed keys.
#pragma once

#include <memory>
#include <optional>

#include "host/state/state_view.hpp"
#include "host/state/trie/trie.hpp"

namespace switchyard::trie {

/// Follows the state from root to root. What it has read or changed stays in memory.
///
/// Over a block's witness (`MemoryNodes`) it checks the root of that block; from the empty state,
/// fed with every block, it is the whole trie in memory. One thread. After an error the object is
/// only good for being destroyed.
class StateTrie {
  public:
    /// The empty state.
    StateTrie() = default;
    /// The state with this root; `reader` must outlive the object.
    StateTrie(const Bytes32& root, const NodeReader& reader);

    /// Applies changes, deltas too, and gives the new root. In each trie all insertions come before
    /// all deletions, so that a witness without the siblings that only the opposite order needs is
    /// enough. Errors as `Trie`'s.
    [[nodiscard]] Result<Bytes32> apply(const StateChanges& changes);

    [[nodiscard]] Bytes32 root() { return accounts_.root(); }
    [[nodiscard]] Result<std::optional<Account>> account(const Address& address);
    [[nodiscard]] Result<Uint256> storage(const Address& address, const Uint256& key);

    /// Takes every new node from the next `apply` on; null for none. Must outlive the object.
    void set_sink(NodeSink* sink) { sink_ = sink; }

  private:
    /// An account's leaf.
    struct Leaf {
        Account account;
        Bytes32 storage_root = kEmptyRoot;
    };
    struct HashedKeys;

    [[nodiscard]] Result<std::optional<Leaf>> leaf(BytesView hashed_address);
    [[nodiscard]] Trie& storage_trie(const Bytes32& hashed_address, const Bytes32& root);
    [[nodiscard]] Result<void> apply_storage(const StateChanges& changes, const HashedKeys& keys,
                                             std::vector<Bytes32>& storage_roots);
    [[nodiscard]] Result<void> apply_accounts(const StateChanges& changes, const HashedKeys& keys,
                                              std::span<const Bytes32> storage_roots);

    const NodeReader* reader_ = nullptr;
    NodeSink* sink_ = nullptr;
    Trie accounts_;
    FlatMap<Bytes32, std::unique_ptr<Trie>> storage_;  ///< by hashed address
};

/// The root of a whole state that is given as changes over the empty one (`MemoryState::all`).
[[nodiscard]] Bytes32 state_root(const StateChanges& whole_state);

}  // namespace switchyard::trie
