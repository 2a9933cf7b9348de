// SPDX-License-Identifier: Apache-2.0
// The optimal ate pairing (Vercauteren, "Optimal Pairings", ePrint 2008/096) as a product over many
// pairs: Miller loop and the parts of the final exponentiation that both curves share.
#pragma once

#include <span>
#include <vector>

#include "host/precompiles/curve/fp12.hpp"
#include "host/precompiles/curve/frobenius.hpp"
#include "host/precompiles/curve/shared.hpp"
#include "host/precompiles/curve/scalar_multiplication.hpp"

namespace switchyard::precompiles::curve {

/// A point of G1 with a point of G2, both in their subgroups of prime order and neither infinite.
template <typename Curve>
struct PairingInput {
    AffinePoint<typename Curve::Fp> p;
    AffinePoint<Fp2<typename Curve::Fp>> q;
};

/// The multiple of Q that the Miller loop carries, in homogeneous coordinates (x = X / Z,
/// y = Y / Z), and the line that each step contributes. Costello, Lange and Naehrig, "Faster
/// Pairing Computations on Curves with High-Degree Twists", ePrint 2009/615, section 5; doubling as
/// arranged in Aranha et al., "Faster Explicit Formulas for Computing Pairings over Ordinary
/// Curves", ePrint 2010/526, section 4.
///
/// A line l is given up to a factor of Fp2, which the final exponentiation removes, as the
/// coefficients of `at_y` yP + `at_x` xP + `constant`.
template <typename Curve>
class MillerPoint {
  public:
    using F2 = Fp2<typename Curve::Fp>;
    struct Line {
        F2 at_y;
        F2 at_x;
        F2 constant;
    };

    explicit MillerPoint(const AffinePoint<F2>& q) : x_(q.x), y_(q.y), z_(F2::one()) {}

    /// Doubles the point; the tangent at the old one.
    Line double_step() {
        const F2 a = (x_ * y_).halved();
        const F2 b = y_.squared();
        const F2 c = z_.squared();
        const F2 e = Curve::multiply_by_3b(c);
        const F2 f = e.doubled() + e;
        const F2 h = (y_ + z_).squared() - b - c;
        const F2 x2 = x_.squared();
        const F2 e2 = e.squared();
        const Line line{h, -(x2.doubled() + x2), b - e};
        x_ = a * (b - f);
        y_ = (b + f).halved().squared() - (e2.doubled() + e2);
        z_ = b * h;
        return line;
    }

    /// Adds `q`, which is neither the point nor its negative; the line through both.
    Line add_step(const AffinePoint<F2>& q) {
        const F2 theta = y_ - q.y * z_;
        const F2 lambda = x_ - q.x * z_;
        const F2 c = theta.squared();
        const F2 d = lambda.squared();
        const F2 e = lambda * d;
        const F2 g = x_ * d;
        const F2 h = e + z_ * c - g.doubled();
        const Line line{lambda, -theta, theta * q.x - lambda * q.y};
        x_ = lambda * h;
        y_ = theta * (g - h) - e * y_;
        z_ = z_ * e;
        return line;
    }

