// SPDX-License-Identifier: Apache-2.0
#include "host/pool/pool.hpp"

#include <algorithm>
#include <unordered_set>

#include "host/chain/blob_fee.hpp"
#include "host/chain/wide_integer.hpp"
#include "host/core/assert.hpp"
#include "host/core/limits.hpp"

namespace switchyard {
namespace {

/// Arrivals count up from here, those of transactions put back count down.
constexpr uint64_t kFirstArrival = uint64_t{1} << 63;

Uint256 add_saturated(const Uint256& a, const Uint256& b) {
    const Uint256Carry sum = add_with_carry(a, b);
    return sum.carry ? ~Uint256{} : sum.value;
}

Uint256 subtract_saturated(const Uint256& a, const Uint256& b) {
    return a < b ? Uint256{} : a - b;
}

uint64_t blob_gas_of(const Transaction& transaction) {
    return kGasPerBlob * transaction.blob_versioned_hashes.size();
}

/// The most that the sender can owe: all gas at the highest price, blobs and value (Yellow Paper,
/// equation 65; EIP-4844).
Uint256 cost_of(const Transaction& transaction) {
    WideInteger sum(transaction.max_fee_per_gas);
    sum.multiply(transaction.gas_limit);
    WideInteger blobs(transaction.max_fee_per_blob_gas);
    blobs.multiply(blob_gas_of(transaction));
    sum.add(blobs);
    sum.add(WideInteger(transaction.value));
    return sum.saturated();
}

/// The most that the transaction takes in a block's RLP: its encoding and, for a typed one, the
/// prefix of a string, whose length fits four bytes.
size_t body_bytes_max(const SignedTransaction& transaction) {
    constexpr size_t kStringPrefix = 5;
    return size_t{transaction.encoded_bytes} + kStringPrefix;
}

/// What the beneficiary earns for a unit of gas. Precondition: the maximal fee is not below the
/// base fee.
Uint256 effective_tip(const Transaction& transaction, const Uint256& base_fee) {
    return std::min(transaction.max_priority_fee_per_gas, transaction.max_fee_per_gas - base_fee);
}

/// Whether `fee` is at least `percent` per cent above `replaced`, and above it at all.
bool is_raised(const Uint256& fee, const Uint256& replaced, uint32_t percent) {
    WideInteger wanted(replaced);
    wanted.multiply(uint64_t{100} + percent);
    WideInteger offered(fee);
    offered.multiply(100);
    return !(offered < wanted) && fee > replaced;
}

}  // namespace

Pool::Pool(const PoolConfig& config)
    : config_(config), next_arrival_(kFirstArrival), first_arrival_(kFirstArrival) {}

void Pool::read_account(const Address& address, Sender& sender) const {
    const auto account =
        head_.state != nullptr ? head_.state->account(address) : std::optional<Account>{};
    sender.next_nonce = account ? account->nonce : 0;
    sender.balance = account ? account->balance : Uint256{};
    sender.taken_cost = {};
    sender.known = true;
}

void Pool::set_head(PoolHead head) {
    SWITCHYARD_ASSERT(config_.admission == Admission::Named ||
                      (head.state != nullptr && head.rules != nullptr));
    head_ = std::move(head);
    for (auto it = senders_.begin(); it != senders_.end();) {
        read_account(it->first, it->second);
        drop_stale(it->second);
        it = it->second.entries.empty() ? senders_.erase(it) : std::next(it);
    }
}

void Pool::drop_stale(Sender& sender) {
    while (!sender.entries.empty() && sender.entries.begin()->first < sender.next_nonce) {
        (void)remove(sender, sender.entries.begin());
        ++statistics_.stale;
    }
}

Verdict Pool::add(SignedTransaction&& transaction) {
    const Verdict verdict = admit(std::move(transaction));
    ++statistics_.verdicts[static_cast<size_t>(verdict)];
    return verdict;
}

Verdict Pool::admit(SignedTransaction&& transaction) {
    if (by_hash_.contains(transaction.hash)) return Verdict::Duplicate;
    const auto [it, is_new] = senders_.try_emplace(transaction.sender);
    Sender& sender = it->second;
    if (!sender.known) read_account(transaction.sender, sender);
    const Uint256 cost = cost_of(transaction.transaction);
    const Verdict verdict = judge(transaction, sender, cost);
    if (verdict != Verdict::Accepted) {
        // Strangers must not fill the table with senders that have nothing here.
        if (is_new) senders_.erase(it);
        return verdict;
    }
    const auto replaced = sender.entries.find(transaction.transaction.nonce);
    if (replaced != sender.entries.end()) {
        (void)remove(sender, replaced);
        ++statistics_.replaced;
    }
    insert(sender, std::move(transaction), next_arrival_++, cost);
    return Verdict::Accepted;
}

Verdict Pool::judge(const SignedTransaction& transaction, Sender& sender,
                    const Uint256& cost) const {
    const auto found = sender.entries.find(transaction.transaction.nonce);
    const Entry* replaced = found != sender.entries.end() ? &found->second : nullptr;
    if (config_.admission == Admission::Open) {
        const Verdict verdict = judge_account(transaction.transaction, sender, cost, replaced);
        if (verdict != Verdict::Accepted) return verdict;
    }
    if (replaced != nullptr && !outbids(transaction.transaction, replaced->transaction.transaction))
        return Verdict::FeeTooLow;
    const size_t freed_bytes = replaced != nullptr ? replaced->transaction.encoded_bytes : 0;
    const bool fits =
        replaced != nullptr || (by_hash_.size() < config_.transactions_max &&
                                sender.entries.size() < config_.transactions_per_sender_max);
    if (!fits || bytes_ - freed_bytes + transaction.encoded_bytes > config_.bytes_max)
        return Verdict::PoolFull;
    return Verdict::Accepted;
}

Verdict Pool::judge_account(const Transaction& transaction, const Sender& sender,
                            const Uint256& cost, const Entry* replaced) const {
    SWITCHYARD_ASSERT(head_.state != nullptr);
    if (const Verdict verdict = head_.rules(transaction); verdict != Verdict::Accepted)
        return verdict;
    if (transaction.gas_limit > head_.block_gas_limit) return Verdict::GasLimitTooHigh;
    if (transaction.max_fee_per_gas < config_.min_fee_per_gas) return Verdict::FeeTooLow;
    // EIP-2681: the last nonce cannot be used.
    if (transaction.nonce == UINT64_MAX) return Verdict::Malformed;
    if (transaction.nonce < sender.next_nonce) return Verdict::NonceTooLow;
    // All that the sender has here must be payable together.
    Uint256 owed = add_saturated(sender.cost, sender.taken_cost);
    if (replaced != nullptr) owed = subtract_saturated(owed, replaced->cost);
    const Uint256Carry total = add_with_carry(owed, cost);
    if (total.carry || total.value > sender.balance) return Verdict::InsufficientFunds;
    return Verdict::Accepted;
}

bool Pool::outbids(const Transaction& transaction, const Transaction& replaced) const {
    const uint32_t percent = config_.price_bump_percent;
    return is_raised(transaction.max_fee_per_gas, replaced.max_fee_per_gas, percent) &&
           is_raised(transaction.max_priority_fee_per_gas, replaced.max_priority_fee_per_gas,
                     percent) &&
           (replaced.type != TransactionType::Blob ||
            is_raised(transaction.max_fee_per_blob_gas, replaced.max_fee_per_blob_gas, percent));
}

void Pool::insert(Sender& sender, SignedTransaction&& transaction, uint64_t arrival,
                  const Uint256& cost) {
    const uint64_t nonce = transaction.transaction.nonce;
    by_hash_.emplace(transaction.hash, Place{transaction.sender, nonce});
    bytes_ += transaction.encoded_bytes;
    sender.cost = add_saturated(sender.cost, cost);
    sender.entries.emplace(nonce, Entry{std::move(transaction), arrival, cost});
}

SignedTransaction Pool::remove(Sender& sender, std::map<uint64_t, Entry>::iterator entry) {
    SignedTransaction transaction = std::move(entry->second.transaction);
    sender.cost = subtract_saturated(sender.cost, entry->second.cost);
    sender.entries.erase(entry);
    by_hash_.erase(transaction.hash);
    bytes_ -= transaction.encoded_bytes;
    return transaction;
}

SignedTransaction Pool::take(Sender& sender, std::map<uint64_t, Entry>::iterator entry) {
    // The sender stays known, with this nonce used and this cost spent, until the next head.
    if (entry->first >= sender.next_nonce) sender.next_nonce = entry->first + 1;
    sender.taken_cost = add_saturated(sender.taken_cost, entry->second.cost);
    ++statistics_.taken;
    return remove(sender, entry);
}

size_t Pool::room() const {
    return kBatchTransactionsMax;
}

void Pool::accept(std::span<SignedTransaction> transactions, std::span<Verdict> verdicts) {
    SWITCHYARD_ASSERT(transactions.size() == verdicts.size());
    for (size_t i = 0; i < transactions.size(); ++i)
        verdicts[i] = add(std::move(transactions[i]));
}

const Pool::Entry* Pool::next_for(const Sender& sender, const BlockTarget& left) {
    const auto found = sender.entries.find(sender.next_nonce);
    if (found == sender.entries.end()) return nullptr;
    const Transaction& transaction = found->second.transaction.transaction;
    const uint64_t blob_gas = blob_gas_of(transaction);
    const bool fits = transaction.gas_limit <= left.gas_limit && blob_gas <= left.blob_gas_limit &&
                      body_bytes_max(found->second.transaction) <= left.bytes_max;
    const bool pays_enough =
        transaction.max_fee_per_gas >= left.base_fee &&
        (blob_gas == 0 || transaction.max_fee_per_blob_gas >= left.blob_base_fee);
    const bool can_pay = add_saturated(sender.taken_cost, found->second.cost) <= sender.balance;
    return fits && pays_enough && can_pay ? &found->second : nullptr;
}

std::vector<SignedTransaction> Pool::take_block(const BlockTarget& target) {
    const auto comes_later = [](const Candidate& a, const Candidate& b) {
        return a.tip != b.tip ? a.tip < b.tip : a.arrival > b.arrival;
    };
    BlockTarget left = target;
    std::vector<Candidate> heap;
    const auto offer = [&](Sender& sender) {
        const Entry* entry = next_for(sender, left);
        if (entry == nullptr) return;
        heap.push_back({effective_tip(entry->transaction.transaction, left.base_fee),
                        entry->arrival, &sender});
        std::push_heap(heap.begin(), heap.end(), comes_later);
    };
    for (auto& [address, sender] : senders_)
        offer(sender);

    std::vector<SignedTransaction> out;
    while (!heap.empty() && out.size() < target.transactions_max) {
        std::pop_heap(heap.begin(), heap.end(), comes_later);
        Sender& sender = *heap.back().sender;
        heap.pop_back();
        // The room has shrunk since it was offered.
        if (next_for(sender, left) == nullptr) continue;
        out.push_back(take(sender, sender.entries.find(sender.next_nonce)));
        left.gas_limit -= out.back().transaction.gas_limit;
        left.blob_gas_limit -= blob_gas_of(out.back().transaction);
        left.bytes_max -= body_bytes_max(out.back());
        offer(sender);
    }
    return out;
}

Result<std::vector<SignedTransaction>> Pool::take_exactly(std::span<const Bytes32> hashes) {
    std::unordered_set<Bytes32> seen;
    for (size_t i = 0; i < hashes.size(); ++i) {
        if (!by_hash_.contains(hashes[i]))
            return Error{ErrorCode::NotFound,
                         "transaction " + std::to_string(i) + " is not in the pool"};
        if (!seen.insert(hashes[i]).second)
            return Error{ErrorCode::InvalidInput,
                         "transaction " + std::to_string(i) + " is named twice"};
    }
    std::vector<SignedTransaction> out;
    out.reserve(hashes.size());
    for (const Bytes32& hash : hashes) {
        const Place place = by_hash_.at(hash);
        Sender& sender = senders_.at(place.sender);
        out.push_back(take(sender, sender.entries.find(place.nonce)));
        // No rule here needs to remember the nonce, and heads may be rare.
        if (config_.admission == Admission::Named && sender.entries.empty())
            senders_.erase(place.sender);
    }
    return out;
}

void Pool::put_back(std::vector<SignedTransaction> transactions) {
    // From the last to the first, so that each stands before the one put back after it.
    for (auto it = transactions.rbegin(); it != transactions.rend(); ++it) {
        Sender& sender = senders_[it->sender];
        if (!sender.known) read_account(it->sender, sender);
        const uint64_t nonce = it->transaction.nonce;
        // The chain, or the sender itself after a new head, has used the nonce meanwhile.
        const auto account =
            head_.state != nullptr ? head_.state->account(it->sender) : std::optional<Account>{};
        if ((account && nonce < account->nonce) || sender.entries.contains(nonce)) {
            ++statistics_.stale;
            continue;
        }
        const Uint256 cost = cost_of(it->transaction);
        sender.next_nonce = std::min(sender.next_nonce, nonce);
        sender.taken_cost = subtract_saturated(sender.taken_cost, cost);
        insert(sender, std::move(*it), --first_arrival_, cost);
        ++statistics_.put_back;
    }
}

}  // namespace switchyard
