// SPDX-License-Identifier: Apache-2.0
// Montgomery multiplication, portable and with the carry chains of x86-64's ADX.
#pragma once

#include "host/precompiles/curve/carry_chains_x86.hpp"
#include "host/precompiles/curve/shared.hpp"

namespace switchyard::precompiles::curve {

/// a b / 2^(64 N) modulo `Params::kModulus`, which leaves its top bit free; a and b below it.
/// Coarsely integrated operand scanning: Koc, Acar and Kaliski, "Analyzing and comparing Montgomery
/// multiplication algorithms", IEEE Micro 1996. The free bit makes the extra carry words of the
/// paper unnecessary.
template <typename Params>
[[nodiscard]] constexpr auto montgomery_multiply_portable(
    const std::remove_const_t<decltype(Params::kModulus)>& a,
    const std::remove_const_t<decltype(Params::kModulus)>& b) {
    constexpr auto kModulus = Params::kModulus;
    constexpr size_t kLimbs = kModulus.size();
    constexpr uint64_t kNegatedInverse = negated_inverse_of(kModulus[0]);
    Limbs<kLimbs> t{};
    for (size_t i = 0; i < kLimbs; ++i) {
        uint64_t carry_product = 0;
        uint64_t carry_reduction = 0;
        const uint64_t low = multiply_add_limb(a[0], b[i], t[0], carry_product);
        const uint64_t k = low * kNegatedInverse;
        static_cast<void>(multiply_add_limb(k, kModulus[0], low, carry_reduction));
        for (size_t j = 1; j < kLimbs; ++j) {
            const uint64_t sum = multiply_add_limb(a[j], b[i], t[j], carry_product);
            t[j - 1] = multiply_add_limb(k, kModulus[j], sum, carry_reduction);
        }
        t[kLimbs - 1] = carry_product + carry_reduction;
    }
    return reduce_once(t, kModulus);
}

/// a + b modulo `Params::kModulus`; a and b below it.
template <typename Params, size_t N>
[[nodiscard]] constexpr Limbs<N> add_modular(const Limbs<N>& a, const Limbs<N>& b) {
#if defined(__x86_64__)
    if (!std::is_constant_evaluated()) return add_modular_x86<Params>(a, b);
#endif
    return reduce_once(add(a, b), Params::kModulus);
}

/// a - b modulo `Params::kModulus`; a and b below it.
template <typename Params, size_t N>
[[nodiscard]] constexpr Limbs<N> subtract_modular(const Limbs<N>& a, const Limbs<N>& b) {
#if defined(__x86_64__)
    if (!std::is_constant_evaluated()) return subtract_modular_x86<Params>(a, b);
#endif
    return less(a, b) ? add(subtract(a, b), Params::kModulus) : subtract(a, b);
}

#if defined(__x86_64__)

// The same algorithm; in each row the carries of the low halves run through CF and those of the
// high halves through OF (Ozturk, Guilford, Gopal and Feghali, "New Instructions Supporting Large
// Integer Arithmetic on Intel Architecture Processors", Intel 2012), which no compiler generates.
// MULX multiplies by RDX; XOR clears both flags.
#define SWITCHYARD_MULX(offset, base, low, high) \
    "mulxq " #offset "(%[" #base "]), %[" #low "], %[" #high "]\n\t"
#define SWITCHYARD_ROW_STEP(offset, t, next) \
    SWITCHYARD_MULX(offset, a, lo, hi) "adcxq %[lo], %[" #t "]\n\tadoxq %[hi], %[" #next "]\n\t"
#define SWITCHYARD_REDUCE_STEP(offset, previous, t, next) \
    SWITCHYARD_MULX(offset, p, previous, hi)              \
    "adcxq %[" #t "], %[" #previous "]\n\tadoxq %[hi], %[" #next "]\n\t"
#define SWITCHYARD_START_REDUCTION \
    "movq %[inverse], %%rdx\n\timulq %[t0], %%rdx\n\txorl %k[lo], %k[lo]\n\t"
#define SWITCHYARD_FIRST_REDUCTION \
    SWITCHYARD_MULX(0, p, lo, hi) "adcxq %[t0], %[lo]\n\tadoxq %[hi], %[t1]\n\t"

/// As `montgomery_multiply_portable`. Precondition: `kHasAdx`.
template <typename Params>
requires(Params::kModulus.size() == 4)
    [[nodiscard]] inline Limbs<4> montgomery_multiply_adx(const Limbs<4>& a, const Limbs<4>& b) {
    static constexpr Limbs<4> kModulus = Params::kModulus;
    static constexpr uint64_t kNegatedInverse = negated_inverse_of(kModulus[0]);
    uint64_t t0 = 0, t1 = 0, t2 = 0, t3 = 0;
#pragma GCC unroll 4
    for (size_t i = 0; i < 4; ++i) {
        uint64_t t4 = 0, lo = 0, hi = 0, multiplier = b[i];
        __asm__("xorl %k[lo], %k[lo]\n\t"  //
                SWITCHYARD_ROW_STEP(0, t0, t1) SWITCHYARD_ROW_STEP(8, t1, t2)
                    SWITCHYARD_ROW_STEP(16, t2, t3)  //
                SWITCHYARD_MULX(24, a, lo, t4)       //
                "adcxq %[lo], %[t3]\n\tmovl $0, %k[hi]\n\t"
                "adoxq %[hi], %[t4]\n\tadcxq %[hi], %[t4]\n\t"  //
                SWITCHYARD_START_REDUCTION SWITCHYARD_FIRST_REDUCTION SWITCHYARD_REDUCE_STEP(
                    8, t0, t1, t2) SWITCHYARD_REDUCE_STEP(16, t1, t2, t3)  //
                SWITCHYARD_MULX(24, p, t2, hi)                             //
                "adcxq %[t3], %[t2]\n\tmovl $0, %k[t3]\n\t"
                "adoxq %[t3], %[hi]\n\tadcxq %[t4], %[hi]\n\tmovq %[hi], %[t3]\n\t"
                : [t0] "+&r"(t0), [t1] "+&r"(t1), [t2] "+&r"(t2), [t3] "+&r"(t3), [t4] "=&r"(t4),
                  [lo] "=&r"(lo), [hi] "=&r"(hi), "+&d"(multiplier)
                : [a] "r"(a.data()), [p] "r"(kModulus.data()), [inverse] "m"(kNegatedInverse),
                  "m"(a), "m"(kModulus)
                : "cc");
    }
    return reduce_once_x86<Params>(Limbs<4>{t0, t1, t2, t3});
}

/// As `montgomery_multiply_portable`. Precondition: `kHasAdx`.
template <typename Params>
requires(Params::kModulus.size() == 6)
    [[nodiscard]] inline Limbs<6> montgomery_multiply_adx(const Limbs<6>& a, const Limbs<6>& b) {
    static constexpr Limbs<6> kModulus = Params::kModulus;
    static constexpr uint64_t kNegatedInverse = negated_inverse_of(kModulus[0]);
    uint64_t t0 = 0, t1 = 0, t2 = 0, t3 = 0, t4 = 0, t5 = 0;
#pragma GCC unroll 6
    for (size_t i = 0; i < 6; ++i) {
        uint64_t t6 = 0, lo = 0, hi = 0, multiplier = b[i];
        __asm__("xorl %k[lo], %k[lo]\n\t"  //
                SWITCHYARD_ROW_STEP(0, t0, t1) SWITCHYARD_ROW_STEP(8, t1, t2) SWITCHYARD_ROW_STEP(
                    16, t2, t3) SWITCHYARD_ROW_STEP(24, t3, t4) SWITCHYARD_ROW_STEP(32, t4, t5)  //
                SWITCHYARD_MULX(40, a, lo, t6)                                                   //
                "adcxq %[lo], %[t5]\n\tmovl $0, %k[hi]\n\t"
                "adoxq %[hi], %[t6]\n\tadcxq %[hi], %[t6]\n\t"  //
                SWITCHYARD_START_REDUCTION SWITCHYARD_FIRST_REDUCTION SWITCHYARD_REDUCE_STEP(
                    8, t0, t1, t2) SWITCHYARD_REDUCE_STEP(16, t1, t2, t3)
                    SWITCHYARD_REDUCE_STEP(24, t2, t3, t4)
                        SWITCHYARD_REDUCE_STEP(32, t3, t4, t5)  //
                SWITCHYARD_MULX(40, p, t4, hi)                  //
                "adcxq %[t5], %[t4]\n\tmovl $0, %k[t5]\n\t"
                "adoxq %[t5], %[hi]\n\tadcxq %[t6], %[hi]\n\tmovq %[hi], %[t5]\n\t"
                : [t0] "+&r"(t0), [t1] "+&r"(t1), [t2] "+&r"(t2), [t3] "+&r"(t3), [t4] "+&r"(t4),
                  [t5] "+&r"(t5), [t6] "=&r"(t6), [lo] "=&r"(lo), [hi] "=&r"(hi), "+&d"(multiplier)
                : [a] "r"(a.data()), [p] "r"(kModulus.data()), [inverse] "m"(kNegatedInverse),
                  "m"(a), "m"(kModulus)
                : "cc");
    }
    return reduce_once_x86<Params>(Limbs<6>{t0, t1, t2, t3, t4, t5});
}

#undef SWITCHYARD_MULX
#undef SWITCHYARD_ROW_STEP
#undef SWITCHYARD_REDUCE_STEP
#undef SWITCHYARD_START_REDUCTION
#undef SWITCHYARD_FIRST_REDUCTION

#endif  // defined(__x86_64__)

}  // namespace switchyard::precompiles::curve
