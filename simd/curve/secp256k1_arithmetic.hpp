// SPDX-License-Identifier: Apache-2.0
// Arithmetic modulo p = 2^256 - 2^32 - 977, the field of secp256k1 (SEC 2, section 2.4.1):
// portable, and with the carry chains of x86-64's ADX.
//
// Operands and results are any four limbs, not only those below p ("weakly reduced"): 2^256 is C
// modulo p, so that what passes 256 bits is multiplied by C and added. After one such step a second
// one is needed for one operand in 2^190, which is a branch that is never taken, and comparisons
// are the only operations that need the exact remainder.
#pragma once

#include "simd/curve/adx.hpp"
#include "simd/curve/limbs.hpp"

namespace switchyard::simd::curve::secp256k1 {

/// 2^256 - p.
inline constexpr uint64_t kC = 0x1000003d1;
inline constexpr Limbs<4> kPrime = {0 - kC, ~uint64_t{0}, ~uint64_t{0}, ~uint64_t{0}};

/// `a + C`, for sums that have passed 2^256 after a reduction; they are then so small that adding C
/// carries no further than the second limb.
[[nodiscard]] constexpr Limbs<4> fold_rare_carry(const Limbs<4>& a) {
    uint64_t carry = 0;
    const uint64_t low = add_limb(a[0], kC, carry);
    return {low, a[1] + carry, a[2], a[3]};
}

/// `low + high * 2^256` modulo p.
[[nodiscard]] constexpr Limbs<4> reduce_wide(const Limbs<8>& a) {
    Limbs<4> out{};
    uint64_t carry = 0;
    for (size_t i = 0; i < 4; ++i)
        out[i] = multiply_add_limb(a[4 + i], kC, a[i], carry);
    uint64_t high = 0;
    out[0] = multiply_add_limb(carry, kC, out[0], high);
    carry = 0;
    out[1] = add_limb(out[1], high, carry);
    out[2] = add_limb(out[2], 0, carry);
    out[3] = add_limb(out[3], 0, carry);
    return carry != 0 ? fold_rare_carry(out) : out;
}

struct PortableArithmetic {
    [[nodiscard]] static constexpr Limbs<4> multiply(const Limbs<4>& a, const Limbs<4>& b) {
        Limbs<8> product{};
        for (size_t i = 0; i < 4; ++i) {
            uint64_t carry = 0;
            for (size_t j = 0; j < 4; ++j)
                product[i + j] = multiply_add_limb(a[i], b[j], product[i + j], carry);
            product[i + 4] = carry;
        }
        return reduce_wide(product);
    }
    [[nodiscard]] static constexpr Limbs<4> square(const Limbs<4>& a) { return multiply(a, a); }

