// SPDX-License-Identifier: Apache-2.0
// A bounded queue between exactly two threads.
#pragma once

#include <algorithm>
#include <atomic>
#include <bit>
#include <cstddef>
#include <memory>
#include <span>

#include "host/core/assert.hpp"

namespace switchyard::dataplane {

/// Single producer, single consumer, wait-free (L. Lamport, Proving the Correctness of Multiprocess
/// Programs, 1977; each side keeps a copy of the other's index so that the cache line moves only
/// when the copy is used up). Indices run freely and wrap modulo 2^64.
///
/// The producer writes elements in place with `stage` and makes them visible with `publish`.
template <typename T>
class SpscRing {
  public:
    /// `capacity` is a power of two.
    explicit SpscRing(size_t capacity)
        : mask_(capacity - 1), elements_(std::make_unique<T[]>(capacity)) {
        SWITCHYARD_ASSERT(std::has_single_bit(capacity));
    }

    [[nodiscard]] size_t capacity() const { return mask_ + 1; }

    // Producer.

    /// True when `count` elements fit.
    [[nodiscard]] bool has_room(size_t count) {
        const uint64_t tail = tail_.load(std::memory_order_relaxed);
        if (capacity() - (tail - head_seen_) >= count) return true;
        head_seen_ = head_.load(std::memory_order_acquire);
        return capacity() - (tail - head_seen_) >= count;
    }
    /// The `ahead`-th element not yet published; within what `has_room` allowed.
    [[nodiscard]] T& stage(size_t ahead) {
        return elements_[(tail_.load(std::memory_order_relaxed) + ahead) & mask_];
    }
    void publish(size_t count) {
        tail_.store(tail_.load(std::memory_order_relaxed) + count, std::memory_order_release);
    }

    // Consumer.

    /// Takes up to `out.size()` elements; returns how many.
    size_t pop(std::span<T> out) {
        const uint64_t head = head_.load(std::memory_order_relaxed);
        if (tail_seen_ - head < out.size()) tail_seen_ = tail_.load(std::memory_order_acquire);
        const size_t count = std::min<size_t>(tail_seen_ - head, out.size());
        for (size_t i = 0; i < count; ++i)
            out[i] = elements_[(head + i) & mask_];
        if (count != 0) head_.store(head + count, std::memory_order_release);
        return count;
    }

    /// Exact for the consumer; for anyone else true only of some moment.
    [[nodiscard]] bool empty() const {
        return head_.load(std::memory_order_acquire) == tail_.load(std::memory_order_acquire);
    }

  private:
    static constexpr size_t kCacheLine = 64;
    const size_t mask_;
    const std::unique_ptr<T[]> elements_;
    alignas(kCacheLine) std::atomic<uint64_t> tail_{0};  // written by the producer
    uint64_t head_seen_ = 0;
    alignas(kCacheLine) std::atomic<uint64_t> head_{0};  // written by the consumer
    uint64_t tail_seen_ = 0;
};

}  // namespace switchyard::dataplane
