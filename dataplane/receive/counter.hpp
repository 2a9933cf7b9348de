// SPDX-License-Identifier: Apache-2.0
// A number that one thread counts up and any thread reads.
#pragma once

#include <atomic>
#include <cstdint>

namespace switchyard::dataplane {

/// One writer, so that counting needs no locked instruction. Who reads a value also sees all that
/// was counted before it, by whichever thread; on x86-64 that costs nothing.
class Counter {
  public:
    void add(uint64_t amount) { set(value_.load(std::memory_order_relaxed) + amount); }
    void set(uint64_t value) { value_.store(value, std::memory_order_release); }
    [[nodiscard]] uint64_t value() const { return value_.load(std::memory_order_acquire); }

  private:
    std::atomic<uint64_t> value_{0};
};

/// Frames and their bytes.
struct FrameCounter {
    Counter frames;
    Counter bytes;

    void add(uint64_t frame_bytes) {
        frames.add(1);
        bytes.add(frame_bytes);
    }
};

}  // namespace switchyard::dataplane
