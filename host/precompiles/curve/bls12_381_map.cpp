// SPDX-License-Identifier: Apache-2.0
#include "host/precompiles/curve/bls12_381_map.hpp"

#include "host/precompiles/curve/bls12_381_isogeny.hpp"

namespace switchyard::precompiles::curve {
namespace {

using Fp = Bls12381::Fp;
using F2 = Bls12381::F2;

/// The curve y^2 = x^3 + A x + B from which an isogeny leads, and Z of the map.
template <typename F>
struct SwuCurve {
    F a;
    F b;
    F z;
};

/// RFC 9380, section 8.8.1.
constexpr SwuCurve<Fp> kSwuG1{isogeny::fp("00144698a3b8e9433d693a02c96d4982b0ea985383ee66a8"
                                          "d8e8981aefd881ac98936f8da0e0f97f5cf428082d584c1d"),
                              isogeny::fp("12e2908d11688030018b12e8753eee3b2016c1f0f24f4070"
                                          "a0b9c14fcef35ef55a23215a316ceaa5d1cc48e98e172be0"),
                              Fp{11}};
/// RFC 9380, section 8.8.2: 240 u, 1012 (1 + u), -(2 + u).
constexpr SwuCurve<F2> kSwuG2{{Fp{}, Fp{240}}, {Fp{1012}, Fp{1012}}, {-Fp{2}, -Fp{1}}};

/// RFC 9380, section 6.6.2.
template <typename F>
AffinePoint<F> simplified_swu(const F& u, const SwuCurve<F>& curve) {
    const F zu2 = curve.z * u.squared();
    const F t = zu2.squared() + zu2;
    // (-B / A) (1 + 1 / t), or B / (Z A) where t is zero, over one denominator.
    const F numerator = t.is_zero() ? curve.b : -(curve.b * (t + F::one()));
    const F denominator = t.is_zero() ? curve.z * curve.a : curve.a * t;
    AffinePoint<F> out;
    out.x = numerator * denominator.inverse();
    const auto right_side = [&curve](const F& x) { return (x.squared() + curve.a) * x + curve.b; };
    auto y = right_side(out.x).square_root();
    if (!y) {
        out.x *= zu2;
        // Exactly one of the two right sides is a square, because Z is none.
        y = right_side(out.x).square_root();
    }
    out.y = y->is_odd() == u.is_odd() ? *y : -*y;
    return out;
}

template <typename F, size_t N>
F evaluate(const std::array<F, N>& coefficients, const F& x) {
    F out = coefficients[N - 1];
    for (size_t i = N - 1; i-- > 0;)
        out = out * x + coefficients[i];
    return out;
}

/// x = xn / xd, y = y' yn / yd with Z = xd yd, so that a pole becomes the point at infinity.
template <typename F>
JacobianPoint<F> join(const F& xn, const F& xd, const F& yn, const F& yd) {
    const F z = xd * yd;
    return {xn * yd * z, yn * xd * z.squared(), z};
}

/// RFC 9380, section 8.8.1: multiplication by 1 - x.
JacobianPoint<Fp> clear_cofactor(const JacobianPoint<Fp>& p) {
    return multiply_sparse(p, Limbs<1>{Bls12381::kParameter}).add(p);
}

/// RFC 9380, appendix G.3 (Budroni and Pintore, "Efficient hash maps to G2 on BLS curves", ePrint
/// 2017/419): (x^2 - x - 1) P + (x - 1) psi(P) + psi^2(2 P).
JacobianPoint<F2> clear_cofactor(const JacobianPoint<F2>& p) {
    using Map = Frobenius<Bls12381>;
    constexpr Limbs<1> kX{Bls12381::kParameter};
    const JacobianPoint<F2> xp = multiply_sparse(p, kX).negated();
    const JacobianPoint<F2> psi = Map::endomorphism(p);
    const JacobianPoint<F2> product = multiply_sparse(xp.add(psi), kX).negated();
    return Map::endomorphism(Map::endomorphism(p.doubled()))
        .add(psi.negated())
        .add(product)
        .add(xp.negated())
        .add(p.negated());
}

}  // namespace

Bls12381::G1 map_to_g1(const Fp& u) {
    const AffinePoint<Fp> p = simplified_swu(u, kSwuG1);
    return clear_cofactor(join(evaluate(isogeny::kXNumeratorG1, p.x),
                               evaluate(isogeny::kXDenominatorG1, p.x),
                               evaluate(isogeny::kYNumeratorG1, p.x) * p.y,
                               evaluate(isogeny::kYDenominatorG1, p.x)))
        .to_affine();
}

Bls12381::G2 map_to_g2(const F2& u) {
    const AffinePoint<F2> p = simplified_swu(u, kSwuG2);
    return clear_cofactor(join(evaluate(isogeny::kXNumeratorG2, p.x),
                               evaluate(isogeny::kXDenominatorG2, p.x),
                               evaluate(isogeny::kYNumeratorG2, p.x) * p.y,
                               evaluate(isogeny::kYDenominatorG2, p.x)))
        .to_affine();
}

}  // namespace switchyard::precompiles::curve
