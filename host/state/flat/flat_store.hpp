// SPDX-License-Identifier: Apache-2.0
// The border between the flat state and the database below it.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>

#include "host/core/result.hpp"
#include "host/state/state_view.hpp"
#include "host/state/stored_block.hpp"

namespace switchyard::flat {

/// One storage slot of one account.
struct SlotKey {
    Address address;
    Uint256 key;
    bool operator==(const SlotKey&) const = default;
};

/// A block that a checkpoint brings into the store, with the way back from it.
struct CheckpointBlock {
    StoredBlock block;
    /// The changes that lead from the state after the block to the state before it, in canonical
    /// order; null when they were too many to keep.
    std::shared_ptr<const StateChanges> undo;
};

/// What a checkpoint writes. Everything is borrowed.
struct Checkpoint {
    std::span<const CheckpointBlock> blocks;  ///< consecutive numbers, not empty
    const StateChanges* changes = nullptr;    ///< the net effect of all, absolute, canonical order
    uint64_t keep_undo_from = 0;  ///< undo records of earlier blocks are no longer wanted
};

/// Visits the slots of an account; false ends the visit.
using SlotVisitor = std::function<bool(const Uint256& key, const Uint256& value)>;

/// Accounts, slots and code on disk, as of one block.
///
/// Reads are safe from any number of threads, also while `write` runs; what they give for a key
/// that is being written is its value before or after. `write` and `rewind` come from one thread at
/// a time; nothing may read while `rewind` runs. Errors: `Corrupt` with the file and what to do,
/// `Io`.
class FlatStore {
  public:
    virtual ~FlatStore() = default;

    /// The block whose state is on disk, durably; no value in a new store.
    [[nodiscard]] virtual std::optional<StoredBlock> block() const = 0;
    /// What the store knows of a block that it was brought to or past; no value when it has none of
    /// that number.
    [[nodiscard]] virtual Result<std::optional<StoredBlock>> block_at(uint64_t number) const = 0;
    /// A crash left parts of the store at later blocks, and no undo records lead back: the state is
    /// only whole again once the blocks up to this one have been written once more.
    [[nodiscard]] virtual std::optional<uint64_t> replay_needed_to() const = 0;

    [[nodiscard]] virtual Result<std::optional<Account>> account(const Address& address) const = 0;
    [[nodiscard]] virtual Result<Uint256> storage(const Address& address,
                                                  const Uint256& key) const = 0;
    /// Null when the store has no such code.
    [[nodiscard]] virtual Result<CodePointer> code(const Bytes32& code_hash) const = 0;
    /// All slots of an account, in no particular order, none of them zero.
    [[nodiscard]] virtual Result<void> for_each_slot(const Address& address,
                                                     const SlotVisitor& visit) const = 0;
    /// The undo record of a block; null when none is kept.
    [[nodiscard]] virtual Result<std::shared_ptr<const StateChanges>> undo(
        uint64_t block) const = 0;

    /// Brings the store to the last block of `checkpoint`. When it returns without an error, all of
    /// it survives a loss of power. After an error, and after a crash, the same checkpoint may be
    /// written again, or a longer one that begins with the same block.
    [[nodiscard]] virtual Result<void> write(const Checkpoint& checkpoint) = 0;
    /// Goes back to the state after `block` by undo records; a crash on the way leaves the store at
    /// that block or a later one. `NotFound` when the records do not reach that far (nothing has
    /// changed then).
    [[nodiscard]] virtual Result<void> rewind(uint64_t block) = 0;
};

}  // namespace switchyard::flat
