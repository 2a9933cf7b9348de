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

/// `scalar` times `p`, for any scalar of up to 64 N bits, by a window of width 5.
template <typename F, size_t N>
[[nodiscard]] JacobianPoint<F> multiply(const JacobianPoint<F>& p, const Limbs<N>& scalar) {
    const NonAdjacentForm<N, 5> form{scalar};
    std::array<JacobianPoint<F>, 8> odd;  // 1, 3, ..., 15 times p
    odd[0] = p;
    const JacobianPoint<F> twice = p.doubled();
    for (size_t i = 1; i < odd.size(); ++i)
        odd[i] = odd[i - 1].add(twice);

    JacobianPoint<F> out;
    for (size_t at = form.length; at-- > 0;) {
        out = out.doubled();
        const int digit = form.digits[at];
        if (digit > 0)
            out = out.add(odd[static_cast<size_t>(digit) / 2]);
        else if (digit < 0)
            out = out.add(odd[static_cast<size_t>(-digit) / 2].negated());
    }
    return out;
}

}  // namespace switchyard::precompiles::curve
