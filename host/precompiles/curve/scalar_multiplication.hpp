// SPDX-License-Identifier: Apache-2.0
// One point times one scalar.
#pragma once

#include <array>

#include "host/precompiles/curve/point.hpp"

namespace switchyard::precompiles::curve {

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

/// 1, 3, ..., 2 `Count` - 1 times `p`.
template <size_t Count, typename F>
[[nodiscard]] std::array<JacobianPoint<F>, Count> odd_multiples(const JacobianPoint<F>& p) {
    std::array<JacobianPoint<F>, Count> out;
    out[0] = p;
    const JacobianPoint<F> twice = p.doubled();
    for (size_t i = 1; i < Count; ++i)
        out[i] = out[i - 1].add(twice);
    return out;
}

/// `digit` (odd) times the point of which `odd` holds the multiples.
template <typename F, size_t Count>
[[nodiscard]] JacobianPoint<F> pick_odd(const std::array<JacobianPoint<F>, Count>& odd, int digit) {
    return digit > 0 ? odd[static_cast<size_t>(digit) / 2]
                     : odd[static_cast<size_t>(-digit) / 2].negated();
}

/// `scalar` times `p`, for any scalar of up to 64 N bits, by a window of width 5.
template <typename F, size_t N>
[[nodiscard]] JacobianPoint<F> multiply(const JacobianPoint<F>& p, const Limbs<N>& scalar) {
    const NonAdjacentForm<N, 5> form{scalar};
    const auto odd = odd_multiples<8>(p);
    JacobianPoint<F> out;
    for (size_t at = form.length; at-- > 0;) {
        out = out.doubled();
        if (form.digits[at] != 0) out = out.add(pick_odd(odd, form.digits[at]));
    }
    return out;
}

}  // namespace switchyard::precompiles::curve
