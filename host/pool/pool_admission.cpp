// SPDX-License-Identifier: Apache-2.0
// Who is let in, and who makes room. The rules are those of geth's legacypool and blobpool
// (core/txpool), where README.md does not say otherwise.
#include <algorithm>
#include <array>

#include "host/core/assert.hpp"
#include "host/pool/pool.hpp"
#include "host/pool/pool_arithmetic.hpp"

namespace switchyard {
namespace {

using namespace pool_arithmetic;
using pool_records::kNone;

/// Transactions that make room for one: a large one may take the place of many small.
constexpr size_t kVictimsMax = 64;
/// Those that a lower limit takes under one lock: some milliseconds.
constexpr size_t kSurplusStep = 4096;

bool is_dearer(const Transaction& transaction, const Transaction& than) {
    if (transaction.max_fee_per_gas != than.max_fee_per_gas)
        return transaction.max_fee_per_gas > than.max_fee_per_gas;
    return transaction.max_priority_fee_per_gas > than.max_priority_fee_per_gas;
}

}  // namespace

Verdict Pool::admit(SignedTransaction&& transaction, Origin origin) {
    if (journal_failure_) return Verdict::NotDurable;
    if (find_entry(transaction.hash) != kNone) return Verdict::Duplicate;
    // Strangers must not fill the table with senders that have nothing here.
    const uint32_t known = find_sender(transaction.sender);
    Sender stranger;
    if (known == kNone) {
        stranger.address = transaction.sender;
        read_account(stranger);
    }
    const Sender& sender = known != kNone ? senders_[known] : stranger;
    const Uint256 cost = cost_of(transaction.transaction);
    const uint64_t nonce = transaction.transaction.nonce;
    const size_t place = sender.list.find(nonce);
    const Entry* const replaced =
        place != NonceList::kNone ? &entries_[sender.list[place].entry] : nullptr;
    Verdict verdict = judge(transaction, sender, cost, replaced);
    if (verdict == Verdict::Accepted && !hold_blobs(transaction)) return Verdict::SidecarMissing;
    if (verdict == Verdict::Accepted) {
        verdict = make_room(transaction, sender, replaced);
        if (verdict != Verdict::Accepted) let_go_blobs(transaction, std::nullopt);
    }
    if (verdict != Verdict::Accepted) return verdict;

    // Making room may have taken the sender's own last ones, and so the sender.
    const uint32_t number =
        known == kNone ? adopt(std::move(stranger)) : sender_of(transaction.sender);
    if (replaced != nullptr) {
        // In its place, so that what follows it does not fall behind a gap.
        replace(number, std::move(transaction), cost, origin);
        return Verdict::Accepted;
    }
    const uint32_t entry = insert(number, std::move(transaction), next_arrival_++, cost, origin);
    stage_added(entry);
    return Verdict::Accepted;
}

Verdict Pool::judge(const SignedTransaction& transaction, const Sender& sender, const Uint256& cost,
                    const Entry* replaced) const {
    if (config_.admission == Admission::Open) {
        const Verdict verdict = judge_account(transaction, sender, cost, replaced);
        if (verdict != Verdict::Accepted) return verdict;
    }
    if (replaced != nullptr)
        return outbids(transaction.transaction, replaced->transaction.transaction)
                   ? Verdict::Accepted
                   : Verdict::ReplacementUnderpriced;
    if (sender.list.size() >= config_.transactions_per_sender_max) return Verdict::SenderLimit;
    const bool queued = transaction.transaction.nonce > sender.next_nonce + sender.executable;
    if (config_.admission == Admission::Open && queued &&
        sender.list.size() - sender.executable >= config_.queued_per_sender_max)
        return Verdict::SenderLimit;
    return Verdict::Accepted;
}

Verdict Pool::judge_account(const SignedTransaction& signed_transaction, const Sender& sender,
                            const Uint256& cost, const Entry* replaced) const {
    SWITCHYARD_ASSERT(head_.state != nullptr);
    const Transaction& transaction = signed_transaction.transaction;
    if (transaction.type == TransactionType::Blob && !config_.takes_blobs)
        return Verdict::SidecarMissing;
    if (const Verdict verdict = head_.rules(transaction); verdict != Verdict::Accepted)
        return verdict;
    if (transaction.gas_limit > head_.block_gas_limit) return Verdict::GasLimitTooHigh;
    if (transaction.max_priority_fee_per_gas > transaction.max_fee_per_gas)
        return Verdict::TipAboveMaxFee;
    // EIP-2681: the last nonce cannot be used.
    if (transaction.nonce == UINT64_MAX) return Verdict::NonceIsMax;
    if (transaction.max_fee_per_gas < config_.min_fee_per_gas ||
        transaction.max_priority_fee_per_gas < config_.min_tip_per_gas)
        return Verdict::FeeTooLow;
    if (transaction.type == TransactionType::Blob &&
        transaction.max_fee_per_blob_gas < config_.min_fee_per_blob_gas)
        return Verdict::FeeTooLow;
    if (transaction.nonce < sender.next_nonce) return Verdict::NonceTooLow;
    if (transaction.type == TransactionType::Blob &&
        transaction.nonce > sender.next_nonce + sender.executable)
        return Verdict::NonceTooHigh;
    // All that the sender has here must be payable together.
    Uint256 owed = add_saturated(sender.cost, sender.taken_cost);
    if (replaced != nullptr) owed = subtract_saturated(owed, replaced->cost);
    const Uint256Carry total = add_with_carry(owed, cost);
    if (total.carry || total.value > sender.balance) return Verdict::InsufficientFunds;
    if (const Verdict verdict = judge_delegation(signed_transaction, sender, replaced);
        verdict != Verdict::Accepted)
        return verdict;
    return judge_kind(transaction, sender, replaced);
}

/// EIP-7702 lets others move a delegated account's balance, and an authorization its nonce: what
/// waits behind the first transaction would be cancelled for the price of one.
Verdict Pool::judge_delegation(const SignedTransaction& transaction, const Sender& sender,
                               const Entry* replaced) const {
    const bool is_delegated = sender.has_code || authorities_.find(transaction.sender) != nullptr;
    if (is_delegated && replaced == nullptr) {
        if (sender.executable + sender.taken != 0) return Verdict::DelegatedInFlight;
        if (transaction.transaction.nonce != sender.next_nonce) return Verdict::DelegatedGap;
    }
    for (const Authorization& authorization : transaction.transaction.authorization_list) {
        if (!authorization.authority) continue;
        const uint32_t number = find_sender(*authorization.authority);
        if (number == kNone) continue;
        const Sender& authority = senders_[number];
        if (authority.list.size() + authority.taken > 1 || authority.blobs != 0)
            return Verdict::AuthorityReserved;
    }
    return Verdict::Accepted;
}

/// A sender has transactions with blobs here or without, never both: a cheap one must not be able
/// to cancel blobs.
Verdict Pool::judge_kind(const Transaction& transaction, const Sender& sender,
                         const Entry* replaced) const {
    const bool has_blobs = transaction.type == TransactionType::Blob;
    if (!sender.list.empty() && (sender.blobs != 0) != has_blobs) return Verdict::AddressReserved;
    if (has_blobs && replaced == nullptr && sender.blobs >= config_.blobs_per_sender_max)
        return Verdict::SenderLimit;
    return Verdict::Accepted;
}

bool Pool::outbids(const Transaction& transaction, const Transaction& replaced) const {
    const bool has_blobs = replaced.type == TransactionType::Blob;
    const uint32_t percent =
        has_blobs ? config_.blob_price_bump_percent : config_.price_bump_percent;
    return is_raised(transaction.max_fee_per_gas, replaced.max_fee_per_gas, percent) &&
           is_raised(transaction.max_priority_fee_per_gas, replaced.max_priority_fee_per_gas,
                     percent) &&
           (!has_blobs ||
            is_raised(transaction.max_fee_per_blob_gas, replaced.max_fee_per_blob_gas, percent));
}

Verdict Pool::make_room(const SignedTransaction& transaction, const Sender& sender,
                        const Entry* replaced) {
    const uint64_t nonce = transaction.transaction.nonce;
    const bool is_open = config_.admission == Admission::Open;
    const bool queued =
        is_open && replaced == nullptr && nonce > sender.next_nonce + sender.executable;
    size_t size = size_ + (replaced == nullptr ? 1 : 0);
    size_t bytes = bytes_ + transaction.encoded_bytes;
    size_t blob_bytes = blob_bytes_ + sidecar_bytes_max(transaction.transaction);
    if (replaced != nullptr) {
        bytes -= replaced->transaction.encoded_bytes;
        blob_bytes -= sidecar_bytes_max(replaced->transaction.transaction);
    }
    size_t queue = queued_ + (queued ? 1 : 0);
    const auto queue_is_full = [&] { return queued && queue > config_.queued_max; };
    const auto is_full = [&] {
        return size > config_.transactions_max || bytes > config_.bytes_max || queue_is_full();
    };
    const bool has_blobs = transaction.transaction.type == TransactionType::Blob;
    const auto is_full_of_blobs = [&] { return has_blobs && blob_bytes > config_.blob_bytes_max; };
    if (!is_full() && !is_full_of_blobs()) return Verdict::Accepted;

    // Nobody leaves before it is known that there is room in the end.
    std::array<uint32_t, kVictimsMax> victims;
    size_t count = 0;
    Verdict verdict = Verdict::Accepted;
    while (verdict == Verdict::Accepted && (is_full() || is_full_of_blobs())) {
        const bool from_queue = !evictable_queued_.empty();
        if (count == kVictimsMax)
            verdict = Verdict::PoolFull;
        else if (!is_full())
            verdict = choose_blob_victim(transaction, victims[count]);
        else if (!from_queue && (evictable_executable_.empty() || queue_is_full()))
            verdict = Verdict::PoolFull;
        else
            verdict = choose_victim(transaction, queued, from_queue, victims[count]);
        if (verdict != Verdict::Accepted) break;
        const Entry& victim = entries_[victims[count++]];
        --size;
        bytes -= victim.transaction.encoded_bytes;
        blob_bytes -= sidecar_bytes_max(victim.transaction.transaction);
        if (!victim.executable) --queue;
        leave_eviction(victims[count - 1]);
    }
    if (verdict != Verdict::Accepted) {
        for (size_t i = 0; i < count; ++i)
            enter_eviction(victims[i]);
        return verdict;
    }
    for (size_t i = 0; i < count; ++i)
        evict(victims[i]);
    return Verdict::Accepted;
}

Verdict Pool::choose_victim(const SignedTransaction& transaction, bool queued, bool from_queue,
                            uint32_t& victim) const {
    const uint32_t cheapest = (from_queue ? evictable_queued_ : evictable_executable_).top().entry;
    if (queued && !from_queue) return Verdict::FutureReplacesPending;
    // What cannot be executed makes room for what can, whatever it would pay.
    const bool by_right = from_queue && !queued;
    if (!by_right &&
        !is_dearer(transaction.transaction, entries_[cheapest].transaction.transaction))
        return Verdict::FeeTooLow;
    victim = cheapest;
    return spare_the_run(transaction, victim);
}

Verdict Pool::choose_blob_victim(const SignedTransaction& transaction, uint32_t& victim) const {
    if (evictable_blobs_.empty()) return Verdict::PoolFull;
    victim = evictable_blobs_.top().entry;
    if (!is_dearer(transaction.transaction, entries_[victim].transaction.transaction))
        return Verdict::FeeTooLow;
    return spare_the_run(transaction, victim);
}

Verdict Pool::spare_the_run(const SignedTransaction& transaction, uint32_t& victim) const {
    victim = last_of_run(victim);
    // Without what the newcomer stands on, it would not be executable either.
    const SignedTransaction& other = entries_[victim].transaction;
    if (other.sender == transaction.sender &&
        other.transaction.nonce <= transaction.transaction.nonce)
        return Verdict::PoolFull;
    return Verdict::Accepted;
}

uint32_t Pool::last_of_run(uint32_t entry) const {
    if (entries_[entry].transaction.transaction.type != TransactionType::Blob) return entry;
    const NonceList& list = senders_[entries_[entry].sender].list;
    size_t last = list.size();
    while (entries_[list[last - 1].entry].eviction_place == kNoPlace)
        --last;
    return list[last - 1].entry;
}

uint32_t Pool::choose_surplus() const {
    const bool is_full = size_ > config_.transactions_max || bytes_ > config_.bytes_max;
    const bool queue_is_full = config_.admission == Admission::Open && queued_ > config_.queued_max;
    if ((is_full || queue_is_full) && !evictable_queued_.empty())
        return last_of_run(evictable_queued_.top().entry);
    if (is_full && !evictable_executable_.empty())
        return last_of_run(evictable_executable_.top().entry);
    if (blob_bytes_ > config_.blob_bytes_max && !evictable_blobs_.empty())
        return last_of_run(evictable_blobs_.top().entry);
    return kNone;
}

void Pool::set_limits(const PoolConfig& next) {
    {
        const std::lock_guard lock(mutex_);
        config_.transactions_max = next.transactions_max;
        config_.bytes_max = next.bytes_max;
        config_.transactions_per_sender_max = next.transactions_per_sender_max;
        config_.queued_max = next.queued_max;
        config_.queued_per_sender_max = next.queued_per_sender_max;
        config_.blob_bytes_max = next.blob_bytes_max;
        config_.blobs_per_sender_max = next.blobs_per_sender_max;
        config_.min_fee_per_gas = next.min_fee_per_gas;
        config_.min_tip_per_gas = next.min_tip_per_gas;
        config_.min_fee_per_blob_gas = next.min_fee_per_blob_gas;
        config_.price_bump_percent = next.price_bump_percent;
        config_.blob_price_bump_percent = next.blob_price_bump_percent;
        config_.lifetime_s = next.lifetime_s;
    }
    for (bool more = true; more;) {
        const std::lock_guard lock(mutex_);
        size_t gone = 0;
        for (uint32_t victim = choose_surplus(); victim != kNone; victim = choose_surplus()) {
            evict(victim);
            if (++gone == kSurplusStep) break;
        }
        more = gone == kSurplusStep;
        flush_staged();
    }
}

void Pool::evict(uint32_t number) {
    const Entry& entry = entries_[number];
    const uint32_t sender = entry.sender;
    drop_at(sender, senders_[sender].list.find(entry.transaction.transaction.nonce),
            DropReason::Evicted, Verdict::Accepted);
}

}  // namespace switchyard
