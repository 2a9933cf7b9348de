// SPDX-License-Identifier: Apache-2.0
// The byte-addressed memory of one frame (Yellow Paper, section 9.1) and the price of its growth.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <memory>

#include "host/core/uint256.hpp"
#include "host/evm/gas_schedule.hpp"

namespace switchyard::evm {

/// The largest memory of a frame. Its last word would cost 35 * 10^12 gas, far above any block's
/// limit, so that an access beyond it is out of gas under every revision.
inline constexpr uint64_t kMemoryBytesMax = uint64_t{1} << 32;

/// Zero-initialised, grows by whole words, never shrinks during a frame.
///
/// The buffer stays with the object between frames. Its address changes only in `grow`, so that a
/// view of a suspended frame's memory stays valid while the frames above it run.
class Memory {
  public:
    [[nodiscard]] uint8_t* data() { return data_.get(); }
    [[nodiscard]] const uint8_t* data() const { return data_.get(); }
    [[nodiscard]] uint64_t size() const { return size_; }  ///< bytes; a multiple of 32

    /// Starts a new frame: size 0, the buffer stays.
    void reset() { size_ = 0; }
    /// Grows to `size` bytes, a multiple of 32 above the current size; the new bytes are zero.
    void grow(uint64_t size);
    /// Gives the buffer back when it is larger than `bytes`. Invalidates views.
    void release_above(uint64_t bytes);

  private:
    struct Free {
        void operator()(uint8_t* data) const { std::free(data); }
    };
    std::unique_ptr<uint8_t[], Free> data_;
    uint64_t size_ = 0;
    uint64_t capacity_ = 0;
};

[[nodiscard]] constexpr uint64_t words_for(uint64_t bytes) {
    return bytes / 32 + (bytes % 32 != 0 ? 1 : 0);
}

/// Total price of a memory of `words` words: 3 w + w^2 / 512 (Yellow Paper, equation 326).
[[nodiscard]] constexpr uint64_t memory_cost(uint64_t words) {
    return gas::kMemoryWord * words + words * words / gas::kMemoryQuadraticDivisor;
}

/// Where an access ends, rounded up to a word; no limit is checked for an empty one.
struct MemoryEnd {
    uint64_t bytes = 0;
    bool in_limit = true;
};

[[nodiscard]] inline MemoryEnd memory_end(const Uint256& offset, const Uint256& size) {
    if (size.is_zero()) return {};
    if (!offset.fits_uint64() || !size.fits_uint64() || offset.limb[0] > kMemoryBytesMax ||
        size.limb[0] > kMemoryBytesMax - offset.limb[0])
        return {0, false};
    return {32 * words_for(offset.limb[0] + size.limb[0]), true};
}

/// Pays for and does the growth to `end`; false when `gas` does not suffice.
[[nodiscard, gnu::always_inline]] inline bool expand_memory(Memory& memory, MemoryEnd end,
                                                            uint64_t& gas) {
    if (!end.in_limit) return false;
    if (end.bytes <= memory.size()) return true;
    const uint64_t cost = memory_cost(end.bytes / 32) - memory_cost(memory.size() / 32);
    if (gas < cost) return false;
    gas -= cost;
    memory.grow(end.bytes);
    return true;
}

}  // namespace switchyard::evm
