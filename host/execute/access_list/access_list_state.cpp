// SPDX-License-Identifier: Apache-2.0
#include "host/execute/access_list/access_list_state.hpp"

#include <algorithm>

#include "host/chain/hash.hpp"

namespace switchyard::execute {
namespace {

/// Accounts and slots that one job reads from the parent, about.
constexpr uint32_t kLoadsPerJob = 256;

/// Jobs before those that read from the parent; the longest first.
enum : uint32_t { kIndexSlots, kIndexAccounts, kLoadCodes, kFirstJobs };

}  // namespace

void AccessListState::begin(const BlockAccessList& list, const StateView& parent) {
    list_ = &list;
    parent_ = &parent;
    account_index_.clear();
    slot_index_.clear();
    code_index_.clear();
    parent_accounts_.resize(list.accounts.size());
    parent_storage_.resize(list.slots.size() + list.reads.size());
    code_hashes_.resize(list.codes.size());
    codes_.assign(list.codes.size(), nullptr);
    divide_loads();
}

void AccessListState::divide_loads() {
    loads_.clear();
    Load next;
    uint32_t size = 0;
    const auto close = [&](uint32_t account_end) {
        next.account_end = account_end;
        if (size != 0) loads_.push_back(next);
        next = {account_end, account_end, 0, UINT32_MAX};
        size = 0;
    };
    for (uint32_t i = 0; i < list_->accounts.size(); ++i) {
        const BlockAccessList::Account& account = list_->accounts[i];
        const uint32_t slots = account.slots.count + account.reads.count;
        if (slots < kLoadsPerJob) {
            size += 1 + slots;
            if (size >= kLoadsPerJob) close(i + 1);
            continue;
        }
        close(i);
        for (uint32_t begin = 0; begin < slots; begin += kLoadsPerJob)
            loads_.push_back({i, i + 1, begin, std::min(slots, begin + kLoadsPerJob)});
        next.account_begin = i + 1;
    }
    close(static_cast<uint32_t>(list_->accounts.size()));
}

uint32_t AccessListState::job_count() const {
    return kFirstJobs + static_cast<uint32_t>(loads_.size());
}

void AccessListState::run_job(uint32_t job) {
    switch (job) {
        case kIndexSlots:
            return index_slots();
        case kIndexAccounts:
            return index_accounts();
        case kLoadCodes:
            return load_codes();
        default:
            return load_from_parent(loads_[job - kFirstJobs]);
    }
}

void AccessListState::index_accounts() {
    for (uint32_t i = 0; i < list_->accounts.size(); ++i)
        account_index_.insert(flat_hash(list_->accounts[i].address, hash_seed_), i);
}

void AccessListState::index_slots() {
    const auto changed = static_cast<uint32_t>(list_->slots.size());
    for (uint32_t account = 0; account < list_->accounts.size(); ++account) {
        const BlockAccessList::Account& entry = list_->accounts[account];
        const uint64_t seed = hash_seed_ + account;
        for (uint32_t i = 0; i < entry.slots.count; ++i) {
            const uint32_t slot = entry.slots.begin + i;
            slot_index_.insert(flat_hash(list_->slots[slot].key, seed), slot);
        }
        for (uint32_t i = 0; i < entry.reads.count; ++i) {
            const uint32_t read = entry.reads.begin + i;
            slot_index_.insert(flat_hash(list_->reads[read], seed), changed + read);
        }
    }
}

void AccessListState::load_codes() {
    for (uint32_t i = 0; i < list_->codes.size(); ++i) {
        const Bytes& code = list_->codes[i].value;
        code_hashes_[i] = keccak256(code);
        if (find_code(code_hashes_[i]) != nullptr) continue;
        codes_[i] = code.empty() ? empty_code() : std::make_shared<const Code>(code);
        code_index_.insert(flat_hash(code_hashes_[i], hash_seed_), i);
    }
}

void AccessListState::load_from_parent(const Load& load) {
    const auto changed = static_cast<uint32_t>(list_->slots.size());
    for (uint32_t i = load.account_begin; i < load.account_end; ++i) {
        const BlockAccessList::Account& account = list_->accounts[i];
        if (load.slot_begin == 0) {
            parent_accounts_[i] = parent_->account(account.address);
            // Most contracts are named because they are called: the store has their code at hand
            // then.
            if (parent_accounts_[i] && parent_accounts_[i]->has_code())
                static_cast<void>(parent_->code(parent_accounts_[i]->code_hash));
        }
        const uint32_t end = std::min(load.slot_end, account.slots.count + account.reads.count);
        for (uint32_t at = load.slot_begin; at < end; ++at) {
            const uint32_t slot = at < account.slots.count
                                      ? account.slots.begin + at
                                      : changed + account.reads.begin + at - account.slots.count;
            parent_storage_[slot] = parent_->storage(account.address, key_of(slot));
        }
    }
}

std::optional<Account> AccessListState::account_before(uint32_t account, uint32_t index) const {
    const BlockAccessList::Account& entry = list_->accounts[account];
    return account_from(account, entries_around(list_->balances, entry.balances, index).before,
                        entries_around(list_->nonces, entry.nonces, index).before,
                        entries_around(list_->codes, entry.codes, index).before);
}

std::optional<Account> AccessListState::account_from(
    uint32_t account, const BlockAccessList::Change<Uint256>* balance,
    const BlockAccessList::Change<uint64_t>* nonce,
    const BlockAccessList::Change<Bytes>* code) const {
    const std::optional<Account>& parent = parent_accounts_[account];
    if (balance == nullptr && nonce == nullptr && code == nullptr) return parent;
    std::optional<Account> out = parent ? *parent : Account{};
    if (balance != nullptr) out->balance = balance->value;
    if (nonce != nullptr) out->nonce = nonce->value;
    if (code != nullptr)
        out->code_hash = code_hashes_[static_cast<size_t>(code - list_->codes.data())];
    if (out->is_empty()) out.reset();
    return out;
}

Uint256 AccessListState::storage_before(uint32_t slot, uint32_t index) const {
    if (is_changed(slot))
        if (const auto* const value =
                entries_around(list_->values, list_->slots[slot].values, index).before)
            return value->value;
    return parent_storage_[slot];
}

const CodePointer* AccessListState::find_code(const Bytes32& hash) const {
    const uint32_t found = code_index_.find(flat_hash(hash, hash_seed_),
                                            [&](uint32_t i) { return code_hashes_[i] == hash; });
    return found == FlatIndex::kNone ? nullptr : &codes_[found];
}

CodePointer AccessListState::code(const Bytes32& hash) const {
    const CodePointer* const found = find_code(hash);
    return found != nullptr ? *found : parent_->code(hash);
}

bool AccessListState::has_storage_before(uint32_t account, uint32_t index) const {
    const BlockAccessList::Account& entry = list_->accounts[account];
    for (uint32_t i = 0; i < entry.slots.count; ++i) {
        const BlockAccessList::Slot& slot = list_->slots[entry.slots.begin + i];
        const auto* const value = entries_around(list_->values, slot.values, index).before;
        if (value != nullptr && !value->value.is_zero()) return true;
    }
    return parent_->has_storage(entry.address);
}

std::vector<CodeChange> AccessListState::codes() const {
    std::vector<CodeChange> out;
    for (size_t i = 0; i < codes_.size(); ++i)
        if (codes_[i] != nullptr && code_hashes_[i] != kEmptyCodeHash)
            out.push_back({code_hashes_[i], codes_[i]});
    std::ranges::sort(out, {}, &CodeChange::hash);
    return out;
}

CodePointer CodeCache::get(const AccessListState& state, const Bytes32& hash) {
    CodePointer& code = codes_[hash];
    if (code == nullptr) {
        // A count of its own, which keeps the one that all share alive.
        CodePointer shared = state.code(hash);
        const Code* const bytes = shared.get();
        code = CodePointer(bytes, [keep = std::move(shared)](const Code*) {});
    }
    return code;
}

std::optional<Account> AccessListView::account(const Address& address) const {
    const uint32_t account = state_.find_account(address);
    // What the list does not name does not change in the block.
    return account == FlatIndex::kNone ? state_.parent().account(address)
                                       : state_.account_before(account, index_);
}

Uint256 AccessListView::storage(const Address& address, const Uint256& key) const {
    const uint32_t account = state_.find_account(address);
    if (account == FlatIndex::kNone) return state_.parent().storage(address, key);
    const uint32_t slot = state_.find_slot(account, key);
    return slot == FlatIndex::kNone ? state_.parent().storage(address, key)
                                    : state_.storage_before(slot, index_);
}

CodePointer AccessListView::code(const Bytes32& code_hash) const {
    return codes_ != nullptr ? codes_->get(state_, code_hash) : state_.code(code_hash);
}

bool AccessListView::has_storage(const Address& address) const {
    const uint32_t account = state_.find_account(address);
    return account == FlatIndex::kNone ? state_.parent().has_storage(address)
                                       : state_.has_storage_before(account, index_);
}

}  // namespace switchyard::execute
