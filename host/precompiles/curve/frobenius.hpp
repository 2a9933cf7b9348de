// SPDX-License-Identifier: Apache-2.0
// The p-power Frobenius map on the target field and, through the twist, on G2.
#pragma once

#include "host/precompiles/curve/fp12.hpp"
#include "host/precompiles/curve/shared.hpp"

namespace switchyard::precompiles::curve {

template <typename Curve>
struct Frobenius {
    using F2 = Fp2<typename Curve::Fp>;
    using Point2 = AffinePoint<F2>;

    struct Constants {
        /// xi^(i (p - 1) / 6) for i from 0 to 5: what w^i is multiplied by.
        std::array<F2, 6> gamma;
        /// What x and y of a point of the twist are multiplied by after conjugation.
        F2 twist_x;
        F2 twist_y;
    };
    /// Computed from the parameters of the curve, once per process, before main.
    static inline const Constants kConstants = [] {
        constexpr auto kOne = typename Curve::Fp::Integer{1};
        constexpr auto kExponent = divide_small(subtract(Curve::Fp::kModulus, kOne), 6);
        Constants out{};
        out.gamma[0] = F2::one();
        out.gamma[1] = Curve::multiply_by_xi(F2::one()).power(kExponent);
        for (size_t i = 2; i < 6; ++i)
            out.gamma[i] = out.gamma[i - 1] * out.gamma[1];
        out.twist_x = Curve::kTwistIsD ? out.gamma[2] : out.gamma[2].inverse();
        out.twist_y = Curve::kTwistIsD ? out.gamma[3] : out.gamma[3].inverse();
        return out;
    }();

    [[nodiscard]] static Fp12<Curve> power(const Fp12<Curve>& a) {
        return {
            {a.c0.c0.conjugate(), a.c0.c1.conjugate() * kConstants.gamma[2],
             a.c0.c2.conjugate() * kConstants.gamma[4]},
            {a.c1.c0.conjugate() * kConstants.gamma[1], a.c1.c1.conjugate() * kConstants.gamma[3],
             a.c1.c2.conjugate() * kConstants.gamma[5]}};
    }

    /// Untwist, Frobenius, twist: the endomorphism that acts on G2 as multiplication by p.
    [[nodiscard]] static Point2 endomorphism(const Point2& q) {
        return {q.x.conjugate() * kConstants.twist_x, q.y.conjugate() * kConstants.twist_y};
    }
    [[nodiscard]] static JacobianPoint<F2> endomorphism(const JacobianPoint<F2>& q) {
        return {q.x.conjugate() * kConstants.twist_x, q.y.conjugate() * kConstants.twist_y,
                q.z.conjugate()};
    }
};

}  // namespace switchyard::precompiles::curve
