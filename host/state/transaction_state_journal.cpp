// SPDX-License-Identifier: Apache-2.0
// Storage, warmth, logs and refunds of a transaction, and the way back.
#include "host/state/transaction_state.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

namespace switchyard {

// --- Storage

Uint256 TransactionState::storage(const Address& address, const Uint256& key) {
    return loaded_slot(address, key).value;
}

Uint256 TransactionState::original_storage(const Address& address, const Uint256& key) {
    const SlotEntry& slot = loaded_slot(address, key);
    return slot.in_created ? Uint256{} : slot.view_value;
}

void TransactionState::set_storage(const Address& address, const Uint256& key,
                                   const Uint256& value) {
    SlotEntry& slot = loaded_slot(address, key);
    if (slot.value == value) return;
    const auto i = static_cast<uint32_t>(&slot - slots_.data());
    journal_.push_back({slot.value, i, Change::Storage});
    slot.value = value;
}

std::optional<uint32_t> TransactionState::view_slot(const Address& address,
                                                    const Uint256& key) const {
    const uint32_t account = find_account(address);
    if (account == FlatIndex::kNone || accounts_[account].created) return std::nullopt;
    const uint32_t i = find_slot(account, key);
    if (i == FlatIndex::kNone || !slots_[i].loaded) return std::nullopt;
    return i;
}

void TransactionState::open_slot(uint32_t slot) {
    SWITCHYARD_ASSERT(slots_[slot].loaded && slots_[slot].value == slots_[slot].view_value);
    reads_.storage[slots_[slot].read].bounds = static_cast<uint32_t>(reads_.bounds.size());
    reads_.bounds.emplace_back();
}

void TransactionState::bound_slot(uint32_t slot, const Uint256& min, const Uint256& max) {
    const uint32_t bounds = reads_.storage[slots_[slot].read].bounds;
    if (bounds == ReadSet::kExact) return;
    ReadSet::StorageBounds& known = reads_.bounds[bounds];
    known.min = std::max(known.min, min);
    known.max = std::min(known.max, max);
}

Uint256 TransactionState::transient_storage(const Address& address, const Uint256& key) const {
    const uint32_t account = find_account(address);
    if (account == FlatIndex::kNone) return {};
    const uint32_t i = transient_index_.find(slot_hash(account, key), [&](uint32_t n) {
        return transients_[n].account == account && transients_[n].key == key;
    });
    return i == FlatIndex::kNone ? Uint256{} : transients_[i].value;
}

void TransactionState::set_transient_storage(const Address& address, const Uint256& key,
                                             const Uint256& value) {
    const uint32_t account = index_of(entry(address));
    const uint64_t hash = slot_hash(account, key);
    uint32_t i = transient_index_.find(hash, [&](uint32_t n) {
        return transients_[n].account == account && transients_[n].key == key;
    });
    if (i == FlatIndex::kNone) {
        i = static_cast<uint32_t>(transients_.size());
        transients_.push_back({key, {}, account});
        transient_index_.insert(hash, i);
    }
    journal_.push_back({transients_[i].value, i, Change::Transient});
    transients_[i].value = value;
}

// --- Warmth

/// Precompiles begin with eight bytes of 0, which nearly nothing else does.
bool TransactionState::is_always_warm(const Address& address) const {
    uint64_t leading = 0;
    std::memcpy(&leading, address.data(), sizeof(leading));
    return leading == 0 && std::ranges::find(always_warm_, address) != always_warm_.end();
}

bool TransactionState::warm_account(const Address& address) {
    if (is_always_warm(address)) return true;
    AccountEntry& account = entry(address);
    if (account.warm) return true;
    account.warm = true;
    journal_.push_back({{}, index_of(account), Change::WarmAccount});
    return false;
}

bool TransactionState::warm_storage(const Address& address, const Uint256& key) {
    SlotEntry& slot = slot_entry(index_of(entry(address)), key);
    if (slot.warm) return true;
    slot.warm = true;
    const auto i = static_cast<uint32_t>(&slot - slots_.data());
    journal_.push_back({{}, i, Change::WarmStorage});
    return false;
}

bool TransactionState::is_warm_account(const Address& address) const {
    if (is_always_warm(address)) return true;
    const uint32_t i = find_account(address);
    return i != FlatIndex::kNone && accounts_[i].warm;
}

bool TransactionState::is_warm_storage(const Address& address, const Uint256& key) const {
    const uint32_t account = find_account(address);
    if (account == FlatIndex::kNone) return false;
    const uint32_t i = find_slot(account, key);
    return i != FlatIndex::kNone && slots_[i].warm;
}

// --- Logs, refunds, reverting

void TransactionState::add_log(Log log) {
    journal_.push_back({{}, 0, Change::Log});
    logs_.push_back(std::move(log));
}

void TransactionState::add_refund(int64_t gas) {
    journal_.push_back({static_cast<uint64_t>(refund_), 0, Change::Refund});
    refund_ += gas;
}

void TransactionState::revert_to(size_t snapshot) {
    SWITCHYARD_ASSERT(snapshot <= journal_.size());
    while (journal_.size() > snapshot) {
        undo(journal_.back());
        journal_.pop_back();
    }
}

void TransactionState::undo(const JournalEntry& change) {
    const uint64_t word = change.previous.limb[0];
    switch (change.change) {
        case Change::Touch:
            accounts_[change.index].touched = false;
            break;
        case Change::Balance:
            accounts_[change.index].balance_delta -= change.previous;
            break;
        case Change::Nonce:
            accounts_[change.index].nonce = word;
            accounts_[change.index].nonce_written = change.flag;
            break;
        case Change::Code:
            accounts_[change.index].code = static_cast<uint32_t>(word);
            break;
        case Change::Create:
            accounts_[change.index].created = false;
            break;
        case Change::SelfDestruct:
            accounts_[change.index].self_destructed = false;
            break;
        case Change::WarmAccount:
            accounts_[change.index].warm = false;
            break;
        case Change::Storage:
            slots_[change.index].value = change.previous;
            break;
        case Change::EnterCreatedStorage:
            slots_[change.index].value = change.previous;
            slots_[change.index].in_created = false;
            break;
        case Change::WarmStorage:
            slots_[change.index].warm = false;
            break;
        case Change::Transient:
            transients_[change.index].value = change.previous;
            break;
        case Change::Log:
            logs_.pop_back();
            break;
        case Change::Refund:
            refund_ = static_cast<int64_t>(word);
            break;
    }
}

}  // namespace switchyard
