// SPDX-License-Identifier: Apache-2.0
// A source of transactions that threads of this process submit: the way of JSON-RPC onto the road.
//
//   auto queue = SubmissionQueue::create({});                       // Result<std::unique_ptr<...>>
//   MergedSource source({ingress, queue->get()});                   // merged_source.hpp
//   station.step(source, pool);                                     // the consumer's thread
//   (*queue)->submit(bytes, {}, connection, [=](Result<Verdict> verdict) { answer(verdict); });
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <unordered_map>
#include <vector>

#include "host/core/result.hpp"
#include "host/core/transaction_source.hpp"

namespace switchyard {

struct SubmissionConfig {
    size_t transactions = 4'096;      ///< taken and not answered; 2 to 1,048,576
    size_t bytes = 32 * 1024 * 1024;  ///< of those; at least twice kTransactionBytesMax
};

struct SubmissionCounters {
    uint64_t submitted = 0;        ///< taken
    uint64_t refused_full = 0;     ///< for want of room
    uint64_t refused_share = 0;    ///< its submitter has as much under way as is still free
    uint64_t refused_invalid = 0;  ///< empty, too large
    uint64_t answered = 0;         ///< with a verdict
    size_t under_way = 0;          ///< taken and not answered
    size_t bytes_under_way = 0;
};

/// Bounded, many producers, one consumer, first in, first out.
///
/// A submission is refused when the queue is full, and already when its submitter has as many under
/// way, or as many bytes, as the queue has free (the dynamic threshold of A. Choudhury and E.
/// Hahne, 1998): one that floods ends at half of the room, n of them leave one part in n + 1 to
/// others. That is the back-pressure: whoever is refused tells its client to try again.
///
/// Memory: the configured bytes, and about 150 bytes a transaction, taken by the constructor.
class SubmissionQueue final : public TransactionSource {
  public:
    /// Called exactly once for each submission that was taken: with the final verdict, on the
    /// consumer's thread, within `release`; or with Unavailable by the destructor. It must be quick
    /// and must not throw; it may submit.
    using Answer = std::function<void(Result<Verdict>)>;

    /// InvalidInput for a configuration outside its bounds.
    [[nodiscard]] static Result<std::unique_ptr<SubmissionQueue>> create(
        const SubmissionConfig& config);
    /// Precondition: no other thread is inside a call, and the consumer holds nothing.
    ~SubmissionQueue() override;
    SubmissionQueue(const SubmissionQueue&) = delete;
    SubmissionQueue& operator=(const SubmissionQueue&) = delete;

    // Any thread.

    /// Takes a signed transaction of 1 to kTransactionBytesMax bytes. `submitter` tells apart those
    /// who share the room and whose hints are believed: a connection, an account of the API; below
    /// 2^60. Never waits. LimitExceeded when there is no room now, InvalidInput for other sizes,
    /// Unavailable after `close`; `answer` is then not called.
    [[nodiscard]] Result<void> submit(Bytes transaction, std::optional<Address> sender_hint,
                                      uint64_t submitter, Answer answer);

    /// The same for a thread that has nothing else to do. Timeout after `patience`: the verdict is
    /// then not known, and the transaction may be accepted yet. Not on the consumer's thread.
    [[nodiscard]] Result<Verdict> submit_and_wait(Bytes transaction,
                                                  std::optional<Address> sender_hint,
                                                  uint64_t submitter,
                                                  std::chrono::milliseconds patience);

    /// Takes no more. What was taken still gets its verdict; then the source is exhausted.
    void close();

    [[nodiscard]] SubmissionCounters counters() const;

    // The consumer. `source_id` is the submitter.

    [[nodiscard]] size_t poll(std::span<RawTransaction> out) override;
    void release(std::span<const RawTransaction> transactions,
                 std::span<const Verdict> verdicts) override;
    [[nodiscard]] bool exhausted() const override;

  private:
    struct Slot {
        Bytes bytes;
        std::optional<Address> hint;
        uint64_t submitter = 0;
        uint64_t arrival_ns = 0;
        Answer answer;
        bool polled = false;
    };
    /// What one submitter has under way.
    struct Share {
        size_t transactions = 0;
        size_t bytes = 0;
    };
    struct Finished {
        Bytes bytes;  ///< freed outside of the lock
        Answer answer;
    };

    explicit SubmissionQueue(const SubmissionConfig& config);
    [[nodiscard]] Result<void> admit(uint64_t submitter, size_t size);
    [[nodiscard]] Finished take_out(uint32_t index);

    const SubmissionConfig config_;
    mutable std::mutex mutex_;
    // Under the lock. A slot that was polled is the consumer's until it is released.
    std::vector<Slot> slots_;
    std::vector<uint32_t> free_;
    std::vector<uint32_t> waiting_;  ///< a ring of slots, oldest first
    size_t waiting_begin_ = 0;
    size_t waiting_count_ = 0;
    std::unordered_map<uint64_t, Share> shares_;  ///< of those with something under way
    uint64_t next_sequence_ = 0;
    bool closed_ = false;
    SubmissionCounters counters_;
    // The consumer's.
    std::vector<Finished> finished_;
};

}  // namespace switchyard
