// SPDX-License-Identifier: Apache-2.0
// Signed digits of scalars, few of which are not zero.
#pragma once

#include <array>

#include "simd/curve/limbs.hpp"

namespace switchyard::simd::curve {

/// The digits of an integer in non-adjacent form of width `W`: zero, or odd and below 2^(W-1) in
/// magnitude; the least significant first. Hankerson, Menezes and Vanstone, "Guide to Elliptic
/// Curve Cryptography", algorithm 3.35.
template <size_t N, unsigned W>
struct NonAdjacentForm {
    static_assert(W >= 2 && W <= 7);
    std::array<int8_t, 64 * N + 1> digits{};
    size_t length = 0;

    constexpr explicit NonAdjacentForm(const Limbs<N>& scalar) {
        uint64_t carry = 0;
        for (size_t at = 0; at < digits.size();) {
            const uint64_t window = bits(scalar, at, W) + carry;
            if ((window & 1) == 0) {
                // 0 + 0 or 1 + 1: the carry stays what it is.
                ++at;
                continue;
            }
            const bool negative = (window >> (W - 1) & 1) != 0;
            digits[at] = static_cast<int8_t>(static_cast<int>(window & ((1U << W) - 1)) -
                                             (negative ? 1 << W : 0));
            length = at + 1;
            carry = negative ? 1 : 0;
            at += W;
        }
    }
};

}  // namespace switchyard::simd::curve
