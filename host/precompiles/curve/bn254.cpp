// SPDX-License-Identifier: Apache-2.0
#include "host/precompiles/curve/bn254.hpp"

namespace switchyard::precompiles::curve {
namespace {

using F2 = Bn254::F2;
using F12 = Fp12<Bn254>;
using Map = Frobenius<Bn254>;

const F2 kTwistB = Bn254::multiply_by_xi(F2::one()).inverse() * Bn254::b1();

}  // namespace

const Bn254::F2& Bn254::b2() {
    return kTwistB;
}

/// Dai, Lin, Zhao and Zhou, "Fast Subgroup Membership Testings for G1, G2 and GT on
/// Pairing-Friendly Curves", ePrint 2022/348, section 4.3:
/// (x + 1) Q + psi(x Q) + psi^2(x Q) = psi^3(2 x Q).
bool Bn254::is_in_g2(const G2& q) {
    const JacobianPoint<F2> point{q};
    const JacobianPoint<F2> xq = multiply(point, Limbs<1>{kParameter});
    const JacobianPoint<F2> psi = Map::endomorphism(xq);
    const JacobianPoint<F2> psi2 = Map::endomorphism(psi);
    const JacobianPoint<F2> psi3 = Map::endomorphism(psi2);
    return xq.add(q).add(psi).add(psi2).equals(psi3.doubled());
}

/// Fuentes-Castaneda, Knapp and Rodriguez-Henriquez, "Faster Hashing to G2", SAC 2011, section 5:
/// the power 2 x (6 x^2 + 3 x + 1) (p^4 - p^2 + 1) / r, whose digits to the base p are
/// 1 + 6 x + 12 x^2 + 12 x^3, 4 x + 6 x^2 + 12 x^3, 6 x + 6 x^2 + 12 x^3 and
/// -1 + 4 x + 6 x^2 + 12 x^3.
Fp12<Bn254> Bn254::final_exponentiation_hard(const F12& f) {
    const F12 f2x = power_of_parameter(f).cyclotomic_squared();
    const F12 f4x = f2x.cyclotomic_squared();
    const F12 f6x = f4x * f2x;
    const F12 f6x2 = power_of_parameter(f6x);
    const F12 f12x3 = power_of_parameter(f6x2.cyclotomic_squared());

    const F12 shared = f6x2 * f12x3;
    const F12 digit1 = shared * f4x;
    const F12 digit2 = shared * f6x;
    const F12 digit0 = digit2 * f6x2 * f;
    const F12 digit3 = digit1 * f.conjugate();
    // Horner's rule in the Frobenius map.
    F12 out = Map::power(digit3) * digit2;
    out = Map::power(out) * digit1;
    return Map::power(out) * digit0;
}

}  // namespace switchyard::precompiles::curve
