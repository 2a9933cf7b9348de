// SPDX-License-Identifier: Apache-2.0
// The target field of the pairing: Fp12 = Fp6[w] / (w^2 - v).
#pragma once

#include "host/precompiles/curve/fp6.hpp"

namespace switchyard::precompiles::curve {

/// c0 + c1 w. As a polynomial in w over Fp2, c0 holds the coefficients of 1, w^2, w^4 and c1 those
/// of w, w^3, w^5; w^6 = xi.
template <typename Curve>
struct Fp12 {
    using F2 = Fp2<typename Curve::Fp>;
    using F6 = Fp6<Curve>;

    F6 c0;
    F6 c1;

    [[nodiscard]] static constexpr Fp12 one() { return {F6::one(), {}}; }
    constexpr bool operator==(const Fp12&) const = default;

    [[nodiscard]] friend constexpr Fp12 operator*(const Fp12& a, const Fp12& b) {
        const F6 low = a.c0 * b.c0;
        const F6 high = a.c1 * b.c1;
        return {low + high.multiply_by_v(), (a.c0 + a.c1) * (b.c0 + b.c1) - low - high};
    }
    constexpr Fp12& operator*=(const Fp12& other) { return *this = *this * other; }

    /// Complex squaring: two multiplications in Fp6.
    [[nodiscard]] constexpr Fp12 squared() const {
        const F6 product = c0 * c1;
        const F6 sum = (c0 + c1) * (c0 + c1.multiply_by_v());
        return {sum - product - product.multiply_by_v(), product + product};
    }
    /// The power of p^6; the inverse of an element of the cyclotomic subgroup.
    [[nodiscard]] constexpr Fp12 conjugate() const { return {c0, -c1}; }
    /// Zero for zero.
    [[nodiscard]] constexpr Fp12 inverse() const {
        const F6 norm_inverse = (c0 * c0 - (c1 * c1).multiply_by_v()).inverse();
        return {c0 * norm_inverse, -(c1 * norm_inverse)};
    }

    /// Times a + b w + c w^3: the line of a twist of type D.
    [[nodiscard]] constexpr Fp12 multiply_by_013(const F2& a, const F2& b, const F2& c) const {
        const F6 low = c0.multiply_by_0(a);
        const F6 high = c1.multiply_by_01(b, c);
        return {low + high.multiply_by_v(), (c0 + c1).multiply_by_01(a + b, c) - low - high};
    }
    /// Times a + b w^2 + c w^3: the line of a twist of type M.
    [[nodiscard]] constexpr Fp12 multiply_by_023(const F2& a, const F2& b, const F2& c) const {
        const F6 low = c0.multiply_by_01(a, b);
        const F6 high = c1.multiply_by_1(c);
        return {low + high.multiply_by_v(), (c0 + c1).multiply_by_01(a, b + c) - low - high};
    }

    /// Times a + b w^2 + w^3.
    [[nodiscard]] constexpr Fp12 multiply_by_02_monic(const F2& a, const F2& b) const {
        const F6 low = c0.multiply_by_01(a, b);
        const F6 high = c1.multiply_by_v();
        return {low + high.multiply_by_v(),
                (c0 + c1).multiply_by_01(a, b + F2::one()) - low - high};
    }

    /// The square of an element of the cyclotomic subgroup. Granger and Scott, "Faster Squaring in
    /// the Cyclotomic Subgroup of Sixth Degree Extensions", ePrint 2009/565, section 3.2.
    [[nodiscard]] constexpr Fp12 cyclotomic_squared() const {
        const auto [a0, a1] = square_fp4(c0.c0, c1.c1);
        const auto [b0, b1] = square_fp4(c1.c0, c0.c2);
        const auto [d0, d1] = square_fp4(c0.c1, c1.c2);
        const F2 d1_xi = Curve::multiply_by_xi(d1);
        return {{triple_less_twice(a0, c0.c0), triple_less_twice(b0, c0.c1),
                 triple_less_twice(d0, c0.c2)},
                {triple_plus_twice(d1_xi, c1.c0), triple_plus_twice(a1, c1.c1),
                 triple_plus_twice(b1, c1.c2)}};
    }

  private:
    struct Pair {
        F2 low;
        F2 high;
    };
    /// (a + b s)^2 with s^2 = xi.
    static constexpr Pair square_fp4(const F2& a, const F2& b) {
        const F2 a2 = a.squared();
        const F2 b2 = b.squared();
        return {a2 + Curve::multiply_by_xi(b2), (a + b).squared() - a2 - b2};
    }
    static constexpr F2 triple_less_twice(const F2& t, const F2& z) {
        return (t - z).doubled() + t;
    }
    static constexpr F2 triple_plus_twice(const F2& t, const F2& z) {
        return (t + z).doubled() + t;
    }
};

}  // namespace switchyard::precompiles::curve
