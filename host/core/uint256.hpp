// SPDX-License-Identifier: Apache-2.0
// The EVM's word: unsigned 256-bit arithmetic modulo 2^256 (Yellow Paper, section 9.1 and appendix
// H.2).
#pragma once

#include <array>
#include <bit>
#include <compare>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>

#include "host/core/bytes.hpp"

namespace switchyard {

/// Four 64-bit limbs, least significant first. All operators wrap modulo 2^256, as the EVM's do.
struct Uint256 {
    std::array<uint64_t, 4> limb{};

    constexpr Uint256() = default;
    constexpr Uint256(uint64_t value) : limb{value, 0, 0, 0} {}
    constexpr Uint256(uint64_t l0, uint64_t l1, uint64_t l2, uint64_t l3) : limb{l0, l1, l2, l3} {}

    /// Written out: the default compares through a call of memcmp.
    constexpr bool operator==(const Uint256& other) const {
        return ((limb[0] ^ other.limb[0]) | (limb[1] ^ other.limb[1]) |
                (limb[2] ^ other.limb[2]) | (limb[3] ^ other.limb[3])) == 0;
    }
    constexpr std::strong_ordering operator<=>(const Uint256& other) const {
        for (int i = 3; i > 0; --i) {
            const auto n = static_cast<size_t>(i);
            if (limb[n] != other.limb[n]) return limb[n] <=> other.limb[n];
        }
        return limb[0] <=> other.limb[0];
    }

    [[nodiscard]] constexpr bool is_zero() const {
        return (limb[0] | limb[1] | limb[2] | limb[3]) == 0;
    }
    [[nodiscard]] constexpr bool fits_uint64() const { return (limb[1] | limb[2] | limb[3]) == 0; }
    /// The value if it fits 64 bits, otherwise the largest 64-bit value.
    [[nodiscard]] constexpr uint64_t saturated() const {
        return fits_uint64() ? limb[0] : UINT64_MAX;
    }
    [[nodiscard]] constexpr bool is_negative() const {
        return (limb[3] >> 63) != 0;
    }  ///< as two's complement

