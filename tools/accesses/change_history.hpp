// SPDX-License-Identifier: Apache-2.0
// Who changed which part of the state so far in a block, and from what.
#pragma once

#include <optional>
#include <unordered_map>
#include <vector>

#include "host/state/state_view.hpp"

namespace switchyard::accesses {

/// Changes of one block in block order. `add` is called for each transaction before its changes are
/// applied; the queries then answer for the next one.
class ChangeHistory {
  public:
    /// `before` is the state that the changes apply to.
    void add(uint32_t transaction, const StateChanges& changes, const StateView& before);

    /// Calls `found(transaction)` for each transaction whose effect on the balance, or on nonce,
    /// code and existence, decided what `read` saw: latest first.
    template <typename Found>
    void who_decided_balance(const ReadSet::AccountRead& read, Found&& found) const {
        walk(balances_, read, found);
    }
    template <typename Found>
    void who_decided_identity(const ReadSet::AccountRead& read, Found&& found) const {
        walk(identities_, read, found);
    }
    /// The same for a slot; `read` is one of `reads`.
    template <typename Found>
    void who_decided_slot(const ReadSet& reads, const ReadSet::StorageRead& read,
                          Found&& found) const {
        const std::optional<uint32_t> cleared = who_cleared(read.address);
        if (const auto history = slots_.find({read.address, read.key}); history != slots_.end())
            for (auto at = history->second.rbegin(); at != history->second.rend(); ++at) {
                if (cleared && *cleared > at->transaction) break;
                if (!reads.holds(read, at->before)) found(at->transaction);
                if (at->stands_alone) return;
            }
        if (cleared) found(*cleared);
    }
    /// The last transaction that deleted the account's storage as a whole.
    [[nodiscard]] std::optional<uint32_t> who_cleared(const Address& address) const;

  private:
    struct Version {
        uint32_t transaction;
        bool stands_alone;              ///< what was there before does not matter
        std::optional<Account> before;  ///< the account without it
    };
    struct SlotVersion {
        uint32_t transaction;
        bool stands_alone;
        Uint256 before;
    };
    struct SlotName {
        Address address;
        Uint256 key;
        bool operator==(const SlotName&) const = default;
    };
    struct SlotNameHash {
        size_t operator()(const SlotName& name) const {
            return std::hash<Address>{}(name.address) * 31 + std::hash<Uint256>{}(name.key);
        }
    };
    using Histories = std::unordered_map<Address, std::vector<Version>>;

    /// From the latest version back to the first that hides those before it: a version matters if
    /// the read does not hold in the account as it was without it and what came after.
    template <typename Found>
    static void walk(const Histories& histories, const ReadSet::AccountRead& read, Found&& found) {
        const auto history = histories.find(read.address);
        if (history == histories.end()) return;
        for (auto at = history->second.rbegin(); at != history->second.rend(); ++at) {
            if (!read.holds(at->before)) found(at->transaction);
            if (at->stands_alone) return;
        }
    }

    Histories balances_;
    Histories identities_;
    std::unordered_map<SlotName, std::vector<SlotVersion>, SlotNameHash> slots_;
    std::unordered_map<Address, uint32_t> cleared_;
};

}  // namespace switchyard::accesses
