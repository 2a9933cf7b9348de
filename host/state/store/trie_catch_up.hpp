// SPDX-License-Identifier: Apache-2.0
// Brings the state trie from an earlier block to the flat state's.
#pragma once

#include "host/state/flat/undo.hpp"
#include "host/state/flat_index.hpp"

namespace switchyard {

/// Collects what some blocks have touched, and gives it as one change with the values of today.
///
/// A crash may find the flat state on disk some blocks ahead of the trie. The trie needs to know
/// which keys those blocks touched, not in what order: their values stand in the flat state.
class TrieCatchUp {
  public:
    /// The changes of a block, or the way back from it (`flat::undo_of`): both name the same keys.
    void add(const StateChanges& changes);
    [[nodiscard]] bool empty() const { return touched_.empty(); }
    /// In canonical order; accounts and slots that did not change may be among them. Check
    /// `failure` of the view afterwards.
    [[nodiscard]] StateChanges changes(const flat::EnumerableView& now) const;

  private:
    struct Touched {
        /// Its storage was dropped or made anew, so that there may be slots that nobody named.
        bool whole_storage = false;
        FlatMap<Uint256, bool> slots;
    };
    FlatMap<Address, Touched> touched_;
};

}  // namespace switchyard
