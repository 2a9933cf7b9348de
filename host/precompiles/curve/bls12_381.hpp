// SPDX-License-Identifier: Apache-2.0
// The curve BLS12-381: y^2 = x^3 + 4 (EIP-2537, "Curve parameters").
#pragma once

#include "host/precompiles/curve/field.hpp"
#include "host/precompiles/curve/multi_scalar.hpp"
#include "host/precompiles/curve/pairing.hpp"

namespace switchyard::precompiles::curve {

struct Bls12381FpParams {
    /// (x - 1)^2 (x^4 - x^2 + 1) / 3 + x.
    static constexpr auto kModulus = limbs_from_hex<6>(
        "1a0111ea397fe69a4b1ba7b6434bacd764774b84f38512bf"
        "6730d2a0f6b0f6241eabfffeb153ffffb9feffffffffaaab");
};

/// Parameters for the templates of this folder.
struct Bls12381 {
    using Fp = Field<Bls12381FpParams>;
    using F2 = Fp2<Fp>;
    using G1 = AffinePoint<Fp>;
    using G2 = AffinePoint<F2>;

    /// The order of G1 and G2: x^4 - x^2 + 1.
    static constexpr auto kOrder =
        limbs_from_hex<4>("73eda753299d7d483339d80809a1d80553bda402fffe5bfeffffffff00000001");
    /// |x|, where x itself is negative.
    static constexpr uint64_t kParameter = 0xd201000000010000;
    static constexpr bool kParameterIsNegative = true;
    static constexpr auto kMillerLoop = Limbs<1>{kParameter};
    static constexpr bool kHasFrobeniusLines = false;
    static constexpr bool kTwistIsD = false;

    /// xi = 1 + u.
    [[nodiscard]] static constexpr F2 multiply_by_xi(const F2& a) {
        return {a.c0 - a.c1, a.c0 + a.c1};
    }

    static constexpr Fp b1() { return Fp{4}; }
    /// 4 xi.
    static constexpr F2 b2() { return {Fp{4}, Fp{4}}; }
    [[nodiscard]] static constexpr F2 multiply_by_3b(const F2& a) {
        const F2 four = multiply_by_xi(a).doubled().doubled();
        return four.doubled() + four;
    }

    /// Preconditions: a point of the curve, and of the twist.
    [[nodiscard]] static bool is_in_g1(const G1& p);
    [[nodiscard]] static bool is_in_g2(const G2& q);

    /// A power prime to the group order of the hard part (p^4 - p^2 + 1) / r.
    [[nodiscard]] static Fp12<Bls12381> final_exponentiation_hard(const Fp12<Bls12381>& f);
};

/// `scalar` times a point as a sum with short scalars, which halves or quarters the doublings:
/// Gallant, Lambert and Vanstone, CRYPTO 2001; Galbraith, Lin and Scott, ePrint 2008/194. The
/// endomorphisms act as -x^2 and x, so that the short scalars are the digits of `scalar` modulo the
/// order to the base x^2 or |x|. Preconditions: in G1, in G2.
[[nodiscard]] std::array<ScalarPoint<Bls12381::Fp, 2>, 2> split_multiple(const Bls12381::G1& p,
                                                                         const Limbs<4>& scalar);
[[nodiscard]] std::array<ScalarPoint<Bls12381::F2, 1>, 4> split_multiple(const Bls12381::G2& q,
                                                                         const Limbs<4>& scalar);

/// The generator of G1 (EIP-2537).
[[nodiscard]] const Bls12381::G1& bls12_381_g1_generator();

}  // namespace switchyard::precompiles::curve
