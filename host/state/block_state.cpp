// SPDX-License-Identifier: Apache-2.0
#include "host/state/block_state.hpp"

#include <algorithm>

namespace switchyard {
namespace {

uint64_t prefix_of(const Address& address) {
    uint64_t word = 0;
    std::memcpy(&word, address.data(), sizeof(word));
    return __builtin_bswap64(word);
}

/// Entries that are fetched before their turn comes: in sorted order they lie anywhere.
constexpr size_t kFetchAhead = 8;

template <typename Entry>
void prefetch(const Entry& entry) {
    for (size_t at = 0; at < sizeof(Entry); at += 64)
        __builtin_prefetch(reinterpret_cast<const char*>(&entry) + at);
}

}  // namespace

void BlockState::begin(const StateView& base) {
    base_ = &base;
    accounts_.clear();
    account_index_.clear();
    slots_.clear();
    slot_index_.clear();
    codes_.clear();
}

const BlockState::OverlayAccount* BlockState::find_account(const Address& address,
                                                           uint64_t hash) const {
    const uint32_t i =
        account_index_.find(hash, [&](uint32_t at) { return accounts_[at].address == address; });
    return i == FlatIndex::kNone ? nullptr : &accounts_[i];
}

uint32_t BlockState::find_slot(uint32_t account, uint64_t account_hash, const Uint256& key) const {
    return slot_index_.find(flat_hash(key, account_hash), [&](uint32_t at) {
        return slots_[at].key == key && slots_[at].account == account;
    });
}

void BlockState::prefetch_account(const Address& address) const {
    // Equal hashes are enough: what is fetched for another account's sake does no harm.
    const uint32_t i = account_index_.find(hash_of(address), [](uint32_t) { return true; });
    if (i != FlatIndex::kNone) prefetch(accounts_[i]);
}

std::optional<Account> BlockState::account(const Address& address) const {
    const OverlayAccount* overlay = find_account(address, hash_of(address));
    return overlay != nullptr ? overlay->account : base_->account(address);
}

Uint256 BlockState::storage(const Address& address, const Uint256& key) const {
    const uint64_t hash = hash_of(address);
    const OverlayAccount* overlay = find_account(address, hash);
    if (overlay == nullptr) return base_->storage(address, key);
    const uint32_t slot = find_slot(index_of(*overlay), hash, key);
    if (slot != FlatIndex::kNone && slots_[slot].epoch == overlay->storage_epoch)
        return slots_[slot].value;
    return overlay->storage_cleared ? Uint256{} : base_->storage(address, key);
}

CodePointer BlockState::code(const Bytes32& code_hash) const {
    const CodePointer* code = codes_.find(code_hash);
    return code != nullptr ? *code : base_->code(code_hash);
}

bool BlockState::has_storage(const Address& address) const {
    const OverlayAccount* overlay = find_account(address, hash_of(address));
    if (overlay == nullptr) return base_->has_storage(address);
    for (uint32_t i = overlay->first_slot; i != FlatIndex::kNone; i = slots_[i].next)
        if (slots_[i].epoch == overlay->storage_epoch && !slots_[i].value.is_zero()) return true;
    // Slots of the base that this block set to 0 count as storage here. That cannot be told apart
    // without walking the base's storage, and decides nothing: only an account without code is
    // asked (EIP-7610), and no execution writes to the storage of one.
    return !overlay->storage_cleared && base_->has_storage(address);
}

BlockState::OverlayAccount& BlockState::account_for_change(const Address& address, uint64_t hash) {
    if (const OverlayAccount* known = find_account(address, hash))
        return accounts_[index_of(*known)];
    SWITCHYARD_ASSERT(accounts_.size() < FlatIndex::kNone);
    account_index_.insert(hash, static_cast<uint32_t>(accounts_.size()));
    OverlayAccount& made = accounts_.emplace_back();
    made.address = address;
    made.base = base_->account(address);
    made.account = made.base;
    return made;
}

void BlockState::write_slot(OverlayAccount& account, uint64_t account_hash,
                            const StorageChange& change, bool is_added) {
    const uint32_t owner = index_of(account);
    uint32_t i = find_slot(owner, account_hash, change.key);
    if (i == FlatIndex::kNone) {
        SWITCHYARD_ASSERT(slots_.size() < FlatIndex::kNone);
        i = static_cast<uint32_t>(slots_.size());
        slot_index_.insert(flat_hash(change.key, account_hash), i);
        OverlaySlot& made = slots_.emplace_back();
        made.key = change.key;
        made.account = owner;
        made.next = account.first_slot;
        account.first_slot = i;
        made.epoch = account.storage_epoch;
        if (!account.storage_cleared) made.base = base_->storage(account.address, change.key);
        made.value = account.storage_cleared ? Uint256{} : made.base;
    }
    OverlaySlot& slot = slots_[i];
    if (slot.epoch != account.storage_epoch) slot.value = {};
    slot.value = is_added ? slot.value + change.value : change.value;
    slot.epoch = account.storage_epoch;
}

void BlockState::apply(const StateChanges& transaction) {
    for (const CodeChange& change : transaction.codes)
        codes_[change.hash] = change.code;
    for (const AccountChange& change : transaction.accounts) {
        const uint64_t hash = hash_of(change.address);
        OverlayAccount& overlay = account_for_change(change.address, hash);
        if (!change.account || change.storage_cleared) {
            overlay.storage_cleared = true;
            ++overlay.storage_epoch;
        }
        if (!change.account) {
            overlay.account.reset();
            continue;
        }
        overlay.account = changed_account(overlay.account, change);
        const auto slots = transaction.storage_of(change);
        for (size_t i = 0; i < slots.size(); ++i)
            write_slot(overlay, hash, slots[i], change.is_added(i));
    }
}

void BlockState::append_storage(const OverlayAccount& account, std::vector<Position>& order,
                                StateChanges& out) const {
    order.clear();
    for (uint32_t i = account.first_slot; i != FlatIndex::kNone; i = slots_[i].next) {
        const OverlaySlot& slot = slots_[i];
        if (slot.epoch != account.storage_epoch) continue;
        const Uint256 before = account.storage_cleared ? Uint256{} : slot.base;
        if (slot.value != before) order.push_back({slot.key.limb[3], i});
    }
    std::sort(order.begin(), order.end(), [this](const Position& a, const Position& b) {
        return a.prefix != b.prefix ? a.prefix < b.prefix
                                    : slots_[a.index].key < slots_[b.index].key;
    });
    for (size_t k = 0; k < order.size(); ++k) {
        if (k + kFetchAhead < order.size()) prefetch(slots_[order[k + kFetchAhead].index]);
        const OverlaySlot& slot = slots_[order[k].index];
        out.storage.push_back({slot.key, slot.value});
    }
}

void BlockState::changes(StateChanges& out) const {
    out.clear();
    std::vector<Position> sorted;
    sorted.reserve(accounts_.size());
    for (uint32_t i = 0; i < accounts_.size(); ++i)
        sorted.push_back({prefix_of(accounts_[i].address), i});
    std::sort(sorted.begin(), sorted.end(), [this](const Position& a, const Position& b) {
        return a.prefix != b.prefix ? a.prefix < b.prefix
                                    : accounts_[a.index].address < accounts_[b.index].address;
    });

    out.accounts.reserve(accounts_.size());
    out.storage.reserve(slots_.size());
    std::vector<Position> order;
    for (size_t k = 0; k < sorted.size(); ++k) {
        if (k + kFetchAhead < sorted.size()) prefetch(accounts_[sorted[k + kFetchAhead].index]);
        const OverlayAccount& overlay = accounts_[sorted[k].index];
        AccountChange change;
        change.address = overlay.address;
        change.account = overlay.account;
        change.storage_cleared = overlay.storage_cleared && base_->has_storage(overlay.address);
        change.storage_begin = static_cast<uint32_t>(out.storage.size());
        append_storage(overlay, order, out);
        change.storage_count = static_cast<uint32_t>(out.storage.size()) - change.storage_begin;
        if (change.storage_count == 0 && !change.storage_cleared && overlay.account == overlay.base)
            continue;
        out.accounts.push_back(change);
    }
    for (const auto& [hash, code] : codes_.entries())
        out.codes.push_back({hash, code});
    std::sort(out.codes.begin(), out.codes.end(),
              [](const auto& a, const auto& b) { return a.hash < b.hash; });
}

}  // namespace switchyard
