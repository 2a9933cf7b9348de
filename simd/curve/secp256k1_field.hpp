// SPDX-License-Identifier: Apache-2.0
// The field of secp256k1, with the interface that `JacobianPoint` needs.
#pragma once

#include <optional>

#include "simd/curve/modular_inverse.hpp"
#include "simd/curve/secp256k1_arithmetic.hpp"

namespace switchyard::simd::curve {

/// An element of the prime field of secp256k1, on one of the forms of arithmetic of
/// secp256k1_arithmetic.hpp. Its limbs may stand for the element or for the element plus p.
///
/// No Montgomery form: the special form of p makes a multiplication of 21 limb products out of 36,
/// and p has no free top bit. Variable time.
template <typename Arithmetic>
class Secp256k1Field {
  public:
    using Integer = Limbs<4>;
    static constexpr Integer kModulus = secp256k1::kPrime;

    constexpr Secp256k1Field() = default;
    /// A small integer.
    constexpr explicit Secp256k1Field(uint64_t value) : value_{value} {}
    /// Precondition: `value` is below the modulus.
    [[nodiscard]] static constexpr Secp256k1Field from_integer(const Integer& value) {
        Secp256k1Field out;
        out.value_ = value;
        return out;
    }
    /// Below the modulus.
    [[nodiscard]] constexpr Integer to_integer() const { return reduce_once(value_, kModulus); }

    [[nodiscard]] static constexpr Secp256k1Field zero() { return {}; }
    [[nodiscard]] static constexpr Secp256k1Field one() { return Secp256k1Field{1}; }
    [[nodiscard]] constexpr bool is_zero() const {
        return curve::is_zero(value_) || value_ == kModulus;
    }
    [[nodiscard]] constexpr bool is_odd() const { return (to_integer()[0] & 1) != 0; }
    [[nodiscard]] friend constexpr bool operator==(const Secp256k1Field& a,
                                                   const Secp256k1Field& b) {
        return (a - b).is_zero();
    }

    [[nodiscard]] friend constexpr Secp256k1Field operator+(const Secp256k1Field& a,
                                                            const Secp256k1Field& b) {
        return from_integer(Arithmetic::add(a.value_, b.value_));
    }
    [[nodiscard]] friend constexpr Secp256k1Field operator-(const Secp256k1Field& a,
                                                            const Secp256k1Field& b) {
        return from_integer(Arithmetic::subtract(a.value_, b.value_));
    }
    [[nodiscard]] friend constexpr Secp256k1Field operator-(const Secp256k1Field& a) {
        return Secp256k1Field{} - a;
    }
    [[nodiscard]] friend constexpr Secp256k1Field operator*(const Secp256k1Field& a,
                                                            const Secp256k1Field& b) {
        return from_integer(Arithmetic::multiply(a.value_, b.value_));
    }
    [[nodiscard]] constexpr Secp256k1Field squared() const {
        return from_integer(Arithmetic::square(value_));
    }
    [[nodiscard]] constexpr Secp256k1Field doubled() const { return *this + *this; }
    /// Half of it: of the limbs and the limbs plus p, one is even.
    [[nodiscard]] constexpr Secp256k1Field halved() const {
        const uint64_t mask = 0 - (value_[0] & 1);
        Integer sum{};
        uint64_t carry = 0;
        for (size_t i = 0; i < 4; ++i)
            sum[i] = add_limb(value_[i], kModulus[i] & mask, carry);
        return from_integer({sum[0] >> 1 | sum[1] << 63, sum[1] >> 1 | sum[2] << 63,
                             sum[2] >> 1 | sum[3] << 63, sum[3] >> 1 | carry << 63});
    }

    /// Zero for zero.
    [[nodiscard]] constexpr Secp256k1Field inverse() const {
        constexpr Limbs<5> kWide{kModulus[0], kModulus[1], kModulus[2], kModulus[3], 0};
        const Integer value = to_integer();
        const Limbs<5> out = inverse_modulo(Limbs<5>{value[0], value[1], value[2], value[3], 0},
                                            kWide, negated_inverse_of(kWide[0]));
        return from_integer({out[0], out[1], out[2], out[3]});
    }

    /// A square root; no value when there is none. p is 3 modulo 4, so that a^((p + 1) / 4) is the
    /// root if one exists. The exponent is 223 ones, a zero, 22 ones, four zeros, two ones and two
    /// zeros; runs of ones are made from shorter ones.
    [[nodiscard]] constexpr std::optional<Secp256k1Field> square_root() const {
        const Secp256k1Field& x1 = *this;
        const Secp256k1Field x2 = x1.squared_times(1) * x1;
        const Secp256k1Field x3 = x2.squared_times(1) * x1;
        const Secp256k1Field x6 = x3.squared_times(3) * x3;
        const Secp256k1Field x9 = x6.squared_times(3) * x3;
        const Secp256k1Field x11 = x9.squared_times(2) * x2;
        const Secp256k1Field x22 = x11.squared_times(11) * x11;
        const Secp256k1Field x44 = x22.squared_times(22) * x22;
        const Secp256k1Field x88 = x44.squared_times(44) * x44;
        const Secp256k1Field x176 = x88.squared_times(88) * x88;
        const Secp256k1Field x220 = x176.squared_times(44) * x44;
        const Secp256k1Field x223 = x220.squared_times(3) * x3;
        const Secp256k1Field root =
            ((x223.squared_times(23) * x22).squared_times(6) * x2).squared_times(2);
        if (root.squared() != *this) return std::nullopt;
        return root;
    }

  private:
    [[nodiscard]] constexpr Secp256k1Field squared_times(unsigned count) const {
        Secp256k1Field out = *this;
        for (unsigned i = 0; i < count; ++i)
            out = out.squared();
        return out;
    }

    Integer value_{};
};

}  // namespace switchyard::simd::curve
