// SPDX-License-Identifier: Apache-2.0
#include "host/ingest/submission_queue.hpp"

#include <condition_variable>
#include <utility>

#include "host/core/assert.hpp"
#include "host/core/limits.hpp"

namespace switchyard {
namespace {

constexpr size_t kTransactionsMax = 1u << 20;

/// The clock of every source (`RawTransaction::arrival_ns`).
uint64_t monotonic_ns() {
    return static_cast<uint64_t>(std::chrono::duration_cast<std::chrono::nanoseconds>(
                                     std::chrono::steady_clock::now().time_since_epoch())
                                     .count());
}

}  // namespace

Result<std::unique_ptr<SubmissionQueue>> SubmissionQueue::create(const SubmissionConfig& config) {
    if (config.transactions < 2 || config.transactions > kTransactionsMax)
        return Error{ErrorCode::InvalidInput,
                     "submission queue: transactions takes 2 to 1,048,576"};
    if (config.bytes < 2 * kTransactionBytesMax)
        return Error{ErrorCode::InvalidInput, "submission queue: bytes takes 262,144 or more"};
    return std::unique_ptr<SubmissionQueue>(new SubmissionQueue(config));
}

SubmissionQueue::SubmissionQueue(const SubmissionConfig& config)
    : config_(config), slots_(config.transactions), waiting_(config.transactions) {
    free_.reserve(config.transactions);
    for (size_t i = config.transactions; i-- > 0;)
        free_.push_back(static_cast<uint32_t>(i));
    finished_.reserve(kBatchTransactionsMax);
}

SubmissionQueue::~SubmissionQueue() {
    SWITCHYARD_ASSERT(waiting_count_ == counters_.under_way);
    closed_ = true;
    for (Slot& slot : slots_)
        if (slot.answer)
            slot.answer(Error{ErrorCode::Unavailable,
                              "the server stopped before this transaction had its turn"});
}

/// Under the lock: whether a submission of `size` bytes has room.
Result<void> SubmissionQueue::admit(uint64_t submitter, size_t size) {
    if (closed_) return Error{ErrorCode::Unavailable, "the server takes no more transactions"};
    const size_t free_bytes = config_.bytes - counters_.bytes_under_way;
    if (free_.empty() || size > free_bytes) {
        ++counters_.refused_full;
        return Error{ErrorCode::LimitExceeded, "the server is busy; submit again later"};
    }
    const auto found = shares_.find(submitter);
    if (found == shares_.end()) return {};
    const Share& share = found->second;
    if (share.transactions >= free_.size() || share.bytes + size > free_bytes) {
        ++counters_.refused_share;
        return Error{ErrorCode::LimitExceeded,
                     "this client has too many transactions under way; submit again later"};
    }
    return {};
}

Result<void> SubmissionQueue::submit(Bytes transaction, std::optional<Address> sender_hint,
                                     uint64_t submitter, Answer answer) {
    SWITCHYARD_ASSERT(answer != nullptr);
    const uint64_t now_ns = monotonic_ns();
    const size_t size = transaction.size();
    const std::lock_guard lock(mutex_);
    if (size == 0 || size > kTransactionBytesMax) {
        ++counters_.refused_invalid;
        return Error{ErrorCode::InvalidInput,
                     "a transaction has 1 to 131,072 bytes, not " + std::to_string(size)};
    }
    if (auto admitted = admit(submitter, size); !admitted) return admitted;
    const uint32_t index = free_.back();
    free_.pop_back();
    slots_[index] = {.bytes = std::move(transaction),
                     .hint = sender_hint,
                     .submitter = submitter,
                     .arrival_ns = now_ns,
                     .answer = std::move(answer)};
    waiting_[(waiting_begin_ + waiting_count_++) % waiting_.size()] = index;
    Share& share = shares_[submitter];
    ++share.transactions;
    share.bytes += size;
    ++counters_.submitted;
    ++counters_.under_way;
    counters_.bytes_under_way += size;
    return {};
}

Result<Verdict> SubmissionQueue::submit_and_wait(Bytes transaction,
                                                 std::optional<Address> sender_hint,
                                                 uint64_t submitter,
                                                 std::chrono::milliseconds patience) {
    struct Waiter {
        std::mutex mutex;
        std::condition_variable answered;
        std::optional<Result<Verdict>> verdict;
    };
    // Shared, because the answer may come after this call gave up.
    const auto waiter = std::make_shared<Waiter>();
    auto taken =
        submit(std::move(transaction), sender_hint, submitter, [waiter](Result<Verdict> verdict) {
            const std::lock_guard lock(waiter->mutex);
            waiter->verdict = std::move(verdict);
            waiter->answered.notify_one();
        });
    if (!taken) return taken.error();
    std::unique_lock lock(waiter->mutex);
    if (!waiter->answered.wait_for(lock, patience, [&] { return waiter->verdict.has_value(); }))
        return Error{ErrorCode::Timeout,
                     "no verdict yet; the transaction may be accepted all the same"};
    return *waiter->verdict;
}

void SubmissionQueue::close() {
    const std::lock_guard lock(mutex_);
    closed_ = true;
}

SubmissionCounters SubmissionQueue::counters() const {
    const std::lock_guard lock(mutex_);
    return counters_;
}

size_t SubmissionQueue::poll(std::span<RawTransaction> out) {
    const std::lock_guard lock(mutex_);
    const size_t count = std::min(out.size(), waiting_count_);
    for (size_t i = 0; i < count; ++i) {
        const uint32_t index = waiting_[waiting_begin_];
        waiting_begin_ = (waiting_begin_ + 1) % waiting_.size();
        Slot& slot = slots_[index];
        slot.polled = true;
        out[i] = {.bytes = slot.bytes,
                  .arrival_ns = slot.arrival_ns,
                  .source_id = slot.submitter,
                  .sequence = next_sequence_++,
                  .owner = index,
                  .sender_hint = {}};
        if (slot.hint) out[i].sender_hint = slot.hint->bytes;
    }
    waiting_count_ -= count;
    return count;
}

/// Under the lock: ends a submission and gives its slot back.
SubmissionQueue::Finished SubmissionQueue::take_out(uint32_t index) {
    SWITCHYARD_ASSERT(index < slots_.size() && slots_[index].polled);
    Slot& slot = slots_[index];
    const size_t size = slot.bytes.size();
    const auto share = shares_.find(slot.submitter);
    SWITCHYARD_ASSERT(share != shares_.end());
    share->second.bytes -= size;
    if (--share->second.transactions == 0) shares_.erase(share);
    ++counters_.answered;
    --counters_.under_way;
    counters_.bytes_under_way -= size;
    slot.polled = false;
    free_.push_back(index);
    return {.bytes = std::move(slot.bytes), .answer = std::exchange(slot.answer, nullptr)};
}

void SubmissionQueue::release(std::span<const RawTransaction> transactions,
                              std::span<const Verdict> verdicts) {
    SWITCHYARD_ASSERT(transactions.size() == verdicts.size());
    {
        const std::lock_guard lock(mutex_);
        for (const RawTransaction& one : transactions)
            finished_.push_back(take_out(static_cast<uint32_t>(one.owner)));
    }
    // The room is free again and the lock is not held: an answer may submit.
    for (size_t i = 0; i < finished_.size(); ++i)
        finished_[i].answer(verdicts[i]);
    finished_.clear();
}

bool SubmissionQueue::exhausted() const {
    const std::lock_guard lock(mutex_);
    return closed_ && waiting_count_ == 0;
}

}  // namespace switchyard
