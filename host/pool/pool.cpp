// SPDX-License-Identifier: Apache-2.0
// The set itself: entries, senders, and what follows from one more or one less.
#include "host/pool/pool.hpp"

#include <algorithm>
#include <unordered_set>

#include "host/core/assert.hpp"
#include "host/core/limits.hpp"
#include "host/pool/blob_keeper.hpp"
#include "host/pool/pool_arithmetic.hpp"

namespace switchyard {
namespace {

using namespace pool_arithmetic;
using pool_records::kNone;

/// Arrivals count up from here, those of transactions put back count down.
constexpr uint64_t kFirstArrival = uint64_t{1} << 63;

}  // namespace

Pool::Pool(const PoolConfig& config)
    : config_(config),
      hash_seed_(process_hash_seed()),
      by_tip_({}, {&senders_}),
      by_max_fee_({}, {&senders_}),
      evictable_executable_({}, {&entries_}),
      evictable_queued_({}, {&entries_}),
      evictable_blobs_({}, {&entries_}),
      next_arrival_(kFirstArrival),
      first_arrival_(kFirstArrival) {}

Pool::~Pool() = default;

uint32_t Pool::find_entry(const Bytes32& hash) const {
    return by_hash_.find(flat_hash(hash, hash_seed_),
                         [&](uint32_t i) { return entries_[i].transaction.hash == hash; });
}

uint32_t Pool::find_sender(const Address& address) const {
    return by_address_.find(flat_hash(address, hash_seed_),
                            [&](uint32_t i) { return senders_[i].address == address; });
}

uint32_t Pool::sender_of(const Address& address) {
    if (const uint32_t known = find_sender(address); known != kNone) return known;
    Sender sender;
    sender.address = address;
    read_account(sender);
    return adopt(std::move(sender));
}

uint32_t Pool::adopt(Sender&& sender) {
    const uint32_t out = senders_.allocate();
    by_address_.insert(flat_hash(sender.address, hash_seed_), out);
    senders_[out] = std::move(sender);
    ++sender_count_;
    return out;
}

void Pool::read_account(Sender& sender) const {
    const auto account =
        head_.state != nullptr ? head_.state->account(sender.address) : std::optional<Account>{};
    sender.account_nonce = sender.next_nonce = account ? account->nonce : 0;
    sender.balance = account ? account->balance : Uint256{};
    sender.has_code = account && account->has_code();
    sender.taken_cost = {};
    sender.taken = 0;
}

void Pool::forget_if_empty(uint32_t number) {
    Sender& sender = senders_[number];
    // One that is touched remembers a nonce that the head does not know of.
    if (!sender.list.empty() || sender.touched) return;
    by_address_.erase(flat_hash(sender.address, hash_seed_), number);
    senders_.release(number);
    --sender_count_;
}

void Pool::touch(uint32_t number) {
    if (senders_[number].touched) return;
    senders_[number].touched = true;
    touched_.push_back(number);
}

uint32_t Pool::insert(uint32_t number, SignedTransaction&& transaction, uint64_t arrival,
                      const Uint256& cost, Origin origin) {
    const uint32_t out = entries_.allocate();
    Entry& entry = entries_[out];
    entry.transaction = std::move(transaction);
    entry.cost = cost;
    entry.arrival = arrival;
    entry.record = 0;
    entry.time_s = now_s_;
    entry.sender = number;
    entry.eviction_place = entry.blob_eviction_place = kNoPlace;
    entry.origin = origin;
    entry.executable = false;
    entry.is_new = entry.used = true;
    by_hash_.insert(flat_hash(entry.transaction.hash, hash_seed_), out);
    ++size_;
    ++queued_;
    bytes_ += entry.transaction.encoded_bytes;
    blob_bytes_ += sidecar_bytes_max(entry.transaction.transaction);
    Sender& sender = senders_[number];
    sender.cost = add_saturated(sender.cost, cost);
    const Transaction& inner = entry.transaction.transaction;
    if (inner.type == TransactionType::Blob) ++sender.blobs;
    count_authorities(inner, true);
    enter_eviction(out);
    const size_t place = sender.list.insert({inner.nonce, out});
    update_run(number, std::min<size_t>(place, sender.executable));
    if (!entry.executable) publish(PoolEvent::Kind::Queued, entry);
    entry.is_new = false;
    return out;
}

void Pool::replace(uint32_t number, SignedTransaction&& transaction, const Uint256& cost,
                   Origin origin) {
    Sender& sender = senders_[number];
    const size_t place = sender.list.find(transaction.transaction.nonce);
    publish_drop(take_out(number, place), DropReason::Replaced, Verdict::Accepted);
    // The run is not counted before the new one stands there, so that what follows stays in it.
    withdraw(number);
    const uint32_t entry = insert(number, std::move(transaction), next_arrival_++, cost, origin);
    stage_added(entry);
}

SignedTransaction Pool::take_out(uint32_t number, size_t place) {
    Sender& sender = senders_[number];
    const uint32_t gone = sender.list[place].entry;
    Entry& entry = entries_[gone];
    leave_eviction(gone);
    sender.cost = subtract_saturated(sender.cost, entry.cost);
    if (entry.transaction.transaction.type == TransactionType::Blob) --sender.blobs;
    count_authorities(entry.transaction.transaction, false);
    by_hash_.erase(flat_hash(entry.transaction.hash, hash_seed_), gone);
    --size_;
    bytes_ -= entry.transaction.encoded_bytes;
    blob_bytes_ -= sidecar_bytes_max(entry.transaction.transaction);
    if (entry.executable) {
        --sender.executable;
        executable_gas_ -= entry.transaction.transaction.gas_limit;
    } else {
        --queued_;
    }
    SignedTransaction out = std::move(entry.transaction);
    entry.used = false;
    entries_.release(gone);
    sender.list.erase(place);
    return out;
}

SignedTransaction Pool::remove(uint32_t number, size_t place) {
    SignedTransaction out = take_out(number, place);
    update_run(number, std::min<size_t>(place, senders_[number].executable));
    forget_if_empty(number);
    return out;
}

void Pool::drop_at(uint32_t number, size_t place, DropReason reason, Verdict why) {
    const SignedTransaction gone = remove(number, place);
    publish_drop(gone, reason, why);
}

void Pool::set_executable(uint32_t number, bool executable) {
    Entry& entry = entries_[number];
    if (entry.executable == executable) return;
    leave_eviction(number);
    entry.executable = executable;
    enter_eviction(number);
    const uint64_t gas = entry.transaction.transaction.gas_limit;
    if (executable) {
        --queued_;
        executable_gas_ += gas;
    } else {
        ++queued_;
        executable_gas_ -= gas;
    }
    publish(executable ? PoolEvent::Kind::Pending : PoolEvent::Kind::Queued, entry);
}

void Pool::update_run(uint32_t number, size_t from) {
    Sender& sender = senders_[number];
    const NonceList& list = sender.list;
    size_t run = from;
    while (run < list.size() && list[run].nonce == sender.next_nonce + run)
        ++run;
    const bool grew = run > sender.executable;
    for (size_t i = from; i < list.size(); ++i) {
        // Behind the run, what was executable stood together.
        if (i >= run && !entries_[list[i].entry].executable) break;
        set_executable(list[i].entry, i < run);
    }
    sender.executable = static_cast<uint32_t>(run);
    const bool has_gap = list.size() > run;
    if (grew || (has_gap && sender.queued_place == kNoPlace)) sender.heartbeat_s = now_s_;
    if (has_gap && sender.queued_place == kNoPlace) {
        sender.queued_place = static_cast<uint32_t>(queued_senders_.size());
        queued_senders_.push_back(number);
    } else if (!has_gap && sender.queued_place != kNoPlace) {
        const uint32_t last = queued_senders_.back();
        queued_senders_[sender.queued_place] = last;
        senders_[last].queued_place = sender.queued_place;
        queued_senders_.pop_back();
        sender.queued_place = kNoPlace;
    }
    if (config_.admission == Admission::Open) offer(number);
}

void Pool::enter_eviction(uint32_t number) {
    const Entry& entry = entries_[number];
    if (entry.origin != Origin::Public) return;
    const Transaction& transaction = entry.transaction.transaction;
    const EvictionNode node{transaction.max_fee_per_gas.saturated(),
                            transaction.max_priority_fee_per_gas.saturated(), transaction.nonce,
                            number};
    (entry.executable ? evictable_executable_ : evictable_queued_).push(node);
    if (transaction.type == TransactionType::Blob) evictable_blobs_.push(node);
}

void Pool::leave_eviction(uint32_t number) {
    const Entry& entry = entries_[number];
    if (entry.eviction_place == kNoPlace) return;
    (entry.executable ? evictable_executable_ : evictable_queued_).remove(entry.eviction_place);
    if (entry.blob_eviction_place != kNoPlace) evictable_blobs_.remove(entry.blob_eviction_place);
}

void Pool::count_authorities(const Transaction& transaction, bool there) {
    for (const Authorization& authorization : transaction.authorization_list) {
        if (!authorization.authority) continue;
        if (there) {
            ++authorities_[*authorization.authority];
        } else if (uint32_t* const count = authorities_.find(*authorization.authority)) {
            if (--*count == 0) authorities_.erase(*authorization.authority);
        }
    }
}

bool Pool::hold_blobs(const SignedTransaction& transaction) const {
    if (config_.blob_keeper == nullptr || config_.admission == Admission::Named) return true;
    return transaction.transaction.type != TransactionType::Blob ||
           config_.blob_keeper->hold(transaction.hash);
}

void Pool::let_go_blobs(const SignedTransaction& transaction, std::optional<uint64_t> block) const {
    if (config_.blob_keeper == nullptr || config_.admission == Admission::Named) return;
    if (transaction.transaction.type == TransactionType::Blob)
        config_.blob_keeper->let_go(transaction.hash, block);
}

void Pool::publish(PoolEvent::Kind kind, const Entry& entry) {
    if (!events_.has_listeners()) return;
    events_.publish({.kind = kind,
                     .is_new = entry.is_new,
                     .nonce = entry.transaction.transaction.nonce,
                     .sender = entry.transaction.sender,
                     .hash = entry.transaction.hash});
}

void Pool::publish_drop(const SignedTransaction& transaction, DropReason reason, Verdict why) {
    switch (reason) {
        case DropReason::Replaced:
            ++statistics_.replaced;
            break;
        case DropReason::NonceUsed:
            ++statistics_.stale;
            break;
        case DropReason::Evicted:
            ++statistics_.evicted;
            break;
        case DropReason::Expired:
            ++statistics_.expired;
            break;
        case DropReason::Rejected:
            ++statistics_.rejected;
            break;
        case DropReason::NotValidAfterReorg:
            ++statistics_.returned_refused;
            break;
    }
    // What the chain took may come back with a reorganisation, and so may what one branch refuses.
    const bool may_return =
        reason == DropReason::NonceUsed || reason == DropReason::NotValidAfterReorg;
    let_go_blobs(transaction, may_return ? std::optional(head_.number) : std::nullopt);
    // At a restart these must not come back; those whose nonce is used do not anyway.
    if (journal_ != nullptr && reason != DropReason::NonceUsed)
        journal_->stage_dropped(transaction.hash);
    if (!events_.has_listeners()) return;
    events_.publish({.kind = PoolEvent::Kind::Dropped,
                     .reason = reason,
                     .verdict = why,
                     .nonce = transaction.transaction.nonce,
                     .sender = transaction.sender,
                     .hash = transaction.hash});
}

Result<std::vector<SignedTransaction>> Pool::take_exactly(std::span<const Bytes32> hashes) {
    const std::lock_guard lock(mutex_);
    std::unordered_set<Bytes32> seen;
    for (size_t i = 0; i < hashes.size(); ++i) {
        if (find_entry(hashes[i]) == kNone)
            return Error{ErrorCode::NotFound,
                         "transaction " + std::to_string(i) + " is not in the pool"};
        if (!seen.insert(hashes[i]).second)
            return Error{ErrorCode::InvalidInput,
                         "transaction " + std::to_string(i) + " is named twice"};
    }
    std::vector<SignedTransaction> out;
    out.reserve(hashes.size());
    for (const Bytes32& hash : hashes) {
        const Entry& entry = entries_[find_entry(hash)];
        const uint32_t number = entry.sender;
        Sender& sender = senders_[number];
        const uint64_t nonce = entry.transaction.transaction.nonce;
        note_taken(entry);
        publish(PoolEvent::Kind::Taken, entry);
        ++statistics_.taken;
        ++sender.taken;
        sender.taken_cost = add_saturated(sender.taken_cost, entry.cost);
        sender.next_nonce = std::max(sender.next_nonce, nonce + 1);
        touch(number);
        out.push_back(take_out(number, sender.list.find(nonce)));
        let_go_blobs(out.back(), head_.number + 1);
    }
    for (const uint32_t number : touched_)
        update_run(number, 0);
    // With `Named`, no rule needs to remember the nonce, and heads may be rare.
    if (config_.admission == Admission::Named) forget_touched();
    return out;
}

}  // namespace switchyard
