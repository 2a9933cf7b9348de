// SPDX-License-Identifier: Apache-2.0
// Sums of many lists of points by rounds of affine additions: in each round every list is halved by
// adding its entries in pairs, and all pairs share one inversion (Montgomery's trick; affine
// buckets as in Gabizon and Khovratovich's and gnark's multi-scalar multiplications). An addition
// is 5M + 1S where Jacobian coordinates take 8M + 3S. Included once per Highway target, after
// packed-inl.hpp and the curve.

namespace switchyard::simd {
namespace HWY_NAMESPACE {

/// Vectors of this target in a vector of eight columns.
inline constexpr size_t kSubvectors = kListColumns / kLanes;
inline constexpr size_t kSumWords = kFieldWords * kLanes;

/// Pairs that are added side by side, each with its own product, to hide latency.
inline constexpr size_t kPairWidth = 2;

HWY_INLINE Field load_sum(const uint64_t* words) {
    Vec v[kFieldWords];
    for (size_t i = 0; i < kFieldWords; ++i)
        v[i] = hn::Load(Tag(), words + i * kLanes);
    return from_words(v);
}

HWY_INLINE void store_sum(const Field& a, uint64_t* words) {
    Vec v[kFieldWords];
    to_words(a, v);
    for (size_t i = 0; i < kFieldWords; ++i)
        hn::Store(v[i], Tag(), words + i * kLanes);
}

/// The two halves of a point, of which y need not be tight: it is at most four times as large, or
/// of magnitude 2.
struct AffineVector {
    Field x;
    Field y;
};

HWY_INLINE LaneMask is_infinite(const AffineVector& p) {
    return is_zero(p.x);  // no point of the curve has x = 0
}

/// Reads operands from the rows that entries name.
struct RowReader {
    const PackedPoint* rows;
    const uint16_t* entries;

    HWY_INLINE void pointers(size_t unit, const uint64_t** x) const {
        const uint16_t* e = entries + unit * kLanes;
        for (size_t i = 0; i < kLanes; ++i)
            x[i] = rows[e[i] & (kEntryNegative - 1)].x;
    }
    HWY_INLINE Field load_x(size_t unit) const {
        const uint64_t* x[kLanes];
        pointers(unit, x);
        Vec words[4];
        load_rows(x, words);
        return unpack(words);
    }
    HWY_INLINE AffineVector load(size_t unit) const {
        const Tag d;
        const hn::Rebind<uint32_t, Tag> d32;
        const hn::Rebind<uint16_t, Tag> d16;
        const uint64_t* rows_x[kLanes];
        const uint64_t* rows_y[kLanes];
        pointers(unit, rows_x);
        for (size_t i = 0; i < kLanes; ++i)
            rows_y[i] = rows_x[i] + 4;
        AffineVector p;
        Vec words[4];
        load_rows(rows_x, words);
        p.x = unpack(words);
        load_rows(rows_y, words);
        p.y = unpack(words);
        const auto e = hn::PromoteTo(d32, hn::LoadU(d16, entries + unit * kLanes));
        const Vec sign = hn::And(hn::PromoteTo(d, e), hn::Set(d, kEntryNegative));
        p.y = select(hn::Ne(sign, hn::Zero(d)), negate<1>(p.y), p.y);
        return p;
    }
};

/// Reads operands from the sums of earlier rounds.
struct SumReader {
    const uint64_t* sums;