  private:
    F2 x_;
    F2 y_;
    F2 z_;
};

/// `f` times the value at `p` of a line on the twist, mapped to the curve. With the twist
/// (x, y) -> (x w^2, y w^3) of type D the three terms stand at 1, w and w^3; with type M, after
/// multiplication by w^3 (an element of Fp4, which the final exponentiation removes), at w^3, w^2
/// and 1.
template <typename Curve>
[[nodiscard]] Fp12<Curve> multiply_by_line(const Fp12<Curve>& f,
                                           const typename MillerPoint<Curve>::Line& line,
                                           const AffinePoint<typename Curve::Fp>& p) {
    if constexpr (Curve::kTwistIsD)
        return f.multiply_by_013(line.at_y * p.y, line.at_x * p.x, line.constant);
    else
        return f.multiply_by_023(line.constant, line.at_x * p.x, line.at_y * p.y);
}

/// What a step of the Miller loop does to the carried point.
enum class MillerStep { Double, AddQ, SubtractQ, AddFrobenius, SubtractFrobenius2 };

/// The Miller loop over whatever `multiply_lines(f, step)` multiplies `f` by at each step; steps
/// come in an order that depends on the curve only.
template <typename Curve, typename MultiplyLines>
[[nodiscard]] Fp12<Curve> run_miller_loop(MultiplyLines multiply_lines) {
    static constexpr auto kLoop = NonAdjacentForm<Curve::kMillerLoop.size(), 2>{Curve::kMillerLoop};
    Fp12<Curve> f = Fp12<Curve>::one();
    for (size_t at = kLoop.length - 1; at-- > 0;) {
        f = f.squared();
        multiply_lines(f, MillerStep::Double);
        if (kLoop.digits[at] > 0) multiply_lines(f, MillerStep::AddQ);
        if (kLoop.digits[at] < 0) multiply_lines(f, MillerStep::SubtractQ);
    }
    if constexpr (Curve::kParameterIsNegative) f = f.conjugate();
    if constexpr (Curve::kHasFrobeniusLines) {
        multiply_lines(f, MillerStep::AddFrobenius);
        multiply_lines(f, MillerStep::SubtractFrobenius2);
    }
    return f;
}

/// Takes `step` with the multiple `t` of `q`; its line.
template <typename Curve>
[[nodiscard]] typename MillerPoint<Curve>::Line take_step(
    MillerPoint<Curve>& t, const AffinePoint<Fp2<typename Curve::Fp>>& q, MillerStep step) {
    const auto frobenius = [&q] { return Frobenius<Curve>::endomorphism(q); };
    switch (step) {
        case MillerStep::Double:
            return t.double_step();
        case MillerStep::AddQ:
            return t.add_step(q);
        case MillerStep::SubtractQ:
            return t.add_step(q.negated());
        case MillerStep::AddFrobenius:
            return t.add_step(frobenius());
        case MillerStep::SubtractFrobenius2:
            break;
    }
    return t.add_step(Frobenius<Curve>::endomorphism(frobenius()).negated());
}

/// The product of the Miller functions of all pairs, which share the squarings. One when there is
/// no pair.
template <typename Curve>
[[nodiscard]] Fp12<Curve> miller_loop(std::span<const PairingInput<Curve>> pairs) {
    std::vector<MillerPoint<Curve>> points;
    points.reserve(pairs.size());
    for (const auto& pair : pairs)
        points.emplace_back(pair.q);
    return run_miller_loop<Curve>([&](Fp12<Curve>& f, MillerStep step) {
        for (size_t i = 0; i < pairs.size(); ++i)
            f = multiply_by_line<Curve>(f, take_step(points[i], pairs[i].q, step), pairs[i].p);
    });
}

/// The easy part of the final exponentiation, the power of (p^6 - 1)(p^2 + 1): into the cyclotomic
/// subgroup.
template <typename Curve>
[[nodiscard]] Fp12<Curve> to_cyclotomic(const Fp12<Curve>& f) {
    const Fp12<Curve> g = f.conjugate() * f.inverse();
    return Frobenius<Curve>::power(Frobenius<Curve>::power(g)) * g;
}

/// An element of the cyclotomic subgroup to the power of the curve's parameter |x|.
template <typename Curve>
[[nodiscard]] Fp12<Curve> power_of_parameter(const Fp12<Curve>& f) {
    static constexpr auto kDigits = NonAdjacentForm<1, 2>{Limbs<1>{Curve::kParameter}};
    const Fp12<Curve> inverse = f.conjugate();
    Fp12<Curve> out = f;
    for (size_t at = kDigits.length - 1; at-- > 0;) {
        out = out.cyclotomic_squared();
        if (kDigits.digits[at] > 0) out *= f;
        if (kDigits.digits[at] < 0) out *= inverse;
    }
    return out;
}

/// Whether a product of Miller functions becomes one by the final exponentiation.
template <typename Curve>
[[nodiscard]] bool is_one_after_final_exponentiation(const Fp12<Curve>& f) {
    return Curve::final_exponentiation_hard(to_cyclotomic(f)) == Fp12<Curve>::one();
}

/// Whether the product of the pairings of all pairs is one.
template <typename Curve>
[[nodiscard]] bool pairing_product_is_one(std::span<const PairingInput<Curve>> pairs) {
    return pairs.empty() || is_one_after_final_exponentiation(miller_loop(pairs));
}

}  // namespace switchyard::precompiles::curve
