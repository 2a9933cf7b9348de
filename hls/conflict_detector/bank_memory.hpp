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

/// The last `Held` writes, newest first. All zero after a reset.
template <typename T, uint32_t Held>
struct Bypass {
    bool valid[Held];
    uint32_t address[Held];
    T value[Held];
};

template <typename T, uint32_t Held>
HLS_INLINE T read_newest(const T* memory, const Bypass<T, Held>& bypass, uint32_t address) {
    VITIS_HLS(INLINE)
    T value = memory[address];
    if (!kStepsOverlap) return value;
    HLS_LOOP(held_writes)
    for (uint32_t h = Held; h > 0; --h) {
        VITIS_HLS(UNROLL)  // comparators side by side; the newest has the last word
        if (bypass.valid[h - 1] && bypass.address[h - 1] == address) value = bypass.value[h - 1];
    }
    return value;
}

template <typename T, uint32_t Held>
HLS_INLINE void write_through(T* memory, Bypass<T, Held>& bypass, uint32_t address,
                              const T& value) {
    VITIS_HLS(INLINE)
    if (kWritesArriveLate) {
        if (bypass.valid[Held - 1]) memory[bypass.address[Held - 1]] = bypass.value[Held - 1];
    } else {
        memory[address] = value;
    }
    if (!kStepsOverlap) return;
    HLS_LOOP(shift_writes)
    for (uint32_t h = Held - 1; h > 0; --h) {
        VITIS_HLS(UNROLL)  // a shift register
        bypass.valid[h] = bypass.valid[h - 1];
        bypass.address[h] = bypass.address[h - 1];
        bypass.value[h] = bypass.value[h - 1];
    }
    bypass.valid[0] = true;
    bypass.address[0] = address;
    bypass.value[0] = value;
}

}  // namespace hls
}  // namespace switchyard
