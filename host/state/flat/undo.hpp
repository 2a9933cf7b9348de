// SPDX-License-Identifier: Apache-2.0
// The way back from a block.
#pragma once

#include <deque>

#include "host/state/flat/flat_store.hpp"

namespace switchyard::flat {

/// A state that can also list the storage of an account.
class EnumerableView : public StateView {
  public:
    /// All slots of the account that are not zero, in no particular order.
    virtual void for_each_slot(const Address& address, const SlotVisitor& visit) const = 0;
};

/// The changes that lead from the state after `changes` back to `before`: absolute, canonical
/// order. An account whose storage the block dropped is listed with `storage_cleared` and all its
/// slots. Code is kept, since nothing points to it afterwards. Null when the record would take more
/// than `bytes_max`. Precondition: `changes` are absolute and in canonical order.
[[nodiscard]] std::shared_ptr<const StateChanges> undo_of(const StateChanges& changes,
                                                          const EnumerableView& before,
                                                          size_t bytes_max);

/// The entry of `address` in changes in canonical order, or null. Logarithmic.
[[nodiscard]] const AccountChange* find_sorted(const StateChanges& changes, const Address& address);
/// What a record says of a slot before its block; no value: the block did not touch it.
[[nodiscard]] std::optional<Uint256> find_slot_sorted(const StateChanges& undo,
                                                      const Address& address, const Uint256& key);

/// The undo records of the latest blocks, in memory: what a read view of an earlier block looks
/// into. Not synchronised.
class UndoHistory {
  public:
    void push(CheckpointBlock block);
    /// Hash and root of the last block, which were not known when it came. Precondition: it waits.
    void seal_last(const StoredBlock& block) { blocks_.back().block = block; }
    /// Blocks up to `number` are in the store now; drops the oldest of those until `bytes_max` and
    /// `blocks_max` hold for them.
    void stored_up_to(uint64_t number, size_t bytes_max, uint64_t blocks_max);
    void clear();

    [[nodiscard]] bool empty() const { return blocks_.empty(); }
    [[nodiscard]] uint64_t first() const { return blocks_.front().block.number; }
    /// Precondition: the block is here.
    [[nodiscard]] const StoredBlock& block(uint64_t number) const {
        return blocks_[number - first()].block;
    }
    /// Null: none was kept for that block. Precondition: the block is here.
    [[nodiscard]] const StateChanges* undo(uint64_t number) const {
        return blocks_[number - first()].undo.get();
    }
    /// The blocks that are not in the store yet.
    [[nodiscard]] std::vector<CheckpointBlock> waiting() const {
        return {blocks_.end() - static_cast<std::ptrdiff_t>(waiting_), blocks_.end()};
    }
    [[nodiscard]] size_t waiting_bytes() const { return waiting_bytes_; }
    [[nodiscard]] size_t stored_bytes() const { return stored_bytes_; }

  private:
    std::deque<CheckpointBlock> blocks_;
    size_t waiting_ = 0;  ///< so many of the last
    size_t waiting_bytes_ = 0;
    size_t stored_bytes_ = 0;
};

}  // namespace switchyard::flat
