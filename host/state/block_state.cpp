// SPDX-License-Identifier: Apache-2.0
#include "host/state/block_state.hpp"

#include <algorithm>

namespace switchyard {

void BlockState::begin(const StateView& base) {
    base_ = &base;
    accounts_.clear();
    codes_.clear();
}

std::optional<Account> BlockState::account(const Address& address) const {
    const OverlayAccount* overlay = accounts_.find(address);
    return overlay != nullptr ? overlay->account : base_->account(address);
}

Uint256 BlockState::storage(const Address& address, const Uint256& key) const {
    const OverlayAccount* overlay = accounts_.find(address);
    if (overlay == nullptr) return base_->storage(address, key);
    const OverlaySlot* slot = overlay->storage.find(key);
    if (slot != nullptr) return slot->value;
    return overlay->storage_cleared ? Uint256{} : base_->storage(address, key);
}

CodePointer BlockState::code(const Bytes32& code_hash) const {
    const CodePointer* code = codes_.find(code_hash);
    return code != nullptr ? *code : base_->code(code_hash);
}

bool BlockState::has_storage(const Address& address) const {
    const OverlayAccount* overlay = accounts_.find(address);
    if (overlay == nullptr) return base_->has_storage(address);
    const auto& slots = overlay->storage.entries();
    if (std::any_of(slots.begin(), slots.end(),
                    [](const auto& s) { return !s.value.value.is_zero(); }))
        return true;
    // Slots of the base that this block set to 0 count as storage here. That cannot be told apart
    // without walking the base's storage, and decides nothing: only an account without code is
    // asked (EIP-7610), and no execution writes to the storage of one.
    return !overlay->storage_cleared && base_->has_storage(address);
}

void BlockState::apply(const StateChanges& transaction) {
    for (const CodeChange& change : transaction.codes)
        codes_[change.hash] = change.code;
    for (const AccountChange& change : transaction.accounts) {
        OverlayAccount* known = accounts_.find(change.address);
        if (known == nullptr) {
            known = &accounts_[change.address];
            known->base = base_->account(change.address);
            known->account = known->base;
        }
        OverlayAccount& overlay = *known;
        if (!change.account) {
            overlay.account.reset();
            overlay.storage_cleared = true;
            overlay.storage.clear();
            continue;
        }
        overlay.account = changed_account(overlay.account, change);
        if (change.storage_cleared) {
            overlay.storage_cleared = true;
            overlay.storage.clear();
        }
        for (const StorageChange& slot : transaction.storage_of(change)) {
            OverlaySlot& written = overlay.storage[slot.key];
            written.value = slot.value;
            if (!written.has_base && !overlay.storage_cleared) {
                written.base = base_->storage(change.address, slot.key);
                written.has_base = true;
            }
        }
    }
}

void BlockState::changes(StateChanges& out) const {
    out.clear();
    using Entry = FlatMap<Address, OverlayAccount>::Entry;
    std::vector<const Entry*> sorted;
    sorted.reserve(accounts_.size());
    for (const Entry& entry : accounts_.entries())
        sorted.push_back(&entry);
    std::sort(sorted.begin(), sorted.end(),
              [](const Entry* a, const Entry* b) { return a->key < b->key; });

    for (const Entry* entry : sorted) {
        const Address& address = entry->key;
        const OverlayAccount& overlay = entry->value;
        AccountChange change;
        change.address = address;
        change.account = overlay.account;
        change.storage_cleared = overlay.storage_cleared && base_->has_storage(address);
        change.storage_begin = static_cast<uint32_t>(out.storage.size());
        for (const auto& [key, slot] : overlay.storage.entries()) {
            const Uint256 before = overlay.storage_cleared ? Uint256{} : slot.base;
            if (slot.value != before) out.storage.push_back({key, slot.value});
        }
        change.storage_count = static_cast<uint32_t>(out.storage.size()) - change.storage_begin;
        if (change.storage_count == 0 && !change.storage_cleared && overlay.account == overlay.base)
            continue;
        std::sort(out.storage.begin() + change.storage_begin, out.storage.end(),
                  [](const auto& a, const auto& b) { return a.key < b.key; });
        out.accounts.push_back(change);
    }
    for (const auto& [hash, code] : codes_.entries())
        out.codes.push_back({hash, code});
    std::sort(out.codes.begin(), out.codes.end(),
              [](const auto& a, const auto& b) { return a.hash < b.hash; });
}

}  // namespace switchyard
