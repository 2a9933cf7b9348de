// SPDX-License-Identifier: Apache-2.0
// Pairings with points of G2 that are known beforehand, which leave half of the Miller loop to do.
#pragma once

#include "host/precompiles/curve/pairing.hpp"

namespace switchyard::precompiles::curve {

/// The lines of a fixed point of G2, in the order of the steps, each divided by its coefficient of
/// yP (an element of Fp2, which the final exponentiation removes). About 20 kB.
template <typename Curve>
class PreparedPoint {
  public:
    using F2 = Fp2<typename Curve::Fp>;
    struct Line {
        F2 at_x;
        F2 constant;
    };

    /// Precondition: `q` is in G2 and finite.
    explicit PreparedPoint(const AffinePoint<F2>& q) {
        MillerPoint<Curve> point{q};
        static_cast<void>(run_miller_loop<Curve>([&](Fp12<Curve>&, MillerStep step) {
            const auto line = take_step(point, q, step);
            const F2 scale = line.at_y.inverse();
            lines_.push_back({line.at_x * scale, line.constant * scale});
        }));
    }
    [[nodiscard]] const Line& line(size_t step) const { return lines_[step]; }

  private:
    std::vector<Line> lines_;
};

/// A finite point of G1 with a prepared point of G2.
template <typename Curve>
struct PreparedInput {
    AffinePoint<typename Curve::Fp> p;
    const PreparedPoint<Curve>* q = nullptr;
};

/// As `pairing_product_is_one` over the pairs. Here the lines are also divided by yP, so that
/// their term at w^3 is one: the line is at_x xP / yP + constant / yP + 1.
template <typename Curve>
    requires(!Curve::kTwistIsD)
[[nodiscard]] bool prepared_product_is_one(std::span<const PreparedInput<Curve>> pairs) {
    using F = typename Curve::Fp;
    if (pairs.empty()) return true;
    std::vector<AffinePoint<F>> scales;  // xP / yP and 1 / yP
    scales.reserve(pairs.size());
    for (const auto& pair : pairs) {
        const F inverse = pair.p.y.inverse();
        scales.push_back({pair.p.x * inverse, inverse});
    }
    size_t at = 0;
    return is_one_after_final_exponentiation(
        run_miller_loop<Curve>([&](Fp12<Curve>& f, MillerStep) {
            for (size_t i = 0; i < pairs.size(); ++i) {
                const auto& line = pairs[i].q->line(at);
                f = f.multiply_by_02_monic(line.constant * scales[i].y, line.at_x * scales[i].x);
            }
            ++at;
        }));
}

}  // namespace switchyard::precompiles::curve
