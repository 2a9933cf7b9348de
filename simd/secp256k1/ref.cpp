// SPDX-License-Identifier: Apache-2.0
#include "simd/secp256k1/ref.hpp"

#include <bit>
#include <cstddef>
#include <cstring>

namespace switchyard::simd::ref {
namespace {

__extension__ typedef unsigned __int128 Word128;

/// a + b; `carry` is the bit above.
U256 add_with_carry(const U256& a, const U256& b, uint64_t& carry) {
    U256 sum{};
    Word128 t = 0;
    for (size_t i = 0; i < 4; ++i) {
        t += Word128{a[i]} + b[i];
        sum[i] = static_cast<uint64_t>(t);
        t >>= 64;
    }
    carry = static_cast<uint64_t>(t);
    return sum;
}

/// a - b modulo 2^256; `borrow` is 1 when a < b.
U256 sub_with_borrow(const U256& a, const U256& b, uint64_t& borrow) {
    U256 difference{};
    uint64_t out = 0;
    for (size_t i = 0; i < 4; ++i) {
        const Word128 t = Word128{a[i]} - b[i] - out;
        difference[i] = static_cast<uint64_t>(t);
        out = static_cast<uint64_t>(t >> 64) & 1;
    }
    borrow = out;
    return difference;
}

/// low + high * 2^256 = a * b.
void multiply_full(const U256& a, const U256& b, U256& low, U256& high) {
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
    for (size_t i = 0; i < 4; ++i) {
        low[i] = product[i];
        high[i] = product[i + 4];
    }
}

U256 double_mod(const U256& a, const Modulus& m) {
    return add_mod(a, a, m);
}

U256 field_mul(const U256& a, const U256& b) {
    return mul_mod(a, b, kFieldOrder);
}
U256 field_sub(const U256& a, const U256& b) {
    return sub_mod(a, b, kFieldOrder);
}

JacobianPoint infinity() {
    return {{1, 0, 0, 0}, {1, 0, 0, 0}, {0, 0, 0, 0}};
}

/// The point with this x and this parity of y; false when x^3 + 7 is not a square.
bool decompress(const U256& x, bool odd, JacobianPoint& point) {
    const U256 seven{7, 0, 0, 0};
    const U256 square = add_mod(field_mul(field_mul(x, x), x), seven, kFieldOrder);
    // p = 3 mod 4, so that a square's root is its power (p + 1) / 4.
    const U256 exponent{0xffffffffbfffff0c, 0xffffffffffffffff, 0xffffffffffffffff,
                        0x3fffffffffffffff};
    U256 y = pow_mod(square, exponent, kFieldOrder);
    if (field_mul(y, y) != square) return false;
    if (((y[0] & 1) != 0) != odd) y = field_sub(U256{}, y);
    point = {x, y, {1, 0, 0, 0}};
    return true;
}

}  // namespace

U256 load_big_endian(const uint8_t* bytes) {
    U256 value{};
    for (size_t i = 0; i < 4; ++i) {
        uint64_t word = 0;
        std::memcpy(&word, bytes + 8 * i, sizeof(word));
        value[3 - i] = std::endian::native == std::endian::little ? __builtin_bswap64(word) : word;
    }
    return value;
}

void store_big_endian(const U256& value, uint8_t* bytes) {
    for (size_t i = 0; i < 4; ++i) {
        const uint64_t word = std::endian::native == std::endian::little
                                  ? __builtin_bswap64(value[3 - i])
                                  : value[3 - i];
        std::memcpy(bytes + 8 * i, &word, sizeof(word));
    }
}

bool is_zero(const U256& a) {
    return (a[0] | a[1] | a[2] | a[3]) == 0;
}

bool less(const U256& a, const U256& b) {
    uint64_t borrow = 0;
    (void)sub_with_borrow(a, b, borrow);
    return borrow != 0;
}

U256 add_mod(const U256& a, const U256& b, const Modulus& m) {
    uint64_t carry = 0;
    uint64_t borrow = 0;
    const U256 sum = add_with_carry(a, b, carry);
    const U256 reduced = sub_with_borrow(sum, m.value, borrow);
    return (carry != 0 || borrow == 0) ? reduced : sum;
}

U256 sub_mod(const U256& a, const U256& b, const Modulus& m) {
    uint64_t borrow = 0;
    uint64_t carry = 0;
    const U256 difference = sub_with_borrow(a, b, borrow);
    return borrow != 0 ? add_with_carry(difference, m.value, carry) : difference;
}

U256 mul_mod(const U256& a, const U256& b, const Modulus& m) {
    U256 low{};
    U256 high{};
    multiply_full(a, b, low, high);
    // low + high * 2^256 = low + high * complement modulo m; each fold shrinks `high`.
    while (!is_zero(high)) {
        U256 folded_low{};
        U256 folded_high{};
        multiply_full(high, m.complement, folded_low, folded_high);
        uint64_t carry = 0;
        low = add_with_carry(low, folded_low, carry);
        uint64_t unused = 0;
        high = add_with_carry(folded_high, U256{carry, 0, 0, 0}, unused);
    }
    uint64_t borrow = 0;
    const U256 reduced = sub_with_borrow(low, m.value, borrow);
    return borrow == 0 ? reduced : low;
}

U256 pow_mod(const U256& a, const U256& exponent, const Modulus& m) {
    U256 result{1, 0, 0, 0};
    for (size_t bit = 256; bit-- > 0;) {
        result = mul_mod(result, result, m);
        if ((exponent[bit / 64] >> (bit % 64)) & 1) result = mul_mod(result, a, m);
    }
    return result;
}

U256 inverse_mod(const U256& a, const Modulus& m) {
    uint64_t borrow = 0;
    return pow_mod(a, sub_with_borrow(m.value, U256{2, 0, 0, 0}, borrow), m);
}

JacobianPoint generator() {
    return {{0x59f2815b16f81798, 0x029bfcdb2dce28d9, 0x55a06295ce870b07, 0x79be667ef9dcbbac},
            {0x9c47d08ffb10d4b8, 0xfd17b448a6855419, 0x5da4fbfc0e1108a8, 0x483ada7726a3c465},
            {1, 0, 0, 0}};
}

JacobianPoint double_point(const JacobianPoint& a) {
    // Hankerson, Menezes, Vanstone: Guide to Elliptic Curve Cryptography, algorithm 3.21, a = 0.
    // No point of this curve has y = 0, so that only infinity doubles to infinity.
    if (is_zero(a.z)) return infinity();
    const U256 yy = field_mul(a.y, a.y);
    U256 s = field_mul(a.x, yy);
    s = double_mod(double_mod(s, kFieldOrder), kFieldOrder);
    const U256 xx = field_mul(a.x, a.x);
    const U256 slope = add_mod(double_mod(xx, kFieldOrder), xx, kFieldOrder);
    JacobianPoint result{};
    result.x = field_sub(field_mul(slope, slope), double_mod(s, kFieldOrder));
    U256 yyyy8 = field_mul(yy, yy);
    for (int i = 0; i < 3; ++i)
        yyyy8 = double_mod(yyyy8, kFieldOrder);
    result.y = field_sub(field_mul(slope, field_sub(s, result.x)), yyyy8);
    result.z = double_mod(field_mul(a.y, a.z), kFieldOrder);
    return result;
}

JacobianPoint add(const JacobianPoint& a, const JacobianPoint& b) {
    if (is_zero(a.z)) return b;
    if (is_zero(b.z)) return a;
    const U256 zz1 = field_mul(a.z, a.z);
    const U256 zz2 = field_mul(b.z, b.z);
    const U256 u1 = field_mul(a.x, zz2);
    const U256 u2 = field_mul(b.x, zz1);
    const U256 s1 = field_mul(a.y, field_mul(zz2, b.z));
    const U256 s2 = field_mul(b.y, field_mul(zz1, a.z));
    if (u1 == u2) return s1 == s2 ? double_point(a) : infinity();
    const U256 h = field_sub(u2, u1);
    const U256 slope = field_sub(s2, s1);
    const U256 hh = field_mul(h, h);
    const U256 hhh = field_mul(hh, h);
    const U256 v = field_mul(u1, hh);
    JacobianPoint result{};
    result.x = field_sub(field_sub(field_mul(slope, slope), hhh), double_mod(v, kFieldOrder));
    result.y = field_sub(field_mul(slope, field_sub(v, result.x)), field_mul(s1, hhh));
    result.z = field_mul(field_mul(a.z, b.z), h);
    return result;
}

JacobianPoint multiply(const JacobianPoint& point, const U256& scalar) {
    JacobianPoint result = infinity();
    for (size_t bit = 256; bit-- > 0;) {
        result = double_point(result);
        if ((scalar[bit / 64] >> (bit % 64)) & 1) result = add(result, point);
    }
    return result;
}

JacobianPoint to_affine(const JacobianPoint& point) {
    const U256 inverse = inverse_mod(point.z, kFieldOrder);
    const U256 square = field_mul(inverse, inverse);
    return {
        field_mul(point.x, square), field_mul(point.y, field_mul(square, inverse)), {1, 0, 0, 0}};
}

RecoverStatus recover(const RecoverInput& input, PublicKey& key) {
    key.fill(0);
    if (input.recovery_id > 3) return RecoverStatus::RecoveryIdOutOfRange;
    const U256 r = load_big_endian(input.r.data());
    const U256 s = load_big_endian(input.s.data());
    const U256& n = kGroupOrder.value;
    if (is_zero(r) || !less(r, n)) return RecoverStatus::ROutOfRange;
    if (is_zero(s) || !less(s, n)) return RecoverStatus::SOutOfRange;

    U256 x = r;
    if ((input.recovery_id & 2) != 0) {
        uint64_t carry = 0;
        x = add_with_carry(r, n, carry);
        if (carry != 0 || !less(x, kFieldOrder.value)) return RecoverStatus::NoPoint;
    }
    JacobianPoint point{};
    if (!decompress(x, (input.recovery_id & 1) != 0, point)) return RecoverStatus::NoPoint;

    // SEC 1, 4.1.6: Q = r^-1 (s R - z G).
    const U256 one{1, 0, 0, 0};
    const U256 z = mul_mod(load_big_endian(input.message_hash.data()), one, kGroupOrder);
    const U256 r_inverse = inverse_mod(r, kGroupOrder);
    const U256 u1 = mul_mod(sub_mod(U256{}, z, kGroupOrder), r_inverse, kGroupOrder);
    const U256 u2 = mul_mod(s, r_inverse, kGroupOrder);
    const JacobianPoint q = add(multiply(generator(), u1), multiply(point, u2));
    if (is_zero(q.z)) return RecoverStatus::PointAtInfinity;

    const JacobianPoint affine = to_affine(q);
    store_big_endian(affine.x, key.data());
    store_big_endian(affine.y, key.data() + 32);
    return RecoverStatus::Ok;
}

}  // namespace switchyard::simd::ref
