// SPDX-License-Identifier: Apache-2.0
// One point times one scalar.
#pragma once

#include <array>

#include "host/precompiles/curve/shared.hpp"

namespace switchyard::precompiles::curve {

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
