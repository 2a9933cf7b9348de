// SPDX-License-Identifier: Apache-2.0
// The net effect of a run of blocks, in memory, searchable.
#pragma once

#include "host/state/flat_index.hpp"
#include "host/state/state_view.hpp"

namespace switchyard::flat {

/// What blocks changed since some point; a later block's values replace an earlier one's, so that
/// an account which changes in every block costs one entry. Reads are safe from several threads
/// while nobody applies.
class Overlay {
  public:
    struct AccountEntry {
        std::optional<Account> account;   ///< no value: deleted
        bool storage_cleared = false;     ///< storage of below does not show through
        FlatMap<Uint256, Uint256> slots;  ///< 0: deleted
    };

    /// Precondition: `changes` hold absolute values only (`BlockState::changes`).
    void apply(const StateChanges& changes);

    /// Null: nothing is known here, look below.
    [[nodiscard]] const AccountEntry* account(const Address& address) const {
        return accounts_.find(address);
    }
    /// No value: look below.
    [[nodiscard]] std::optional<Uint256> slot(const Address& address, const Uint256& key) const;
    [[nodiscard]] const CodePointer* code(const Bytes32& hash) const { return codes_.find(hash); }

    /// Everything, in the canonical order of `StateChanges`; changes that would change nothing may
    /// be among them.
    [[nodiscard]] StateChanges changes() const;

    [[nodiscard]] bool empty() const { return accounts_.empty() && codes_.empty(); }
    /// Memory held, the code included.
    [[nodiscard]] size_t bytes() const {
        return accounts_.memory_bytes() + codes_.memory_bytes() + slot_bytes_ + code_bytes_;
    }
    /// What `changes` will allocate.
    [[nodiscard]] size_t changes_bytes() const {
        return accounts_.size() * (sizeof(AccountChange) + sizeof(void*)) +
               slot_count_ * sizeof(StorageChange);
    }

  private:
    FlatMap<Address, AccountEntry> accounts_;
    FlatMap<Bytes32, CodePointer> codes_;
    size_t slot_count_ = 0;
    size_t slot_bytes_ = 0;
    size_t code_bytes_ = 0;
};

/// Memory that a piece of code takes, its jump destinations included.
[[nodiscard]] size_t memory_bytes(const Code& code);
/// Memory that changes take, code apart.
[[nodiscard]] size_t memory_bytes(const StateChanges& changes);

}  // namespace switchyard::flat
