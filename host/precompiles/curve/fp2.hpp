// SPDX-License-Identifier: Apache-2.0
// The quadratic extension Fp2 = Fp[u] / (u^2 + 1), which both curves use.
#pragma once

#include <optional>

#include "host/precompiles/curve/shared.hpp"

namespace switchyard::precompiles::curve {

/// c0 + c1 u. -1 is no square in Fp, because the modulus is 3 modulo 4.
template <typename F>
struct Fp2 {
    using Base = F;

    F c0;
    F c1;

    [[nodiscard]] static constexpr Fp2 zero() { return {}; }
    [[nodiscard]] static constexpr Fp2 one() { return {F::one(), F::zero()}; }
    [[nodiscard]] constexpr bool is_zero() const { return c0.is_zero() && c1.is_zero(); }
    constexpr bool operator==(const Fp2&) const = default;

    [[nodiscard]] friend constexpr Fp2 operator+(const Fp2& a, const Fp2& b) {
        return {a.c0 + b.c0, a.c1 + b.c1};
    }
    [[nodiscard]] friend constexpr Fp2 operator-(const Fp2& a, const Fp2& b) {
        return {a.c0 - b.c0, a.c1 - b.c1};
    }
    [[nodiscard]] friend constexpr Fp2 operator-(const Fp2& a) { return {-a.c0, -a.c1}; }
    /// Karatsuba: three multiplications in Fp.
    [[nodiscard]] friend constexpr Fp2 operator*(const Fp2& a, const Fp2& b) {
        const F low = a.c0 * b.c0;
        const F high = a.c1 * b.c1;
        return {low - high, (a.c0 + a.c1) * (b.c0 + b.c1) - low - high};
    }
    [[nodiscard]] friend constexpr Fp2 operator*(const Fp2& a, const F& b) {
        return {a.c0 * b, a.c1 * b};
    }
    constexpr Fp2& operator+=(const Fp2& other) { return *this = *this + other; }
    constexpr Fp2& operator-=(const Fp2& other) { return *this = *this - other; }
    constexpr Fp2& operator*=(const Fp2& other) { return *this = *this * other; }

    [[nodiscard]] constexpr Fp2 doubled() const { return {c0.doubled(), c1.doubled()}; }
    [[nodiscard]] constexpr Fp2 halved() const { return {c0.halved(), c1.halved()}; }
    [[nodiscard]] constexpr Fp2 squared() const {
        return {(c0 + c1) * (c0 - c1), (c0 * c1).doubled()};
    }
    [[nodiscard]] constexpr Fp2 conjugate() const { return {c0, -c1}; }
    /// Zero for zero.
    [[nodiscard]] constexpr Fp2 inverse() const {
        const F norm_inverse = (c0.squared() + c1.squared()).inverse();
        return {c0 * norm_inverse, -(c1 * norm_inverse)};
    }

    template <size_t N>
    [[nodiscard]] constexpr Fp2 power(const Limbs<N>& exponent) const {
        Fp2 out = one();
        for (size_t at = bit_length(exponent); at-- > 0;) {
            out = out.squared();
            if (bit(exponent, at)) out *= *this;
        }
        return out;
    }

    /// RFC 9380, section 4.1, for m = 2.
    [[nodiscard]] constexpr bool is_odd() const {
        return c0.is_odd() || (c0.is_zero() && c1.is_odd());
    }

    /// A square root; no value when there is none. The complex method: Adj and
    /// Rodriguez-Henriquez, "Square root computation over even extension fields", ePrint 2012/685,
    /// algorithm 8.
    [[nodiscard]] std::optional<Fp2> square_root() const {
        if (c1.is_zero()) {
            if (const auto root = c0.square_root()) return Fp2{*root, F::zero()};
            // Then -c0 is a square, because -1 is none.
            return Fp2{F::zero(), *(-c0).square_root()};
        }
        const auto norm_root = (c0.squared() + c1.squared()).square_root();
        if (!norm_root) return std::nullopt;
        auto half = (c0 + *norm_root).halved().square_root();
        if (!half) half = (c0 - *norm_root).halved().square_root();
        if (!half) return std::nullopt;
        return Fp2{*half, c1 * half->doubled().inverse()};
    }
};

}  // namespace switchyard::precompiles::curve