    HWY_INLINE Field load_x(size_t unit) const { return load_sum(sums + unit * 2 * kSumWords); }
    HWY_INLINE AffineVector load(size_t unit) const {
        const uint64_t* at = sums + unit * 2 * kSumWords;
        return {load_sum(at), load_sum(at + kSumWords)};
    }
};

/// A superset of where a reduced element is zero modulo p: it is then 0 or p. Misses no zero, and
/// is wrong for one element in 2^25 or fewer.
HWY_INLINE LaneMask may_be_zero(const Field& reduced) {
    constexpr uint64_t kPrime[kFieldWords] = {0xffffefffffc2f, 0xfffffffffffff, 0xfffffffffffff,
                                              0xfffffffffffff, 0xffffffffffff};
    const Vec low = reduced.limb[0];
    return hn::Or(hn::Eq(low, hn::Zero(Tag())), hn::Eq(low, set_words(kPrime).limb[0]));
}

/// Where the slope's formula does not hold.
struct Exceptions {
    LaneMask equal;     ///< the tangent is needed
    LaneMask infinite;  ///< opposite points, or both infinite
};

/// Replaces the difference of x, where it is zero, by the divisor of the tangent's slope, or by 1.
HWY_NOINLINE inline void replace_zeros(const AffineVector& a, const AffineVector& b,
                                       Field& difference, Exceptions& exceptions) {
    const LaneMask none = is_infinite(a);
    const LaneMask same_x = is_zero(normalize(difference));
    const LaneMask same_y = is_zero(normalize(reduce(subtract<4>(reduce(b.y), reduce(a.y)))));
    exceptions.equal = hn::AndNot(none, hn::And(same_x, same_y));
    exceptions.infinite = hn::AndNot(exceptions.equal, same_x);
    const Field tangent = reduce(times<2>(reduce(a.y)));
    difference = select(exceptions.equal, tangent, difference);
    difference = select(exceptions.infinite, set_small(1), difference);
}

/// Multiplies the differences of x of kCount pairs from `unit` into their products and keeps the
/// products before.
template <size_t kCount, class Reader>
HWY_INLINE void multiply_differences(const Reader& reader, const size_t* units, uint64_t* products,
                                     Powers& product) {
    Field difference[kCount];
    for (size_t k = 0; k < kCount; ++k) {
        const Field x1 = reader.load_x(units[k]);
        const Field x2 = reader.load_x(units[k] + kSubvectors);
        difference[k] = reduce(subtract<1>(x2, x1));
        if (HWY_UNLIKELY(!hn::AllFalse(Tag(), may_be_zero(difference[k])))) {
            Exceptions unused;
            replace_zeros(reader.load(units[k]), reader.load(units[k] + kSubvectors), difference[k],
                          unused);
        }
    }
    for (size_t k = 0; k < kCount; ++k) {
        store_sum(product.value[k], products + k * kSumWords);
        product.value[k] = multiply(product.value[k], difference[k]);
    }
}

/// Adds kCount pairs; `rest` is the inverse of the products of this pair and those before it.
template <size_t kCount, class Reader>
HWY_INLINE void add_pairs(const Reader& reader, const size_t* units, const uint64_t* products,
                          Powers& rest, uint64_t* sums, const size_t* results) {
    const Tag d;
    AffineVector a[kCount];
    AffineVector b[kCount];
    Factor dividend[kCount];
    Factor inverse[kCount];
    Exceptions exceptions[kCount];
    bool exceptional[kCount];
    for (size_t k = 0; k < kCount; ++k) {
        a[k] = reader.load(units[k]);
        b[k] = reader.load(units[k] + kSubvectors);
        Field difference = reduce(subtract<1>(b[k].x, a[k].x));
        dividend[k] = factor(subtract<4>(b[k].y, a[k].y));
        exceptional[k] = !hn::AllFalse(d, may_be_zero(difference));
        if (HWY_UNLIKELY(exceptional[k])) {
            replace_zeros(a[k], b[k], difference, exceptions[k]);
            const Factor tangent = factor(times<3>(square(a[k].x)));
            dividend[k] = select(exceptions[k].equal, tangent, dividend[k]);
        }
        inverse[k] = multiply<Factor>(rest.value[k], load_sum(products + k * kSumWords));
        rest.value[k] = multiply(rest.value[k], difference);
    }
    Factor slope[kCount];
    for (size_t k = 0; k < kCount; ++k)
        slope[k] = multiply<Factor>(dividend[k], inverse[k]);
    AffineVector sum[kCount];
    for (size_t k = 0; k < kCount; ++k)
        sum[k].x = square_add(negate<2>(add(a[k].x, b[k].x)), slope[k]);
    for (size_t k = 0; k < kCount; ++k) {
        const Factor e = factor(subtract<1>(a[k].x, sum[k].x));
        sum[k].y = multiply_add(negate<4>(a[k].y), slope[k], e);
    }
    for (size_t k = 0; k < kCount; ++k) {
        const LaneMask no_a = is_infinite(a[k]);
        const LaneMask no_b = is_infinite(b[k]);
        if (!hn::AllFalse(d, hn::Or(no_a, no_b))) {
            sum[k].x = select(no_a, b[k].x, select(no_b, a[k].x, sum[k].x));
            sum[k].y = select(no_a, reduce(b[k].y), select(no_b, reduce(a[k].y), sum[k].y));
        }
        if (HWY_UNLIKELY(exceptional[k])) {
            sum[k].x = select(exceptions[k].infinite, set_small(0), sum[k].x);
            sum[k].y = select(exceptions[k].infinite, set_small(0), sum[k].y);
        }
        uint64_t* at = sums + results[k] * 2 * kSumWords;
        store_sum(sum[k].x, at);
        store_sum(sum[k].y, at + kSumWords);
    }
}

/// One round over `count` pairs of vectors of eight.
template <class Reader>
HWY_NOINLINE void add_round(const Reader& reader, size_t count, SumScratch& scratch) {
    const size_t pairs = count * kSubvectors;
    uint64_t* const products = scratch.products;
    uint64_t* const sums = scratch.sums;
    size_t units[kPairWidth];
    size_t results[kPairWidth];
    const auto find = [&](size_t pair, size_t k) {
        const SumScratch::Pair& p = scratch.pairs[(pair + k) / kSubvectors];
        units[k] = p.first * kSubvectors + (pair + k) % kSubvectors;
        results[k] = p.sum * kSubvectors + (pair + k) % kSubvectors;
    };
    Powers product;
    for (Field& value : product.value)
        value = set_small(1);
    // Backward, so that the additions run forward: a sum may then take the place of operands that
    // are used up.
    size_t pair = pairs;
    while (pair >= kPairWidth) {
        pair -= kPairWidth;
        for (size_t k = 0; k < kPairWidth; ++k)
            find(pair, k);
        multiply_differences<kPairWidth>(reader, units, products + pair * kSumWords, product);
    }
    static_assert(kPairWidth == 2);
    if (pair != 0) {
        find(0, 0);
        multiply_differences<1>(reader, units, products, product);
    }
    const Field inverse = inverse_of_each(multiply(product.value[0], product.value[1]));
    Powers rest;
    rest.value[0] = multiply(inverse, product.value[1]);
    rest.value[1] = multiply(inverse, product.value[0]);
    if (pair != 0) add_pairs<1>(reader, units, products, rest, sums, results);
    for (; pair < pairs; pair += kPairWidth) {
        for (size_t k = 0; k < kPairWidth; ++k)
            find(pair, k);
        add_pairs<kPairWidth>(reader, units, products + pair * kSumWords, rest, sums, results);
    }
}

/// Copies the entries that are left over in the first round.
HWY_NOINLINE inline void copy_row(const RowReader& reader, size_t vector, size_t sum,
                                  SumScratch& scratch) {
    for (size_t s = 0; s < kSubvectors; ++s) {
        const AffineVector p = reader.load(vector * kSubvectors + s);
        uint64_t* at = scratch.sums + (sum * kSubvectors + s) * 2 * kSumWords;
        store_sum(p.x, at);
        store_sum(select(is_infinite(p), set_small(0), reduce(p.y)), at + kSumWords);
    }
}

inline void sum_lists(const ListTable& lists, const PackedPoint* rows, PackedPoint* results,
                      PackedPoint* spare, SumScratch& scratch) {
    const RowReader row_reader{rows, lists.entries()};
    const SumReader sum_reader{scratch.sums};
    size_t vector = 0;
    size_t sum = 0;
    size_t pairs = 0;
    for (size_t g = 0; g < lists.groups(); ++g) {
        const size_t length = lists.length(g);
        scratch.firsts[g] = static_cast<uint16_t>(sum);
        for (size_t k = 0; k + 1 < length; k += 2)
            scratch.pairs[pairs++] = {static_cast<uint16_t>(vector + k),
                                      static_cast<uint16_t>(sum + k / 2)};
        if (length % 2 != 0) copy_row(row_reader, vector + length - 1, sum + length / 2, scratch);
        vector += length;
        sum += (length + 1) / 2;
    }
    if (pairs != 0) add_round(row_reader, pairs, scratch);
    for (size_t round = 1; lists.groups() != 0; ++round) {
        const auto left = [&](size_t g) {
            return (lists.length(g) + (size_t{1} << round) - 1) >> round;
        };
        pairs = 0;
        for (size_t g = 0; g < lists.groups() && left(g) > 1; ++g)
            for (size_t k = 0; k + 1 < left(g); k += 2)
                scratch.pairs[pairs++] = {static_cast<uint16_t>(scratch.firsts[g] + k),
                                          static_cast<uint16_t>(scratch.firsts[g] + k / 2)};
        if (pairs == 0) break;
        add_round(sum_reader, pairs, scratch);
        for (size_t g = 0; g < lists.groups() && left(g) > 1; ++g)
            if (left(g) % 2 != 0)
                std::copy_n(
                    scratch.sums + (scratch.firsts[g] + left(g) - 1) * SumScratch::kSumWords,
                    SumScratch::kSumWords,
                    scratch.sums + (scratch.firsts[g] + left(g) / 2) * SumScratch::kSumWords);
    }
    for (size_t g = 0; g < lists.groups(); ++g) {
        for (size_t s = 0; s < kSubvectors; ++s) {
            const uint64_t* at =
                scratch.sums + (scratch.firsts[g] * kSubvectors + s) * 2 * kSumWords;
            PackedPoint* targets[kLanes];
            for (size_t i = 0; i < kLanes; ++i) {
                const uint16_t list = lists.lists(g)[s * kLanes + i];
                targets[i] = list == kNoList ? spare : results + list;
            }
            store_points(shrink(load_sum(at)), shrink(load_sum(at + kSumWords)), targets);
        }
    }
}

}  // namespace HWY_NAMESPACE
}  // namespace switchyard::simd
