// SPDX-License-Identifier: Apache-2.0
#include "simd/secp256k1/verify/kernel.hpp"

#include <algorithm>
#include <array>
#include <type_traits>

#include "simd/curve/secp256k1_combine.hpp"
#include "simd/secp256k1/ifma.hpp"
#include "simd/secp256k1/inverse.hpp"
#include "simd/secp256k1/recover/dispatch.hpp"

// foreach_target.h includes this file again for every target but the last.
// clang-format off
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "simd/secp256k1/verify/kernel.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>
#include "simd/secp256k1/field-inl.hpp"
#include "simd/secp256k1/curve-inl.hpp"
#include "simd/secp256k1/decompress-inl.hpp"
#include "simd/secp256k1/verify/list_sums-inl.hpp"
#include "simd/secp256k1/verify/weighted_sums-inl.hpp"
// clang-format on

namespace switchyard::simd {
namespace HWY_NAMESPACE {

/// beta in radix 2^52: lambda (x, y) = (beta x, y).
inline constexpr uint64_t kBeta[kFieldWords] = {0x96c28719501ee, 0x7512f58995c13, 0xc3434e99cf049,
                                                0x7106e64479ea, 0x7ae96a2b657c};

/// Pointers to the rows of a vector; places after the last row repeat it.
HWY_INLINE void find_rows(PackedPoint* rows, size_t first, size_t count, size_t stride,
                          PackedPoint** out) {
    for (size_t i = 0; i < kLanes; ++i)
        out[i] = rows + stride * HWY_MIN(first + i, count - 1);
}

void decompress_rows(PackedPoint* rows, size_t count, uint64_t* no_point) {
    const Tag d;
    for (size_t first = 0; first < count; first += kPowerWidth * kLanes) {
        PackedPoint* row[kPowerWidth][kLanes];
        Decompressed points;
        for (size_t k = 0; k < kPowerWidth; ++k) {
            find_rows(rows, first + k * kLanes, count, 1, row[k]);
            alignas(64) uint64_t odd[kLanes];
            const uint64_t* x[kLanes];
            for (size_t i = 0; i < kLanes; ++i) {
                x[i] = row[k][i]->x;
                odd[i] = row[k][i]->y[0];
            }
            Vec words[4];
            load_rows(x, words);
            points.x.value[k] = unpack(words);
            points.odd[k] = hn::Ne(hn::Load(d, odd), hn::Zero(d));
        }
        decompress(points);
        for (size_t k = 0; k < kPowerWidth && first + k * kLanes < count; ++k) {
            hn::Store(hn::VecFromMask(d, points.no_point[k]), d, no_point + first + k * kLanes);
            store_points(points.x.value[k], shrink(points.y.value[k]), row[k]);
        }
    }
}

void check_key_rows(PackedPoint* rows, size_t count, uint64_t* off_curve) {
    const Tag d;
    for (size_t first = 0; first < count; first += kLanes) {
        PackedPoint* row[kLanes];
        find_rows(rows, first, count, 2, row);
        Field x;
        Field y;
        load_points(row, x, y);
        const Field cube = add(multiply(square(x), x), set_small(7));
        const Field error = reduce(subtract<1>(reduce(cube), square(y)));
        hn::Store(hn::VecFromMask(d, hn::Not(is_zero(normalize(error)))), d, off_curve + first);
        for (PackedPoint*& at : row)
            ++at;
        store_points(shrink(multiply(x, set_words(kBeta))), y, row);
    }
}

void write_digits(std::span<const Term> terms, size_t width, size_t windows, size_t stride,
                  uint16_t* digits) {
    const uint64_t half = uint64_t{1} << (width - 1);
    const uint64_t mask = 2 * half - 1;
    // Half of a window added to each window but the last: a window's digit is then its bits minus
    // that half, and what was carried is in the window above.
    uint64_t offset[3] = {};
    for (size_t w = 0; w + 1 < windows; ++w)
        offset[(width * w + width - 1) / 64] |= uint64_t{1} << ((width * w + width - 1) % 64);
    for (size_t i = 0; i < terms.size(); ++i) {
        const Term& term = terms[i];
        const uint64_t low = term.low + offset[0];
        const uint64_t middle = term.high + offset[1];
        const uint64_t middle_sum = middle + static_cast<uint64_t>(low < term.low);
        const uint64_t carry =
            static_cast<uint64_t>(middle < term.high) + static_cast<uint64_t>(middle_sum < middle);
        const uint64_t words[4] = {low, middle_sum, offset[2] + carry, 0};
        for (size_t w = 0; w < windows; ++w) {
            const size_t bit = width * w;
            uint64_t digit = words[bit / 64] >> (bit % 64);
            if (bit % 64 != 0) digit |= words[bit / 64 + 1] << (64 - bit % 64);
            digit &= mask;
            const bool last = w + 1 == windows;
            const uint64_t signed_digit = digit - (last ? 0 : half);
            const uint64_t negative = signed_digit >> 63;
            const uint64_t magnitude = (signed_digit ^ (0 - negative)) + negative;
            const uint64_t flag = (negative ^ static_cast<uint64_t>(term.negative)) << 15;
            digits[w * stride + i] = static_cast<uint16_t>(magnitude | flag);
        }
    }
}

size_t least_items() {
#if SWITCHYARD_SIMD_IFMA
    return 24;
#elif HWY_TARGET == HWY_SCALAR
    // Without vectors nothing is faster than recover_one with ADX.
    return cost_of_one() > 100 ? 112 : SIZE_MAX;
#elif HWY_MAX_BYTES == 16
    return 14;
#else
    return 12;
#endif
}

}  // namespace HWY_NAMESPACE
}  // namespace switchyard::simd
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace switchyard::simd {
namespace {

HWY_EXPORT(decompress_rows);
HWY_EXPORT(check_key_rows);
HWY_EXPORT(write_digits);
HWY_EXPORT(sum_lists);
HWY_EXPORT(weighted_sums);
HWY_EXPORT(least_items);

}  // namespace

void decompress_rows(PackedPoint* rows, size_t count, uint64_t* no_point) {
    SWITCHYARD_SIMD_DISPATCH(decompress_rows)(rows, count, no_point);
}

void check_key_rows(PackedPoint* rows, size_t count, uint64_t* off_curve) {
    SWITCHYARD_SIMD_DISPATCH(check_key_rows)(rows, count, off_curve);
}

void write_digits(std::span<const Term> terms, size_t width, size_t windows, size_t stride,
                  uint16_t* digits) {
    SWITCHYARD_SIMD_DISPATCH(write_digits)(terms, width, windows, stride, digits);
}

void sum_lists(const ListTable& lists, const PackedPoint* rows, PackedPoint* results,
               PackedPoint* spare, SumScratch& scratch) {
    SWITCHYARD_SIMD_DISPATCH(sum_lists)(lists, rows, results, spare, scratch);
}

void weighted_sums(const PackedPoint* rows, size_t stride, size_t top, size_t count,
                   JacobianWords* sums) {
    SWITCHYARD_SIMD_DISPATCH(weighted_sums)(rows, stride, top, count, sums);
}

size_t break_even() {
    return SWITCHYARD_SIMD_DISPATCH(least_items)();
}

}  // namespace switchyard::simd
#endif
