// SPDX-License-Identifier: Apache-2.0
// What becomes of the pool's transactions, as told to those who listen.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <string_view>
#include <vector>

#include "host/core/bytes.hpp"
#include "host/core/transaction_source.hpp"

namespace switchyard {

/// How a transaction leaves the pool other than into a block. There is no other way.
enum class DropReason : uint8_t {
    Replaced,   ///< its sender put another one in its place, which pays more
    NonceUsed,  ///< the chain has used its nonce: by itself, in a block from elsewhere, or another
    Evicted,    ///< `Origin::Public` alone: the pool was full and a dearer one came
    Expired,    ///< it stood behind a nonce gap for longer than `PoolConfig::lifetime_s`
    Rejected,   ///< execution refused it; `PoolEvent::verdict` says why
    /// Its block was taken back, and it does not fit the new head; `PoolEvent::verdict` says why.
    NotValidAfterReorg,
};
[[nodiscard]] std::string_view to_string(DropReason reason);

struct PoolEvent {
    enum class Kind : uint8_t {
        Pending,  ///< it may stand in the next block: new, or the gap before it was filled
        Queued,   ///< new behind a nonce gap, or a gap opened before it
        Taken,    ///< it left for a block under way
        Dropped,
    };
    Kind kind = Kind::Pending;
    DropReason reason = DropReason::Replaced;  ///< of `Dropped`
    Verdict verdict = Verdict::Accepted;       ///< of `Rejected` and `NotValidAfterReorg`
    bool is_new = false;                       ///< it was not in the pool before
    uint64_t nonce = 0;
    Address sender;
    Bytes32 hash;
};

/// The events of one listener, in order. Bounded: when the listener does not come to fetch them,
/// the oldest are overwritten and counted. Safe from any thread.
class PoolEventQueue {
  public:
    /// `capacity` is at least 1.
    explicit PoolEventQueue(size_t capacity);
    void push(const PoolEvent& event);
    /// Moves up to `out.size()` of the oldest events out; returns how many.
    [[nodiscard]] size_t poll(std::span<PoolEvent> out);
    /// How many were overwritten since the start.
    [[nodiscard]] uint64_t missed() const;

  private:
    mutable std::mutex mutex_;
    std::vector<PoolEvent> ring_;
    size_t first_ = 0;
    size_t count_ = 0;
    uint64_t missed_ = 0;
};

/// Hands events to all who listen. Not thread-safe but for the queues.
class PoolEventHub {
  public:
    /// Ends when the last copy of the pointer outside is gone.
    [[nodiscard]] std::shared_ptr<PoolEventQueue> subscribe(size_t capacity);
    [[nodiscard]] bool has_listeners() const { return !queues_.empty(); }
    void publish(const PoolEvent& event);

  private:
    std::vector<std::weak_ptr<PoolEventQueue>> queues_;
};

}  // namespace switchyard
