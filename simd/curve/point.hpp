// SPDX-License-Identifier: Apache-2.0
// Points of the curves y^2 = x^3 + b over Fp and Fp2.
#pragma once

#include "simd/curve/limbs.hpp"

namespace switchyard::simd::curve {

/// The point at infinity is (0, 0), which is on no curve with b other than 0, and which the
/// precompiles encode so.
template <typename F>
struct AffinePoint {
    F x;
    F y;

    [[nodiscard]] constexpr bool is_infinity() const { return x.is_zero() && y.is_zero(); }
    [[nodiscard]] constexpr AffinePoint negated() const { return {x, -y}; }
    constexpr bool operator==(const AffinePoint&) const = default;
};

/// Whether the point satisfies y^2 = x^3 + b or is the point at infinity.
template <typename F>
[[nodiscard]] constexpr bool is_on_curve(const AffinePoint<F>& p, const F& b) {
    return p.is_infinity() || p.y.squared() == p.x.squared() * p.x + b;
}

/// The sum of two points of the curve, with one inversion (the chord-and-tangent rule).
template <typename F>
[[nodiscard]] constexpr AffinePoint<F> add_affine(const AffinePoint<F>& p,
                                                  const AffinePoint<F>& q) {
    if (p.is_infinity()) return q;
    if (q.is_infinity()) return p;
    F numerator = q.y - p.y;
    F denominator = q.x - p.x;
    if (denominator.is_zero()) {
        if (!numerator.is_zero() || p.y.is_zero()) return {};
        const F x2 = p.x.squared();
        numerator = x2.doubled() + x2;
        denominator = p.y.doubled();
    }
    const F slope = numerator * denominator.inverse();
    const F x = slope.squared() - p.x - q.x;
    return {x, slope * (p.x - x) - p.y};
}

/// Jacobian coordinates: x = X / Z^2, y = Y / Z^3; Z = 0 at infinity. Formulas for a = 0 of
/// Hankerson, Menezes and Vanstone, "Guide to Elliptic Curve Cryptography", algorithms 3.21 (with
/// halves, so that Z is half of what the book gives) and 3.22. They take one squaring less and one
/// multiplication more than those of the Explicit-Formulas Database, but half the additions.
template <typename F>
struct JacobianPoint {
    F x = F::one();
    F y = F::one();
    F z{};

    constexpr JacobianPoint() = default;
    constexpr JacobianPoint(const F& x_, const F& y_, const F& z_) : x(x_), y(y_), z(z_) {}
    constexpr explicit JacobianPoint(const AffinePoint<F>& p) {
        if (!p.is_infinity()) *this = {p.x, p.y, F::one()};
    }

    [[nodiscard]] constexpr bool is_infinity() const { return z.is_zero(); }
    [[nodiscard]] constexpr JacobianPoint negated() const { return {x, -y, z}; }

    [[nodiscard]] constexpr JacobianPoint doubled() const {
        const F a = x.squared();
        const F slope = (a.doubled() + a).halved();
        const F b = y.squared();
        const F c = x * b;
        const F x3 = slope.squared() - c.doubled();
        return {x3, slope * (c - x3) - b.squared(), y * z};
    }

    /// Z grows by the factor x(q) Z^2 - X, when the points are neither equal nor opposite.
    [[nodiscard]] constexpr JacobianPoint add(const AffinePoint<F>& q) const {
        if (q.is_infinity()) return *this;
        if (is_infinity()) return JacobianPoint{q};
        const F zz = z.squared();
        const F h = q.x * zz - x;
        const F r = q.y * (z * zz) - y;
        if (h.is_zero()) return r.is_zero() ? doubled() : JacobianPoint{};
        const F hh = h.squared();
        const F hhh = h * hh;
        const F v = x * hh;
        const F x3 = r.squared() - hhh - v.doubled();
        return {x3, r * (v - x3) - y * hhh, z * h};
    }

    [[nodiscard]] constexpr JacobianPoint add(const JacobianPoint& q) const {
        if (q.is_infinity()) return *this;
        if (is_infinity()) return q;
        const F z1z1 = z.squared();
        const F z2z2 = q.z.squared();
        const F u1 = x * z2z2;
        const F s1 = y * (q.z * z2z2);
        const F h = q.x * z1z1 - u1;
        const F r = q.y * (z * z1z1) - s1;
        if (h.is_zero()) return r.is_zero() ? doubled() : JacobianPoint{};
        const F hh = h.squared();
        const F hhh = h * hh;
        const F v = u1 * hh;
        const F x3 = r.squared() - hhh - v.doubled();
        return {x3, r * (v - x3) - s1 * hhh, z * q.z * h};
    }

    /// Equality of the points, not of their coordinates.
    [[nodiscard]] constexpr bool equals(const JacobianPoint& q) const {
        if (is_infinity() || q.is_infinity()) return is_infinity() == q.is_infinity();
        const F z1z1 = z.squared();
        const F z2z2 = q.z.squared();
        return x * z2z2 == q.x * z1z1 && y * q.z * z2z2 == q.y * z * z1z1;
    }

    [[nodiscard]] constexpr AffinePoint<F> to_affine() const {
        if (is_infinity()) return {};
        const F z_inverse = z.inverse();
        const F z2 = z_inverse.squared();
        return {x * z2, y * z2 * z_inverse};
    }
};

/// `scalar` times `p`, bit by bit: for constants of few bits set.
template <typename F, size_t N>
[[nodiscard]] constexpr JacobianPoint<F> multiply_sparse(const JacobianPoint<F>& p,
                                                         const Limbs<N>& scalar) {
    JacobianPoint<F> out;
    for (size_t at = bit_length(scalar); at-- > 0;) {
        out = out.doubled();
        if (bit(scalar, at)) out = out.add(p);
    }
    return out;
}

}  // namespace switchyard::simd::curve
