// SPDX-License-Identifier: Apache-2.0
// What one finished transaction accessed, as templates are compared with it.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "host/state/flat_index.hpp"
#include "host/state/state_view.hpp"

namespace switchyard::plan {

struct ObservedSlot {
    Address address;
    Uint256 key;
    Uint256 value;  ///< as the transaction found it, if `is_read`
    bool is_read = false;
    bool is_written = false;  ///< or added to
    bool is_added = false;    ///< added to, its old value not asked for but for bounds
};

struct ObservedAccount {
    Address address;
    bool reads_balance = false;  ///< or the nonce
    bool is_credited = false;    ///< the balance was added to, its old value not asked for
    bool is_written = false;     ///< debited, or nonce, code or storage as a whole changed
    /// Whether lanes have to know: all but looks at code and existence.
    [[nodiscard]] bool orders() const { return reads_balance || is_credited || is_written; }
};

/// Slots and accounts that the outcome of one transaction depended on or changed, without its
/// sender and the block's beneficiary, which every transaction accesses. Bounded: of a transaction
/// that accesses more, the rest is left out. Reusable. One thread.
class ObservedAccesses {
  public:
    static constexpr size_t kSlotsMax = 1024;
    static constexpr size_t kAccountsMax = 256;

    void assign(const ReadSet& reads, const StateChanges& changes, const Address& sender,
                const Address& beneficiary);

    [[nodiscard]] std::span<const ObservedSlot> slots() const { return slots_; }
    [[nodiscard]] std::span<const ObservedAccount> accounts() const { return accounts_; }
    /// The position, or `FlatIndex::kNone`.
    [[nodiscard]] uint32_t find_slot(const Address& address, const Uint256& key) const;
    [[nodiscard]] uint32_t find_account(const Address& address) const;

  private:
    ObservedSlot* slot(const Address& address, const Uint256& key);
    ObservedAccount* account(const Address& address);

    uint64_t seed_ = process_hash_seed();
    Address sender_;
    Address beneficiary_;
    std::vector<ObservedSlot> slots_;
    std::vector<ObservedAccount> accounts_;
    FlatIndex slot_index_;
    FlatIndex account_index_;
};

}  // namespace switchyard::plan