    [[nodiscard]] static constexpr Limbs<4> add(const Limbs<4>& a, const Limbs<4>& b) {
        Limbs<4> out{};
        uint64_t carry = 0;
        for (size_t i = 0; i < 4; ++i)
            out[i] = add_limb(a[i], b[i], carry);
        uint64_t fold = 0;
        out[0] = add_limb(out[0], carry * kC, fold);
        for (size_t i = 1; i < 4; ++i)
            out[i] = add_limb(out[i], 0, fold);
        return fold != 0 ? fold_rare_carry(out) : out;
    }
    [[nodiscard]] static constexpr Limbs<4> subtract(const Limbs<4>& a, const Limbs<4>& b) {
        Limbs<4> out{};
        uint64_t borrow = 0;
        for (size_t i = 0; i < 4; ++i)
            out[i] = subtract_limb(a[i], b[i], borrow);
        while (borrow != 0) {
            borrow = 0;
            out[0] = subtract_limb(out[0], kC, borrow);
            for (size_t i = 1; i < 4; ++i)
                out[i] = subtract_limb(out[i], 0, borrow);
        }
        return out;
    }
};

// clang under a sanitizer keeps a frame and a base pointer: the products need their registers.
#if defined(__x86_64__) && !(defined(__clang__) && defined(SWITCHYARD_SANITIZED))
#define SWITCHYARD_SECP256K1_ADX

// MULX multiplies by RDX. In each row the carries of the low halves run through CF and those of the
// high halves through OF, as Ozturk, Guilford, Gopal and Feghali describe
// ("New Instructions Supporting Large Integer Arithmetic on Intel Architecture Processors", Intel
// 2012).
#define SWITCHYARD_MULX(offset, low, high) "mulxq " #offset "(%[a]), %[" #low "], %[" #high "]\n\t"
#define SWITCHYARD_STEP(offset, t, next) \
    SWITCHYARD_MULX(offset, lo, hi) "adcxq %[lo], %[" #t "]\n\tadoxq %[hi], %[" #next "]\n\t"
#define SWITCHYARD_ROW(offset, t0, t1, t2, t3, t4)                                            \
    "movq " #offset "(%[b]), %%rdx\n\txorl %k[" #t4 "], %k[" #t4                              \
    "]\n\t" SWITCHYARD_STEP(0, t0, t1) SWITCHYARD_STEP(8, t1, t2) SWITCHYARD_STEP(16, t2, t3) \
        SWITCHYARD_STEP(24, t3, t4) "movl $0, %k[lo]\n\tadcxq %[lo], %[" #t4 "]\n\t"
// The upper four limbs times C onto the lower four, then what passes them once more.
#define SWITCHYARD_REDUCE                                                       \
    "movq %[c], %%rdx\n\txorl %k[lo], %k[lo]\n\t"                               \
    "mulxq %[t4], %[lo], %[hi]\n\tadcxq %[lo], %[t0]\n\tadoxq %[hi], %[t1]\n\t" \
    "mulxq %[t5], %[lo], %[hi]\n\tadcxq %[lo], %[t1]\n\tadoxq %[hi], %[t2]\n\t" \
    "mulxq %[t6], %[lo], %[hi]\n\tadcxq %[lo], %[t2]\n\tadoxq %[hi], %[t3]\n\t" \
    "mulxq %[t7], %[lo], %[t4]\n\tadcxq %[lo], %[t3]\n\tmovl $0, %k[hi]\n\t"    \
    "adoxq %[hi], %[t4]\n\tadcxq %[hi], %[t4]\n\t"                              \
    "mulxq %[t4], %[lo], %[hi]\n\taddq %[lo], %[t0]\n\tadcq %[hi], %[t1]\n\t"   \
    "adcq $0, %[t2]\n\tadcq $0, %[t3]\n\t"

/// Precondition: `kHasAdx`.
struct AdxArithmetic {
    [[nodiscard]] static constexpr Limbs<4> multiply(const Limbs<4>& a, const Limbs<4>& b) {
        if (std::is_constant_evaluated()) return PortableArithmetic::multiply(a, b);
        return multiply_x86(a, b);
    }
    [[nodiscard]] static constexpr Limbs<4> square(const Limbs<4>& a) {
        if (std::is_constant_evaluated()) return PortableArithmetic::square(a);
        return square_x86(a);
    }
    [[nodiscard]] static constexpr Limbs<4> add(const Limbs<4>& a, const Limbs<4>& b) {
        if (std::is_constant_evaluated()) return PortableArithmetic::add(a, b);
        return add_x86(a, b);
    }
    [[nodiscard]] static constexpr Limbs<4> subtract(const Limbs<4>& a, const Limbs<4>& b) {
        if (std::is_constant_evaluated()) return PortableArithmetic::subtract(a, b);
        return subtract_x86(a, b);
    }

  private:
    static Limbs<4> multiply_x86(const Limbs<4>& a, const Limbs<4>& b) {
        uint64_t t0, t1, t2, t3, t4, t5, t6, t7, lo, hi;
        bool carry;
        __asm__(
            "movq 0(%[b]), %%rdx\n\t"  //
            SWITCHYARD_MULX(0, t0, t1) SWITCHYARD_MULX(8, lo, t2) "addq %[lo], %[t1]\n\t"
            SWITCHYARD_MULX(16, lo, t3) "adcq %[lo], %[t2]\n\t"
            SWITCHYARD_MULX(24, lo, t4) "adcq %[lo], %[t3]\n\tadcq $0, %[t4]\n\t"
            SWITCHYARD_ROW(8, t1, t2, t3, t4, t5) SWITCHYARD_ROW(16, t2, t3, t4, t5, t6)
            SWITCHYARD_ROW(24, t3, t4, t5, t6, t7) SWITCHYARD_REDUCE
            : [t0] "=&r"(t0), [t1] "=&r"(t1), [t2] "=&r"(t2), [t3] "=&r"(t3), [t4] "=&r"(t4),
              [t5] "=&r"(t5), [t6] "=&r"(t6), [t7] "=&r"(t7), [lo] "=&r"(lo), [hi] "=&r"(hi),
              "=@ccc"(carry)
            : [a] "r"(a.data()), [b] "r"(b.data()), [c] "m"(kC), "m"(a), "m"(b)
            : "rdx");
        const Limbs<4> out{t0, t1, t2, t3};
        return __builtin_expect(carry, 0) ? fold_rare_carry(out) : out;
    }

