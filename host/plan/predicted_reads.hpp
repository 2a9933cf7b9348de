// SPDX-License-Identifier: Apache-2.0
// What a transaction will certainly or probably read, by name: what a store may fetch before.
#pragma once

#include <span>
#include <vector>

#include "host/chain/transaction.hpp"
#include "host/state/flat/flat_store.hpp"

namespace switchyard {

/// Accounts and slots, in the order in which they were added; the same one may occur twice. The
/// prediction is that of `Planner`. Reusable: `clear` keeps the memory. One thread.
struct PredictedReads {
    std::vector<Address> accounts;
    std::vector<flat::SlotKey> slots;

    /// All but the sender, whom the pool has read.
    void add(const Transaction& transaction);
    void append(const PredictedReads& other) {
        accounts.insert(accounts.end(), other.accounts.begin(), other.accounts.end());
        slots.insert(slots.end(), other.slots.begin(), other.slots.end());
    }
    /// A place to go back to.
    struct Mark {
        size_t accounts;
        size_t slots;
    };
    [[nodiscard]] Mark mark() const { return {accounts.size(), slots.size()}; }
    void back_to(Mark mark) {
        accounts.resize(mark.accounts);
        slots.resize(mark.slots);
    }
    void clear() {
        accounts.clear();
        slots.clear();
    }
    [[nodiscard]] size_t size() const { return accounts.size() + slots.size(); }
};

}  // namespace switchyard
