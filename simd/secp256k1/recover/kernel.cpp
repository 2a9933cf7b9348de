// SPDX-License-Identifier: Apache-2.0
#include "simd/secp256k1/recover/kernel.hpp"

#include <array>
#include <new>
#include <type_traits>

#include "simd/secp256k1/ifma.hpp"
#include "simd/secp256k1/inverse.hpp"
#include "simd/secp256k1/scalar.hpp"

// foreach_target.h includes this file again for every target but the last.
// clang-format off
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "simd/secp256k1/recover/kernel.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>
#include "simd/secp256k1/field-inl.hpp"
#include "simd/secp256k1/curve-inl.hpp"
#include "simd/secp256k1/decompress-inl.hpp"
#include "simd/secp256k1/recover/sums-inl.hpp"
// clang-format on

namespace switchyard::simd {
namespace HWY_NAMESPACE {

inline constexpr size_t kMaxGroups = kChunkSignatures / kLanes;
/// Groups whose sums are kept at a time.
inline constexpr size_t kSumGroups = kSumSignatures / kLanes;
static_assert(2 * kSumGroups >= kMaxGroups, "the tables are made in the space of the sums");

/// A key on its way: X, and w = 2 Y, and 2 Z, and the product of the z before.
struct Result {
    StoredField x;
    StoredField w;
    StoredField z;
    StoredField product;
};

struct Workspace {
    PointTable table[kMaxGroups];
    Sums sums[kSumGroups];
    Result result[kMaxGroups];
};
static_assert(sizeof(Workspace) <= sizeof(KernelMemory) &&
              alignof(Workspace) <= alignof(KernelMemory) &&
              std::is_trivially_destructible_v<Workspace>);

/// Loads x, computes y of R and the first table entry of up to kPowerWidth groups. A vector lane
/// whose x is on no point is flagged and gets G, so that all later steps stay defined.
HWY_NOINLINE void decompress_groups(const KernelInput& input, Workspace& work, size_t group,
                                    size_t count, KernelOutput& output) {
    Decompressed points;
    for (size_t k = 0; k < kPowerWidth; ++k) {
        const size_t first = kLanes * (group + HWY_MIN(k, count - 1));
        points.x.value[k] = load_column(input.x, first);
        points.odd[k] = hn::Ne(hn::Load(Tag(), input.odd + first), hn::Zero(Tag()));
    }
    decompress(points);
    const PackedPoint* generator[kLanes];
    for (const PackedPoint*& row : generator)
        row = &generator_table().half[0][0];
    for (size_t k = 0; k < count; ++k) {
        const size_t first = kLanes * (group + k);
        const LaneMask bad = points.no_point[k];
        hn::Store(hn::VecFromMask(Tag(), bad), Tag(), output.no_point + first);
        Field x = points.x.value[k];
        Field y = points.y.value[k];
        if (!hn::AllFalse(Tag(), bad)) {
            Field gx;
            Field gy;
            load_points(generator, gx, gy);
            x = select(bad, gx, x);
            y = select(bad, gy, y);
        }
        SumSlot& entry = *table_slots(work.sums, group + k);
        store(x, entry.a);
        store(y, entry.b);
    }
}

/// The sum of the windows' sums times 2^(kPointWindow w), for kWide groups side by side.
HWY_NOINLINE void multiply_groups(const Sums* const* sums, Jacobian* results, LaneMask* infinite) {
    JacobianOf<Wide, WideFactor> p;
    for (size_t k = 0; k < kWide; ++k) {
        part(p.x, k) = set_small(0);
        part(p.w, k) = part(p.z, k) = part(p.x, k);
        infinite[k] = hn::Eq(hn::Zero(Tag()), hn::Zero(Tag()));
    }
    for (size_t w = kPointWindows; w-- > 0;) {
        for (size_t i = 0; i < kPointWindow && w + 1 != kPointWindows; ++i)
            double_point(p);
        Wide x;
        Wide minus_y;
        LaneMask any = hn::Ne(hn::Zero(Tag()), hn::Zero(Tag()));
        for (size_t k = 0; k < kWide; ++k) {
            part(x, k) = load(sums[k]->slot[w].a);
            part(minus_y, k) = load(sums[k]->slot[w].b);
            any = hn::Or(any, hn::Or(infinite[k], sums[k]->infinite[w]));
        }
        Wide h;
        Wide r;
        JacobianOf<Wide, WideFactor> sum = add_unequal(p, x, minus_y, h, r);
        if (HWY_UNLIKELY(!hn::AllFalse(Tag(), any))) {
            for (size_t k = 0; k < kWide; ++k) {
                const Jacobian before{part(p.x, k), part(p.w, k), part(p.z, k)};
                Jacobian after{part(sum.x, k), part(sum.w, k), part(sum.z, k)};
                finish_addition(before, infinite[k], after, part(x, k), part(minus_y, k),
                                sums[k]->infinite[w]);
                part(sum.x, k) = after.x;
                part(sum.w, k) = after.w;
                part(sum.z, k) = after.z;
            }
        }
        p = sum;
    }
    for (size_t k = 0; k < kWide; ++k)
        results[k] = {part(p.x, k), part(p.w, k), part(p.z, k)};
}

template <class Digits>
HWY_INLINE void add_digits(Jacobian& p, LaneMask& infinite, const Field& x, const Digits& digits) {
    add_affine<true>(p, infinite, x, reduce(digits.template y<-1>()), digits.zero);
}

/// u1 G + u2 R of one group by interleaved windows (Straus 1964) and formulas that are complete.
HWY_NOINLINE void multiply_completely(const KernelInput& input, const PointTable& table,
                                      size_t first, Jacobian& p, LaneMask& infinite) {
    const Field zero = set_small(0);
    p = {zero, zero, zero};
    infinite = hn::Eq(hn::Zero(Tag()), hn::Zero(Tag()));
    for (size_t w = kPointWindows; w-- > 0;) {
        double_times(p, kPointWindow);
        for (size_t half = 0; half < 2; ++half) {
            const Digits digits = point_digits(input, table, first, half, w);
            const Field x = digits.x();
            add_digits(p, infinite, half == 0 ? x : beta_times(x), digits);
        }
        for (size_t half = 0; half < 2 && w % 2 == 0; ++half) {
            const Digits digits = generator_digits(input, first, half, w / 2);
            add_digits(p, infinite, digits.x(), digits);
        }
    }
}

/// Stores a group's key; vector lanes at infinity are flagged and get Z = 1.
HWY_NOINLINE void finish_group(const KernelInput& input, Workspace& work, size_t group,
                               LaneMask special, Jacobian& p, LaneMask infinite,
                               KernelOutput& output) {
    const size_t first = kLanes * group;
    LaneMask no_z = is_zero(normalize(exact(p.z)));
    if (HWY_UNLIKELY(!hn::AllFalse(Tag(), hn::Or(special, hn::Or(infinite, no_z))))) {
        multiply_completely(input, work.table[group], first, p, infinite);
        no_z = hn::Or(infinite, is_zero(normalize(exact(p.z))));
    }
    hn::Store(hn::VecFromMask(Tag(), no_z), Tag(), output.infinite + first);
    Result& result = work.result[group];
    store(p.x, result.x);
    store(exact(p.w), result.w);
    store(select(no_z, set_small(1), reduce(times<2>(exact(p.z)))), result.z);
}

/// Divides by Z^2 and Z^3 with one inversion for all groups; what is inverted is 2 Z.
HWY_NOINLINE void to_affine(Workspace& work, size_t groups, KernelOutput& output) {
    Field product = set_small(1);
    for (size_t g = 0; g < groups; ++g) {
        store(product, work.result[g].product);
        product = multiply(product, load(work.result[g].z));
    }
    Field rest = inverse_of_each(product);
    for (size_t g = groups; g-- > 0;) {
        const Result& result = work.result[g];
        const Factor z_inverse = multiply<Factor>(rest, load(result.product));
        rest = multiply(rest, load(result.z));
        const Factor z2 = square<Factor, 4>(z_inverse);
        const Factor z3 = multiply<Factor>(z2, z_inverse);
        store_column(normalize(multiply(load(result.x), z2)), output.x, kLanes * g);
        store_column(normalize(multiply(load(result.w), z3)), output.y, kLanes * g);
    }
}

/// The keys of groups [begin, end), at most kSumGroups.
HWY_NOINLINE void recover_groups(const KernelInput& input, Workspace& work, size_t begin,
                                 size_t end, KernelOutput& output) {
    const size_t count = end - begin;
    add_halves(input, work.table + begin, kLanes * begin, count, work.sums);
    add_windows(count, work.sums);
    for (size_t g = 0; g < count; g += kWide) {
        // A last group that is alone stands for both of a pair.
        const Sums* sums[kWide];
        for (size_t k = 0; k < kWide; ++k)
            sums[k] = work.sums + HWY_MIN(g + k, count - 1);
        Jacobian p[kWide];
        LaneMask infinite[kWide];
        multiply_groups(sums, p, infinite);
        for (size_t k = 0; k < HWY_MIN(kWide, count - g); ++k)
            finish_group(input, work, begin + g + k, sums[k]->special, p[k], infinite[k], output);
    }
}

void recover_points(const KernelInput& input, KernelOutput& output, KernelMemory& memory) {
    Workspace& work = *new (memory.bytes) Workspace;
    const size_t groups = (input.count + kLanes - 1) / kLanes;
    if (groups == 0) return;
    for (size_t g = 0; g < groups; g += kPowerWidth)
        decompress_groups(input, work, g, HWY_MIN(kPowerWidth, groups - g), output);
    for (size_t base = 1; base < kPointEntries; base *= 2)
        double_tables(work.sums, groups, base);
    for (size_t g = 0; g < groups; ++g)
        pack_table(work.sums, g, work.table[g]);
    for (size_t g = 0; g < groups; g += kSumGroups)
        recover_groups(input, work, g, HWY_MIN(groups, g + kSumGroups), output);
    to_affine(work, groups, output);
}

/// Measured on Zen 4 (README.md). With 128 bits and less, vectors are slower than recover_one
/// whatever their number.
VectorCost cost() {
#if SWITCHYARD_SIMD_IFMA
    return {kLanes * kWide, 58, 130};
#elif HWY_TARGET == HWY_AVX2
    return {kLanes * kWide, 30, 442};
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

}  // namespace

void recover_points(const KernelInput& input, KernelOutput& output, KernelMemory& memory) {
    SWITCHYARD_SIMD_DISPATCH(recover_points)(input, output, memory);
}

VectorCost kernel_cost() {
    return SWITCHYARD_SIMD_DISPATCH(cost)();
}

std::string_view kernel_arithmetic() {
    return SWITCHYARD_SIMD_DISPATCH(arithmetic)();
}

}  // namespace switchyard::simd
#endif