    constexpr Uint256& operator+=(const Uint256& other);
    constexpr Uint256& operator-=(const Uint256& other);
};

namespace detail {

/// `a + b + carry`; `carry`, 0 or 1, becomes the carry out. Neither compiler makes chains of adc
/// and sbb out of the portable form.
[[nodiscard]] constexpr uint64_t add_limbs(uint64_t a, uint64_t b, unsigned char& carry) {
#if defined(__x86_64__)
    if (!std::is_constant_evaluated()) {
        unsigned long long sum = 0;
        carry = __builtin_ia32_addcarryx_u64(carry, a, b, &sum);
        return sum;
    }
#endif
    uint64_t sum = 0;
    const bool first = __builtin_add_overflow(a, b, &sum);
    const bool second = __builtin_add_overflow(sum, uint64_t{carry}, &sum);
    carry = first || second ? 1 : 0;
    return sum;
}

/// `a - b - borrow`; `borrow`, 0 or 1, becomes the borrow out.
[[nodiscard]] constexpr uint64_t subtract_limbs(uint64_t a, uint64_t b, unsigned char& borrow) {
#if defined(__x86_64__)
    if (!std::is_constant_evaluated()) {
        unsigned long long difference = 0;
#if defined(__clang__)
        borrow = __builtin_ia32_subborrow_u64(borrow, a, b, &difference);
#else
        borrow = __builtin_ia32_sbb_u64(borrow, a, b, &difference);
#endif
        return difference;
    }
#endif
    uint64_t difference = 0;
    const bool first = __builtin_sub_overflow(a, b, &difference);
    const bool second = __builtin_sub_overflow(difference, uint64_t{borrow}, &difference);
    borrow = first || second ? 1 : 0;
    return difference;
}

}  // namespace detail

/// `a + b` and whether it passed 2^256.
struct Uint256Carry {
    Uint256 value;
    bool carry;
};

[[nodiscard]] constexpr Uint256Carry add_with_carry(const Uint256& a, const Uint256& b) {
    unsigned char carry = 0;
    const uint64_t l0 = detail::add_limbs(a.limb[0], b.limb[0], carry);
    const uint64_t l1 = detail::add_limbs(a.limb[1], b.limb[1], carry);
    const uint64_t l2 = detail::add_limbs(a.limb[2], b.limb[2], carry);
    const uint64_t l3 = detail::add_limbs(a.limb[3], b.limb[3], carry);
    return {{l0, l1, l2, l3}, carry != 0};
}

/// `a - b` and whether it borrowed, that is, whether `a < b`.
[[nodiscard]] constexpr Uint256Carry subtract_with_borrow(const Uint256& a, const Uint256& b) {
    unsigned char borrow = 0;
    const uint64_t l0 = detail::subtract_limbs(a.limb[0], b.limb[0], borrow);
    const uint64_t l1 = detail::subtract_limbs(a.limb[1], b.limb[1], borrow);
    const uint64_t l2 = detail::subtract_limbs(a.limb[2], b.limb[2], borrow);
    const uint64_t l3 = detail::subtract_limbs(a.limb[3], b.limb[3], borrow);
    return {{l0, l1, l2, l3}, borrow != 0};
}

/// Without a branch, unlike `a < b`: the outcome of an EVM comparison is often unpredictable.
[[nodiscard]] constexpr bool less(const Uint256& a, const Uint256& b) {
    return subtract_with_borrow(a, b).carry;
}

[[nodiscard]] constexpr Uint256 operator+(const Uint256& a, const Uint256& b) {
    return add_with_carry(a, b).value;
}
[[nodiscard]] constexpr Uint256 operator-(const Uint256& a, const Uint256& b) {
    return subtract_with_borrow(a, b).value;
}
constexpr Uint256& Uint256::operator+=(const Uint256& other) {
    return *this = *this + other;
}
constexpr Uint256& Uint256::operator-=(const Uint256& other) {
    return *this = *this - other;
}

[[nodiscard]] constexpr Uint256 operator~(const Uint256& a) {
    return {~a.limb[0], ~a.limb[1], ~a.limb[2], ~a.limb[3]};
}
[[nodiscard]] constexpr Uint256 operator-(const Uint256& a) {
    return ~a + Uint256{1};
}
[[nodiscard]] constexpr Uint256 operator&(const Uint256& a, const Uint256& b) {
    return {a.limb[0] & b.limb[0], a.limb[1] & b.limb[1], a.limb[2] & b.limb[2],
            a.limb[3] & b.limb[3]};
}
[[nodiscard]] constexpr Uint256 operator|(const Uint256& a, const Uint256& b) {
    return {a.limb[0] | b.limb[0], a.limb[1] | b.limb[1], a.limb[2] | b.limb[2],
            a.limb[3] | b.limb[3]};
}
[[nodiscard]] constexpr Uint256 operator^(const Uint256& a, const Uint256& b) {
    return {a.limb[0] ^ b.limb[0], a.limb[1] ^ b.limb[1], a.limb[2] ^ b.limb[2],
            a.limb[3] ^ b.limb[3]};
}

namespace detail {

/// The upper limb of the two-limb number (high, low) shifted left by `bits`, 0 to 63.
[[nodiscard]] constexpr uint64_t shift_left_limb(uint64_t high, uint64_t low, unsigned bits) {
    return high << bits | (low >> 1) >> (63 - bits);
}
/// The lower limb of the two-limb number (high, low) shifted right by `bits`, 0 to 63.
[[nodiscard]] constexpr uint64_t shift_right_limb(uint64_t high, uint64_t low, unsigned bits) {
    return low >> bits | (high << 1) << (63 - bits);
}

}  // namespace detail

/// Shifts by 256 or more give 0.
[[nodiscard]] constexpr Uint256 operator<<(const Uint256& a, uint64_t bits) {
    const auto [l0, l1, l2, l3] = a.limb;
    const unsigned rest = bits % 64;
    switch (bits / 64) {
        case 0:
            return {l0 << rest, detail::shift_left_limb(l1, l0, rest),
                    detail::shift_left_limb(l2, l1, rest), detail::shift_left_limb(l3, l2, rest)};
        case 1:
            return {0, l0 << rest, detail::shift_left_limb(l1, l0, rest),
                    detail::shift_left_limb(l2, l1, rest)};
        case 2:
            return {0, 0, l0 << rest, detail::shift_left_limb(l1, l0, rest)};
        case 3:
            return {0, 0, 0, l0 << rest};
        default:
            return {};
    }
}
[[nodiscard]] constexpr Uint256 operator>>(const Uint256& a, uint64_t bits) {
    const auto [l0, l1, l2, l3] = a.limb;
    const unsigned rest = bits % 64;
    switch (bits / 64) {
        case 0:
            return {detail::shift_right_limb(l1, l0, rest), detail::shift_right_limb(l2, l1, rest),
                    detail::shift_right_limb(l3, l2, rest), l3 >> rest};
        case 1:
            return {detail::shift_right_limb(l2, l1, rest), detail::shift_right_limb(l3, l2, rest),
                    l3 >> rest, 0};
        case 2:
            return {detail::shift_right_limb(l3, l2, rest), l3 >> rest, 0, 0};
        case 3:
            return {l3 >> rest, 0, 0, 0};
        default:
            return {};
    }
}

[[nodiscard]] constexpr Uint256 operator*(const Uint256& a, const Uint256& b) {
    Uint256 out;
    for (size_t i = 0; i < 4; ++i) {
        uint64_t carry = 0;
        for (size_t j = 0; i + j < 4; ++j) {
            const unsigned __int128 t =
                static_cast<unsigned __int128>(a.limb[i]) * b.limb[j] + out.limb[i + j] + carry;
            out.limb[i + j] = static_cast<uint64_t>(t);
            carry = static_cast<uint64_t>(t >> 64);
        }
    }
    return out;
}

/// The full product: eight limbs, least significant first.
[[nodiscard]] constexpr std::array<uint64_t, 8> multiply_full(const Uint256& a, const Uint256& b) {
    std::array<uint64_t, 8> out{};
    for (size_t i = 0; i < 4; ++i) {
        uint64_t carry = 0;
        for (size_t j = 0; j < 4; ++j) {
            const unsigned __int128 t =
                static_cast<unsigned __int128>(a.limb[i]) * b.limb[j] + out[i + j] + carry;
            out[i + j] = static_cast<uint64_t>(t);
            carry = static_cast<uint64_t>(t >> 64);
        }
        out[i + 4] = carry;
    }
    return out;
}

/// Position of the highest set bit plus one, 0 to 256.
[[nodiscard]] constexpr unsigned bit_length(const Uint256& a) {
    for (size_t i = 4; i-- > 0;)
        if (a.limb[i] != 0)
            return static_cast<unsigned>(64 * i) + 64 -
                   static_cast<unsigned>(std::countl_zero(a.limb[i]));
    return 0;
}

struct QuotientRemainder {
    Uint256 quotient;
    Uint256 remainder;
};

/// Knuth, The Art of Computer Programming, volume 2, section 4.3.1, algorithm D. A zero divisor
/// gives zero and zero (EVM).
[[nodiscard]] QuotientRemainder divide(const Uint256& dividend, const Uint256& divisor);
[[nodiscard]] inline Uint256 operator/(const Uint256& a, const Uint256& b) {
    return divide(a, b).quotient;
}
[[nodiscard]] inline Uint256 operator%(const Uint256& a, const Uint256& b) {
    return divide(a, b).remainder;
}

[[nodiscard]] Uint256 signed_divide(const Uint256& a, const Uint256& b);     ///< SDIV
[[nodiscard]] Uint256 signed_remainder(const Uint256& a, const Uint256& b);  ///< SMOD
[[nodiscard]] Uint256 add_mod(const Uint256& a, const Uint256& b,
                              const Uint256& modulus);  ///< ADDMOD
[[nodiscard]] Uint256 multiply_mod(const Uint256& a, const Uint256& b,
                                   const Uint256& modulus);                          ///< MULMOD
[[nodiscard]] Uint256 power(const Uint256& base, const Uint256& exponent);           ///< EXP
[[nodiscard]] Uint256 sign_extend(const Uint256& byte_index, const Uint256& value);  ///< SIGNEXTEND
[[nodiscard]] Uint256 arithmetic_shift_right(const Uint256& value, const Uint256& bits);  ///< SAR
[[nodiscard]] constexpr bool signed_less(const Uint256& a, const Uint256& b) {            ///< SLT
    constexpr uint64_t kSign = uint64_t{1} << 63;
    return less({a.limb[0], a.limb[1], a.limb[2], a.limb[3] ^ kSign},
                {b.limb[0], b.limb[1], b.limb[2], b.limb[3] ^ kSign});
}

/// Big-endian, 32 bytes at `data`.
[[nodiscard]] inline Uint256 load_big_endian(const uint8_t* data) {
    Uint256 out;
    for (size_t i = 0; i < 4; ++i) {
        uint64_t word = 0;
        std::memcpy(&word, data + 8 * (3 - i), 8);
        out.limb[i] = __builtin_bswap64(word);
    }
    return out;
}
inline void store_big_endian(const Uint256& value, uint8_t* data) {
    for (size_t i = 0; i < 4; ++i) {
        const uint64_t word = __builtin_bswap64(value.limb[i]);
        std::memcpy(data + 8 * (3 - i), &word, 8);
    }
}
[[nodiscard]] inline Uint256 to_uint256(const Bytes32& bytes) {
    return load_big_endian(bytes.data());
}
[[nodiscard]] inline Bytes32 to_bytes32(const Uint256& value) {
    Bytes32 out;
    store_big_endian(value, out.data());
    return out;
}
/// An address stands in the low 20 bytes of a word.
[[nodiscard]] inline Uint256 to_uint256(const Address& address) {
    uint32_t high = 0;
    uint64_t middle = 0;
    uint64_t low = 0;
    std::memcpy(&high, address.data(), 4);
    std::memcpy(&middle, address.data() + 4, 8);
    std::memcpy(&low, address.data() + 12, 8);
    return {__builtin_bswap64(low), __builtin_bswap64(middle), __builtin_bswap32(high), 0};
}
[[nodiscard]] inline Address to_address(const Uint256& word) {
    const uint32_t high = __builtin_bswap32(static_cast<uint32_t>(word.limb[2]));
    const uint64_t middle = __builtin_bswap64(word.limb[1]);
    const uint64_t low = __builtin_bswap64(word.limb[0]);
    Address out;
    std::memcpy(out.data(), &high, 4);
    std::memcpy(out.data() + 4, &middle, 8);
    std::memcpy(out.data() + 12, &low, 8);
    return out;
}
/// Big-endian bytes of any length up to 32; no value when longer.
[[nodiscard]] std::optional<Uint256> uint256_from_bytes(BytesView bytes);
/// A number from `0x` hex of 1 to 64 digits (leading zeros allowed) or from decimal digits; no
/// value when it is neither or too large.
[[nodiscard]] std::optional<Uint256> uint256_from_text(std::string_view text);
/// `0x`, then hex without leading zeros; `0x0` for zero.
[[nodiscard]] std::string to_hex_quantity(const Uint256& value);
[[nodiscard]] std::string to_decimal(const Uint256& value);

}  // namespace switchyard

template <>
struct std::hash<switchyard::Uint256> {
    size_t operator()(const switchyard::Uint256& value) const {
        static const uint64_t seed = switchyard::process_hash_seed();
        return switchyard::mix_bytes(reinterpret_cast<const uint8_t*>(value.limb.data()), 32, seed);
    }
};
