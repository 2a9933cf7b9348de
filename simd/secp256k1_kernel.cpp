// SPDX-License-Identifier: Apache-2.0
#include "simd/secp256k1_kernel.hpp"

#include <type_traits>

#include "simd/cpu_targets.hpp"
#include "simd/secp256k1_scalar.hpp"

// foreach_target.h includes this file again for every target but the last.
// clang-format off
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "simd/secp256k1_kernel.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>
#include "simd/secp256k1_target-inl.hpp"

SWITCHYARD_SIMD_BEFORE_NAMESPACE();
namespace switchyard::simd::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;
}  // namespace switchyard::simd::HWY_NAMESPACE
#if SWITCHYARD_SIMD_IFMA
#include "simd/secp256k1_field_ifma-inl.hpp"
#else
#include "simd/secp256k1_field_mul32-inl.hpp"
#endif
#include "simd/secp256k1_curve-inl.hpp"
#include "simd/secp256k1_decompress-inl.hpp"
// clang-format on

namespace switchyard::simd {
namespace HWY_NAMESPACE {

inline constexpr size_t kMaxGroups = kChunkSignatures / kLanes;

/// R's multiples, and later the results, of all groups of kLanes signatures.
struct Workspace {
    PointTable table[kMaxGroups];
    StoredField x[kMaxGroups];
    StoredField y[kMaxGroups];
    StoredField z[kMaxGroups];
    StoredField product[kMaxGroups];
};

/// Loads x, computes y of R and the first table entry of up to kPowerWidth groups. A vector lane
/// whose x is on no point is flagged and gets G, so that all later steps stay defined.
HWY_NOINLINE void decompress_groups(const KernelInput& input, Workspace& work, size_t group,
                                    size_t count, KernelOutput& output) {
    const GeneratorTable& generator = generator_table();
    Decompressed points;
    for (size_t k = 0; k < kPowerWidth; ++k) {
        const size_t first = kLanes * (group + HWY_MIN(k, count - 1));
        points.x.value[k] = load_column(input.x, first);
        points.odd[k] = hn::Ne(hn::Load(Tag(), input.odd + first), hn::Zero(Tag()));
    }
    decompress(points);
    for (size_t k = 0; k < count; ++k) {
        const size_t first = kLanes * (group + k);
        const LaneMask bad = points.no_point[k];
        hn::Store(hn::VecFromMask(Tag(), bad), Tag(), output.no_point + first);
        const uint64_t* g = generator.half[0][0];
        set_entry(select(bad, set_words(g), points.x.value[k]),
                  select(bad, set_words(g + kFieldWords), points.y.value[k]),
                  work.table[group + k][0]);
    }
}

/// A digit of each vector lane: the table entry, and where it is negative or zero.
struct Digits {
    Vec entry;
    LaneMask negative;
    LaneMask zero;
};

HWY_INLINE Digits load_digits(const uint32_t* codes) {
    const Tag d;
    const hn::Rebind<uint32_t, Tag> d32;
    const Vec code = hn::PromoteTo(d, hn::Load(d32, codes));
    Digits digits;
    digits.entry = hn::And(code, hn::Set(d, kDigitEntryMask));
    digits.negative = hn::Ne(hn::And(code, hn::Set(d, kDigitNegative)), hn::Zero(d));
    digits.zero = hn::Ne(hn::And(code, hn::Set(d, kDigitZero)), hn::Zero(d));
    return digits;
}

/// Gathers a field element for each vector lane: word i at base[index + i * stride].
HWY_INLINE Field gather(const uint64_t* base, Vec index, size_t stride) {
    const Tag d;
    const hn::RebindToSigned<Tag> di;
    Vec words[kFieldWords];
    for (size_t i = 0; i < kFieldWords; ++i)
        words[i] = hn::GatherIndex(d, base + i * stride, hn::BitCast(di, index));
    return from_words(words);
}

template <bool kComplete>
HWY_INLINE void add_digits(Jacobian& p, LaneMask& infinite, const Field& x, const Field& y,
                           const Digits& digits) {
    const Field negated = tighten(subtract<1>(set_small(0), y));
    add_affine<kComplete>(p, infinite, x, select(digits.negative, negated, y), digits.zero);
}

/// Adds the digits of one window of u2's parts, from the group's table.
template <bool kComplete>
HWY_NOINLINE void add_point_window(const KernelInput& input, const PointTable& table, size_t first,
                                   size_t window, Jacobian& p, LaneMask& infinite) {
    constexpr size_t kEntryWords = sizeof(TableEntry) / sizeof(uint64_t);
    constexpr size_t kCoordinateWords = sizeof(StoredField) / sizeof(uint64_t);
    const Tag d;
    const uint64_t* base = table[0].x.word[0];
    for (size_t half = 0; half < 2; ++half) {
        const Digits digits = load_digits(input.point_digits[half][window] + first);
        const Vec index = hn::Add(hn::Mul(digits.entry, hn::Set(d, kEntryWords)), hn::Iota(d, 0));
        const Field x = gather(base + (half == 0 ? 0 : 2 * kCoordinateWords), index, kLanes);
        const Field y = gather(base + kCoordinateWords, index, kLanes);
        add_digits<kComplete>(p, infinite, x, y, digits);
    }
}

/// Adds the digits of one window of u1's halves, from the tables of G.
template <bool kComplete>
HWY_NOINLINE void add_generator_window(const KernelInput& input, const GeneratorTable& table,
                                       size_t first, size_t window, Jacobian& p,
                                       LaneMask& infinite) {
    const Tag d;
    for (size_t half = 0; half < 2; ++half) {
        const Digits digits = load_digits(input.generator_digits[half][window] + first);
        const Vec index = hn::Mul(digits.entry, hn::Set(d, 2 * kFieldWords));
        const uint64_t* base = table.half[half][0];
        const Field x = gather(base, index, 1);
        const Field y = gather(base + kFieldWords, index, 1);
        add_digits<kComplete>(p, infinite, x, y, digits);
    }
}

/// u1 G + u2 R of one group by interleaved windows (Straus), most significant first.
template <bool kComplete>
HWY_NOINLINE void multiply_group(const KernelInput& input, const PointTable& table, size_t first,
                                 Jacobian& p, LaneMask& infinite) {
    const GeneratorTable& generator = generator_table();
    p.x = p.y = p.z = set_small(1);
    infinite = hn::Eq(hn::Zero(Tag()), hn::Zero(Tag()));
    constexpr size_t kTop =
        HWY_MAX(kPointWindow * (kPointWindows - 1), kGeneratorWindow * (kGeneratorWindows - 1));
    size_t doublings = 0;
    for (size_t bit = kTop + 1; bit-- > 0; ++doublings) {
        const bool point = bit % kPointWindow == 0 && bit / kPointWindow < kPointWindows;
        const bool fixed =
            bit % kGeneratorWindow == 0 && bit / kGeneratorWindow < kGeneratorWindows;
        if (!point && !fixed) continue;
        double_times(p, doublings);
        doublings = 0;
        if (point)
            add_point_window<kComplete>(input, table, first, bit / kPointWindow, p, infinite);
        if (fixed)
            add_generator_window<kComplete>(input, generator, first, bit / kGeneratorWindow, p,
                                            infinite);
    }
}

/// Computes a group's key in Jacobian coordinates; vector lanes at infinity are flagged and get
/// Z = 1.
HWY_NOINLINE void recover_group(const KernelInput& input, Workspace& work, size_t group,
                                KernelOutput& output) {
    const size_t first = kLanes * group;
    Jacobian p;
    LaneMask infinite;
    multiply_group<false>(input, work.table[group], first, p, infinite);
    LaneMask special = hn::Or(infinite, is_zero(normalize(p.z)));
    if (HWY_UNLIKELY(!hn::AllFalse(Tag(), special))) {
        multiply_group<true>(input, work.table[group], first, p, infinite);
        special = hn::Or(infinite, is_zero(normalize(p.z)));
    }
    hn::Store(hn::VecFromMask(Tag(), special), Tag(), output.infinite + first);
    store(p.x, work.x[group]);
    store(p.y, work.y[group]);
    store(select(special, set_small(1), p.z), work.z[group]);
}

/// Divides by Z^2 and Z^3 with one inversion for all groups.
HWY_NOINLINE void to_affine(Workspace& work, size_t groups, KernelOutput& output) {
    Field product = set_small(1);
    for (size_t g = 0; g < groups; ++g) {
        store(product, work.product[g]);
        product = multiply(product, load(work.z[g]));
    }
    Powers inverse;
    for (Field& value : inverse.value)
        value = product;
    inverses(inverse, inverse);
    Field rest = inverse.value[0];
    for (size_t g = groups; g-- > 0;) {
        const Field z_inverse = multiply(rest, load(work.product[g]));
        rest = multiply(rest, load(work.z[g]));
        const Field z2 = square(z_inverse);
        const Field z3 = multiply(z2, z_inverse);
        store_column(normalize(multiply(load(work.x[g]), z2)), output.x, kLanes * g);
        store_column(normalize(multiply(load(work.y[g]), z3)), output.y, kLanes * g);
    }
}

void recover_points(const KernelInput& input, KernelOutput& output) {
    Workspace work;
    const size_t groups = (input.count + kLanes - 1) / kLanes;
    if (groups == 0) return;
    for (size_t g = 0; g < groups; g += kPowerWidth)
        decompress_groups(input, work, g, HWY_MIN(kPowerWidth, groups - g), output);
    for (size_t base = 1; base < kPointEntries; base *= 2)
        double_tables(work.table, groups, base);
    for (size_t g = 0; g < groups; ++g)
        recover_group(input, work, g, output);
    to_affine(work, groups, output);
}

/// Measured on Zen 4 (simd/README.md). With 128 bits and less, vectors are slower than recover_one
/// whatever their number.
VectorCost cost() {
#if SWITCHYARD_SIMD_IFMA
    return {kLanes, 210, 166};
#elif HWY_TARGET == HWY_AVX2
    return {kLanes, 325, 281};
#else
    return {0, 0, 0};
#endif
}

const char* arithmetic() {
    return SWITCHYARD_SIMD_IFMA ? "IFMA 5x52" : "32-bit multiply 10x26";
}

}  // namespace HWY_NAMESPACE
}  // namespace switchyard::simd
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace switchyard::simd {
namespace {

HWY_EXPORT(recover_points);
HWY_EXPORT(arithmetic);
HWY_EXPORT(cost);

#if (HWY_TARGETS & HWY_AVX3) && (HWY_TARGETS & HWY_AVX2)
/// AVX3 was compiled with IFMA, which AVX-512 CPUs before Ice Lake (and Cannon Lake) lack.
bool ifma_is_missing() {
    static const bool missing = !__builtin_cpu_supports("avx512ifma");
    return missing && active_target() == hwy::TargetName(HWY_AVX3);
}
#endif

}  // namespace

void recover_points(const KernelInput& input, KernelOutput& output) {
#if (HWY_TARGETS & HWY_AVX3) && (HWY_TARGETS & HWY_AVX2)
    if (ifma_is_missing()) return N_AVX2::recover_points(input, output);
#endif
    HWY_DYNAMIC_DISPATCH(recover_points)(input, output);
}

VectorCost kernel_cost() {
#if (HWY_TARGETS & HWY_AVX3) && (HWY_TARGETS & HWY_AVX2)
    if (ifma_is_missing()) return N_AVX2::cost();
#endif
    return HWY_DYNAMIC_DISPATCH(cost)();
}

std::string_view kernel_arithmetic() {
#if (HWY_TARGETS & HWY_AVX3) && (HWY_TARGETS & HWY_AVX2)
    if (ifma_is_missing()) return N_AVX2::arithmetic();
#endif
    return HWY_DYNAMIC_DISPATCH(arithmetic)();
}

}  // namespace switchyard::simd
#endif
