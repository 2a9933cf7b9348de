// SPDX-License-Identifier: Apache-2.0
// Keccak-f[1600] unrolled over any kind of 64-bit word: one state in registers, or one per vector
// lane. Included once per Highway target.

// Per-target include guard, as Highway's -inl.h files have it.
#if defined(SWITCHYARD_SIMD_KECCAK_F1600_INL_HPP_) == defined(HWY_TARGET_TOGGLE)
#ifdef SWITCHYARD_SIMD_KECCAK_F1600_INL_HPP_
#undef SWITCHYARD_SIMD_KECCAK_F1600_INL_HPP_
#else
#define SWITCHYARD_SIMD_KECCAK_F1600_INL_HPP_
#endif

#include <array>
#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <utility>

#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace switchyard::simd {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

alignas(64) inline constexpr uint64_t kRoundConstants[24] = {
    0x0000000000000001, 0x0000000000008082, 0x800000000000808a, 0x8000000080008000,
    0x000000000000808b, 0x0000000080000001, 0x8000000080008081, 0x8000000000008009,
    0x000000000000008a, 0x0000000000000088, 0x0000000080008009, 0x000000008000000a,
    0x000000008000808b, 0x800000000000008b, 0x8000000000008089, 0x8000000000008003,
    0x8000000000008002, 0x8000000000000080, 0x000000000000800a, 0x800000008000000a,
    0x8000000080008081, 0x8000000000008080, 0x0000000080000001, 0x8000000080008008};

/// Calls `function` with 0, 1, ... kCount - 1 as constants. Where a loop over an array of words
/// remained, g++ 12 would make it a `rep movs` and keep the state in memory.
template <size_t kCount, class Function>
HWY_INLINE void for_each_word(const Function& function) {
    [&]<size_t... kIndex>(std::index_sequence<kIndex...>) HWY_ATTR {
        (function(std::integral_constant<size_t, kIndex>()), ...);
    }
    (std::make_index_sequence<kCount>());
}

/// A plain 64-bit word.
struct ScalarWord {
    using Type = uint64_t;
    static HWY_INLINE Type constant(uint64_t value) { return value; }
    static HWY_INLINE Type xor2(Type a, Type b) { return a ^ b; }
    static HWY_INLINE Type xor3(Type a, Type b, Type c) { return a ^ b ^ c; }
    /// a ^ (~b & c)
    static HWY_INLINE Type chi(Type a, Type b, Type c) { return a ^ (~b & c); }
    template <int kBits>
    static HWY_INLINE Type rotate_left(Type a) {
        return (a << kBits) | (a >> (64 - kBits));
    }
};

/// A vector with one state's word in each vector lane.
template <class D>
struct VectorWord {
    using Type = hn::VFromD<D>;
    static HWY_INLINE Type constant(uint64_t value) { return hn::Set(D(), value); }
    static HWY_INLINE Type xor2(Type a, Type b) { return hn::Xor(a, b); }
    static HWY_INLINE Type xor3(Type a, Type b, Type c) { return hn::Xor3(a, b, c); }
    static HWY_INLINE Type chi(Type a, Type b, Type c) { return hn::Xor(a, hn::AndNot(b, c)); }
    template <int kBits>
    static HWY_INLINE Type rotate_left(Type a) {
        // Without a rotation, additions find a free unit where shifts do not.
        if constexpr (kBits == 1 && HWY_TARGET > HWY_AVX3)
            return hn::Or(hn::Add(a, a), hn::ShiftRight<63>(a));
        // By whole bytes it is a shuffle: one operation where shifts take three.
        if constexpr (kBits % 8 == 0 && HWY_TARGET > HWY_AVX3 && HWY_TARGET <= HWY_SSSE3) {
            alignas(16) static constexpr std::array<uint8_t, 16> kFrom = [] {
                std::array<uint8_t, 16> from{};
                for (size_t i = 0; i < 16; ++i)
                    from[i] = static_cast<uint8_t>(i / 8 * 8 + (i + 8 - kBits / 8) % 8);
                return from;
            }();
            const hn::Repartition<uint8_t, D> bytes;
            return hn::BitCast(D(), hn::TableLookupBytes(hn::BitCast(bytes, a),
                                                         hn::LoadDup128(bytes, kFrom.data())));
        }
        return hn::RotateRight<64 - kBits>(a);
    }
};

/// Chi on one row of the plane: the five words that rho and pi moved there.
template <class Ops, class W = typename Ops::Type>
HWY_INLINE void chi_row(W* HWY_RESTRICT e, W b0, W b1, W b2, W b3, W b4) {
    e[0] = Ops::chi(b0, b1, b2);
    e[1] = Ops::chi(b1, b2, b3);
    e[2] = Ops::chi(b2, b3, b4);
    e[3] = Ops::chi(b3, b4, b0);
    e[4] = Ops::chi(b4, b0, b1);
}

