// SPDX-License-Identifier: Apache-2.0
// The sextic extension Fp6 = Fp2[v] / (v^3 - xi) of a pairing curve.
#pragma once

#include "host/precompiles/curve/fp2.hpp"

namespace switchyard::precompiles::curve {

/// c0 + c1 v + c2 v^2. `Curve` gives the field `Fp` and `multiply_by_xi`.
///
/// Formulas: Devegili, O hEigeartaigh, Scott and Dahab, "Multiplication and Squaring on
/// Pairing-Friendly Fields", ePrint 2006/471, section 4 (Karatsuba).
template <typename Curve>
struct Fp6 {
    using F2 = Fp2<typename Curve::Fp>;

    F2 c0;
    F2 c1;
    F2 c2;

    [[nodiscard]] static constexpr Fp6 one() { return {F2::one(), {}, {}}; }
    [[nodiscard]] constexpr bool is_zero() const {
        return c0.is_zero() && c1.is_zero() && c2.is_zero();
    }
    constexpr bool operator==(const Fp6&) const = default;

    [[nodiscard]] friend constexpr Fp6 operator+(const Fp6& a, const Fp6& b) {
        return {a.c0 + b.c0, a.c1 + b.c1, a.c2 + b.c2};
    }
    [[nodiscard]] friend constexpr Fp6 operator-(const Fp6& a, const Fp6& b) {
        return {a.c0 - b.c0, a.c1 - b.c1, a.c2 - b.c2};
    }
    [[nodiscard]] friend constexpr Fp6 operator-(const Fp6& a) { return {-a.c0, -a.c1, -a.c2}; }

    [[nodiscard]] friend constexpr Fp6 operator*(const Fp6& a, const Fp6& b) {
        const F2 p0 = a.c0 * b.c0;
        const F2 p1 = a.c1 * b.c1;
        const F2 p2 = a.c2 * b.c2;
        return {p0 + Curve::multiply_by_xi((a.c1 + a.c2) * (b.c1 + b.c2) - p1 - p2),
                (a.c0 + a.c1) * (b.c0 + b.c1) - p0 - p1 + Curve::multiply_by_xi(p2),
                (a.c0 + a.c2) * (b.c0 + b.c2) - p0 - p2 + p1};
    }

    [[nodiscard]] constexpr Fp6 multiply_by_v() const {
        return {Curve::multiply_by_xi(c2), c0, c1};
    }
    /// Times b0.
    [[nodiscard]] constexpr Fp6 multiply_by_0(const F2& b0) const {
        return {c0 * b0, c1 * b0, c2 * b0};
    }
    /// Times b1 v.
    [[nodiscard]] constexpr Fp6 multiply_by_1(const F2& b1) const {
        return {Curve::multiply_by_xi(c2 * b1), c0 * b1, c1 * b1};
    }
    /// Times b0 + b1 v.
    [[nodiscard]] constexpr Fp6 multiply_by_01(const F2& b0, const F2& b1) const {
        const F2 p0 = c0 * b0;
        const F2 p1 = c1 * b1;
        return {p0 + Curve::multiply_by_xi((c1 + c2) * b1 - p1), (c0 + c1) * (b0 + b1) - p0 - p1,
                (c0 + c2) * b0 - p0 + p1};
    }

    /// Zero for zero.
    [[nodiscard]] constexpr Fp6 inverse() const {
        const F2 t0 = c0.squared() - Curve::multiply_by_xi(c1 * c2);
        const F2 t1 = Curve::multiply_by_xi(c2.squared()) - c0 * c1;
        const F2 t2 = c1.squared() - c0 * c2;
        const F2 norm = c0 * t0 + Curve::multiply_by_xi(c2 * t1 + c1 * t2);
        const F2 scale = norm.inverse();
        return {t0 * scale, t1 * scale, t2 * scale};
    }
};

}  // namespace switchyard::precompiles::curve
