// SPDX-License-Identifier: Apache-2.0
// Inversion modulo an odd number: Thomas Pornin, "Optimized Binary GCD for Modular Inversion",
// ePrint 2020/972, algorithm 2.
#pragma once

#include <algorithm>
#include <type_traits>

#include "simd/curve/limbs.hpp"

namespace switchyard::simd::curve {

/// -1 / `modulus` modulo 2^64 for an odd modulus, by Newton's iteration.
[[nodiscard]] constexpr uint64_t negated_inverse_of(uint64_t modulus) {
    uint64_t x = 1;
    for (int i = 0; i < 6; ++i)
        x *= 2 - modulus * x;
    return 0 - x;
}

namespace inverse_detail {

/// Steps that are done on approximations before all limbs are touched (k - 1 = 31 in the paper).
inline constexpr unsigned kInnerSteps = 31;

/// The matrix that `kInnerSteps` steps amount to: (a, b) becomes (a f0 + b g0, a f1 + b g1) / 2^31.
/// |f| + |g| of a row is at most 2^31.
struct Factors {
    int64_t f0 = 1;
    int64_t g0 = 0;
    int64_t f1 = 0;
    int64_t g1 = 1;
};

/// The low 31 and the top 33 bits of `a`, the top taken from below bit `length` (at least 64).
template <size_t N>
constexpr uint64_t approximate(const Limbs<N>& a, size_t length) {
    constexpr uint64_t kLow = (uint64_t{1} << kInnerSteps) - 1;
    return (bits(a, length - 33, 33) << kInnerSteps) | (a[0] & kLow);
}

/// One step of algorithm 2: an odd a below b changes places with it, an odd a loses b, and a is
/// halved. The rows are the factors, packed as f + 2^32 g, on which subtraction and doubling act as
/// on each. Without branches, as half of them would be mispredicted.
constexpr void inner_step(uint64_t& a, uint64_t& b, uint64_t& row_a, uint64_t& row_b) {
#if defined(__x86_64__)
    // Conditional moves, of which g++ 12 makes branches.
    if (!std::is_constant_evaluated()) {
        uint64_t difference = a;
        uint64_t row_difference = row_a;
        uint64_t subtrahend = 0;
        uint64_t row_subtrahend = 0;
        uint64_t negated = 0;
        __asm__(
            "testl $1, %k[a]\n\t"
            "cmovnzq %[b], %[t]\n\tcmovnzq %[row_b], %[row_t]\n\t"
            "subq %[row_t], %[row_d]\n\tsubq %[row_a], %[row_t]\n\t"
            "movq %[t], %[n]\n\tsubq %[a], %[n]\n\tsubq %[t], %[d]\n\t"
            "cmovcq %[a], %[b]\n\tcmovcq %[row_a], %[row_b]\n\tcmovcq %[row_t], %[row_d]\n\t"
            "cmovcq %[n], %[d]\n\t"
            : [b] "+&r"(b), [row_b] "+&r"(row_b), [d] "+&r"(difference), [t] "+&r"(subtrahend),
              [row_d] "+&r"(row_difference), [row_t] "+&r"(row_subtrahend), [n] "=&r"(negated)
            : [a] "r"(a), [row_a] "r"(row_a)
            : "cc");
        a = difference >> 1;
        row_a = row_difference;
        row_b <<= 1;
        return;
    }
#endif
    const uint64_t odd = 0 - (a & 1);
    uint64_t borrow = 0;
    const uint64_t difference = subtract_limb(a, b, borrow);
    const uint64_t less = 0 - borrow;
    const uint64_t row_difference = row_a - row_b;
    b ^= (a ^ b) & (odd & less);
    row_b ^= (row_a ^ row_b) & (odd & less);
    a ^= (a ^ ((difference ^ less) - less)) & odd;
    row_a ^= (row_a ^ ((row_difference ^ less) - less)) & odd;
    a >>= 1;
    row_b <<= 1;
}

constexpr Factors inner_steps(uint64_t a, uint64_t b) {
    uint64_t row_a = 1;
    uint64_t row_b = uint64_t{1} << 32;
    for (unsigned i = 0; i < kInnerSteps; ++i)
        inner_step(a, b, row_a, row_b);
    // Both factors are above -2^31 and at most 2^31.
    constexpr uint64_t kOffset = 0x7fffffff;
    const auto low = [](uint64_t row) {
        return static_cast<int64_t>((row + kOffset) & 0xffffffff) - static_cast<int64_t>(kOffset);
    };
    const auto high = [](uint64_t row) {
        return static_cast<int64_t>((row + kOffset + (kOffset << 32)) >> 32) -
               static_cast<int64_t>(kOffset);
    };
    return {low(row_a), high(row_a), low(row_b), high(row_b)};
}

/// |(a f + b g) / 2^31|, an exact division; whether it was negative.
template <size_t N>
constexpr bool combine(const Limbs<N>& a, int64_t f, const Limbs<N>& b, int64_t g, Limbs<N>& out) {
    __int128 carry = 0;
    Limbs<N + 1> wide{};
    for (size_t i = 0; i < N; ++i) {
        carry += static_cast<__int128>(a[i]) * f + static_cast<__int128>(b[i]) * g;
        wide[i] = static_cast<uint64_t>(carry);
        carry >>= 64;
    }
    wide[N] = static_cast<uint64_t>(carry);
    const bool negative = carry < 0;
    if (negative) {
        uint64_t borrow = 0;
        for (uint64_t& limb : wide)
            limb = subtract_limb(0, limb, borrow);
    }
    for (size_t i = 0; i < N; ++i)
        out[i] = wide[i] >> kInnerSteps | wide[i + 1] << (64 - kInnerSteps);
    return negative;
}

/// (u f + v g) / 2^31 modulo `modulus`; u, v and the result are below it. `negated_inverse` is
/// -1 / modulus modulo 2^64.
template <size_t N>
constexpr Limbs<N> combine_modular(const Limbs<N>& u, int64_t f, const Limbs<N>& v, int64_t g,
                                   const Limbs<N>& modulus, uint64_t negated_inverse) {
    constexpr uint64_t kLow = (uint64_t{1} << kInnerSteps) - 1;
    const uint64_t low = u[0] * static_cast<uint64_t>(f) + v[0] * static_cast<uint64_t>(g);
    // The multiple of the modulus that makes the sum divisible by 2^31.
    const uint64_t k = (low * negated_inverse) & kLow;
    __int128 carry = 0;
    Limbs<N + 1> wide{};
    for (size_t i = 0; i < N; ++i) {
        carry += static_cast<__int128>(u[i]) * f + static_cast<__int128>(v[i]) * g;
        carry += static_cast<__int128>(static_cast<uint128>(modulus[i]) * k);
        wide[i] = static_cast<uint64_t>(carry);
        carry >>= 64;
    }
    wide[N] = static_cast<uint64_t>(carry);
    Limbs<N> out{};
    for (size_t i = 0; i < N; ++i)
        out[i] = wide[i] >> kInnerSteps | wide[i + 1] << (64 - kInnerSteps);
    // Above -modulus and below twice the modulus.
    if (carry < 0) {
        uint64_t c = 0;
        for (size_t i = 0; i < N; ++i)
            out[i] = add_limb(out[i], modulus[i], c);
    } else if (!less(out, modulus)) {
        out = subtract(out, modulus);
    }
    return out;
}

}  // namespace inverse_detail

/// `value ^ -1 modulo modulus`, zero when the two have a common factor. Preconditions: `modulus` is
/// odd, leaves the top bit of its top limb free and is above `value`. The time depends on `value`.
template <size_t N>
[[nodiscard]] constexpr Limbs<N> inverse_modulo(const Limbs<N>& value, const Limbs<N>& modulus,
                                                uint64_t negated_inverse) {
    using namespace inverse_detail;
    Limbs<N> a = value;
    Limbs<N> b = modulus;
    Limbs<N> u{1};
    Limbs<N> v{};
    // Each step shortens a and b together by a bit at least, so that this many rounds suffice.
    constexpr size_t kRounds = (2 * 64 * N + kInnerSteps - 1) / kInnerSteps;
    for (size_t round = 0; round < kRounds && !is_zero(a); ++round) {
        const size_t length = std::max({bit_length(a), bit_length(b), size_t{64}});
        Factors m = inner_steps(approximate(a, length), approximate(b, length));
        Limbs<N> next_a{};
        Limbs<N> next_b{};
        if (combine(a, m.f0, b, m.g0, next_a)) {
            m.f0 = -m.f0;
            m.g0 = -m.g0;
        }
        if (combine(a, m.f1, b, m.g1, next_b)) {
            m.f1 = -m.f1;
            m.g1 = -m.g1;
        }
        const Limbs<N> next_u = combine_modular(u, m.f0, v, m.g0, modulus, negated_inverse);
        v = combine_modular(u, m.f1, v, m.g1, modulus, negated_inverse);
        u = next_u;
        a = next_a;
        b = next_b;
    }
    return b == Limbs<N>{1} ? v : Limbs<N>{};
}

}  // namespace switchyard::simd::curve
