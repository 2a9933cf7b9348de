// SPDX-License-Identifier: Apache-2.0
#include "simd/curve/secp256k1_recover_one.hpp"

#include <algorithm>

#include "simd/curve/non_adjacent_form.hpp"
#include "simd/curve/point.hpp"
#include "simd/curve/secp256k1_field.hpp"
#include "simd/secp256k1/scalar.hpp"
#include "simd/secp256k1/tables.hpp"

namespace switchyard::simd {
namespace {

using namespace curve;

constexpr Limbs<4> kOrder = ref::kGroupOrder.value;

/// beta, a cube root of unity: (x, y) to (beta x, y) multiplies a point by the lambda of
/// `split_scalar`.
constexpr auto kBeta =
    limbs_from_hex<4>("7ae96a2b657c07106e64479eac3434e99cf0497512f58995c1396c28719501ee");

/// 1 / value modulo the order of the group. Precondition: 0 < value < order.
Limbs<4> inverse_modulo_order(const Limbs<4>& value) {
    constexpr Limbs<5> kWide{kOrder[0], kOrder[1], kOrder[2], kOrder[3], 0};
    const Limbs<5> out = inverse_modulo(Limbs<5>{value[0], value[1], value[2], value[3], 0}, kWide,
                                        negated_inverse_of(kWide[0]));
    return {out[0], out[1], out[2], out[3]};
}

/// Odd multiples 1, 3, ..., 15 of a point, affine on the curve y^2 = x^3 + 7 z^6, to which (x, y)
/// goes as (x z^2, y z^3). Addition and doubling do not use the curve's constant, so that
/// everything may be computed there, without an inversion to make the multiples affine.
template <typename F>
struct OddMultiples {
    std::array<AffinePoint<F>, 8> multiple;
    F z;

    explicit OddMultiples(const AffinePoint<F>& point) {
        // With the doubled point's Z as the scale, the step from one multiple to the next is
        // affine.
        const JacobianPoint<F> twice = JacobianPoint<F>{point}.doubled();
        const AffinePoint<F> step{twice.x, twice.y};
        const F zz = twice.z.squared();
        std::array<JacobianPoint<F>, 8> sums;
        sums[0] = {point.x * zz, point.y * zz * twice.z, F::one()};
        std::array<F, 8> growth;  // of Z from each multiple to the next
        for (size_t i = 1; i < sums.size(); ++i) {
            growth[i] = step.x * sums[i - 1].z.squared() - sums[i - 1].x;
            sums[i] = sums[i - 1].add(step);
        }
        // All to the Z of the last one.
        F factor = F::one();
        for (size_t i = sums.size(); i-- > 0;) {
            const F square = factor.squared();
            multiple[i] = {sums[i].x * square, sums[i].y * square * factor};
            factor = factor * growth[i];
        }
        z = sums.back().z * twice.z;
    }
};

/// Half of a scalar times a point, as digits with the sign of the half in each.
struct HalfDigits {
    NonAdjacentForm<2, 5> form;
    bool negative;

    explicit HalfDigits(const SignedHalf& half)
        : form{Limbs<2>{half.low, half.high}}, negative{half.negative} {}
};

/// Half of the scalar of G in the windows of `generator_table`.
struct GeneratorDigits {
    std::array<uint32_t, kGeneratorWindows> codes;

