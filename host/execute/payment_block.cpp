// SPDX-License-Identifier: Apache-2.0
#include "host/execute/payment_block.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

#include "host/evm/message_flow.hpp"
#include "host/execute/transaction_execution.hpp"
#include "host/state/block_state.hpp"

namespace switchyard::execute {
namespace {

constexpr uint64_t kPaymentGas = 21'000;
/// Below this an ordinary execution is as fast.
constexpr size_t kTransactionsMin = 16;
constexpr uint32_t kBackoffMax = 64;
/// Of each, for each worker: so many that all workers end at about the same time.
constexpr uint32_t kPartsForEach = 4;
constexpr uint32_t kPartsMax = 64;

uint32_t leading_word(const Address& address) {
    uint32_t out = 0;
    std::memcpy(&out, address.data(), sizeof(out));
    return __builtin_bswap32(out);
}

uint64_t prefix_of(const Address& address) {
    uint64_t out = 0;
    std::memcpy(&out, address.data(), sizeof(out));
    return __builtin_bswap64(out);
}

bool is_payment(const Transaction& transaction) {
    return transaction.data.empty() && transaction.to && !transaction.value.is_zero() &&
           transaction.type <= TransactionType::DynamicFee && transaction.access_list.empty();
}

}  // namespace

bool PaymentBlock::may_be(const BlockInput& input) {
    // Touched accounts that stay empty are deleted since EIP-161; receipts had roots before
    // EIP-658; value is logged from EIP-7708 on, and accesses are listed.
    const Revision revision = input.rules.revision;
    if (revision < Revision::Byzantium || revision >= Revision::Amsterdam) return false;
    if (input.tracing != nullptr || input.observation != nullptr) return false;
    if (input.transactions.size() < kTransactionsMin) return false;
    constexpr size_t kAhead = 8;
    const auto all = input.transactions;
    for (size_t i = 0; i < all.size(); ++i) {
        if (i + kAhead < all.size()) __builtin_prefetch(&all[i + kAhead].transaction.data);
        if (!is_payment(all[i].transaction)) return false;
    }
    if (to_skip_ != 0) {
        --to_skip_;
        return false;
    }
    return true;
}

uint32_t PaymentBlock::part_of(const Address& address) const {
    return static_cast<uint32_t>(uint64_t{leading_word(address)} * part_count_ >> 32);
}

PaymentBlock::Entry* PaymentBlock::find(const Address& address) {
    Part& part = parts_[part_of(address)];
    const uint32_t i = part.index.find(flat_hash(address, hash_seed_), [&](uint32_t at) {
        return part.entries[at].address == address;
    });
    return i == FlatIndex::kNone ? nullptr : &part.entries[i];
}

const PaymentBlock::Entry* PaymentBlock::find(const Address& address) const {
    return const_cast<PaymentBlock*>(this)->find(address);
}

PaymentBlock::Entry& PaymentBlock::entry(Part& part, const Address& address, uint64_t hash) const {
    uint32_t i =
        part.index.find(hash, [&](uint32_t at) { return part.entries[at].address == address; });
    if (i == FlatIndex::kNone) {
        i = static_cast<uint32_t>(part.entries.size());
        Entry& made = part.entries.emplace_back();
        made.address = address;
        if (const std::optional<Account> account = before_->account(address)) {
            made.existed = true;
            made.before = *account;
            made.nonce = account->nonce;
            made.balance = account->balance;
        }
        part.index.insert(hash, i);
    }
    return part.entries[i];
}

/// All that does not take a look at the state.
bool PaymentBlock::look_at(Range& range, size_t index) const {
    const SignedTransaction& signed_transaction = input_->transactions[index];
    const Transaction& transaction = signed_transaction.transaction;
    const uint64_t gas_limit = input_->header->gas_limit;
    const uint64_t gas_left = gas_limit - std::min<uint64_t>(gas_limit, kPaymentGas * index);
    // Fees that the beneficiary might spend belong to no part.
    if (transaction.gas_limit > gas_left || signed_transaction.sender == block_.beneficiary ||
        evm::is_precompile(*transaction.to, input_->rules.revision) ||
        validate_transaction(transaction, input_->rules, block_) != TransactionError::None)
        return false;
    const auto cost = max_cost(transaction);
    if (!cost) return false;
    const Uint256 gas_price = effective_gas_price(transaction, block_.base_fee);
    range.fees += Uint256(kPaymentGas) * (gas_price - block_.base_fee);
    const auto add = [&](const Address& address) -> Step& {
        Step& step = range.steps[part_of(address)].emplace_back();
        step.hash = flat_hash(address, hash_seed_);
        step.address = address;
        return step;
    };
    Step& debit = add(signed_transaction.sender);
    debit.is_debit = true;
    debit.nonce = transaction.nonce;
    debit.amount = transaction.value + Uint256(kPaymentGas) * gas_price;
    debit.needed = *cost;
    add(*transaction.to).amount = transaction.value;
    return true;
}

void PaymentBlock::look_at(uint32_t number) {
    constexpr size_t kLooksAtOthers = 64;
    Range& range = ranges_[number];
    if (range.steps.size() < part_count_) range.steps.resize(part_count_);
    for (std::vector<Step>& steps : range.steps)
        steps.clear();
    range.fees = {};
    const size_t count = input_->transactions.size();
    const size_t end = count * (number + 1) / range_count_;
    for (size_t i = count * number / range_count_; i < end; ++i) {
        if (!look_at(range, i)) return is_none_.store(true, std::memory_order_relaxed);
        if (i % kLooksAtOthers == 0 && is_none_.load(std::memory_order_relaxed)) return;
    }
}

bool PaymentBlock::pay(Part& part, const Step& step) const {
    Entry& account = entry(part, step.address, step.hash);
    if (account.before.has_code()) return false;
    if (!step.is_debit) {
        account.balance += step.amount;
        return true;
    }
    if (step.nonce != account.nonce || account.balance < step.needed) return false;
    account.balance -= step.amount;
    ++account.nonce;
    return true;
}

void PaymentBlock::pay(uint32_t number) {
    constexpr size_t kAhead = 6;
    Part& part = parts_[number];
    part.entries.clear();
    part.index.clear();
    for (uint32_t range = 0; range < range_count_; ++range) {
        if (is_none_.load(std::memory_order_relaxed)) return;
        const std::vector<Step>& steps = ranges_[range].steps[number];
        for (size_t i = 0; i < steps.size(); ++i) {
            if (i + kAhead < steps.size()) part.index.prefetch(steps[i + kAhead].hash);
            if (!pay(part, steps[i])) return is_none_.store(true, std::memory_order_relaxed);
        }
    }
    sort(part);
}

/// False: the beneficiary's account would have to be looked at after each payment.
bool PaymentBlock::credit_fees() {
    Part& part = parts_[part_of(block_.beneficiary)];
    Entry& beneficiary = entry(part, block_.beneficiary, flat_hash(block_.beneficiary, hash_seed_));
    // No fee is a touch, which deletes an account that is there and empty.
    if (beneficiary.existed && beneficiary.before.is_empty()) return false;
    const bool is_sorted = beneficiary.is_changed();
    for (uint32_t i = 0; i < range_count_; ++i)
        beneficiary.balance += ranges_[i].fees;
    // Anywhere: it is set apart.
    if (!is_sorted && beneficiary.is_changed())
        part.order.push_back({0, static_cast<uint32_t>(&beneficiary - part.entries.data())});
    return true;
}

void PaymentBlock::sort(Part& part) const {
    part.order.clear();
    part.apart = 0;
    for (uint32_t i = 0; i < part.entries.size(); ++i)
        if (part.entries[i].is_changed())
            part.order.push_back({prefix_of(part.entries[i].address), i});
    std::sort(part.order.begin(), part.order.end(), [&](const Position& a, const Position& b) {
        return a.prefix != b.prefix ? a.prefix < b.prefix
                                    : part.entries[a.index].address < part.entries[b.index].address;
    });
}

void PaymentBlock::fill_receipts(std::span<Receipt> receipts) const {
    for (size_t i = 0; i < receipts.size(); ++i) {
        receipts[i].type = input_->transactions[i].transaction.type;
        receipts[i].success = true;
        receipts[i].cumulative_gas_used = kPaymentGas * (i + 1);
        receipts[i].gas_used = kPaymentGas;
    }
}

void PaymentBlock::share_out(const RunWorkers& run, uint32_t count,
                             const std::function<void(uint32_t)>& job) {
    next_.store(0, std::memory_order_relaxed);
    run([&](uint32_t) {
        for (uint32_t i = next_.fetch_add(1, std::memory_order_relaxed); i < count;
             i = next_.fetch_add(1, std::memory_order_relaxed))
            job(i);
    });
}

bool PaymentBlock::execute(const BlockInput& input, const StateView& before, uint32_t workers,
                           const RunWorkers& run, BlockResult& result) {
    input_ = &input;
    before_ = &before;
    block_ = block_context(input);
    range_count_ = part_count_ = workers == 1 ? 1 : std::min(kPartsForEach * workers, kPartsMax);
    if (parts_.size() < part_count_) parts_ = std::vector<Part>(part_count_);
    if (ranges_.size() < range_count_) ranges_ = std::vector<Range>(range_count_);
    is_none_.store(false, std::memory_order_relaxed);
    share_out(run, range_count_, [this](uint32_t range) { look_at(range); });
    // The receipts are one more piece of work, the first: it is the longest.
    std::vector<Receipt>& receipts = result.receipts;
    if (!is_none_.load(std::memory_order_relaxed))
        share_out(run, part_count_ + 1, [&](uint32_t i) {
            if (i != 0) return pay(i - 1);
            receipts.resize(input.transactions.size());
            fill_receipts(receipts);
        });
    if (is_none_.load(std::memory_order_relaxed) || !credit_fees()) {
        receipts.clear();
        backoff_ = std::clamp(2 * backoff_, 1U, kBackoffMax);
        to_skip_ = backoff_;
        return false;
    }
    backoff_ = 0;
    result.regular_gas_used = result.gas_used = kPaymentGas * input.transactions.size();
    return true;
}

std::optional<Account> PaymentBlock::After::account(const Address& address) const {
    const Entry* const entry = block_.find(address);
    if (entry == nullptr) return block_.before_->account(address);
    if (!entry->existed && !entry->is_changed()) return std::nullopt;
    Account out = entry->before;
    out.nonce = entry->nonce;
    out.balance = entry->balance;
    return out;
}

/// The entries of `part` that changed, with `apart`, whose accounts lie in it, in between.
void PaymentBlock::write_changes(uint32_t number, std::span<const AccountChange> apart,
                                 uint32_t storage_end, std::span<AccountChange> out) const {
    const Part& part = parts_[number];
    size_t at = 0;
    size_t next_apart = 0;
    const auto storage_begin = [&] {
        return next_apart < apart.size() ? apart[next_apart].storage_begin : storage_end;
    };
    for (const Position& position : part.order) {
        const Entry& entry = part.entries[position.index];
        if (entry.is_apart) continue;
        while (next_apart < apart.size() && apart[next_apart].address < entry.address)
            out[at++] = apart[next_apart++];
        AccountChange& change = out[at++];
        change.address = entry.address;
        change.account.emplace(entry.before);
        change.account->nonce = entry.nonce;
        change.account->balance = entry.balance;
        change.storage_begin = storage_begin();
    }
    while (next_apart < apart.size())
        out[at++] = apart[next_apart++];
    SWITCHYARD_ASSERT(at == out.size());
}

/// What the payments made of the account goes to `paid`.
void PaymentBlock::set_apart(const Address& address, StateChanges& paid) {
    Entry* const entry = find(address);
    if (entry == nullptr || entry->is_apart || !entry->is_changed()) return;
    entry->is_apart = true;
    AccountChange& change = paid.accounts.emplace_back();
    change.address = address;
    change.account = after_.account(address);
    ++parts_[part_of(address)].apart;
}

void PaymentBlock::changes(const StateView& parent, const StateChanges& first,
                           const StateChanges& last, const RunWorkers& run, StateChanges& out) {
    // What was changed outside the payments as well takes the ordinary way, and there is little of
    // it: contracts that every block calls, withdrawals.
    BlockState whole(parent);
    whole.apply(first);
    StateChanges paid;
    set_apart(block_.beneficiary, paid);
    for (const StateChanges* const part : {&first, &last})
        for (const AccountChange& change : part->accounts)
            set_apart(change.address, paid);
    whole.apply(paid);
    whole.apply(last);
    StateChanges apart;
    whole.changes(apart);

    struct Place {
        size_t begin = 0;
        size_t apart_begin = 0;
        size_t apart_end = 0;
    };
    std::vector<Place> places(part_count_ + 1);
    size_t next = 0;
    for (uint32_t i = 0; i < part_count_; ++i) {
        Place& place = places[i];
        place.apart_begin = next;
        while (next < apart.accounts.size() && part_of(apart.accounts[next].address) == i)
            ++next;
        place.apart_end = next;
        places[i + 1].begin = place.begin + parts_[i].order.size() - parts_[i].apart +
                              (place.apart_end - place.apart_begin);
    }
    out.clear();
    out.accounts.resize(places[part_count_].begin);
    const auto storage_end = static_cast<uint32_t>(apart.storage.size());
    share_out(run, part_count_, [&](uint32_t part) {
        const Place& place = places[part];
        write_changes(
            part,
            std::span(apart.accounts)
                .subspan(place.apart_begin, place.apart_end - place.apart_begin),
            place.apart_end < apart.accounts.size() ? apart.accounts[place.apart_end].storage_begin
                                                    : storage_end,
            std::span(out.accounts).subspan(place.begin, places[part + 1].begin - place.begin));
    });
    out.storage = std::move(apart.storage);
    out.codes = std::move(apart.codes);
}

}  // namespace switchyard::execute
