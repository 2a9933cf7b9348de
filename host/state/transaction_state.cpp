// SPDX-License-Identifier: Apache-2.0
#include "host/state/transaction_state.hpp"

#include <algorithm>
#include <utility>

#include "simd/keccak256.hpp"

namespace switchyard {
namespace {

constexpr Account kAbsent{};
constexpr Address kRipemd160Precompile{
    {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 3}};

}  // namespace

void TransactionState::begin(const StateView& view, Revision revision) {
    view_ = &view;
    revision_ = revision;
    refund_ = 0;
    always_warm_ = {};
    last_account_ = 0;
    accounts_.clear();
    account_index_.clear();
    slots_.clear();
    slot_index_.clear();
    transients_.clear();
    transient_index_.clear();
    new_codes_.clear();
    journal_.clear();
    logs_.clear();
    reads_.clear();
}

// --- Finding and loading

uint32_t TransactionState::find_account(const Address& address) const {
    if (last_account_ < accounts_.size() && accounts_[last_account_].address == address)
        return last_account_;
    const uint32_t found = account_index_.find(flat_hash(address, hash_seed_), [&](uint32_t i) {
        return accounts_[i].address == address;
    });
    if (found != FlatIndex::kNone) last_account_ = found;
    return found;
}

TransactionState::AccountEntry& TransactionState::entry(const Address& address) {
    uint32_t i = find_account(address);
    if (i == FlatIndex::kNone) {
        i = static_cast<uint32_t>(accounts_.size());
        accounts_.emplace_back().address = address;
        account_index_.insert(flat_hash(address, hash_seed_), i);
        last_account_ = i;
    }
    return accounts_[i];
}

const std::optional<Account>& TransactionState::loaded(AccountEntry& account) {
    if (!account.loaded) {
        account.read = static_cast<uint32_t>(reads_.accounts.size());
        reads_.accounts.push_back({account.address, view_->account(account.address), 0, false, {}});
        account.loaded = true;
    }
    return reads_.accounts[account.read].account;
}

const std::optional<Account>& TransactionState::loaded(AccountEntry& account, AccountField field) {
    const std::optional<Account>& read = loaded(account);
    reads_.accounts[account.read].fields |= static_cast<uint8_t>(field);
    return read;
}

uint64_t TransactionState::slot_hash(uint32_t account, const Uint256& key) const {
    return flat_hash(key, hash_seed_ + account);
}

uint32_t TransactionState::find_slot(uint32_t account, const Uint256& key) const {
    return slot_index_.find(slot_hash(account, key), [&](uint32_t i) {
        return slots_[i].account == account && slots_[i].key == key;
    });
}

TransactionState::SlotEntry& TransactionState::slot_entry(uint32_t account, const Uint256& key) {
    uint32_t i = find_slot(account, key);
    if (i == FlatIndex::kNone) {
        i = static_cast<uint32_t>(slots_.size());
        SlotEntry& slot = slots_.emplace_back();
        slot.key = key;
        slot.account = account;
        slot.next = std::exchange(accounts_[account].first_slot, i);
        slot_index_.insert(slot_hash(account, key), i);
    }
    return slots_[i];
}

TransactionState::SlotEntry& TransactionState::loaded_slot(const Address& address,
                                                           const Uint256& key) {
    const AccountEntry& account = accessed(address);
    SlotEntry& slot = slot_entry(index_of(account), key);
    slot.accessed = true;
    if (account.created) {
        if (!slot.in_created) {
            const auto i = static_cast<uint32_t>(&slot - slots_.data());
            journal_.push_back({slot.value, i, Change::EnterCreatedStorage});
            slot.in_created = true;
            slot.value = {};
        }
    } else if (!slot.loaded) {
        slot.view_value = view_->storage(address, key);
        slot.value = slot.view_value;
        slot.loaded = true;
        slot.read = static_cast<uint32_t>(reads_.storage.size());
        reads_.storage.push_back({address, ReadSet::kExact, key, slot.view_value});
    }
    return slot;
}

// --- Accounts

bool TransactionState::exists(const Address& address) {
    AccountEntry& account = accessed(address);
    return account.touched || loaded(account, AccountField::Existence).has_value();
}

bool TransactionState::is_empty(const Address& address) {
    return empty_now(accessed(address));
}

/// Marks no more than the answer depends on: what this transaction wrote or already depends on
/// decides first.
bool TransactionState::empty_now(AccountEntry& account) {
    const bool code_written = account.code != FlatIndex::kNone;
    if (account.nonce_written && account.nonce != 0) return false;
    if (code_written && new_codes_[account.code].hash != kEmptyCodeHash) return false;
    // Credits alone cannot add up to 0 again: there is less than 2^256 Wei.
    if (!account.debited && !account.balance_delta.is_zero()) return false;

    const Account& before = loaded(account) ? *loaded(account) : kAbsent;
    const ReadSet::AccountRead& read = reads_.accounts[account.read];
    const bool balance_zero = (before.balance + account.balance_delta).is_zero();
    if (!account.nonce_written && read.depends_on(AccountField::Nonce) && before.nonce != 0)
        return false;
    if (!code_written && read.depends_on(AccountField::CodeHash) && before.has_code()) return false;
    if (read.depends_on(AccountField::Balance) && !balance_zero) return false;

    if (account.balance_delta.is_zero() && !account.nonce_written && !code_written) {
        const std::optional<Account>& view = loaded(account, AccountField::Existence);
        return !view || view->is_empty();
    }
    if (!loaded(account, AccountField::Balance)) return balance_zero;
    bool empty = balance_zero;
    if (!account.nonce_written) empty &= loaded(account, AccountField::Nonce)->nonce == 0;
    if (!code_written) empty &= !loaded(account, AccountField::CodeHash)->has_code();
    return empty;
}

Uint256 TransactionState::balance(const Address& address) {
    AccountEntry& account = accessed(address);
    const std::optional<Account>& view = loaded(account, AccountField::Balance);
    return view ? view->balance + account.balance_delta : account.balance_delta;
}

bool TransactionState::has_balance(const Address& address, const Uint256& amount) {
    AccountEntry& account = accessed(address);
    const std::optional<Account>& view = loaded(account);
    const Uint256 before = view ? view->balance : Uint256{};
    const bool holds = before + account.balance_delta >= amount;
    ReadSet::AccountRead& read = reads_.accounts[account.read];
    if (read.depends_on(AccountField::Balance)) return holds;
    // before + delta >= amount, solved for `before` over the integers: with all of them below
    // 2^254, which every real amount is, 256 bits with a sign hold the difference.
    const Uint256& delta = account.balance_delta;
    const auto is_small = [](const Uint256& value) { return value.limb[3] >> 62 == 0; };
    if (!holds || !is_small(before) || !is_small(amount) ||
        !(is_small(delta) || is_small(-delta))) {
        read.fields |= static_cast<uint8_t>(AccountField::Balance);
        return holds;
    }
    const Uint256 bound = amount - delta;
    // 0 or negative: what was credited is enough.
    if (bound.is_zero() || bound.limb[3] >> 63 != 0) return true;
    read.fields |= static_cast<uint8_t>(AccountField::BalanceAtLeast);
    read.balance_at_least = std::max(read.balance_at_least, bound);
    return true;
}

uint64_t TransactionState::nonce(const Address& address) {
    AccountEntry& account = accessed(address);
    if (account.nonce_written) return account.nonce;
    const std::optional<Account>& view = loaded(account, AccountField::Nonce);
    return view ? view->nonce : 0;
}

Bytes32 TransactionState::code_hash(const Address& address) {
    AccountEntry& account = accessed(address);
    if (account.code != FlatIndex::kNone) return new_codes_[account.code].hash;
    const std::optional<Account>& view = loaded(account, AccountField::CodeHash);
    return view ? view->code_hash : kEmptyCodeHash;
}

CodePointer TransactionState::code(const Address& address) {
    AccountEntry& account = accessed(address);
    if (account.code != FlatIndex::kNone) return new_codes_[account.code].code;
    const std::optional<Account>& view = loaded(account, AccountField::CodeHash);
    if (!account.view_code)
        account.view_code = view && view->has_code() ? view_->code(view->code_hash) : empty_code();
    return account.view_code;
}

bool TransactionState::has_storage(const Address& address) {
    AccountEntry& account = accessed(address);
    for (uint32_t i = account.first_slot; i != FlatIndex::kNone; i = slots_[i].next) {
        const SlotEntry& slot = slots_[i];
        if (!(account.created ? slot.in_created : slot.loaded) || slot.value.is_zero()) continue;
        if (!account.created) close_slot(i);
        return true;
    }
    if (account.created) return false;
    loaded(account);
    ReadSet::AccountRead& read = reads_.accounts[account.read];
    if (!read.depends_on(AccountField::HasStorage)) {
        read.has_storage = view_->has_storage(address);
        read.fields |= static_cast<uint8_t>(AccountField::HasStorage);
    }
    return read.has_storage;
}

void TransactionState::mark_touched(AccountEntry& account) {
    if (account.touched) return;
    account.touched = true;
    journal_.push_back({{}, index_of(account), Change::Touch});
}

void TransactionState::touch(const Address& address) {
    AccountEntry& account = accessed(address);
    if (address == kRipemd160Precompile && empty_now(account)) account.sticky_touched = true;
    mark_touched(account);
}

void TransactionState::add_balance(const Address& address, const Uint256& amount) {
    if (amount.is_zero()) return touch(address);
    AccountEntry& account = accessed(address);
    mark_touched(account);
    account.balance_delta += amount;
    journal_.push_back({amount, index_of(account), Change::Balance});
}

void TransactionState::subtract_balance(const Address& address, const Uint256& amount) {
    if (amount.is_zero()) return;
    AccountEntry& account = accessed(address);
    account.debited = true;
    mark_touched(account);
    account.balance_delta -= amount;
    journal_.push_back({-amount, index_of(account), Change::Balance});
}

void TransactionState::set_nonce(const Address& address, uint64_t nonce) {
    AccountEntry& account = accessed(address);
    mark_touched(account);
    journal_.push_back({account.nonce, index_of(account), Change::Nonce, account.nonce_written});
    account.nonce = nonce;
    account.nonce_written = true;
}

void TransactionState::set_code(const Address& address, Bytes code) {
    AccountEntry& account = accessed(address);
    mark_touched(account);
    journal_.push_back({account.code, index_of(account), Change::Code});
    account.code = static_cast<uint32_t>(new_codes_.size());
    CodeChange& change = new_codes_.emplace_back();
    if (code.empty()) {
        change.hash = kEmptyCodeHash;
        change.code = empty_code();
        return;
    }
    simd::keccak256(code, change.hash.bytes);
    change.code = std::make_shared<const Code>(std::move(code));
}

void TransactionState::create_contract(const Address& address) {
    AccountEntry& account = accessed(address);
    mark_touched(account);
    SWITCHYARD_ASSERT(!account.created);
    account.created = true;
    journal_.push_back({{}, index_of(account), Change::Create});
}

bool TransactionState::was_created(const Address& address) const {
    const uint32_t i = find_account(address);
    return i != FlatIndex::kNone && accounts_[i].created;
}

std::vector<Address> TransactionState::self_destructed() const {
    std::vector<Address> addresses;
    for (const AccountEntry& account : accounts_)
        if (account.self_destructed) addresses.push_back(account.address);
    std::sort(addresses.begin(), addresses.end());
    return addresses;
}

uint64_t TransactionState::created_slots(const Address& address) const {
    const uint32_t account = find_account(address);
    if (account == FlatIndex::kNone || !accounts_[account].created) return 0;
    uint64_t count = 0;
    for (uint32_t i = accounts_[account].first_slot; i != FlatIndex::kNone; i = slots_[i].next)
        count += slots_[i].in_created && !slots_[i].value.is_zero() ? 1 : 0;
    return count;
}

uint64_t TransactionState::created_code_size(const Address& address) const {
    const uint32_t i = find_account(address);
    if (i == FlatIndex::kNone || !accounts_[i].created) return 0;
    const uint32_t code = accounts_[i].code;
    return code == FlatIndex::kNone ? 0 : new_codes_[code].code->size();
}

bool TransactionState::self_destruct(const Address& address) {
    AccountEntry& account = accessed(address);
    if (account.self_destructed) return false;
    account.self_destructed = true;
    journal_.push_back({{}, index_of(account), Change::SelfDestruct});
    return true;
}

}  // namespace switchyard
