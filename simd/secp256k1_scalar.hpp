// SPDX-License-Identifier: Apache-2.0
// Arithmetic modulo the group order for recovery: batch inversion, the endomorphism's split and the
// recoding of scalars into signed windows. Scalar code; it is a few percent of a recovery.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "simd/secp256k1_ref.hpp"

namespace switchyard::simd {

using ref::U256;

/// u1 = -z/r and u2 = s/r modulo n.
struct RecoveryScalars {
    U256 u1;
    U256 u2;
};

/// Computes the scalars of `r.size()` signatures with a single inversion (Montgomery's trick).
/// Every r must be in [1, n); s below n; z any 256-bit integer. `scalars` holds `r.size()` items.
void recovery_scalars(std::span<const U256> z, std::span<const U256> r, std::span<const U256> s,
                      std::span<RecoveryScalars> scalars);

/// A signed integer of at most 128 bits.
struct SignedHalf {
    uint64_t low;
    uint64_t high;
    bool negative;
};

/// k = first + second * lambda modulo n, where lambda is the eigenvalue of (x, y) -> (beta x, y).
///
/// Source: Gallant, Lambert, Vanstone (CRYPTO 2001), with the quotients rounded from precomputed
/// 384-bit reciprocals. Both parts stay below 0.64 * 2^128: half the sum of the lattice's vectors.
void split_scalar(const U256& k, SignedHalf& first, SignedHalf& second);

/// A window's digit d in [-2^(w-1), 2^(w-1)] as the kernel reads it: the table entry |d| - 1 in the
/// low bits, and two flags.
inline constexpr uint32_t kDigitNegative = 1u << 16;
inline constexpr uint32_t kDigitZero = 1u << 17;
inline constexpr uint32_t kDigitEntryMask = kDigitNegative - 1;

/// Cuts `value` into kCount signed windows of kWidth bits, least significant first; the digit of
/// window i goes to codes[i * stride].
template <size_t kWidth, size_t kCount>
void recode_windows(const SignedHalf& value, uint32_t* codes, size_t stride) {
    static_assert(kWidth < 16 && kWidth * kCount > 128, "the last window must take the carry");
    constexpr uint64_t kMask = (uint64_t{1} << kWidth) - 1;
    constexpr uint64_t kHalf = uint64_t{1} << (kWidth - 1);
    const uint64_t words[3] = {value.low, value.high, 0};
    uint64_t carry = 0;
    for (size_t i = 0; i < kCount; ++i) {
        const size_t bit = kWidth * i;
        uint64_t digit = words[bit / 64] >> (bit % 64);
        if (bit % 64 + kWidth > 64) digit |= words[bit / 64 + 1] << (64 - bit % 64);
        digit = (digit & kMask) + carry;
        carry = digit > kHalf ? 1 : 0;
        const uint64_t magnitude = carry != 0 ? kMask + 1 - digit : digit;
        const bool negative = (carry != 0) != value.negative;
        codes[i * stride] = (magnitude == 0 ? kDigitZero : static_cast<uint32_t>(magnitude - 1)) |
                            (negative ? kDigitNegative : 0);
    }
}

}  // namespace switchyard::simd
