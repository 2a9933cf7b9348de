// SPDX-License-Identifier: Apache-2.0
#include "host/plan/observed_accesses.hpp"

namespace switchyard::plan {

uint32_t ObservedAccesses::find_slot(const Address& address, const Uint256& key) const {
    return slot_index_.find(flat_hash(key, flat_hash(address, seed_)), [&](uint32_t i) {
        return slots_[i].key == key && slots_[i].address == address;
    });
}

uint32_t ObservedAccesses::find_account(const Address& address) const {
    return account_index_.find(flat_hash(address, seed_),
                               [&](uint32_t i) { return accounts_[i].address == address; });
}

ObservedSlot* ObservedAccesses::slot(const Address& address, const Uint256& key) {
    uint32_t i = find_slot(address, key);
    if (i == FlatIndex::kNone) {
        if (slots_.size() >= kSlotsMax) return nullptr;
        i = static_cast<uint32_t>(slots_.size());
        slots_.push_back({address, key, {}});
        slot_index_.insert(flat_hash(key, flat_hash(address, seed_)), i);
    }
    return &slots_[i];
}

ObservedAccount* ObservedAccesses::account(const Address& address) {
    if (address == sender_ || address == beneficiary_) return nullptr;
    uint32_t i = find_account(address);
    if (i == FlatIndex::kNone) {
        if (accounts_.size() >= kAccountsMax) return nullptr;
        i = static_cast<uint32_t>(accounts_.size());
        accounts_.push_back({address});
        account_index_.insert(flat_hash(address, seed_), i);
    }
    return &accounts_[i];
}

void ObservedAccesses::assign(const ReadSet& reads, const StateChanges& changes,
                              const Address& sender, const Address& beneficiary) {
    sender_ = sender;
    beneficiary_ = beneficiary;
    slots_.clear();
    accounts_.clear();
    slot_index_.clear();
    account_index_.clear();
    for (const ReadSet::StorageRead& read : reads.storage) {
        ObservedSlot* const there = slot(read.address, read.key);
        if (there == nullptr) break;
        there->value = read.value;
        there->is_read = true;
    }
    for (const ReadSet::AccountRead& read : reads.accounts) {
        if (read.fields == 0) continue;
        ObservedAccount* const there = account(read.address);
        if (there == nullptr) continue;
        there->reads_balance |=
            read.depends_on(AccountField::Balance) || read.depends_on(AccountField::Nonce);
    }
    for (const AccountChange& change : changes.accounts) {
        const auto written = changes.storage_of(change);
        for (size_t i = 0; i < written.size(); ++i)
            if (ObservedSlot* const there = slot(change.address, written[i].key)) {
                there->is_written = true;
                there->is_added = change.is_added(i);
            }
        const bool writes_balance = change.account && !change.balance_is_delta;
        const bool credits =
            change.account && change.balance_is_delta && !change.account->balance.is_zero();
        const bool writes = !change.account || change.nonce_written || change.code_written ||
                            change.storage_cleared || writes_balance;
        if (!writes && !credits) continue;
        if (ObservedAccount* const there = account(change.address)) {
            there->is_written |= writes;
            there->is_credited |= credits;
        }
    }
}

}  // namespace switchyard::plan
