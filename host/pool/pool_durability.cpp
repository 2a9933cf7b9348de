// SPDX-License-Identifier: Apache-2.0
// The pool and its journal: batches, restart, compaction.
#include <algorithm>

#include "host/core/assert.hpp"
#include "host/core/limits.hpp"
#include "host/pool/pool.hpp"
#include "host/pool/pool_arithmetic.hpp"

namespace switchyard {
namespace {

using namespace pool_arithmetic;
using pool_records::kNone;
using pool_records::kStaged;

/// Entries that a step of compaction looks at: some milliseconds.
constexpr uint32_t kCompactionStep = 4096;

}  // namespace

Pool::Batch::Batch(Pool& pool) : pool_(pool), lock_(pool.mutex_) {}

Pool::Batch::~Batch() {
    if (!committed_) (void)commit();
}

Verdict Pool::Batch::add(SignedTransaction&& transaction, Origin origin) {
    const Verdict verdict = pool_.admit(std::move(transaction), origin);
    ++pool_.statistics_.verdicts[static_cast<size_t>(verdict)];
    return verdict;
}

Result<void> Pool::Batch::commit() {
    SWITCHYARD_ASSERT(!committed_);
    committed_ = true;
    const auto record = pool_.append_staged();
    PoolJournal* const journal = pool_.journal_.get();
    lock_.unlock();
    if (!record) return record.error();
    if (*record == 0) return {};
    auto durable = journal->wait_durable(*record);
    if (!durable) {
        // A journal that could not be synced cannot be written any more.
        const std::lock_guard lock(pool_.mutex_);
        pool_.journal_failure_ = durable.error();
    }
    return durable;
}

Verdict Pool::add(SignedTransaction&& transaction, Origin origin) {
    Batch batch(*this);
    const Verdict verdict = batch.add(std::move(transaction), origin);
    if (!batch.commit() && verdict == Verdict::Accepted) return Verdict::NotDurable;
    return verdict;
}

size_t Pool::room() const {
    return kBatchTransactionsMax;
}

void Pool::accept(std::span<SignedTransaction> transactions, std::span<Verdict> verdicts) {
    SWITCHYARD_ASSERT(transactions.size() == verdicts.size());
    Batch batch(*this);
    for (const SignedTransaction& transaction : transactions)
        batch.prefetch(transaction);
    for (size_t i = 0; i < transactions.size(); ++i)
        verdicts[i] = batch.add(std::move(transactions[i]), config_.sink_origin);
    if (!batch.commit()) std::ranges::replace(verdicts, Verdict::Accepted, Verdict::NotDurable);
}

Verdict Pool::preview(const SignedTransaction& transaction) const {
    const std::lock_guard lock(mutex_);
    if (journal_failure_) return Verdict::NotDurable;
    if (find_entry(transaction.hash) != kNone) return Verdict::Duplicate;
    Sender stranger;
    const uint32_t known = find_sender(transaction.sender);
    if (known == kNone) {
        stranger.address = transaction.sender;
        read_account(stranger);
    }
    const Sender& sender = known != kNone ? senders_[known] : stranger;
    const size_t place = sender.list.find(transaction.transaction.nonce);
    const Entry* const replaced =
        place != NonceList::kNone ? &entries_[sender.list[place].entry] : nullptr;
    return judge(transaction, sender, cost_of(transaction.transaction), replaced);
}

void Pool::Batch::prefetch(const SignedTransaction& transaction) const {
    pool_.by_hash_.prefetch(flat_hash(transaction.hash, pool_.hash_seed_));
    pool_.by_address_.prefetch(flat_hash(transaction.sender, pool_.hash_seed_));
}

Result<PoolRestored> Pool::open_journal(const PoolJournalOptions& options) {
    std::vector<JournaledTransaction> live;
    auto opened = PoolJournal::open(options, live);
    if (!opened) return opened.error();
    const std::lock_guard lock(mutex_);
    SWITCHYARD_ASSERT(journal_ == nullptr && size_ == 0);
    PoolRestored out;
    out.cut = (*opened)->recovery().cut;
    for (JournaledTransaction& item : live) {
        if (head_.rules && head_.rules(item.transaction.transaction) != Verdict::Accepted) {
            ++out.refused;
            publish_drop(item.transaction, DropReason::Rejected,
                         head_.rules(item.transaction.transaction));
            continue;
        }
        const uint32_t number = sender_of(item.transaction.sender);
        Sender& sender = senders_[number];
        const uint64_t nonce = item.transaction.transaction.nonce;
        if (nonce < sender.next_nonce) {
            ++out.nonce_used;
            publish_drop(item.transaction, DropReason::NonceUsed, Verdict::Accepted);
            forget_if_empty(number);
            continue;
        }
        // The later of two replaced the earlier.
        if (const size_t place = sender.list.find(nonce); place != NonceList::kNone) {
            (void)take_out(number, place);
            update_run(number, std::min<size_t>(place, sender.executable));
        }
        if (!hold_blobs(item.transaction)) {
            ++out.refused;
            publish_drop(item.transaction, DropReason::Rejected, Verdict::SidecarMissing);
            forget_if_empty(number);
            continue;
        }
        const Uint256 cost = cost_of(item.transaction.transaction);
        const uint32_t entry =
            insert(number, std::move(item.transaction), next_arrival_++, cost, item.origin);
        entries_[entry].record = item.record;
        entries_[entry].time_s = item.time_s;
        sender.heartbeat_s = std::max(sender.heartbeat_s, item.time_s);
        now_s_ = std::max(now_s_, item.time_s);
    }
    out.restored = size_;
    journal_ = std::move(*opened);
    return out;
}

void Pool::stage_added(uint32_t number) {
    if (journal_ == nullptr) return;
    Entry& entry = entries_[number];
    journal_->stage_added(entry.transaction, entry.origin, entry.time_s);
    entry.record = kStaged;
    staged_.push_back(number);
}

Result<uint64_t> Pool::append_staged() {
    if (journal_ == nullptr || !journal_->has_staged()) return uint64_t{0};
    auto record = journal_->append();
    if (!record) {
        journal_failure_ = record.error();
        staged_.clear();
        return record;
    }
    for (const uint32_t number : staged_)
        if (entries_[number].record == kStaged) entries_[number].record = *record;
    staged_.clear();
    return record;
}

void Pool::flush_staged() {
    // Nobody waits for it: what is lost of it comes back at a restart, and is judged again.
    (void)append_staged();
}

void Pool::note_taken(const Entry& entry) {
    if (journal_ != nullptr) taken_first_record_ = std::min(taken_first_record_, entry.record);
}

void Pool::block_durable(uint64_t number) {
    const std::lock_guard lock(mutex_);
    while (!in_flight_.empty() && in_flight_.front().block <= number)
        in_flight_.pop_front();
    if (journal_ != nullptr && !journal_failure_) compact();
}

void Pool::compact() {
    const PoolJournalOptions& options = journal_->options();
    const journal::JournalStatus status = journal_->status();
    if (compaction_cut_ == 0) {
        const bool is_large =
            status.segment_bytes > options.compact_above_bytes && status.segment_bytes / 4 > bytes_;
        if (is_large) {
            compaction_cut_ = status.appended + 1;
            compaction_next_ = 0;
        }
    }
    if (compaction_cut_ != 0) {
        const uint32_t end = std::min(entries_.end(), compaction_next_ + kCompactionStep);
        for (; compaction_next_ < end; ++compaction_next_) {
            const Entry& entry = entries_[compaction_next_];
            if (entry.used && entry.record < compaction_cut_) stage_added(compaction_next_);
        }
        flush_staged();
        if (compaction_next_ == entries_.end()) {
            release_below_ = compaction_cut_;
            compaction_cut_ = 0;
        }
    }
    // What is under way in a block stands in old segments alone until the block is durable.
    uint64_t below = std::min(release_below_, taken_first_record_);
    for (const InFlight& block : in_flight_)
        below = std::min(below, block.first_record);
    if (below > released_below_) {
        released_below_ = below;
        journal_->release(below - 1);
    }
}

}  // namespace switchyard
