// SPDX-License-Identifier: Apache-2.0
// A memory that may be read and rewritten in every clock although a write takes several to arrive:
// the latest writes are also held in registers, and a read takes the newest one of its address
// from there.
#pragma once

#include "hls/pragmas.hpp"

#include <stdint.h>

namespace switchyard {
namespace hls {

/// Bambu does not pipeline loops: a write has arrived before the next step begins, and the
/// registers would cost it a copy of each value for nothing.
#if defined(__BAMBU__) && !defined(SWITCHYARD_HLS_DATAFLOW)
constexpr bool kStepsOverlap = false;
#else
constexpr bool kStepsOverlap = true;
#endif

/// In a circuit a write is issued at once and arrives in time for the read that no longer finds it
/// in the registers. An ordinary build writes no sooner than that, so that a bypass that misses
/// shows there as the stale value that a circuit would read.
#if defined(__SYNTHESIS__) || defined(__VITIS_HLS__) || defined(__BAMBU__)
constexpr bool kWritesArriveLate = false;
#else
constexpr bool kWritesArriveLate = true;
#endif

/// The last `Held` writes, in a ring; of several to one address only the newest is valid, so that a
/// read has one match at most and needs no order of age. All zero after a reset.
template <typename T, uint32_t Held>
struct Bypass {
    bool valid[Held];
    uint32_t address[Held];
    T value[Held];
    uint32_t oldest;  // the place of the next write
};

template <typename T, uint32_t Held>
HLS_INLINE T read_newest(const T* memory, const Bypass<T, Held>& bypass, uint32_t address) {
    VITIS_HLS(INLINE)
    T value = memory[address];
    if (!kStepsOverlap) return value;
    HLS_LOOP(held_writes)
    for (uint32_t h = 0; h < Held; ++h) {
        VITIS_HLS(UNROLL)  // comparators side by side, then a selection of one
        if (bypass.valid[h] && bypass.address[h] == address) value = bypass.value[h];
    }
    return value;
}

template <typename T, uint32_t Held>
HLS_INLINE void write_through(T* memory, Bypass<T, Held>& bypass, uint32_t address,
                              const T& value) {
    VITIS_HLS(INLINE)
    const uint32_t at = bypass.oldest;
    if (!kWritesArriveLate) {
        memory[address] = value;
    } else if (bypass.valid[at]) {
        memory[bypass.address[at]] = bypass.value[at];
    }
    if (!kStepsOverlap) return;
    HLS_LOOP(outdate_writes)
    for (uint32_t h = 0; h < Held; ++h) {
        VITIS_HLS(UNROLL)  // comparators side by side
        if (bypass.address[h] == address) bypass.valid[h] = false;
    }
    bypass.valid[at] = true;
    bypass.address[at] = address;
    bypass.value[at] = value;
    bypass.oldest = at + 1 == Held ? 0 : at + 1;
}

}  // namespace hls
}  // namespace switchyard