    explicit GeneratorDigits(const SignedHalf& half) {
        recode_windows<kGeneratorWindow, kGeneratorWindows>(half, codes.data(), 1);
    }
};

/// u1 G + u2 R by interleaving (Straus 1964), with both scalars halved by the endomorphism
/// (Gallant, Lambert and Vanstone, CRYPTO 2001).
template <typename F>
JacobianPoint<F> sum_of_multiples(const Limbs<4>& u1, const Limbs<4>& u2, const AffinePoint<F>& r) {
    std::array<SignedHalf, 2> halves;
    split_scalar(u2, halves[0], halves[1]);
    const std::array<HalfDigits, 2> digits = {HalfDigits{halves[0]}, HalfDigits{halves[1]}};
    // G's second half is a plain one: its table has 2^128 G.
    const std::array<GeneratorDigits, 2> codes = {GeneratorDigits{{u1[0], u1[1], false}},
                                                  GeneratorDigits{{u1[2], u1[3], false}}};

    const OddMultiples<F> odd{r};
    std::array<F, 8> endomorphic_x;
    for (size_t i = 0; i < endomorphic_x.size(); ++i)
        endomorphic_x[i] = odd.multiple[i].x * F::from_integer(kBeta);
    const F zz = odd.z.squared();
    const F zzz = zz * odd.z;
    const GeneratorTable& generator = generator_table();

    constexpr size_t kWindow = kGeneratorWindow;
    JacobianPoint<F> out;
    const size_t length = std::max(
        {digits[0].form.length, digits[1].form.length, kWindow * (kGeneratorWindows - 1) + 1});
    for (size_t at = length; at-- > 0;) {
        out = out.doubled();
        for (size_t half = 0; half < 2; ++half) {
            const int digit = digits[half].form.digits[at];
            if (digit == 0) continue;
            const size_t index = static_cast<size_t>(digit < 0 ? -digit : digit) / 2;
            AffinePoint<F> point = odd.multiple[index];
            if (half == 1) point.x = endomorphic_x[index];
            if ((digit < 0) != digits[half].negative) point = point.negated();
            out = out.add(point);
        }
        if (at % kWindow != 0) continue;
        for (size_t half = 0; half < 2; ++half) {
            const uint32_t code = codes[half].codes[at / kWindow];
            if ((code & kDigitZero) != 0) continue;
            const PackedPoint& entry = generator.half[half][code & kDigitEntryMask];
            AffinePoint<F> point{F::from_integer(std::to_array(entry.x)) * zz,
                                 F::from_integer(std::to_array(entry.y)) * zzz};
            if ((code & kDigitNegative) != 0) point = point.negated();
            out = out.add(point);
        }
    }
    out.z = out.z * odd.z;
    return out;
}

template <typename F>
RecoverStatus recover(const RecoverInput& input, PublicKey& key) {
    key.fill(0);
    if (input.recovery_id > 3) return RecoverStatus::RecoveryIdOutOfRange;
    const auto r = load_limbs<4>(input.r.data());
    const auto s = load_limbs<4>(input.s.data());
    if (is_zero(r) || !less(r, kOrder)) return RecoverStatus::ROutOfRange;
    if (is_zero(s) || !less(s, kOrder)) return RecoverStatus::SOutOfRange;

    Limbs<4> x = r;
    if ((input.recovery_id & 2) != 0) {
        // Below p - n, the sum does not pass 2^256.
        if (!less(r, subtract(F::kModulus, kOrder))) return RecoverStatus::NoPoint;
        x = add(r, kOrder);
    }
    AffinePoint<F> point{F::from_integer(x), {}};
    const auto y = (point.x.squared() * point.x + F{7}).square_root();
    if (!y) return RecoverStatus::NoPoint;
    point.y = y->is_odd() == ((input.recovery_id & 1) != 0) ? *y : -*y;

    const Limbs<4> z = reduce_once(load_limbs<4>(input.message_hash.data()), kOrder);
    const Limbs<4> r_inverse = inverse_modulo_order(r);
    const auto& order = ref::kGroupOrder;
    const Limbs<4> u1 = ref::mul_mod(ref::sub_mod(Limbs<4>{}, z, order), r_inverse, order);
    const Limbs<4> u2 = ref::mul_mod(s, r_inverse, order);
    const AffinePoint<F> q = sum_of_multiples(u1, u2, point).to_affine();
    if (q.is_infinity()) return RecoverStatus::PointAtInfinity;
    store_limbs(q.x.to_integer(), key.data());
    store_limbs(q.y.to_integer(), key.data() + 32);
    return RecoverStatus::Ok;
}

}  // namespace

RecoverStatus recover_one(const RecoverInput& input, PublicKey& key) {
#if defined(SWITCHYARD_SECP256K1_ADX)
    if (kHasAdx) return recover<Secp256k1Field<secp256k1::AdxArithmetic>>(input, key);
#endif
    return recover_one_portable(input, key);
}

RecoverStatus recover_one_portable(const RecoverInput& input, PublicKey& key) {
    return recover<Secp256k1Field<secp256k1::PortableArithmetic>>(input, key);
}

}  // namespace switchyard::simd
