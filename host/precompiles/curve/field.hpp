// SPDX-License-Identifier: Apache-2.0
// A prime field in Montgomery form over 64-bit limbs.
#pragma once

#include <optional>

#include "host/precompiles/curve/shared.hpp"
#include "host/precompiles/curve/montgomery.hpp"

namespace switchyard::precompiles::curve {

/// An element of the field of `Params::kModulus`: an odd prime that leaves the top bit of its top
/// limb free; for square roots it has to be 3 modulo 4. Always fully reduced, so that equality is equality of limbs.
///
/// Not constant-time where a branch is faster: the precompiles know no secrets.
template <typename Params>
class Field {
  public:
    static constexpr auto kModulus = Params::kModulus;
    static constexpr size_t kLimbs = kModulus.size();
    static constexpr size_t kBytes = 8 * kLimbs;
    using Integer = Limbs<kLimbs>;

    constexpr Field() = default;
    /// A small integer.
    constexpr explicit Field(uint64_t value) : value_(to_montgomery(Integer{value})) {}
    /// Precondition: `value` is below the modulus.
    [[nodiscard]] static constexpr Field from_integer(const Integer& value) {
        Field out;
        out.value_ = to_montgomery(value);
        return out;
    }
    /// Big-endian, `kBytes` at `data`; no value when the number is not below the modulus.
    [[nodiscard]] static std::optional<Field> from_bytes(const uint8_t* data) {
        const Integer value = load_limbs<kLimbs>(data);
        if (!less(value, kModulus)) return std::nullopt;
        return from_integer(value);
    }
    void to_bytes(uint8_t* data) const { store_limbs(to_integer(), data); }

    [[nodiscard]] constexpr Integer to_integer() const { return multiply(value_, Integer{1}); }

    [[nodiscard]] static constexpr Field zero() { return {}; }
    [[nodiscard]] static constexpr Field one() {
        Field out;
        out.value_ = kR;
        return out;
    }
    [[nodiscard]] constexpr bool is_zero() const { return curve::is_zero(value_); }
    constexpr bool operator==(const Field&) const = default;

    [[nodiscard]] friend constexpr Field operator+(const Field& a, const Field& b) {
        Field out;
        out.value_ = add_modular<Params>(a.value_, b.value_);
        return out;
    }
    [[nodiscard]] friend constexpr Field operator-(const Field& a, const Field& b) {
        Field out;
        out.value_ = subtract_modular<Params>(a.value_, b.value_);
        return out;
    }
    [[nodiscard]] friend constexpr Field operator-(const Field& a) { return Field{} - a; }
    [[nodiscard]] friend constexpr Field operator*(const Field& a, const Field& b) {
        Field out;
        out.value_ = multiply(a.value_, b.value_);
        return out;
    }
    constexpr Field& operator+=(const Field& other) { return *this = *this + other; }
    constexpr Field& operator-=(const Field& other) { return *this = *this - other; }
    constexpr Field& operator*=(const Field& other) { return *this = *this * other; }

    [[nodiscard]] constexpr Field doubled() const { return *this + *this; }
    [[nodiscard]] constexpr Field squared() const { return *this * *this; }
    /// Half of it: the modulus is odd, so that the element or the element plus modulus is even.
    [[nodiscard]] constexpr Field halved() const {
        const uint64_t mask = 0 - (value_[0] & 1);
        Field out;
        uint64_t carry = 0;
        for (size_t i = 0; i < kLimbs; ++i)
            out.value_[i] = add_limb(value_[i], kModulus[i] & mask, carry);
        for (size_t i = 0; i + 1 < kLimbs; ++i)
            out.value_[i] = out.value_[i] >> 1 | out.value_[i + 1] << 63;
        out.value_[kLimbs - 1] = out.value_[kLimbs - 1] >> 1 | carry << 63;
        return out;
    }
    /// The element an odd or even integer, as RFC 9380's sgn0 asks.
    [[nodiscard]] constexpr bool is_odd() const { return (to_integer()[0] & 1) != 0; }

    /// Zero for zero.
    [[nodiscard]] constexpr Field inverse() const {
        // x R inverted is 1 / (x R); two factors of R bring it back to Montgomery form.
        Field out;
        out.value_ = multiply(inverse_modulo(value_, kModulus, kNegatedInverse), kR3);
        return out;
    }

    /// This element to the power of `exponent`, by a fixed window of four bits.
    template <size_t N>
    [[nodiscard]] constexpr Field power(const Limbs<N>& exponent) const {
        std::array<Field, 16> table{};
        table[0] = one();
        for (size_t i = 1; i < table.size(); ++i)
            table[i] = table[i - 1] * *this;
        Field out = one();
        for (size_t at = (bit_length(exponent) + 3) / 4; at-- > 0;) {
            for (int i = 0; i < 4; ++i)
                out = out.squared();
            const uint64_t digit = bits(exponent, 4 * at, 4);
            if (digit != 0) out *= table[digit];
        }
        return out;
    }

    /// A square root; no value when there is none. The modulus is 3 modulo 4, so that
    /// a^((p + 1) / 4) is the root if one exists.
    [[nodiscard]] constexpr std::optional<Field> square_root() const {
        static_assert((kModulus[0] & 3) == 3);
        const Field root = power(divide_small(add(kModulus, Integer{1}), 4));
        if (root.squared() != *this) return std::nullopt;
        return root;
    }

  private:
    static constexpr uint64_t kNegatedInverse = negated_inverse_of(kModulus[0]);

    /// 2^exponent modulo the modulus.
    static constexpr Integer power_of_two(size_t exponent) {
        Integer out{1};
        for (size_t i = 0; i < exponent; ++i) {
            uint64_t carry = 0;
            for (uint64_t& limb : out)
                limb = add_limb(limb, limb, carry);
            out = reduce_once(out, kModulus);
        }
        return out;
    }
    static_assert(kModulus[kLimbs - 1] >> 63 == 0 && (kModulus[0] & 1) == 1);
    static constexpr Integer kR = power_of_two(64 * kLimbs);
    static constexpr Integer kR2 = power_of_two(2 * 64 * kLimbs);

    /// a b / R.
    static constexpr Integer multiply(const Integer& a, const Integer& b) {
        if (std::is_constant_evaluated()) return montgomery_multiply_portable<Params>(a, b);
        return multiply_at_run_time(a, b);
    }
    /// Not inlined: the pairing multiplies at hundreds of places, whose code would not fit the
    /// instruction cache, and the call is small against the multiplication.
    [[gnu::noinline]] static Integer multiply_at_run_time(const Integer& a, const Integer& b) {
#if defined(__x86_64__)
        if (kHasAdx) return montgomery_multiply_adx<Params>(a, b);
#endif
        return montgomery_multiply_portable<Params>(a, b);
    }
    static constexpr Integer kR3 = multiply(kR2, kR2);

    static constexpr Integer to_montgomery(const Integer& value) { return multiply(value, kR2); }

    Integer value_{};
};

}  // namespace switchyard::precompiles::curve
