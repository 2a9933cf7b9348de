// SPDX-License-Identifier: Apache-2.0
// The node's state: in memory for execution, with a durable store behind it.
#pragma once

#include <filesystem>
#include <memory>

#include "host/state/durable_store.hpp"

namespace switchyard {

/// A state whose acknowledged blocks are never lost: `commit` returns after the block is durable.
///
/// `view` may be read from any number of threads while no `commit` runs; `commit` comes from one
/// thread. One process at a time holds a store.
class StateStore {
  public:
    /// Opens the store at `path` and loads its state; creates an empty one when there is no file.
    /// Errors: `Corrupt` for a damaged file or one that is no database, `InvalidInput` for a
    /// database of another program, `Unsupported` for a format of another version, `Unavailable`
    /// while another process has it open, `Io`.
    [[nodiscard]] static Result<StateStore> open(const std::filesystem::path& path);

    /// The state after `last_block`. The reference stays valid while the store lives, moves
    /// included.
    [[nodiscard]] const MemoryState& view() const { return *state_; }
    /// No value in a new store.
    [[nodiscard]] const std::optional<StoredBlock>& last_block() const { return last_block_; }

    /// Makes a block durable, then visible in `view`. Its number must follow the last block's (the
    /// first may have any), or it is `InvalidInput`. After an error nothing has changed, in the
    /// file or in memory, and the same block may be given again.
    [[nodiscard]] Result<void> commit(const StoredBlock& block, const StateChanges& changes);

    /// Recomputes the state root from all accounts and compares it with the last block's
    /// (`Mismatch`). Cost linear in the state. Meaningless where blocks were committed over a state
    /// that held only what they touch.
    [[nodiscard]] Result<void> verify() const;

  private:
    StateStore() = default;

    std::unique_ptr<DurableStore> store_;
    std::unique_ptr<MemoryState> state_;
    std::optional<StoredBlock> last_block_;
};

}  // namespace switchyard
