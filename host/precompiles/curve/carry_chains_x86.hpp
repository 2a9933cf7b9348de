// SPDX-License-Identifier: Apache-2.0
// Modular addition and subtraction with x86-64's carry flag. g++ 12 keeps carries in registers, at
// two to three times the cost, and the pairings add more often than they multiply.
#pragma once

#if defined(__x86_64__)

#include "host/precompiles/curve/shared.hpp"

namespace switchyard::precompiles::curve {

/// `a`, or `a` less `Params::kModulus` if that is not negative.
template <typename Params>
    requires(Params::kModulus.size() == 4)
[[nodiscard]] inline Limbs<4> reduce_once_x86(const Limbs<4>& a) {
    static constexpr Limbs<4> kModulus = Params::kModulus;
    uint64_t r0 = a[0], r1 = a[1], r2 = a[2], r3 = a[3];
    // The difference, unless it is negative.
    __asm__(
        "subq %[p0], %[r0]\n\t"
        "sbbq %[p1], %[r1]\n\t"
        "sbbq %[p2], %[r2]\n\t"
        "sbbq %[p3], %[r3]\n\t"
        "cmovcq %[s0], %[r0]\n\t"
        "cmovcq %[s1], %[r1]\n\t"
        "cmovcq %[s2], %[r2]\n\t"
        "cmovcq %[s3], %[r3]\n\t"
        : [r0] "+&r"(r0), [r1] "+&r"(r1), [r2] "+&r"(r2), [r3] "+&r"(r3)
        : [s0] "rm"(a[0]), [s1] "rm"(a[1]), [s2] "rm"(a[2]), [s3] "rm"(a[3]), [p0] "m"(kModulus[0]),
          [p1] "m"(kModulus[1]), [p2] "m"(kModulus[2]), [p3] "m"(kModulus[3])
        : "cc");
    return {r0, r1, r2, r3};
}

/// a + b modulo `Params::kModulus`; a and b below it, its top bit free.
template <typename Params>
    requires(Params::kModulus.size() == 4)
[[nodiscard]] inline Limbs<4> add_modular_x86(const Limbs<4>& a, const Limbs<4>& b) {
    uint64_t s0 = a[0], s1 = a[1], s2 = a[2], s3 = a[3];
    __asm__(
        "addq %[b0], %[s0]\n\t"
        "adcq %[b1], %[s1]\n\t"
        "adcq %[b2], %[s2]\n\t"
        "adcq %[b3], %[s3]\n\t"
        : [s0] "+&r"(s0), [s1] "+&r"(s1), [s2] "+&r"(s2), [s3] "+&r"(s3)
        : [b0] "m"(b[0]), [b1] "m"(b[1]), [b2] "m"(b[2]), [b3] "m"(b[3])
        : "cc");
    return reduce_once_x86<Params>(Limbs<4>{s0, s1, s2, s3});
}

template <typename Params>
    requires(Params::kModulus.size() == 6)
[[nodiscard]] inline Limbs<6> reduce_once_x86(const Limbs<6>& a) {
    static constexpr Limbs<6> kModulus = Params::kModulus;
    uint64_t r0 = a[0], r1 = a[1], r2 = a[2], r3 = a[3], r4 = a[4], r5 = a[5];
    // The difference, unless it is negative.
    __asm__(
        "subq %[p0], %[r0]\n\t"
        "sbbq %[p1], %[r1]\n\t"
        "sbbq %[p2], %[r2]\n\t"
        "sbbq %[p3], %[r3]\n\t"
        "sbbq %[p4], %[r4]\n\t"
        "sbbq %[p5], %[r5]\n\t"
        "cmovcq %[s0], %[r0]\n\t"
        "cmovcq %[s1], %[r1]\n\t"
        "cmovcq %[s2], %[r2]\n\t"
        "cmovcq %[s3], %[r3]\n\t"
        "cmovcq %[s4], %[r4]\n\t"
        "cmovcq %[s5], %[r5]\n\t"
        : [r0] "+&r"(r0), [r1] "+&r"(r1), [r2] "+&r"(r2), [r3] "+&r"(r3), [r4] "+&r"(r4),
          [r5] "+&r"(r5)
        : [s0] "rm"(a[0]), [s1] "rm"(a[1]), [s2] "rm"(a[2]), [s3] "rm"(a[3]), [s4] "rm"(a[4]),
          [s5] "rm"(a[5]), [p0] "m"(kModulus[0]), [p1] "m"(kModulus[1]), [p2] "m"(kModulus[2]),
          [p3] "m"(kModulus[3]), [p4] "m"(kModulus[4]), [p5] "m"(kModulus[5])
        : "cc");
    return {r0, r1, r2, r3, r4, r5};
}

template <typename Params>
    requires(Params::kModulus.size() == 6)
[[nodiscard]] inline Limbs<6> add_modular_x86(const Limbs<6>& a, const Limbs<6>& b) {
    uint64_t s0 = a[0], s1 = a[1], s2 = a[2], s3 = a[3], s4 = a[4], s5 = a[5];
    __asm__(
        "addq %[b0], %[s0]\n\t"
        "adcq %[b1], %[s1]\n\t"
        "adcq %[b2], %[s2]\n\t"
        "adcq %[b3], %[s3]\n\t"
        "adcq %[b4], %[s4]\n\t"
        "adcq %[b5], %[s5]\n\t"
        : [s0] "+&r"(s0), [s1] "+&r"(s1), [s2] "+&r"(s2), [s3] "+&r"(s3), [s4] "+&r"(s4),
          [s5] "+&r"(s5)
        : [b0] "m"(b[0]), [b1] "m"(b[1]), [b2] "m"(b[2]), [b3] "m"(b[3]), [b4] "m"(b[4]),
          [b5] "m"(b[5])
        : "cc");
    return reduce_once_x86<Params>(Limbs<6>{s0, s1, s2, s3, s4, s5});
}

/// a - b modulo `Params::kModulus`; a and b below it.
template <typename Params>
    requires(Params::kModulus.size() == 4)
[[nodiscard]] inline Limbs<4> subtract_modular_x86(const Limbs<4>& a, const Limbs<4>& b) {
    constexpr Limbs<4> kModulus = Params::kModulus;
    uint64_t d0 = a[0], d1 = a[1], d2 = a[2], d3 = a[3], mask = 0;
    __asm__(
        "subq %[b0], %[d0]\n\t"
        "sbbq %[b1], %[d1]\n\t"
        "sbbq %[b2], %[d2]\n\t"
        "sbbq %[b3], %[d3]\n\t"
        "sbbq %[mask], %[mask]\n\t"
        : [d0] "+&r"(d0), [d1] "+&r"(d1), [d2] "+&r"(d2), [d3] "+&r"(d3), [mask] "+&r"(mask)
        : [b0] "m"(b[0]), [b1] "m"(b[1]), [b2] "m"(b[2]), [b3] "m"(b[3])
        : "cc");
    __asm__(
        "addq %[p0], %[d0]\n\t"
        "adcq %[p1], %[d1]\n\t"
        "adcq %[p2], %[d2]\n\t"
        "adcq %[p3], %[d3]\n\t"
        : [d0] "+&r"(d0), [d1] "+&r"(d1), [d2] "+&r"(d2), [d3] "+&r"(d3)
        : [p0] "rm"(kModulus[0] & mask), [p1] "rm"(kModulus[1] & mask),
          [p2] "rm"(kModulus[2] & mask), [p3] "rm"(kModulus[3] & mask)
        : "cc");
    return {d0, d1, d2, d3};
}

template <typename Params>
    requires(Params::kModulus.size() == 6)
[[nodiscard]] inline Limbs<6> subtract_modular_x86(const Limbs<6>& a, const Limbs<6>& b) {
    constexpr Limbs<6> kModulus = Params::kModulus;
    uint64_t d0 = a[0], d1 = a[1], d2 = a[2], d3 = a[3], d4 = a[4], d5 = a[5], mask = 0;
    __asm__(
        "subq %[b0], %[d0]\n\t"
        "sbbq %[b1], %[d1]\n\t"
        "sbbq %[b2], %[d2]\n\t"
        "sbbq %[b3], %[d3]\n\t"
        "sbbq %[b4], %[d4]\n\t"
        "sbbq %[b5], %[d5]\n\t"
        "sbbq %[mask], %[mask]\n\t"
        : [d0] "+&r"(d0), [d1] "+&r"(d1), [d2] "+&r"(d2), [d3] "+&r"(d3), [d4] "+&r"(d4),
          [d5] "+&r"(d5), [mask] "+&r"(mask)
        : [b0] "m"(b[0]), [b1] "m"(b[1]), [b2] "m"(b[2]), [b3] "m"(b[3]), [b4] "m"(b[4]),
          [b5] "m"(b[5])
        : "cc");
    __asm__(
        "addq %[p0], %[d0]\n\t"
        "adcq %[p1], %[d1]\n\t"
        "adcq %[p2], %[d2]\n\t"
        "adcq %[p3], %[d3]\n\t"
        "adcq %[p4], %[d4]\n\t"
        "adcq %[p5], %[d5]\n\t"
        : [d0] "+&r"(d0), [d1] "+&r"(d1), [d2] "+&r"(d2), [d3] "+&r"(d3), [d4] "+&r"(d4),
          [d5] "+&r"(d5)
        : [p0] "rm"(kModulus[0] & mask), [p1] "rm"(kModulus[1] & mask),
          [p2] "rm"(kModulus[2] & mask), [p3] "rm"(kModulus[3] & mask),
          [p4] "rm"(kModulus[4] & mask), [p5] "rm"(kModulus[5] & mask)
        : "cc");
    return {d0, d1, d2, d3, d4, d5};
}

}  // namespace switchyard::precompiles::curve

#endif  // defined(__x86_64__)