// With a sanitizer's check at every access, 24 rounds in one function take the compiler minutes.
#if defined(SWITCHYARD_SIMD_OUTLINE)
#define SWITCHYARD_KECCAK_ROUND HWY_NOINLINE
#else
#define SWITCHYARD_KECCAK_ROUND HWY_INLINE
#endif

/// One round from `a` to `e`: theta, rho and pi row by row, so that few words are alive at once.
template <class Ops, class W = typename Ops::Type>
SWITCHYARD_KECCAK_ROUND void keccak_round(const W* HWY_RESTRICT a, W* HWY_RESTRICT e,
                                          uint64_t constant) {
    const W c0 = Ops::xor3(Ops::xor3(a[0], a[5], a[10]), a[15], a[20]);
    const W c1 = Ops::xor3(Ops::xor3(a[1], a[6], a[11]), a[16], a[21]);
    const W c2 = Ops::xor3(Ops::xor3(a[2], a[7], a[12]), a[17], a[22]);
    const W c3 = Ops::xor3(Ops::xor3(a[3], a[8], a[13]), a[18], a[23]);
    const W c4 = Ops::xor3(Ops::xor3(a[4], a[9], a[14]), a[19], a[24]);
    const W d0 = Ops::xor2(c4, Ops::template rotate_left<1>(c1));
    const W d1 = Ops::xor2(c0, Ops::template rotate_left<1>(c2));
    const W d2 = Ops::xor2(c1, Ops::template rotate_left<1>(c3));
    const W d3 = Ops::xor2(c2, Ops::template rotate_left<1>(c4));
    const W d4 = Ops::xor2(c3, Ops::template rotate_left<1>(c0));

    chi_row<Ops>(e + 0, Ops::xor2(a[0], d0), Ops::template rotate_left<44>(Ops::xor2(a[6], d1)),
                 Ops::template rotate_left<43>(Ops::xor2(a[12], d2)),
                 Ops::template rotate_left<21>(Ops::xor2(a[18], d3)),
                 Ops::template rotate_left<14>(Ops::xor2(a[24], d4)));
    e[0] = Ops::xor2(e[0], Ops::constant(constant));
    chi_row<Ops>(e + 5, Ops::template rotate_left<28>(Ops::xor2(a[3], d3)),
                 Ops::template rotate_left<20>(Ops::xor2(a[9], d4)),
                 Ops::template rotate_left<3>(Ops::xor2(a[10], d0)),
                 Ops::template rotate_left<45>(Ops::xor2(a[16], d1)),
                 Ops::template rotate_left<61>(Ops::xor2(a[22], d2)));
    chi_row<Ops>(e + 10, Ops::template rotate_left<1>(Ops::xor2(a[1], d1)),
                 Ops::template rotate_left<6>(Ops::xor2(a[7], d2)),
                 Ops::template rotate_left<25>(Ops::xor2(a[13], d3)),
                 Ops::template rotate_left<8>(Ops::xor2(a[19], d4)),
                 Ops::template rotate_left<18>(Ops::xor2(a[20], d0)));
    chi_row<Ops>(e + 15, Ops::template rotate_left<27>(Ops::xor2(a[4], d4)),
                 Ops::template rotate_left<36>(Ops::xor2(a[5], d0)),
                 Ops::template rotate_left<10>(Ops::xor2(a[11], d1)),
                 Ops::template rotate_left<15>(Ops::xor2(a[17], d2)),
                 Ops::template rotate_left<56>(Ops::xor2(a[23], d3)));
    chi_row<Ops>(e + 20, Ops::template rotate_left<62>(Ops::xor2(a[2], d2)),
                 Ops::template rotate_left<55>(Ops::xor2(a[8], d3)),
                 Ops::template rotate_left<39>(Ops::xor2(a[14], d4)),
                 Ops::template rotate_left<41>(Ops::xor2(a[15], d0)),
                 Ops::template rotate_left<2>(Ops::xor2(a[21], d1)));
}

#undef SWITCHYARD_KECCAK_ROUND

/// Keccak-f[1600] on 25 words, word (x, y) at index x + 5*y.
template <class Ops, class W = typename Ops::Type>
HWY_INLINE void keccak_permute(W* HWY_RESTRICT state) {
    W a[25];
    W e[25];
    for_each_word<25>([&](auto i) HWY_ATTR { a[i] = state[i]; });
    for (size_t round = 0; round < 24; round += 2) {
        keccak_round<Ops>(a, e, kRoundConstants[round]);
        keccak_round<Ops>(e, a, kRoundConstants[round + 1]);
    }
    for_each_word<25>([&](auto i) HWY_ATTR { state[i] = a[i]; });
}

}  // namespace HWY_NAMESPACE
}  // namespace switchyard::simd
HWY_AFTER_NAMESPACE();

#endif  // per-target include guard
