// SPDX-License-Identifier: Apache-2.0
#include "host/precompiles/curve/bls12_381.hpp"

namespace switchyard::precompiles::curve {
namespace {

using Fp = Bls12381::Fp;
using F2 = Bls12381::F2;
using F12 = Fp12<Bls12381>;
using Map = Frobenius<Bls12381>;

constexpr Limbs<1> kX{Bls12381::kParameter};

/// The cube root of unity 2^((p - 1) / 3) in Fp, with which (x, y) -> (beta x, y) acts on G1 as
/// multiplication by -x^2.
const Fp kBeta = Fp{2}.power(divide_small(subtract(Fp::kModulus, Fp::Integer{1}), 3));

Bls12381::G1 endomorphism(const Bls12381::G1& p) {
    return {p.x * kBeta, p.y};
}

/// The digits of `scalar` modulo the order to the base |x|. The order is below x^4.
std::array<uint64_t, 4> digits_to_base_x(Limbs<4> scalar) {
    // 2^256 is less than three times the order.
    while (!less(scalar, Bls12381::kOrder))
        scalar = subtract(scalar, Bls12381::kOrder);
    std::array<uint64_t, 4> out{};
    for (uint64_t& digit : out) {
        const SmallDivision<4> division = divide_with_remainder(scalar, Bls12381::kParameter);
        digit = division.remainder;
        scalar = division.quotient;
    }
    return out;
}

/// The power of the (negative) parameter.
F12 power_of_x(const F12& f) {
    return power_of_parameter(f).conjugate();
}

}  // namespace

/// Scott, "A note on group membership tests for G1, G2 and GT on BLS pairing-friendly curves",
/// ePrint 2021/1130, section 6: the endomorphism acts as -x^2.
bool Bls12381::is_in_g1(const G1& p) {
    const JacobianPoint<Fp> point{p};
    const JacobianPoint<Fp> x2 = multiply_sparse(multiply_sparse(point, kX), kX);
    return x2.negated().equals(JacobianPoint<Fp>{endomorphism(p)});
}

/// The same note, section 4: psi acts as x.
bool Bls12381::is_in_g2(const G2& q) {
    const JacobianPoint<F2> point{q};
    return multiply_sparse(point, kX).negated().equals(Map::endomorphism(point));
}

/// Hayashida, Hayasaka and Teruya, "Efficient Final Exponentiation via Cyclotomic Structure for
/// Pairings over Families of Elliptic Curves", ePrint 2020/875: three times the hard part is
/// (x - 1)^2 (x + p) (x^2 + p^2 - 1) + 3.
Fp12<Bls12381> Bls12381::final_exponentiation_hard(const F12& f) {
    const F12 a = power_of_x(f) * f.conjugate();
    const F12 b = power_of_x(a) * a.conjugate();
    const F12 c = power_of_x(b) * Map::power(b);
    const F12 d = power_of_x(power_of_x(c)) * Map::power(Map::power(c)) * c.conjugate();
    return d * f.cyclotomic_squared() * f;
}

std::array<ScalarPoint<Fp, 2>, 2> split_multiple(const Bls12381::G1& p, const Limbs<4>& scalar) {
    const auto digit = digits_to_base_x(scalar);
    const auto join = [](uint64_t low, uint64_t high) {
        uint64_t carry = 0;
        const uint64_t limb = multiply_add_limb(high, Bls12381::kParameter, low, carry);
        return Limbs<2>{limb, carry};
    };
    return {{{p, join(digit[0], digit[1])}, {endomorphism(p).negated(), join(digit[2], digit[3])}}};
}

std::array<ScalarPoint<F2, 1>, 4> split_multiple(const Bls12381::G2& q, const Limbs<4>& scalar) {
    const auto digit = digits_to_base_x(scalar);
    std::array<ScalarPoint<F2, 1>, 4> out;
    Bls12381::G2 multiple = q;
    for (size_t i = 0; i < out.size(); ++i) {
        out[i] = {multiple, {digit[i]}};
        multiple = Map::endomorphism(multiple).negated();
    }
    return out;
}

const Bls12381::G1& bls12_381_g1_generator() {
    static constexpr Bls12381::G1 kGenerator{
        Fp::from_integer(limbs_from_hex<6>("17f1d3a73197d7942695638c4fa9ac0fc3688c4f9774b905"
                                           "a14e3a3f171bac586c55e83ff97a1aeffb3af00adb22c6bb")),
        Fp::from_integer(limbs_from_hex<6>("08b3f481e3aaa0f1a09e30ed741d8ae4fcf5e095d5d00af6"
                                           "00db18cb2c04b3edd03cc744a2888ae40caa232946c5e7e1"))};
    return kGenerator;
}

}  // namespace switchyard::precompiles::curve
