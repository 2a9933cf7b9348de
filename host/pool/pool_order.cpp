// SPDX-License-Identifier: Apache-2.0
// The order of a block.
//
// A sender's next transaction earns min(tip, max fee - base fee) for a unit of gas. Which of the
// two it is depends on the base fee, which changes with each block. So there are two heaps, one by
// tip and one by max fee; in either the key bounds from above what is earned at any base fee.
// Whatever comes to a top and belongs into the other heap at the base fee of the block moves there;
// two tops that stand right are then the best of all. Nothing is sorted again when the base fee
// changes.
#include <algorithm>

#include "host/core/assert.hpp"
#include "host/pool/pool.hpp"
#include "host/pool/pool_arithmetic.hpp"

namespace switchyard {
namespace {

using namespace pool_arithmetic;
using pool_records::kNone;

/// No transaction can do with less (Yellow Paper, appendix G: G_transaction).
constexpr uint64_t kTransactionGasMin = 21'000;
/// Of senders whose next transaction does not fit into what is left of a block.
constexpr size_t kPassedOverMax = 4096;

bool fits(const SignedTransaction& signed_transaction, const BlockTarget& left) {
    const Transaction& transaction = signed_transaction.transaction;
    const uint64_t blob_gas = blob_gas_of(transaction);
    return transaction.gas_limit <= left.gas_limit && blob_gas <= left.blob_gas_limit &&
           body_bytes_max(signed_transaction) <= left.bytes_max &&
           (blob_gas == 0 || transaction.max_fee_per_blob_gas >= left.blob_base_fee);
}

/// Stands for the contract that a transaction calls: what is paid to an address without calling
/// code is a delta, which conflicts with nothing.
uint64_t target_of(const Transaction& transaction, uint64_t seed) {
    if (!transaction.to || transaction.data.empty()) return 0;
    return flat_hash(*transaction.to, seed) | 1;
}

}  // namespace

void Pool::withdraw(uint32_t number) {
    Sender& sender = senders_[number];
    if (sender.order == pool_records::OrderHeap::None) return;
    (sender.order == pool_records::OrderHeap::Tip ? by_tip_ : by_max_fee_)
        .remove(sender.order_place);
    sender.order = pool_records::OrderHeap::None;
}

void Pool::push_order(uint32_t number, uint32_t entry, bool by_tip) {
    Sender& sender = senders_[number];
    const Transaction& transaction = entries_[entry].transaction.transaction;
    const uint64_t price = by_tip ? transaction.max_priority_fee_per_gas.saturated()
                                  : transaction.max_fee_per_gas.saturated();
    sender.order = by_tip ? pool_records::OrderHeap::Tip : pool_records::OrderHeap::MaxFee;
    sender.order_entry = entry;
    (by_tip ? by_tip_ : by_max_fee_).push({price, entries_[entry].arrival, number, entry});
}

void Pool::offer(uint32_t number) {
    Sender& sender = senders_[number];
    uint32_t entry = kNone;
    if (sender.selected < sender.executable) {
        entry = sender.list[sender.selected].entry;
        const Uint256 owed = add_saturated(sender.taken_cost, sender.selected_cost);
        // One that cannot be paid stands aside until a head says otherwise.
        if (add_saturated(owed, entries_[entry].cost) > sender.balance) entry = kNone;
    }
    if (sender.order != pool_records::OrderHeap::None && sender.order_entry == entry) return;
    withdraw(number);
    if (entry != kNone)
        push_order(number, entry,
                   keeps_tip(entries_[entry].transaction.transaction, last_base_fee_));
}

uint32_t Pool::best_entry(const BlockTarget& left) {
    const auto transaction_of = [this](const OrderHeap& heap) -> const Transaction& {
        return entries_[heap.top().entry].transaction.transaction;
    };
    const auto move_top = [this](OrderHeap& heap, bool to_tip) {
        const OrderNode node = heap.top();
        withdraw(node.sender);
        push_order(node.sender, node.entry, to_tip);
    };
    while (!by_tip_.empty() && !keeps_tip(transaction_of(by_tip_), left.base_fee))
        move_top(by_tip_, false);
    while (!by_max_fee_.empty() && keeps_tip(transaction_of(by_max_fee_), left.base_fee))
        move_top(by_max_fee_, true);
    const bool cut_pays =
        !by_max_fee_.empty() && transaction_of(by_max_fee_).max_fee_per_gas >= left.base_fee;
    if (!cut_pays) return by_tip_.empty() ? kNone : by_tip_.top().entry;
    if (by_tip_.empty()) return by_max_fee_.top().entry;
    const OrderNode& whole = by_tip_.top();
    const OrderNode& cut = by_max_fee_.top();
    const uint64_t cut_tip =
        (transaction_of(by_max_fee_).max_fee_per_gas - left.base_fee).saturated();
    if (whole.price != cut_tip) return whole.price > cut_tip ? whole.entry : cut.entry;
    return whole.arrival < cut.arrival ? whole.entry : cut.entry;
}

void Pool::select(const BlockTarget& target) {
    selected_.clear();
    selected_senders_.clear();
    passed_over_.clear();
    last_base_fee_ = target.base_fee;
    BlockTarget left = target;
    while (selected_.size() < target.transactions_max && left.gas_limit >= kTransactionGasMin &&
           passed_over_.size() < kPassedOverMax) {
        const uint32_t best = best_entry(left);
        if (best == kNone) break;
        const Entry& entry = entries_[best];
        const uint32_t number = entry.sender;
        withdraw(number);
        if (!fits(entry.transaction, left)) {
            passed_over_.push_back(number);
            continue;
        }
        selected_.push_back(best);
        left.gas_limit -= entry.transaction.transaction.gas_limit;
        left.blob_gas_limit -= blob_gas_of(entry.transaction.transaction);
        left.bytes_max -= body_bytes_max(entry.transaction);
        Sender& sender = senders_[number];
        if (sender.selected++ == 0) selected_senders_.push_back(number);
        sender.selected_cost = add_saturated(sender.selected_cost, entry.cost);
        offer(number);
    }
    if (config_.spread_percent != 0) spread_selected(target.base_fee);
}

void Pool::spread_selected(const Uint256& base_fee) {
    spread_items_.clear();
    for (const uint32_t number : selected_) {
        const Entry& entry = entries_[number];
        const Transaction& transaction = entry.transaction.transaction;
        spread_items_.push_back({.tip = effective_tip(transaction, base_fee).saturated(),
                                 .target = target_of(transaction, hash_seed_),
                                 .sender = entry.sender});
    }
    spreader_.spread(spread_items_, config_.spread_percent, spread_order_);
    before_spread_.swap(selected_);
    selected_.resize(before_spread_.size());
    for (size_t i = 0; i < selected_.size(); ++i)
        selected_[i] = before_spread_[spread_order_[i]];
}

/// What `take_out` reads of those that follow: none of it is in a cache any more.
void Pool::prefetch_selected(size_t i) const {
    constexpr size_t kFar = 12;
    constexpr size_t kNear = 6;
    constexpr size_t kLine = 64;
    if (i + kFar < selected_.size()) {
        const auto* const bytes = reinterpret_cast<const char*>(&entries_[selected_[i + kFar]]);
        for (size_t at = 0; at < sizeof(Entry); at += kLine)
            __builtin_prefetch(bytes + at);
    }
    if (i + kNear < selected_.size()) {
        const Entry& entry = entries_[selected_[i + kNear]];
        by_hash_.prefetch(flat_hash(entry.transaction.hash, hash_seed_));
        __builtin_prefetch(&senders_[entry.sender]);
    }
}

std::vector<SignedTransaction> Pool::take_block(const BlockTarget& target) {
    const std::lock_guard lock(mutex_);
    select(target);
    std::vector<SignedTransaction> out;
    out.reserve(selected_.size());
    for (size_t i = 0; i < selected_.size(); ++i) {
        prefetch_selected(i);
        const Entry& entry = entries_[selected_[i]];
        note_taken(entry);
        publish(PoolEvent::Kind::Taken, entry);
        out.push_back(take_out(entry.sender, 0));
        let_go_blobs(out.back(), head_.number + 1);
    }
    statistics_.taken += out.size();
    for (const uint32_t number : selected_senders_) {
        Sender& sender = senders_[number];
        // The sender stays known, with these nonces used and these costs spent, until the next
        // head. What it has in the order is what follows, so that nothing there changes.
        sender.next_nonce += sender.selected;
        sender.taken += sender.selected;
        sender.taken_cost = add_saturated(sender.taken_cost, sender.selected_cost);
        sender.selected = 0;
        sender.selected_cost = {};
        touch(number);
    }
    for (const uint32_t number : passed_over_)
        offer(number);
    return out;
}

std::vector<SignedTransaction> Pool::preview_block(const BlockTarget& target) {
    const std::lock_guard lock(mutex_);
    select(target);
    std::vector<SignedTransaction> out;
    out.reserve(selected_.size());
    for (const uint32_t number : selected_)
        out.push_back(entries_[number].transaction);
    for (const uint32_t number : selected_senders_) {
        senders_[number].selected = 0;
        senders_[number].selected_cost = {};
        offer(number);
    }
    for (const uint32_t number : passed_over_)
        offer(number);
    return out;
}

}  // namespace switchyard
