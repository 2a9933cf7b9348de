// SPDX-License-Identifier: Apache-2.0
#include "host/state/memory_state.hpp"

#include <algorithm>

#include "simd/keccak256.hpp"

namespace switchyard {

MemoryState::MemoryState() {
    codes_[kEmptyCodeHash] = empty_code();
}

std::optional<Account> MemoryState::account(const Address& address) const {
    const StoredAccount* stored = accounts_.find(address);
    if (stored == nullptr) return std::nullopt;
    return stored->account;
}

Uint256 MemoryState::storage(const Address& address, const Uint256& key) const {
    const StoredAccount* stored = accounts_.find(address);
    if (stored == nullptr) return {};
    const Uint256* value = stored->storage.find(key);
    return value == nullptr ? Uint256{} : *value;
}

CodePointer MemoryState::code(const Bytes32& code_hash) const {
    const CodePointer* code = codes_.find(code_hash);
    SWITCHYARD_ASSERT(code != nullptr);
    return *code;
}

bool MemoryState::has_storage(const Address& address) const {
    const StoredAccount* stored = accounts_.find(address);
    return stored != nullptr && !stored->storage.empty();
}

void MemoryState::set_account(const Address& address, const Account& account) {
    accounts_[address].account = account;
}

void MemoryState::set_storage(const Address& address, const Uint256& key, const Uint256& value) {
    StoredAccount* stored = accounts_.find(address);
    SWITCHYARD_ASSERT(stored != nullptr);
    if (value.is_zero())
        stored->storage.erase(key);
    else
        stored->storage[key] = value;
}

Bytes32 MemoryState::add_code(Bytes code) {
    Bytes32 hash;
    simd::keccak256(code, hash.bytes);
    if (codes_.find(hash) == nullptr) codes_[hash] = std::make_shared<const Code>(std::move(code));
    return hash;
}

void MemoryState::add_code(const Bytes32& hash, CodePointer code) {
    codes_[hash] = std::move(code);
}

void MemoryState::apply(const StateChanges& changes) {
    for (const CodeChange& change : changes.codes)
        codes_[change.hash] = change.code;
    for (const AccountChange& change : changes.accounts) {
        if (!change.account) {
            accounts_.erase(change.address);
            continue;
        }
        StoredAccount* before = accounts_.find(change.address);
        const Account after = changed_account(
            before == nullptr ? std::nullopt : std::optional(before->account), change);
        StoredAccount& stored = before == nullptr ? accounts_[change.address] : *before;
        stored.account = after;
        if (change.storage_cleared) stored.storage.clear();
        const auto slots = changes.storage_of(change);
        for (size_t i = 0; i < slots.size(); ++i) {
            const Uint256& key = slots[i].key;
            const Uint256* const old = change.is_added(i) ? stored.storage.find(key) : nullptr;
            const Uint256 value = old != nullptr ? *old + slots[i].value : slots[i].value;
            if (value.is_zero())
                stored.storage.erase(key);
            else
                stored.storage[key] = value;
        }
    }
}

StateChanges MemoryState::all() const {
    StateChanges out;
    using Entry = FlatMap<Address, StoredAccount>::Entry;
    std::vector<const Entry*> sorted;
    sorted.reserve(accounts_.size());
    for (const Entry& entry : accounts_.entries())
        sorted.push_back(&entry);
    std::sort(sorted.begin(), sorted.end(),
              [](const Entry* a, const Entry* b) { return a->key < b->key; });
    for (const Entry* entry : sorted) {
        AccountChange change;
        change.address = entry->key;
        change.account = entry->value.account;
        change.storage_begin = static_cast<uint32_t>(out.storage.size());
        for (const auto& [key, value] : entry->value.storage.entries())
            out.storage.push_back({key, value});
        change.storage_count = static_cast<uint32_t>(out.storage.size()) - change.storage_begin;
        std::sort(out.storage.begin() + change.storage_begin, out.storage.end(),
                  [](const auto& a, const auto& b) { return a.key < b.key; });
        out.accounts.push_back(change);
    }
    for (const auto& [hash, code] : codes_.entries())
        if (hash != kEmptyCodeHash) out.codes.push_back({hash, code});
    std::sort(out.codes.begin(), out.codes.end(),
              [](const auto& a, const auto& b) { return a.hash < b.hash; });
    return out;
}

}  // namespace switchyard
