// SPDX-License-Identifier: Apache-2.0
// The stream between two processes where no tool brings one: a ring that never holds more than its
// depth. Reading an empty one, writing a full one or leaving a token in one is a bug of the
// kernel or its driver and ends the program.
#pragma once

#include <stdint.h>

#if !defined(__BAMBU__)
#include <stdlib.h>
#endif

namespace switchyard {
namespace hls {
namespace sim {

/// A bounded first-in-first-out channel with one writer and one reader, in one thread. The
/// interface is the part of `hls::stream` that the kernel uses, and what a driver asks before a
/// step.
template <typename T, uint32_t Depth>
class Stream {
  public:
    Stream() : first_(0), count_(0) {}
#if !defined(__BAMBU__)
    ~Stream() {
        require(count_ == 0);
    }  // a token left would meet the next part
#endif
    Stream(const Stream&) = delete;  // a channel is hardware
    Stream& operator=(const Stream&) = delete;

    bool empty() const {
        return count_ == 0;
    }
    bool full() const {
        return count_ == Depth;
    }

    T read() {
        require(count_ != 0);
        const uint32_t at = first_;
        first_ = first_ + 1 == Depth ? 0 : first_ + 1;
        --count_;
        return tokens_[at];
    }

    void write(const T& token) {
        require(count_ != Depth);
        const uint32_t past = first_ + count_;
        tokens_[past < Depth ? past : past - Depth] = token;
        ++count_;
    }

  private:
    static void require(bool holds) {
#if defined(__BAMBU__)
        (void)holds;
#else
        if (!holds) abort();
#endif
    }

    T tokens_[Depth];
    uint32_t first_;
    uint32_t count_;
};

}  // namespace sim
}  // namespace hls
}  // namespace switchyard
