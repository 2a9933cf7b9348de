// SPDX-License-Identifier: Apache-2.0
// The end of a transaction: deletions and the net effect.
#include "host/state/transaction_state.hpp"

namespace switchyard {
namespace {

/// Whether the account exists in every view in which `read` holds.
bool known_to_exist(const ReadSet::AccountRead& read) {
    if (!read.account) return false;
    return read.depends_on(AccountField::Existence) ||
           (read.depends_on(AccountField::Balance) && !read.account->balance.is_zero()) ||
           (read.depends_on(AccountField::BalanceAtLeast) && !read.balance_at_least.is_zero()) ||
           (read.depends_on(AccountField::Nonce) && read.account->nonce != 0) ||
           (read.depends_on(AccountField::CodeHash) && read.account->has_code());
}

}  // namespace

void TransactionState::finish(StateChanges& changes) {
    changes.clear();
    for (AccountEntry& account : accounts_)
        finish_account(account, changes);
    if (revision_ >= Revision::Amsterdam) emit_accesses(changes.accesses);
}

void TransactionState::finish_account(AccountEntry& account, StateChanges& changes) {
    if (account.self_destructed) return emit_deletion(account, changes);

    if (!account.touched && !account.sticky_touched && account.first_slot == FlatIndex::kNone)
        return;
    const bool touched = account.touched || account.sticky_touched;
    if (touched && revision_ >= Revision::SpuriousDragon && empty_now(account)) {
        // `empty_now` made the outcome depend on whether the account existed.
        if (loaded(account)) emit_deletion(account, changes);
        return;
    }

    AccountChange change;
    change.address = account.address;
    change.account.emplace();
    const ReadSet::AccountRead* read = account.loaded ? &reads_.accounts[account.read] : nullptr;
    const Account* view = read != nullptr && read->account ? &*read->account : nullptr;

    // Where the outcome depends on the view's value already, a change back to it is no change.
    const bool balance_known = read != nullptr && read->depends_on(AccountField::Balance);
    change.balance_is_delta = !balance_known || account.balance_delta.is_zero();
    change.account->balance = account.balance_delta;
    if (!change.balance_is_delta && view != nullptr) change.account->balance += view->balance;

    const bool nonce_known = read != nullptr && read->depends_on(AccountField::Nonce);
    change.nonce_written = account.nonce_written &&
                           !(nonce_known && account.nonce == (view != nullptr ? view->nonce : 0));
    change.account->nonce = account.nonce_written ? account.nonce
                            : view != nullptr     ? view->nonce
                                                  : 0;

    const Bytes32 view_code_hash = view != nullptr ? view->code_hash : kEmptyCodeHash;
    change.code_written = false;
    change.account->code_hash = view_code_hash;
    if (account.code != FlatIndex::kNone) {
        const CodeChange& code = new_codes_[account.code];
        const bool code_known = read != nullptr && read->depends_on(AccountField::CodeHash);
        change.code_written = !(code_known && code.hash == view_code_hash);
        change.account->code_hash = code.hash;
        if (change.code_written && code.hash != kEmptyCodeHash) changes.codes.push_back(code);
    }

    // EIP-7610 lets nothing be created over storage; without its check the old storage goes.
    const bool storage_known = read != nullptr && read->depends_on(AccountField::HasStorage);
    change.storage_cleared = account.created && !(storage_known && !read->has_storage);
    emit_storage(account, changes, change);

    // Before EIP-161 a touch made an empty account.
    const bool creates = account.touched && revision_ < Revision::SpuriousDragon &&
                         (read == nullptr || !known_to_exist(*read));
    if (creates || !account.balance_delta.is_zero() || change.nonce_written ||
        change.code_written || change.storage_cleared || change.storage_count != 0)
        changes.accounts.push_back(change);
}

void TransactionState::emit_storage(const AccountEntry& account, StateChanges& changes,
                                    AccountChange& change) {
    change.storage_begin = static_cast<uint32_t>(changes.storage.size());
    for (uint32_t i = account.first_slot; i != FlatIndex::kNone; i = slots_[i].next) {
        const SlotEntry& slot = slots_[i];
        if (account.created) {
            if (slot.in_created && !slot.value.is_zero())
                changes.storage.push_back({slot.key, slot.value});
        } else if (slot.loaded && slot.value != slot.view_value) {
            if (is_open(i))
                ++change.storage_added;
            else
                changes.storage.push_back({slot.key, slot.value});
        }
    }
    if (change.storage_added != 0)
        for (uint32_t i = account.first_slot; i != FlatIndex::kNone; i = slots_[i].next)
            if (const SlotEntry& slot = slots_[i];
                slot.loaded && slot.value != slot.view_value && is_open(i))
                changes.storage.push_back({slot.key, slot.value - slot.view_value});
    change.storage_count = static_cast<uint32_t>(changes.storage.size()) - change.storage_begin;
}

void TransactionState::emit_deletion(const AccountEntry& account, StateChanges& changes) const {
    AccountChange change;
    change.address = account.address;
    change.storage_cleared = true;
    changes.accounts.push_back(change);
}

void TransactionState::emit_accesses(AccessSet& accesses) const {
    for (const AccountEntry& account : accounts_) {
        if (!account.accessed) continue;
        const auto begin = static_cast<uint32_t>(accesses.slots.size());
        for (uint32_t i = account.first_slot; i != FlatIndex::kNone; i = slots_[i].next)
            if (slots_[i].accessed) accesses.slots.push_back(slots_[i].key);
        const auto end = static_cast<uint32_t>(accesses.slots.size());
        accesses.accounts.push_back({account.address, begin, end - begin});
    }
}

}  // namespace switchyard
