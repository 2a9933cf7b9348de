// SPDX-License-Identifier: Apache-2.0
// Compares what the parts of a block do with what the block's access list says of them.
#pragma once

#include <atomic>
#include <memory>

#include "host/execute/access_list/access_list_state.hpp"

namespace switchyard::execute {

/// Why a list is not the one that the block's execution gives.
enum class ListFault : uint8_t {
    None,
    AccountMissing,  ///< something accessed an account that the list does not name
    SlotMissing,     ///< something accessed a slot that the list does not name
    WrongEntry,     ///< a balance, nonce, code or slot changed otherwise than the list says, or not
    NeverAccessed,  ///< the list names an account or a slot that nothing accessed
    /// An account that is empty and exists, or storage where a contract is made: no list can tell
    /// such a state from the one without it.
    Unrepresentable,
};

[[nodiscard]] const char* to_string(ListFault fault);

/// The check of one block. If every part of the block, executed over the list's view at its index,
/// passes, and `whole` does, then by induction over the indices each view was the state of serial
/// execution, and the list is the block's own to the last entry.
///
/// `check` may run on any threads, once for each part; all else before or after them.
class EffectsCheck {
  public:
    /// `last_index`: of the part behind the transactions. The list's shape must have been checked;
    /// the state's jobs need not have run.
    void begin(const AccessListState& state, uint32_t last_index);

    /// What one worker keeps between checks.
    struct Scratch {
        std::vector<uint32_t> slots;  ///< that the account at hand accessed
    };

    /// The transaction with this block access index changed and accessed so, over the view at it.
    /// `None` if the list says the same.
    [[nodiscard]] ListFault check(uint32_t index, const StateChanges& changes, Scratch& scratch);
    /// The same for what a builder collected of a part of the block: `part` has no entries of other
    /// indices.
    [[nodiscard]] ListFault check(uint32_t index, const BlockAccessList& part);

    /// After all parts: whether everything in the list was accessed.
    [[nodiscard]] ListFault whole() const;

  private:
    /// Set by whoever accesses the account or slot first; read when all are done.
    class Marks {
      public:
        void begin(size_t size);
        void set(uint32_t i) {
            // Most are set already, and a write would take the line from the other cores.
            if (bytes_[i].load(std::memory_order_relaxed) == 0)
                bytes_[i].store(1, std::memory_order_relaxed);
        }
        [[nodiscard]] bool all() const;

      private:
        std::unique_ptr<std::atomic<uint8_t>[]> bytes_;
        size_t size_ = 0;
        size_t capacity_ = 0;
    };

    [[nodiscard]] ListFault check_account(uint32_t index, uint32_t position,
                                          const AccountChange& change, const StateChanges& changes,
                                          const Scratch& scratch, uint32_t& matched) const;
    [[nodiscard]] ListFault check_slots(uint32_t index, uint32_t position,
                                        const AccountChange& change, const StateChanges& changes,
                                        const Scratch& scratch, uint32_t& matched) const;
    [[nodiscard]] ListFault check_part_account(const BlockAccessList& part,
                                               const BlockAccessList::Account& account,
                                               uint32_t& matched);
    void mark_slot(uint32_t slot);

    const AccessListState* state_ = nullptr;
    std::vector<uint32_t> entries_;  ///< of the list, by index
    Marks accounts_;
    Marks reads_;
};

}  // namespace switchyard::execute
