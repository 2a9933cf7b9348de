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

#include "host/core/bytes.hpp"

namespace switchyard {

/// Four 64-bit limbs, least significant first. All operators wrap modulo 2^256, as the EVM's do.
struct Uint256 {
    std::array<uint64_t, 4> limb{};

    constexpr Uint256() = default;
    constexpr Uint256(uint64_t value) : limb{value, 0, 0, 0} {}
    constexpr Uint256(uint64_t l0, uint64_t l1, uint64_t l2, uint64_t l3) : limb{l0, l1, l2, l3} {}

    constexpr bool operator==(const Uint256&) const = default;
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

/// `a + b` and whether it passed 2^256.
struct Uint256Carry {
    Uint256 value;
    bool carry;
};

[[nodiscard]] constexpr Uint256Carry add_with_carry(const Uint256& a, const Uint256& b) {
    Uint256Carry out{};
    unsigned __int128 sum = 0;
    for (size_t i = 0; i < 4; ++i) {
        sum += static_cast<unsigned __int128>(a.limb[i]) + b.limb[i];
        out.value.limb[i] = static_cast<uint64_t>(sum);
        sum >>= 64;
    }
    out.carry = sum != 0;
    return out;
}

/// `a - b` and whether it borrowed, that is, whether `a < b`.
[[nodiscard]] constexpr Uint256Carry subtract_with_borrow(const Uint256& a, const Uint256& b) {
    Uint256Carry out{};
    uint64_t borrow = 0;
    for (size_t i = 0; i < 4; ++i) {
        const unsigned __int128 difference =
            static_cast<unsigned __int128>(a.limb[i]) - b.limb[i] - borrow;
        out.value.limb[i] = static_cast<uint64_t>(difference);
        borrow = static_cast<uint64_t>(difference >> 64) & 1;
    }
    out.carry = borrow != 0;
    return out;
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

/// Shifts by 256 or more give 0.
[[nodiscard]] constexpr Uint256 operator<<(const Uint256& a, uint64_t bits) {
    Uint256 out;
    if (bits >= 256) return out;
    const size_t words = bits / 64;
    const unsigned rest = bits % 64;
    for (size_t i = words; i < 4; ++i) {
        out.limb[i] = a.limb[i - words] << rest;
        if (rest != 0 && i > words) out.limb[i] |= a.limb[i - words - 1] >> (64 - rest);
    }
    return out;
}
[[nodiscard]] constexpr Uint256 operator>>(const Uint256& a, uint64_t bits) {
    Uint256 out;
    if (bits >= 256) return out;
    const size_t words = bits / 64;
    const unsigned rest = bits % 64;
    for (size_t i = 0; i + words < 4; ++i) {
        out.limb[i] = a.limb[i + words] >> rest;
        if (rest != 0 && i + words < 3) out.limb[i] |= a.limb[i + words + 1] << (64 - rest);
    }
    return out;
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
    return a.is_negative() != b.is_negative() ? a.is_negative() : a < b;
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
    Bytes32 padded;
    std::memcpy(padded.data() + 12, address.data(), 20);
    return to_uint256(padded);
}
[[nodiscard]] inline Address to_address(const Uint256& word) {
    const Bytes32 bytes = to_bytes32(word);
    Address out;
    std::memcpy(out.data(), bytes.data() + 12, 20);
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
