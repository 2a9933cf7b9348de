// SPDX-License-Identifier: Apache-2.0
// Changes of the head for those who follow at their own pace.
#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "host/node/chain/chain.hpp"

namespace switchyard::embedded {

struct BlockEvent {
    enum class Kind : uint8_t { Added, Removed };
    Kind kind = Kind::Added;
    node::BlockPointer block;
    uint64_t missed = 0;  ///< events before this one that were dropped because nobody took them
};

/// A bounded queue; when it is full, the oldest event goes. From any thread.
class HeadQueue {
  public:
    explicit HeadQueue(size_t capacity) : capacity_(capacity) {}

    void push(BlockEvent::Kind kind, const node::BlockPointer& block);
    /// The next event, waiting for it at most so long; no value: there is none.
    [[nodiscard]] std::optional<BlockEvent> next(std::chrono::milliseconds patience);
    /// Ends all waits; what is queued may still be taken.
    void close();
    [[nodiscard]] bool is_closed() const;

  private:
    const size_t capacity_;
    mutable std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<BlockEvent> events_;
    uint64_t missed_ = 0;
    bool closed_ = false;
};

/// Passes the chain's head events on to any number of queues.
class HeadFanout final : public node::HeadListener {
  public:
    void add(std::shared_ptr<HeadQueue> queue);
    void on_head(const node::HeadEvent& event) override;
    void close();

  private:
    std::mutex mutex_;
    std::vector<std::shared_ptr<HeadQueue>> queues_;
    bool closed_ = false;
};

}  // namespace switchyard::embedded
