// SPDX-License-Identifier: Apache-2.0
// The curve BN254, which the EIPs call alt_bn128: y^2 = x^3 + 3 (EIP-196, EIP-197).
#pragma once

#include "host/precompiles/curve/field.hpp"
#include "host/precompiles/curve/pairing.hpp"

namespace switchyard::precompiles::curve {

struct Bn254FpParams {
    /// 36 x^4 + 36 x^3 + 24 x^2 + 6 x + 1.
    static constexpr auto kModulus =
        limbs_from_hex<4>("30644e72e131a029b85045b68181585d97816a916871ca8d3c208c16d87cfd47");
};

/// Parameters for the templates of this folder.
struct Bn254 {
    using Fp = Field<Bn254FpParams>;
    using F2 = Fp2<Fp>;
    using G1 = AffinePoint<Fp>;
    using G2 = AffinePoint<F2>;

    /// x of the Barreto-Naehrig family.
    static constexpr uint64_t kParameter = 4965661367192848881;
    static constexpr bool kParameterIsNegative = false;
    /// 6 x + 2.
    static constexpr auto kMillerLoop = Limbs<2>{0x9d797039be763ba8, 1};
    static constexpr bool kHasFrobeniusLines = true;
    static constexpr bool kTwistIsD = true;

    /// xi = 9 + u.
    [[nodiscard]] static constexpr F2 multiply_by_xi(const F2& a) {
        const F2 nine = a.doubled().doubled().doubled() + a;
        return {nine.c0 - a.c1, nine.c1 + a.c0};
    }

    static constexpr Fp b1() { return Fp{3}; }
    /// 3 / xi.
    static const F2& b2();
    [[nodiscard]] static F2 multiply_by_3b(const F2& a) {
        const F2 product = a * b2();
        return product.doubled() + product;
    }

    /// Precondition: a point of the twist.
    [[nodiscard]] static bool is_in_g2(const G2& q);

    /// A power prime to the group order of the hard part (p^4 - p^2 + 1) / r.
    [[nodiscard]] static Fp12<Bn254> final_exponentiation_hard(const Fp12<Bn254>& f);
};

}  // namespace switchyard::precompiles::curve
