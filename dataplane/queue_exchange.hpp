// SPDX-License-Identifier: Apache-2.0
// Between the receive loops of one port's queues: frames that came on another queue than that of
// their session.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "dataplane/port.hpp"
#include "dataplane/protocol/flow_hash.hpp"
#include "dataplane/protocol/siphash.hpp"
#include "dataplane/receive/spsc_ring.hpp"

namespace switchyard::dataplane {

/// A session belongs to one queue, that of its flow's hash, whatever queue its frames come on: a
/// card that was told so delivers them there, the kernel and peers choose by rules of their own. So
/// no session is ever known to two queues, and nothing is shared but these rings, one from each
/// queue to each other one.
class QueueExchange {
  public:
    static constexpr uint16_t kQueuesMax = 16;
    static constexpr size_t kRingFrames = 256;

    /// `entries` is the size of the card's table from hash to queue. `secret` is that of the
    /// cookies, which hold on every queue. Precondition: 1 to kQueuesMax queues.
    QueueExchange(uint16_t queues, uint16_t entries, const SipKey& secret)
        : queues_(queues), entries_(entries), secret_(secret) {
        rings_.reserve(size_t{queues} * queues);
        for (size_t i = 0; i < size_t{queues} * queues; ++i)
            rings_.push_back(std::make_unique<SpscRing<Frame>>(kRingFrames));
    }

    [[nodiscard]] uint16_t queues() const { return queues_; }
    [[nodiscard]] const SipKey& secret() const { return secret_; }

    /// The queue of the session that a datagram is of.
    [[nodiscard]] uint16_t home(const LinkHeaders& link, uint16_t port) const {
        return static_cast<uint16_t>(flow_hash(link, port) % entries_ % queues_);
    }

    /// Hands a frame with its buffer over; false when that queue is behind. Thread of `from`.
    [[nodiscard]] bool hand_over(uint16_t from, uint16_t to, const Frame& frame) {
        SpscRing<Frame>& ring = *rings_[size_t{to} * queues_ + from];
        if (!ring.has_room(1)) return false;
        ring.stage(0) = frame;
        ring.publish(1);
        return true;
    }
    /// Takes what others handed to `to`. Thread of `to`.
    [[nodiscard]] size_t take_over(uint16_t to, std::span<Frame> out) {
        size_t count = 0;
        for (uint16_t from = 0; from < queues_ && count < out.size(); ++from)
            count += rings_[size_t{to} * queues_ + from]->pop(out.subspan(count));
        return count;
    }

    /// Says, once, that a queue received its last frame and has handed over what it had to; it
    /// pairs with `all_drained`, so that what was handed over before is seen after.
    void drained() { drained_.fetch_add(1, std::memory_order_release); }
    [[nodiscard]] bool all_drained() const {
        return drained_.load(std::memory_order_acquire) == queues_;
    }

  private:
    uint16_t queues_;
    uint16_t entries_;
    SipKey secret_;
    std::vector<std::unique_ptr<SpscRing<Frame>>> rings_;
    std::atomic<uint16_t> drained_{0};
};

}  // namespace switchyard::dataplane
