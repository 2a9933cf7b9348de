// SPDX-License-Identifier: Apache-2.0
#include "simd/secp256k1/scalar.hpp"

#include "simd/curve/modular_inverse.hpp"

namespace switchyard::simd {
namespace {

__extension__ typedef unsigned __int128 Word128;

constexpr U256 kN = ref::kGroupOrder.value;
/// -n^-1 modulo 2^64, and 2^512 modulo n.
constexpr uint64_t kMontgomeryFactor = curve::negated_inverse_of(kN[0]);
constexpr U256 kMontgomerySquare{0x896cf21467d7d140, 0x741496c20e7cf878, 0xe697f5e45bcd07c6,
                                 0x9d671cd581c69bc5};

/// value, or value - n when value + carry * 2^256 is at least n.
inline U256 subtract_order_once(const U256& value, uint64_t carry) {
    U256 reduced{};
    uint64_t borrow = 0;
    for (size_t i = 0; i < 4; ++i) {
        const Word128 t = Word128{value[i]} - kN[i] - borrow;
        reduced[i] = static_cast<uint64_t>(t);
        borrow = static_cast<uint64_t>(t >> 64) & 1;
    }
    const uint64_t keep = uint64_t{0} - static_cast<uint64_t>(borrow > carry);
    U256 result{};
    for (size_t i = 0; i < 4; ++i)
        result[i] = (value[i] & keep) | (reduced[i] & ~keep);
    return result;
}

/// a * b / 2^256 modulo n, for a * b below n * 2^256 (Montgomery 1985, the CIOS form).
U256 montgomery_multiply(const U256& a, const U256& b) {
    uint64_t t[6] = {};
    for (size_t i = 0; i < 4; ++i) {
        uint64_t carry = 0;
        for (size_t j = 0; j < 4; ++j) {
            const Word128 sum = Word128{a[j]} * b[i] + t[j] + carry;
            t[j] = static_cast<uint64_t>(sum);
            carry = static_cast<uint64_t>(sum >> 64);
        }
        Word128 top = Word128{t[4]} + carry;
        t[4] = static_cast<uint64_t>(top);
        t[5] = static_cast<uint64_t>(top >> 64);

        const uint64_t m = t[0] * kMontgomeryFactor;
        Word128 sum = Word128{m} * kN[0] + t[0];
        carry = static_cast<uint64_t>(sum >> 64);
        for (size_t j = 1; j < 4; ++j) {
            sum = Word128{m} * kN[j] + t[j] + carry;
            t[j - 1] = static_cast<uint64_t>(sum);
            carry = static_cast<uint64_t>(sum >> 64);
        }
        top = Word128{t[4]} + carry;
        t[3] = static_cast<uint64_t>(top);
        t[4] = t[5] + static_cast<uint64_t>(top >> 64);
    }
    return subtract_order_once({t[0], t[1], t[2], t[3]}, t[4]);
}

/// 2^256 / a modulo n.
U256 montgomery_inverse(const U256& a) {
    constexpr curve::Limbs<5> kWide{kN[0], kN[1], kN[2], kN[3], 0};
    const curve::Limbs<5> inverse =
        curve::inverse_modulo(curve::Limbs<5>{a[0], a[1], a[2], a[3], 0}, kWide, kMontgomeryFactor);
    return montgomery_multiply({inverse[0], inverse[1], inverse[2], inverse[3]}, kMontgomerySquare);
}

// The shortest basis (a1, b1), (a2, b2) of the lattice of (a, b) with a + b lambda = 0 modulo n;
// b2 = a1, and b1 is negative.
constexpr uint64_t kA1[3] = {0xe86c90e49284eb15, 0x3086d221a7d46bcd, 0};
constexpr uint64_t kMinusB1[3] = {0x6f547fa90abfe4c3, 0xe4437ed6010e8828, 0};
constexpr uint64_t kA2[3] = {0x57c1108d9d44cfd8, 0x14ca50f7a8e2f3f6, 1};
/// 2^384 b2 / n and 2^384 (-b1) / n, rounded.
constexpr U256 kReciprocal1{0xe893209a45dbb031, 0x3daa8a1471e8ca7f, 0xe86c90e49284eb15,
                            0x3086d221a7d46bcd};
constexpr U256 kReciprocal2{0x1571b4ae8ac47f71, 0x221208ac9df506c6, 0x6f547fa90abfe4c4,
                            0xe4437ed6010e8828};

/// Words of a 192-bit integer, or of a signed one in two's complement.
struct Words192 {
    uint64_t word[3];
};

/// a * b / 2^384, rounded to nearest.
Words192 multiply_shift_384(const U256& a, const U256& b) {
    uint64_t product[8] = {};
    for (size_t i = 0; i < 4; ++i) {
        uint64_t carry = 0;
        for (size_t j = 0; j < 4; ++j) {
            const Word128 t = Word128{a[i]} * b[j] + product[i + j] + carry;
            product[i + j] = static_cast<uint64_t>(t);
            carry = static_cast<uint64_t>(t >> 64);
        }
        product[i + 4] = carry;
    }
    const Word128 low = Word128{product[6]} + (product[5] >> 63);
    return {{static_cast<uint64_t>(low), product[7] + static_cast<uint64_t>(low >> 64), 0}};
}

/// accumulator -= a * b modulo 2^192.
void subtract_product(Words192& accumulator, const Words192& a, const uint64_t* b) {
    uint64_t product[3] = {};
    for (size_t i = 0; i < 3; ++i) {
        uint64_t carry = 0;
        for (size_t j = 0; i + j < 3; ++j) {
            const Word128 t = Word128{a.word[i]} * b[j] + product[i + j] + carry;
            product[i + j] = static_cast<uint64_t>(t);
            carry = static_cast<uint64_t>(t >> 64);
        }
    }
    uint64_t borrow = 0;
    for (size_t i = 0; i < 3; ++i) {
        const Word128 t = Word128{accumulator.word[i]} - product[i] - borrow;
        accumulator.word[i] = static_cast<uint64_t>(t);
        borrow = static_cast<uint64_t>(t >> 64) & 1;
    }
}

/// The magnitude and sign of a two's complement integer that fits 129 bits.
SignedHalf to_signed_half(const Words192& value) {
    const uint64_t sign = uint64_t{0} - (value.word[2] >> 63);
    const Word128 low = Word128{value.word[0] ^ sign} + (sign & 1);
    const uint64_t high = (value.word[1] ^ sign) + static_cast<uint64_t>(low >> 64);
    return {static_cast<uint64_t>(low), high, sign != 0};
}

}  // namespace

void recovery_scalars(std::span<const U256> z, std::span<const U256> r, std::span<const U256> s,
                      std::span<RecoveryScalars> scalars) {
    // scalars[i].u1 holds the product of r[0] to r[i-1] until the way back uses it. Each product
    // lacks a factor of 2^256, which cancels in the quotient of two that follow each other.
    U256 product{1, 0, 0, 0};
    for (size_t i = 0; i < r.size(); ++i) {
        scalars[i].u1 = product;
        product = montgomery_multiply(product, r[i]);
    }
    U256 inverse = montgomery_inverse(product);
    for (size_t i = r.size(); i-- > 0;) {
        const U256 r_inverse = montgomery_multiply(inverse, scalars[i].u1);
        inverse = montgomery_multiply(inverse, r[i]);
        const U256 minus_z = ref::sub_mod(U256{}, subtract_order_once(z[i], 0), ref::kGroupOrder);
        scalars[i].u1 = montgomery_multiply(minus_z, r_inverse);
        scalars[i].u2 = montgomery_multiply(s[i], r_inverse);
    }
}

void verification_scalars(std::span<const U256> a, std::span<const U256> z, std::span<const U256> r,
                          std::span<const U256> s, std::span<VerificationScalars> scalars) {
    // As above, with a factor of 2^512 in each inverse for the two multiplications that follow.
    U256 product{1, 0, 0, 0};
    for (size_t i = 0; i < s.size(); ++i) {
        scalars[i].key = product;
        product = montgomery_multiply(product, s[i]);
    }
    U256 inverse = montgomery_multiply(montgomery_inverse(product), kMontgomerySquare);
    for (size_t i = s.size(); i-- > 0;) {
        const U256 s_inverse = montgomery_multiply(inverse, scalars[i].key);
        inverse = montgomery_multiply(inverse, s[i]);
        const U256 weight = montgomery_multiply(s_inverse, a[i]);
        scalars[i].generator = montgomery_multiply(weight, z[i]);
        scalars[i].key = montgomery_multiply(weight, r[i]);
    }
}

void split_scalar(const U256& k, SignedHalf& first, SignedHalf& second) {
    const Words192 c1 = multiply_shift_384(k, kReciprocal1);
    const Words192 c2 = multiply_shift_384(k, kReciprocal2);
    // first = k - c1 a1 - c2 a2 and second = -c1 b1 - c2 b2; both fit 129 bits, so 192 suffice.
    Words192 a{{k[0], k[1], k[2]}};
    subtract_product(a, c1, kA1);
    subtract_product(a, c2, kA2);
    Words192 minus_b{{0, 0, 0}};
    subtract_product(minus_b, c1, kMinusB1);
    Words192 b{{0, 0, 0}};
    subtract_product(b, c2, kA1);
    // minus_b = c1 b1, so b - minus_b is the second part.
    constexpr uint64_t kPlusOne[3] = {1, 0, 0};
    subtract_product(b, minus_b, kPlusOne);
    first = to_signed_half(a);
    second = to_signed_half(b);
}

}  // namespace switchyard::simd
