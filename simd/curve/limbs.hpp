// SPDX-License-Identifier: Apache-2.0
// Fixed-size unsigned integers as arrays of 64-bit limbs, least significant first.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <type_traits>
#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace switchyard::simd::curve {

template <size_t N>
using Limbs = std::array<uint64_t, N>;

using uint128 = unsigned __int128;

/// `a + b + carry` for a carry of 0 or 1, which becomes what passes 2^64. The intrinsic is there
/// because g++ 12 makes chains of add-with-carry from nothing else.
[[nodiscard]] constexpr uint64_t add_limb(uint64_t a, uint64_t b, uint64_t& carry) {
#if defined(__x86_64__)
    if (!std::is_constant_evaluated()) {
        unsigned long long sum = 0;
        carry = _addcarry_u64(static_cast<unsigned char>(carry), a, b, &sum);
        return sum;
    }
#endif
    const uint128 sum = static_cast<uint128>(a) + b + carry;
    carry = static_cast<uint64_t>(sum >> 64);
    return static_cast<uint64_t>(sum);
}

/// `a - b - borrow`; `borrow` becomes 0 or 1.
[[nodiscard]] constexpr uint64_t subtract_limb(uint64_t a, uint64_t b, uint64_t& borrow) {
#if defined(__x86_64__)
    if (!std::is_constant_evaluated()) {
        unsigned long long difference = 0;
        borrow = _subborrow_u64(static_cast<unsigned char>(borrow), a, b, &difference);
        return difference;
    }
#endif
    const uint128 difference = static_cast<uint128>(a) - b - borrow;
    borrow = static_cast<uint64_t>(difference >> 64) & 1;
    return static_cast<uint64_t>(difference);
}

/// `a * b + c + carry`, which fits 128 bits; the high half goes to `carry`.
[[nodiscard]] constexpr uint64_t multiply_add_limb(uint64_t a, uint64_t b, uint64_t c,
                                                   uint64_t& carry) {
    const uint128 sum = static_cast<uint128>(a) * b + c + carry;
    carry = static_cast<uint64_t>(sum >> 64);
    return static_cast<uint64_t>(sum);
}

template <size_t N>
[[nodiscard]] constexpr bool is_zero(const Limbs<N>& a) {
    uint64_t bits = 0;
    for (const uint64_t limb : a)
        bits |= limb;
    return bits == 0;
}

template <size_t N>
[[nodiscard]] constexpr bool less(const Limbs<N>& a, const Limbs<N>& b) {
    uint64_t borrow = 0;
    for (size_t i = 0; i < N; ++i)
        static_cast<void>(subtract_limb(a[i], b[i], borrow));
    return borrow != 0;
}

template <size_t N>
[[nodiscard]] constexpr Limbs<N> subtract(const Limbs<N>& a, const Limbs<N>& b) {
    Limbs<N> out{};
    uint64_t borrow = 0;
    for (size_t i = 0; i < N; ++i)
        out[i] = subtract_limb(a[i], b[i], borrow);
    return out;
}

template <size_t N>
[[nodiscard]] constexpr Limbs<N> add(const Limbs<N>& a, const Limbs<N>& b) {
    Limbs<N> out{};
    uint64_t carry = 0;
    for (size_t i = 0; i < N; ++i)
        out[i] = add_limb(a[i], b[i], carry);
    return out;
}

template <size_t N>
struct SmallDivision {
    Limbs<N> quotient;
    uint64_t remainder;
};

template <size_t N>
[[nodiscard]] constexpr SmallDivision<N> divide_with_remainder(const Limbs<N>& a,
                                                               uint64_t divisor) {
    SmallDivision<N> out{};
    uint128 rest = 0;
    for (size_t i = N; i-- > 0;) {
        rest = rest << 64 | a[i];
        out.quotient[i] = static_cast<uint64_t>(rest / divisor);
        rest %= divisor;
    }
    out.remainder = static_cast<uint64_t>(rest);
    return out;
}

/// `a / divisor`, rounded down.
template <size_t N>
[[nodiscard]] constexpr Limbs<N> divide_small(const Limbs<N>& a, uint64_t divisor) {
    return divide_with_remainder(a, divisor).quotient;
}

/// Position of the highest set bit plus one.
template <size_t N>
[[nodiscard]] constexpr size_t bit_length(const Limbs<N>& a) {
    for (size_t i = N; i-- > 0;)
        if (a[i] != 0) return 64 * i + 64 - static_cast<size_t>(std::countl_zero(a[i]));
    return 0;
}

template <size_t N>
[[nodiscard]] constexpr bool bit(const Limbs<N>& a, size_t position) {
    return (a[position / 64] >> (position % 64) & 1) != 0;
}

/// `count` (1 to 63) bits from `position` on; bits past the top are zero.
template <size_t N>
[[nodiscard]] constexpr uint64_t bits(const Limbs<N>& a, size_t position, size_t count) {
    const size_t word = position / 64;
    const size_t shift = position % 64;
    if (word >= N) return 0;
    uint64_t value = a[word] >> shift;
    if (shift != 0 && word + 1 < N) value |= a[word + 1] << (64 - shift);
    return value & ((uint64_t{1} << count) - 1);
}

/// `a`, or `a - modulus` if that is not negative.
template <size_t N>
[[nodiscard]] constexpr Limbs<N> reduce_once(const Limbs<N>& a, const Limbs<N>& modulus) {
    Limbs<N> reduced{};
    uint64_t borrow = 0;
    for (size_t i = 0; i < N; ++i)
        reduced[i] = subtract_limb(a[i], modulus[i], borrow);
    const uint64_t keep = 0 - borrow;
    for (size_t i = 0; i < N; ++i)
        reduced[i] = (a[i] & keep) | (reduced[i] & ~keep);
    return reduced;
}

namespace limbs_detail {
// Not constexpr: a constant that calls them does not compile. simd/ has no exceptions to throw.
void too_many_digits();
void not_a_hexadecimal_digit();
}  // namespace limbs_detail

/// From hexadecimal digits without a prefix, for constants. A wrong digit or an overflow does not
/// compile.
template <size_t N>
[[nodiscard]] consteval Limbs<N> limbs_from_hex(std::string_view digits) {
    Limbs<N> out{};
    if (digits.size() > 16 * N) limbs_detail::too_many_digits();
    for (size_t i = 0; i < digits.size(); ++i) {
        const char c = digits[digits.size() - 1 - i];
        uint64_t digit = 0;
        if (c >= '0' && c <= '9')
            digit = static_cast<uint64_t>(c - '0');
        else if (c >= 'a' && c <= 'f')
            digit = static_cast<uint64_t>(c - 'a') + 10;
        else
            limbs_detail::not_a_hexadecimal_digit();
        out[i / 16] |= digit << (4 * (i % 16));
    }
    return out;
}

/// Big-endian, 8 N bytes at `data`.
template <size_t N>
[[nodiscard]] inline Limbs<N> load_limbs(const uint8_t* data) {
    Limbs<N> out{};
    for (size_t i = 0; i < N; ++i) {
        uint64_t word = 0;
        std::memcpy(&word, data + 8 * (N - 1 - i), 8);
        out[i] = __builtin_bswap64(word);
    }
    return out;
}

template <size_t N>
inline void store_limbs(const Limbs<N>& a, uint8_t* data) {
    for (size_t i = 0; i < N; ++i) {
        const uint64_t word = __builtin_bswap64(a[i]);
        std::memcpy(data + 8 * (N - 1 - i), &word, 8);
    }
}

}  // namespace switchyard::simd::curve
