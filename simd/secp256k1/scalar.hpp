// SPDX-License-Identifier: Apache-2.0
// Arithmetic modulo the group order for recovery: batch inversion, the endomorphism's split and the
// recoding of scalars into signed windows. Scalar code; it is a few percent of a recovery.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <type_traits>
#include <utility>

#include "simd/secp256k1/ref.hpp"

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

/// a z / s and a r / s modulo n.
struct VerificationScalars {
    U256 generator;
    U256 key;
};

/// The same for the scalars of verification with known keys: every s must be in [1, n); a, r and z
/// may be any 256-bit integers. All spans hold as many items as `s`.
void verification_scalars(std::span<const U256> a, std::span<const U256> z, std::span<const U256> r,
                          std::span<const U256> s, std::span<VerificationScalars> scalars);

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
///
/// Half of a window's range is added to every window first, so that no carry runs from one digit to
/// the next: digit i is window i of that sum, less the half.
template <size_t kWidth, size_t kCount>
void recode_windows(const SignedHalf& value, uint32_t* codes, size_t stride) {
    static_assert(kWidth < 16 && kWidth * kCount > 128 && kWidth * kCount <= 192,
                  "the last window must take the carry");
    constexpr uint64_t kMask = (uint64_t{1} << kWidth) - 1;
    constexpr uint32_t kHalf = uint32_t{1} << (kWidth - 1);
    constexpr std::array<uint64_t, 3> kHalves = [] {
        std::array<uint64_t, 3> words{};
        for (size_t i = 0; i < kCount; ++i)
            words[(kWidth * i + kWidth - 1) / 64] |= uint64_t{1}
                                                     << ((kWidth * i + kWidth - 1) % 64);
        return words;
    }();
    uint64_t words[3] = {value.low + kHalves[0], value.high + kHalves[1], kHalves[2]};
    const uint64_t low_carry = words[0] < value.low ? 1 : 0;
    words[2] += words[1] < value.high ? 1 : 0;
    words[1] += low_carry;
    words[2] += words[1] < low_carry ? 1 : 0;
    const uint32_t sign = value.negative ? kDigitNegative : 0;
    const auto write = [&]<size_t i>(std::integral_constant<size_t, i>) {
        constexpr size_t kBit = kWidth * i;
        uint64_t window = words[kBit / 64] >> (kBit % 64);
        if constexpr (kBit % 64 + kWidth > 64) window |= words[kBit / 64 + 1] << (64 - kBit % 64);
        const uint32_t digit = static_cast<uint32_t>(window & kMask) - kHalf;
        const uint32_t below = 0 - (digit >> 31);
        const uint32_t entry = ((digit ^ below) - below) - 1;
        const uint32_t zero = entry >> 31;
        codes[i * stride] =
            (entry + zero) | (zero * kDigitZero) | ((below & kDigitNegative) ^ sign);
    };
    // Unrolled, so that all shifts are constants.
    [&]<size_t... i>(std::index_sequence<i...>) {
        (write(std::integral_constant<size_t, i>{}), ...);
    }
    (std::make_index_sequence<kCount>{});
}

}  // namespace switchyard::simd
