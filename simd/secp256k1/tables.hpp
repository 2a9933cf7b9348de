// SPDX-License-Identifier: Apache-2.0
// Multiples of G that every recovery looks up, computed once at the first use.
#pragma once

#include <cstddef>
#include <cstdint>

#include "simd/secp256k1/ref.hpp"

namespace switchyard::simd {

/// Words of a field element in radix 2^52: the format of tables and of all that enters or leaves
/// the vector kernel.
inline constexpr size_t kFieldWords = 5;

/// Bits of a window of u1's halves; 2^(w-1) multiples are kept for each half.
inline constexpr size_t kGeneratorWindow = 10;
inline constexpr size_t kGeneratorWindows = 13;
inline constexpr size_t kGeneratorEntries = size_t{1} << (kGeneratorWindow - 1);
static_assert(kGeneratorWindow * kGeneratorWindows > 128);

/// An affine point in a row of 64 bytes, one cache line: x and y as four words each, least
/// significant first, below 2^256 and thus perhaps p or more.
struct alignas(64) PackedPoint {
    uint64_t x[4];
    uint64_t y[4];
};

/// Entry i of half h is (i + 1) * 2^(128 h) * G, below p.
struct GeneratorTable {
    PackedPoint half[2][kGeneratorEntries];
};

/// The table; the first call computes it (under a millisecond or two), later ones return it.
/// Thread-safe; 64 kB of static storage, no heap.
[[nodiscard]] const GeneratorTable& generator_table();

/// Splits a 256-bit integer into five words of 52 bits, and joins them again.
void to_field_words(const ref::U256& value, uint64_t* words, size_t stride);
[[nodiscard]] ref::U256 from_field_words(const uint64_t* words, size_t stride);

}  // namespace switchyard::simd
