// SPDX-License-Identifier: Apache-2.0
// The border between the scalar part of verification with known keys (scalars, sorting) and its
// vector kernel (points). All pointers are to memory of the caller; functions are thread-safe as
// long as that memory is not shared, and use a few kB of stack.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "simd/secp256k1/tables.hpp"
#include "simd/secp256k1/verify/lists.hpp"

namespace switchyard::simd {

/// Computes y of `count` points: takes x below p in rows[i].x and the parity of y in rows[i].y[0].
/// no_point[i] becomes nonzero where x^3 + 7 is not a square; that row's y then means nothing.
/// `no_point` must hold `count` rounded up to a multiple of eight.
void decompress_rows(PackedPoint* rows, size_t count, uint64_t* no_point);

/// Takes `count` points with coordinates below p at every second row, and writes lambda times the
/// point (beta x, y) to the row that follows. off_curve[i] becomes nonzero where point i does not
/// satisfy the equation of the curve; `off_curve` must hold `count` rounded up to a multiple of
/// eight.
void check_key_rows(PackedPoint* rows, size_t count, uint64_t* off_curve);

/// The number of signatures from which on a check costs less than their recovery on the active
/// target, SIZE_MAX where it never does; README.md has measured it.
[[nodiscard]] size_t break_even();

/// A signed multiple of a row's point.
struct Term {
    uint64_t low;
    uint64_t high;
    uint16_t row;
    bool negative;
};

/// Signed digits of `terms`, which must be below 0.64 * 2^128 or at most 2^127: window w of term i
/// goes to digits[w * stride + i], as a magnitude of at most 2^(width-1), with kEntryNegative.
/// width * windows must be at least 129, width at most 10.
void write_digits(std::span<const Term> terms, size_t width, size_t windows, size_t stride,
                  uint16_t* digits);

/// Where sum_lists() works: partial sums in affine coordinates, running products, and which
/// vectors are added.
struct SumScratch {
    static constexpr size_t kSums = (ListTable::kMaxVectors + ListTable::kMaxGroups) / 2;
    static constexpr size_t kPairs = ListTable::kMaxVectors / 2;
    struct Pair {
        uint16_t first;  ///< vector of eight; its partner is the next one
        uint16_t sum;
    };
    /// Of an element in each column, and of a sum: x and y.
    static constexpr size_t kWords = kFieldWords * kListColumns;
    static constexpr size_t kSumWords = 2 * kWords;
    alignas(64) uint64_t sums[kSums * kSumWords];
    alignas(64) uint64_t products[kPairs * kWords];
    Pair pairs[kPairs];
    uint16_t firsts[ListTable::kMaxGroups];
};

/// results[i] = the sum of the points of list i, for each list that is not empty; (0, 0) is
/// infinity, in rows as in results. Any points of the curve, equal and opposite ones too.
/// `spare` is written in place of columns without a list.
void sum_lists(const ListTable& lists, const PackedPoint* rows, PackedPoint* results,
               PackedPoint* spare, SumScratch& scratch);

/// A point X/Z^2, Y/Z^3; Z = 0 is infinity.
struct JacobianWords {
    ref::U256 x;
    ref::U256 y;
    ref::U256 z;
};

/// sums[l] = the sum over v from 1 to `top` of v times the point at rows[l * stride + v]; (0, 0) is
/// infinity. For `count` l from 0 on.
void weighted_sums(const PackedPoint* rows, size_t stride, size_t top, size_t count,
                   JacobianWords* sums);

}  // namespace switchyard::simd
