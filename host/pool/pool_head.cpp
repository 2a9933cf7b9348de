// SPDX-License-Identifier: Apache-2.0
// What a new head, a block that failed, and time do to the pool.
#include <algorithm>

#include "host/core/assert.hpp"
#include "host/pool/blob_keeper.hpp"
#include "host/pool/pool.hpp"
#include "host/pool/pool_arithmetic.hpp"

namespace switchyard {
namespace {

using namespace pool_arithmetic;
using pool_records::kNone;

constexpr uint64_t kExpiryInterval_s = 60;  // geth: evictionInterval

}  // namespace

void Pool::set_head(PoolHead head, std::vector<SignedTransaction> returned) {
    const std::lock_guard lock(mutex_);
    SWITCHYARD_ASSERT(config_.admission == Admission::Named ||
                      (head.state != nullptr && head.rules != nullptr));
    head_ = std::move(head);
    if (taken_first_record_ != UINT64_MAX) {
        // Blocks that nobody calls durable share one place.
        constexpr size_t kInFlightMax = 64;
        if (in_flight_.size() == kInFlightMax)
            in_flight_.back() = {head_.number,
                                 std::min(in_flight_.back().first_record, taken_first_record_)};
        else
            in_flight_.push_back({head_.number, taken_first_record_});
    }
    taken_first_record_ = UINT64_MAX;
    if (head_.changed) {
        for (const Address& address : *head_.changed)
            if (const uint32_t number = find_sender(address); number != kNone) touch(number);
    } else {
        for (uint32_t number = 0; number < senders_.end(); ++number)
            if (!senders_[number].list.empty()) touch(number);
    }
    head_.changed.reset();
    for (const uint32_t number : touched_)
        refresh(number);
    forget_touched();
    if (!returned.empty()) restore_returned(std::move(returned));
    if (config_.blob_keeper != nullptr) config_.blob_keeper->move_to(head_.number);
}

void Pool::forget_touched() {
    for (const uint32_t number : touched_) {
        senders_[number].touched = false;
        forget_if_empty(number);
    }
    touched_.clear();
}

void Pool::refresh(uint32_t number) {
    Sender& sender = senders_[number];
    const uint64_t expected_nonce = sender.next_nonce;
    read_account(sender);
    if (sender.list.empty()) return;
    if (sender.next_nonce == expected_nonce) {
        // As most are: what is executable is so still, and stands in its place if it did, as long
        // as all of it can be paid.
        const bool is_offered = sender.order != pool_records::OrderHeap::None;
        if (!is_offered || sender.cost > sender.balance) offer(number);
        return;
    }
    drop_stale(number);
    update_run(number, 0);
}

void Pool::drop_stale(uint32_t number) {
    Sender& sender = senders_[number];
    while (!sender.list.empty() && sender.list[0].nonce < sender.next_nonce)
        publish_drop(take_out(number, 0), DropReason::NonceUsed, Verdict::Accepted);
}

void Pool::restore_returned(std::vector<SignedTransaction> returned) {
    // From the last to the first, so that each stands before the one put in after it.
    for (auto it = returned.rbegin(); it != returned.rend(); ++it) {
        const uint32_t number = sender_of(it->sender);
        const Sender& sender = senders_[number];
        const Uint256 cost = cost_of(it->transaction);
        const size_t place = sender.list.find(it->transaction.nonce);
        const Entry* const other =
            place != NonceList::kNone ? &entries_[sender.list[place].entry] : nullptr;
        Verdict verdict = head_.rules ? head_.rules(it->transaction) : Verdict::Accepted;
        if (verdict == Verdict::Accepted) {
            if (find_entry(it->hash) != kNone)
                verdict = Verdict::Duplicate;
            else if (it->transaction.nonce < sender.next_nonce)
                verdict = Verdict::NonceTooLow;
            else if (cost > sender.balance)
                verdict = Verdict::InsufficientFunds;
            else if (other != nullptr && !outbids(it->transaction, other->transaction.transaction))
                verdict = Verdict::ReplacementUnderpriced;
            else if (other == nullptr)
                verdict = judge_kind(it->transaction, sender, nullptr);
        }
        if (verdict == Verdict::Accepted && !hold_blobs(*it)) verdict = Verdict::SidecarMissing;
        if (verdict != Verdict::Accepted) {
            // One that is in the pool, or in the new head as well, is not lost.
            if (verdict == Verdict::Duplicate)
                ++statistics_.verdicts[static_cast<size_t>(verdict)];
            else
                publish_drop(*it, DropReason::NotValidAfterReorg, verdict);
            forget_if_empty(number);
            continue;
        }
        ++statistics_.returned;
        if (other != nullptr) {
            replace(number, std::move(*it), cost, Origin::Promised);
        } else {
            stage_added(insert(number, std::move(*it), --first_arrival_, cost, Origin::Promised));
        }
    }
    // Their blocks are about to be forgotten: they have to be on the disk here.
    if (const auto record = append_staged(); record && *record != 0)
        if (const auto durable = journal_->wait_durable(*record); !durable)
            journal_failure_ = durable.error();
}

void Pool::give_back_account(Sender& sender, const SignedTransaction& transaction) {
    const Uint256 cost = cost_of(transaction.transaction);
    sender.next_nonce = std::min(sender.next_nonce, transaction.transaction.nonce);
    sender.taken_cost = subtract_saturated(sender.taken_cost, cost);
    if (sender.taken != 0) --sender.taken;
}

void Pool::put_back(std::vector<SignedTransaction> transactions) {
    const std::lock_guard lock(mutex_);
    // From the last to the first, so that each stands before the one put back after it.
    for (auto it = transactions.rbegin(); it != transactions.rend(); ++it) {
        const uint32_t number = sender_of(it->sender);
        Sender& sender = senders_[number];
        const uint64_t nonce = it->transaction.nonce;
        // The chain, or the sender itself after a new head, has used the nonce meanwhile.
        if (nonce < sender.account_nonce || sender.list.find(nonce) != NonceList::kNone) {
            publish_drop(*it, DropReason::NonceUsed, Verdict::Accepted);
            forget_if_empty(number);
            continue;
        }
        const Uint256 cost = cost_of(it->transaction);
        give_back_account(sender, *it);
        if (!hold_blobs(*it)) {
            update_run(number, 0);
            publish_drop(*it, DropReason::Rejected, Verdict::SidecarMissing);
            forget_if_empty(number);
            continue;
        }
        // The first record that holds it may be given up before the next block is durable.
        stage_added(insert(number, std::move(*it), --first_arrival_, cost, Origin::Promised));
        ++statistics_.put_back;
    }
    flush_staged();
}

void Pool::reject(const SignedTransaction& transaction, Verdict why) {
    const std::lock_guard lock(mutex_);
    const uint32_t number = sender_of(transaction.sender);
    Sender& sender = senders_[number];
    if (transaction.transaction.nonce >= sender.account_nonce) {
        give_back_account(sender, transaction);
        update_run(number, 0);
    }
    forget_if_empty(number);
    publish_drop(transaction, DropReason::Rejected, why);
    flush_staged();
}

bool Pool::drop(const Bytes32& hash, Verdict why) {
    const std::lock_guard lock(mutex_);
    const uint32_t number = find_entry(hash);
    if (number == kNone) return false;
    const uint32_t sender = entries_[number].sender;
    drop_at(sender, senders_[sender].list.find(entries_[number].transaction.transaction.nonce),
            DropReason::Rejected, why);
    flush_staged();
    return true;
}

void Pool::tick(uint64_t now_s) {
    const std::lock_guard lock(mutex_);
    now_s_ = std::max(now_s_, now_s);
    if (now_s_ - last_expiry_s_ < kExpiryInterval_s) return;
    last_expiry_s_ = now_s_;
    // From the back: who has no gap left gives its place to the last.
    for (size_t i = queued_senders_.size(); i-- > 0;) {
        const uint32_t number = queued_senders_[i];
        if (now_s_ - std::min(now_s_, senders_[number].heartbeat_s) <= config_.lifetime_s) continue;
        for (size_t left = senders_[number].list.size() - senders_[number].executable; left > 0;
             --left)
            drop_at(number, senders_[number].list.size() - 1, DropReason::Expired,
                    Verdict::Accepted);
    }
    flush_staged();
}

}  // namespace switchyard