    /// The six products of different limbs, doubled, and the four squares.
    static Limbs<4> square_x86(const Limbs<4>& a) {
        uint64_t t0, t1, t2, t3, t4, t5, t6, t7, lo, hi;
        bool carry;
        __asm__(
            "movq 0(%[a]), %%rdx\n\t"  //
            SWITCHYARD_MULX(8, t1, t2) SWITCHYARD_MULX(16, lo, t3) "addq %[lo], %[t2]\n\t"
            SWITCHYARD_MULX(24, lo, t4) "adcq %[lo], %[t3]\n\tadcq $0, %[t4]\n\t"
            "movq 8(%[a]), %%rdx\n\txorl %k[t5], %k[t5]\n\t"
            SWITCHYARD_STEP(16, t3, t4) SWITCHYARD_STEP(24, t4, t5)
            "movl $0, %k[lo]\n\tadcxq %[lo], %[t5]\n\t"
            "movq 16(%[a]), %%rdx\n\t" SWITCHYARD_MULX(24, lo, t6)
            "addq %[lo], %[t5]\n\tadcq $0, %[t6]\n\t"
            "movq 0(%[a]), %%rdx\n\txorl %k[t7], %k[t7]\n\t"
            "mulxq %%rdx, %[t0], %[hi]\n\tadoxq %[t1], %[t1]\n\tadcxq %[hi], %[t1]\n\t"
            "movq 8(%[a]), %%rdx\n\tmulxq %%rdx, %[lo], %[hi]\n\t"
            "adoxq %[t2], %[t2]\n\tadcxq %[lo], %[t2]\n\tadoxq %[t3], %[t3]\n\tadcxq %[hi], %[t3]\n\t"
            "movq 16(%[a]), %%rdx\n\tmulxq %%rdx, %[lo], %[hi]\n\t"
            "adoxq %[t4], %[t4]\n\tadcxq %[lo], %[t4]\n\tadoxq %[t5], %[t5]\n\tadcxq %[hi], %[t5]\n\t"
            "movq 24(%[a]), %%rdx\n\tmulxq %%rdx, %[lo], %[hi]\n\t"
            "adoxq %[t6], %[t6]\n\tadcxq %[lo], %[t6]\n\tadoxq %[t7], %[t7]\n\tadcxq %[hi], %[t7]\n\t"
            SWITCHYARD_REDUCE
            : [t0] "=&r"(t0), [t1] "=&r"(t1), [t2] "=&r"(t2), [t3] "=&r"(t3), [t4] "=&r"(t4),
              [t5] "=&r"(t5), [t6] "=&r"(t6), [t7] "=&r"(t7), [lo] "=&r"(lo), [hi] "=&r"(hi),
              "=@ccc"(carry)
            : [a] "r"(a.data()), [c] "m"(kC), "m"(a)
            : "rdx");
        const Limbs<4> out{t0, t1, t2, t3};
        return __builtin_expect(carry, 0) ? fold_rare_carry(out) : out;
    }

    static Limbs<4> add_x86(const Limbs<4>& a, const Limbs<4>& b) {
        uint64_t s0 = a[0], s1 = a[1], s2 = a[2], s3 = a[3], fold = 0;
        bool carry;
        __asm__(
            "addq %[b0], %[s0]\n\tadcq %[b1], %[s1]\n\tadcq %[b2], %[s2]\n\tadcq %[b3], %[s3]\n\t"
            "cmovcq %[c], %[fold]\n\t"
            "addq %[fold], %[s0]\n\tadcq $0, %[s1]\n\tadcq $0, %[s2]\n\tadcq $0, %[s3]\n\t"
            : [s0] "+&r"(s0), [s1] "+&r"(s1), [s2] "+&r"(s2), [s3] "+&r"(s3), [fold] "+&r"(fold),
              "=@ccc"(carry)
            : [b0] "rm"(b[0]), [b1] "rm"(b[1]), [b2] "rm"(b[2]), [b3] "rm"(b[3]), [c] "m"(kC));
        const Limbs<4> out{s0, s1, s2, s3};
        return __builtin_expect(carry, 0) ? fold_rare_carry(out) : out;
    }

    static Limbs<4> subtract_x86(const Limbs<4>& a, const Limbs<4>& b) {
        uint64_t d0 = a[0], d1 = a[1], d2 = a[2], d3 = a[3], fold = 0;
        bool borrow;
        __asm__(
            "subq %[b0], %[d0]\n\tsbbq %[b1], %[d1]\n\tsbbq %[b2], %[d2]\n\tsbbq %[b3], %[d3]\n\t"
            "cmovcq %[c], %[fold]\n\t"
            "subq %[fold], %[d0]\n\tsbbq $0, %[d1]\n\tsbbq $0, %[d2]\n\tsbbq $0, %[d3]\n\t"
            : [d0] "+&r"(d0), [d1] "+&r"(d1), [d2] "+&r"(d2), [d3] "+&r"(d3), [fold] "+&r"(fold),
              "=@ccc"(borrow)
            : [b0] "rm"(b[0]), [b1] "rm"(b[1]), [b2] "rm"(b[2]), [b3] "rm"(b[3]), [c] "m"(kC));
        const Limbs<4> out{d0, d1, d2, d3};
        // Only the lowest limb can borrow from what passed 2^256 downwards: it is near the top.
        return __builtin_expect(borrow, 0) ? PortableArithmetic::subtract(out, {kC, 0, 0, 0}) : out;
    }
};

#undef SWITCHYARD_MULX
#undef SWITCHYARD_STEP
#undef SWITCHYARD_ROW
#undef SWITCHYARD_REDUCE

#endif  // SWITCHYARD_SECP256K1_ADX

}  // namespace switchyard::simd::curve::secp256k1
