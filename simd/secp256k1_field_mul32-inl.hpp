// SPDX-License-Identifier: Apache-2.0
// The field of secp256k1 in radix 2^26 with 32-bit multiplications, on any Highway target: one
// element per vector lane of 64 bits, ten limbs. Included for targets without SWITCHYARD_SIMD_IFMA.
//
// An element of magnitude m has limbs 0 to 8 at most 2 m (2^26 - 1) and limb 9 at most
// 2 m (2^22 - 1). Multiplication takes magnitudes below 32 with a product of at most 64 (the sum of
// the products for a sum), so that each column, at most 640 * 2^54, fits 64 bits; its results have
// magnitude 1. Additions add magnitudes.

namespace switchyard::simd {
namespace HWY_NAMESPACE {

using Tag = hn::ScalableTag<uint64_t>;
using Vec = hn::VFromD<Tag>;
using LaneMask = hn::Mask<Tag>;

inline constexpr size_t kVectorLanes = hn::MaxLanes(Tag());

inline constexpr uint64_t kMask26 = (uint64_t{1} << 26) - 1;
inline constexpr uint64_t kMask22 = (uint64_t{1} << 22) - 1;
/// 2^260 modulo p is kFoldLow + kFoldHigh * 2^26; 2^256 modulo p is 1/16 of it.
inline constexpr uint64_t kFoldLow = 0x3d10;
inline constexpr int kFoldHighBits = 10;
inline constexpr uint64_t kPrimeLimbs[10] = {0x3fffc2f, 0x3ffffbf, kMask26, kMask26, kMask26,
                                             kMask26,   kMask26,   kMask26, kMask26, kMask22};

inline constexpr size_t kLimbs = 10;

struct Field {
    Vec limb[kLimbs];
};

/// What multiplication takes: any element here.
using Factor = Field;

/// The product of the low 32 bits of each vector lane.
HWY_INLINE Vec multiply_low32(Vec a, Vec b) {
#if HWY_TARGET == HWY_SCALAR
    return hn::Mul(hn::And(a, hn::Set(Tag(), 0xffffffff)), hn::And(b, hn::Set(Tag(), 0xffffffff)));
#else
    const hn::RepartitionToNarrow<Tag> d32;
    return hn::MulEven(hn::BitCast(d32, a), hn::BitCast(d32, b));
#endif
}

/// These pass an element through: multiplication takes it as it is.
HWY_INLINE Field tighten(const Field& a) {
    return a;
}
HWY_INLINE Factor factor(const Field& a) {
    return a;
}
HWY_INLINE Field exact(const Factor& a) {
    return a;
}

/// Carries the limbs from `first` on; limb 9 keeps what is above 2^22.
SWITCHYARD_SIMD_FIELD_INLINE void carry_limbs(Field& a, size_t first = 0) {
    const Vec mask = hn::Set(Tag(), kMask26);
    for (size_t i = first; i + 1 < kLimbs; ++i) {
        a.limb[i + 1] = hn::Add(a.limb[i + 1], hn::ShiftRight<26>(a.limb[i]));
        a.limb[i] = hn::And(a.limb[i], mask);
    }
}

/// The same value modulo p with limbs 0 to 8 below 2^26 and limb 9 at most 2^22 + 2^7. Takes
/// magnitudes up to 32.
SWITCHYARD_SIMD_FIELD_INLINE Field reduce(const Field& a) {
    const Tag d;
    Field r = a;
    const Vec above = hn::ShiftRight<22>(r.limb[9]);
    r.limb[9] = hn::And(r.limb[9], hn::Set(d, kMask22));
    r.limb[0] = hn::Add(r.limb[0], multiply_low32(above, hn::Set(d, kFoldLow >> 4)));
    r.limb[1] = hn::Add(r.limb[1], hn::ShiftLeft<kFoldHighBits - 4>(above));
    carry_limbs(r);
    return r;
}

/// Columns of a product, made one by one and reduced on the way, with one carry below 2^260 and one
/// above: the schedule of libsecp256k1's 10x26 field, on vectors.
struct ColumnReducer {
    Vec low;
    Vec high;
    Field result;

    /// Takes columns k and k + 10, gives limb k.
    template <size_t k, class Column>
    HWY_INLINE void step(const Column& column) {
        const Tag d;
        const Vec mask = hn::Set(d, kMask26);
        low = hn::Add(low, column.template sum<k>());
        high = hn::Add(high, column.template sum<k + 10>());
        const Vec digit = hn::And(high, mask);
        high = hn::ShiftRight<26>(high);
        low = hn::Add(low, multiply_low32(digit, hn::Set(d, kFoldLow)));
        result.limb[k] = hn::And(low, mask);
        low = hn::Add(hn::ShiftRight<26>(low), hn::ShiftLeft<kFoldHighBits>(digit));
    }

    /// Takes the low 26 bits of column 9, gives the element.
    HWY_INLINE Field finish(Vec ninth) {
        const Tag d;
        const Vec mask = hn::Set(d, kMask26);
        // `high` is below 2^27, so that it can be multiplied: limb 9 is short, column 18 below
        // 2^52.
        low = hn::Add(hn::Add(low, ninth), multiply_low32(high, hn::Set(d, kFoldLow)));
        result.limb[9] = hn::And(low, hn::Set(d, kMask22));
        low = hn::Add(hn::ShiftRight<22>(low), hn::ShiftLeft<kFoldHighBits + 4>(high));
        // `low` counts 2^256 and is below 2^42: folded in two parts that fit 32 bits.
        const Vec fold256 = hn::Set(d, kFoldLow >> 4);
        const Vec part0 = hn::And(low, mask);
        const Vec part1 = hn::ShiftRight<26>(low);
        Vec t = hn::Add(result.limb[0], multiply_low32(part0, fold256));
        result.limb[0] = hn::And(t, mask);
        t = hn::Add(
            hn::Add(hn::ShiftRight<26>(t), result.limb[1]),
            hn::Add(hn::ShiftLeft<kFoldHighBits - 4>(part0), multiply_low32(part1, fold256)));
        result.limb[1] = hn::And(t, mask);
        t = hn::Add(hn::ShiftRight<26>(t), hn::ShiftLeft<kFoldHighBits - 4>(part1));
        result.limb[2] = hn::Add(result.limb[2], t);
        return result;
    }
};

/// The element whose product has these columns; `Column::sum<k>()` is column k.
template <class Column>
SWITCHYARD_SIMD_FIELD_INLINE Field reduce_columns(const Column& column) {
    ColumnReducer reducer;
    reducer.low = hn::Zero(Tag());
    const Vec nine = column.template sum<9>();
    reducer.high = hn::ShiftRight<26>(nine);
    reducer.template step<0>(column);
    reducer.template step<1>(column);
    reducer.template step<2>(column);
    reducer.template step<3>(column);
    reducer.template step<4>(column);
    reducer.template step<5>(column);
    reducer.template step<6>(column);
    reducer.template step<7>(column);
    reducer.template step<8>(column);
    return reducer.finish(hn::And(nine, hn::Set(Tag(), kMask26)));
}

/// Column k of a * b.
struct ProductColumn {
    const Vec* a;
    const Vec* b;
    template <size_t k>
    HWY_INLINE Vec sum() const {
        constexpr size_t kFirst = k < kLimbs ? 0 : k - kLimbs + 1;
        constexpr size_t kLast = k < kLimbs ? k : kLimbs - 1;
        if constexpr (kFirst > kLast) {
            return hn::Zero(Tag());
        } else {
            Vec total = multiply_low32(a[kFirst], b[k - kFirst]);
            HWY_UNROLL(10)
            for (size_t i = kFirst + 1; i <= kLast; ++i)
                total = hn::Add(total, multiply_low32(a[i], b[k - i]));
            return total;
        }
    }
};

/// Column k of a * a, from `a` and its double.
struct SquareColumn {
    const Vec* a;
    const Vec* twice;
    template <size_t k>
    HWY_INLINE Vec sum() const {
        constexpr size_t kFirst = k < kLimbs ? 0 : k - kLimbs + 1;
        constexpr size_t kPairs = k < 2 * kLimbs - 1 ? (k - 2 * kFirst + 1) / 2 : 0;
        Vec total = hn::Zero(Tag());
        if constexpr (k % 2 == 0 && k < 2 * kLimbs - 1) total = multiply_low32(a[k / 2], a[k / 2]);
        HWY_UNROLL(5)
        for (size_t i = kFirst; i < kFirst + kPairs; ++i)
            total = hn::Add(total, multiply_low32(twice[i], a[k - i]));
        return total;
    }
};

/// Columns of two products.
struct ProductsColumn {
    ProductColumn first;
    ProductColumn second;
    template <size_t k>
    HWY_INLINE Vec sum() const {
        return hn::Add(first.template sum<k>(), second.template sum<k>());
    }
};

/// Columns with the limbs of a sum added to the low ones.
template <class Columns>
struct SumColumn {
    Columns columns;
    const Vec* added;
    template <size_t k>
    HWY_INLINE Vec sum() const {
        if constexpr (k < kLimbs)
            return hn::Add(columns.template sum<k>(), added[k]);
        else
            return columns.template sum<k>();
    }
};

/// Multiplications are not inlined: twenty limbs do not fit the registers of these targets anyway,
/// so that operands in memory cost nothing.
HWY_NOINLINE inline Field product(const Field& a, const Field& b) {
    return reduce_columns(ProductColumn{a.limb, b.limb});
}

HWY_NOINLINE inline Field sum_and_product(const Field& sum, const Field& a, const Field& b) {
    return reduce_columns(SumColumn<ProductColumn>{{a.limb, b.limb}, sum.limb});
}

HWY_NOINLINE inline Field two_products(const Field& a, const Field& b, const Field& c,
                                       const Field& d) {
    return reduce_columns(ProductsColumn{{a.limb, b.limb}, {c.limb, d.limb}});
}

SWITCHYARD_SIMD_FIELD_INLINE void double_limbs(const Field& a, Vec* HWY_RESTRICT twice) {
    for (size_t i = 0; i < kLimbs; ++i)
        twice[i] = hn::Add(a.limb[i], a.limb[i]);
}

HWY_NOINLINE inline Field plain_square(const Field& a) {
    Vec twice[kLimbs];
    double_limbs(a, twice);
    return reduce_columns(SquareColumn{a.limb, twice});
}

HWY_NOINLINE inline Field sum_and_square(const Field& sum, const Field& a) {
    Vec twice[kLimbs];
    double_limbs(a, twice);
    return reduce_columns(SumColumn<SquareColumn>{{a.limb, twice}, sum.limb});
}

SWITCHYARD_SIMD_FIELD_INLINE Field add(const Field& a, const Field& b) {
    Field r;
    for (size_t i = 0; i < kLimbs; ++i)
        r.limb[i] = hn::Add(a.limb[i], b.limb[i]);
    return r;
}

/// kFactor * a for a factor of 2, 3, 4 or 8.
template <int kFactor>
SWITCHYARD_SIMD_FIELD_INLINE Field times(const Field& a) {
    Field r;
    for (size_t i = 0; i < kLimbs; ++i) {
        if constexpr (kFactor == 3)
            r.limb[i] = hn::Add(hn::Add(a.limb[i], a.limb[i]), a.limb[i]);
        else
            r.limb[i] = hn::ShiftLeft < kFactor == 2 ? 1 : kFactor == 4 ? 2 : 3 > (a.limb[i]);
    }
    return r;
}

/// a - b modulo p for b of magnitude at most kTerms: adds 2 (kTerms + 1) p limb by limb, which
/// adds kTerms + 1 to a's magnitude.
template <int kTerms>
SWITCHYARD_SIMD_FIELD_INLINE Field subtract(const Field& a, const Field& b) {
    Field r;
    for (size_t i = 0; i < kLimbs; ++i)
        r.limb[i] =
            hn::Add(a.limb[i],
                    hn::Sub(hn::Set(Tag(), 2 * uint64_t{kTerms + 1} * kPrimeLimbs[i]), b.limb[i]));
    return r;
}

/// -b, as subtract() would give it from zero.
template <int kTerms>
SWITCHYARD_SIMD_FIELD_INLINE Field negate(const Field& b) {
    Field r;
    for (size_t i = 0; i < kLimbs; ++i)
        r.limb[i] = hn::Sub(hn::Set(Tag(), 2 * uint64_t{kTerms + 1} * kPrimeLimbs[i]), b.limb[i]);
    return r;
}

/// kScale a: of magnitude |kScale|, or one more if that is negative.
template <int kScale>
SWITCHYARD_SIMD_FIELD_INLINE Field scale(const Field& a) {
    if constexpr (kScale == 1)
        return a;
    else if constexpr (kScale == -1)
        return negate<1>(a);
    else if constexpr (kScale < 0)
        return negate<-kScale>(times<-kScale>(a));
    else
        return times<kScale>(a);
}

/// kScale a b, of scale()'s magnitude.
template <class Result = Field, int kScale = 1>
SWITCHYARD_SIMD_FIELD_INLINE Field multiply(const Field& a, const Field& b) {
    return scale<kScale>(product(a, b));
}

/// kScale a^2.
template <class Result = Field, int kScale = 1>
SWITCHYARD_SIMD_FIELD_INLINE Field square(const Field& a) {
    return scale<kScale>(plain_square(a));
}

/// sum + a b with magnitude 1, for a sum of magnitude up to 32.
template <class Result = Field>
SWITCHYARD_SIMD_FIELD_INLINE Field multiply_add(const Field& sum, const Field& a, const Field& b) {
    return sum_and_product(sum, a, b);
}

/// sum + a^2 with magnitude 1.
template <class Result = Field>
SWITCHYARD_SIMD_FIELD_INLINE Field square_add(const Field& sum, const Field& a) {
    return sum_and_square(sum, a);
}

/// kScale (a b + c d).
template <class Result = Field, int kScale = 1>
SWITCHYARD_SIMD_FIELD_INLINE Field multiply_two(const Field& a, const Field& b, const Field& c,
                                                const Field& d) {
    return scale<kScale>(two_products(a, b, c, d));
}

/// a b - c^2 with magnitude 1.
template <class Result = Field>
SWITCHYARD_SIMD_FIELD_INLINE Field multiply_subtract_square(const Field& a, const Field& b,
                                                            const Field& c) {
    return sum_and_product(negate<1>(plain_square(c)), a, b);
}

/// Each vector lane's `yes` where the mask is set, else `no`.
SWITCHYARD_SIMD_FIELD_INLINE Field select(LaneMask mask, const Field& yes, const Field& no) {
    Field r;
    for (size_t i = 0; i < kLimbs; ++i)
        r.limb[i] = hn::IfThenElse(mask, yes.limb[i], no.limb[i]);
    return r;
}

/// The value in [0, p). Takes magnitudes up to 32.
SWITCHYARD_SIMD_FIELD_INLINE Field normalize(const Field& a) {
    const Tag d;
    // A second pass folds the carry that the first may leave in limb 9.
    Field r = reduce(reduce(a));
    Field reduced = r;
    reduced.limb[0] = hn::Add(reduced.limb[0], hn::Set(d, kFoldLow >> 4));
    reduced.limb[1] = hn::Add(reduced.limb[1], hn::Set(d, uint64_t{1} << (kFoldHighBits - 4)));
    carry_limbs(reduced);
    const LaneMask at_least_p = hn::Ne(hn::ShiftRight<22>(reduced.limb[9]), hn::Zero(d));
    reduced.limb[9] = hn::And(reduced.limb[9], hn::Set(d, kMask22));
    return select(at_least_p, reduced, r);
}

/// The same value modulo p below 2^256, with limbs 0 to 8 below 2^26 and limb 9 below 2^22. Takes
/// magnitudes up to 32.
SWITCHYARD_SIMD_FIELD_INLINE Field shrink(const Field& a) {
    const Field r = reduce(a);
    const Vec above = hn::ShiftRight<22>(r.limb[9]);
    const LaneMask wide = hn::Ne(above, hn::Zero(Tag()));
    return HWY_LIKELY(hn::AllFalse(Tag(), wide)) ? r : normalize(r);
}

/// Whether a normalized element is zero.
SWITCHYARD_SIMD_FIELD_INLINE LaneMask is_zero(const Field& a) {
    Vec any = a.limb[0];
    for (size_t i = 1; i < kLimbs; ++i)
        any = hn::Or(any, a.limb[i]);
    return hn::Eq(any, hn::Zero(Tag()));
}

SWITCHYARD_SIMD_FIELD_INLINE LaneMask is_odd(const Field& normalized) {
    return hn::Ne(hn::And(normalized.limb[0], hn::Set(Tag(), 1)), hn::Zero(Tag()));
}

SWITCHYARD_SIMD_FIELD_INLINE Field set_small(uint64_t value) {
    Field r;
    for (Vec& limb : r.limb)
        limb = hn::Zero(Tag());
    r.limb[0] = hn::Set(Tag(), value);
    return r;
}

/// From and to five words of 52 bits; a word may be larger by what its limbs are.
SWITCHYARD_SIMD_FIELD_INLINE Field from_words(const Vec* words) {
    const Vec mask = hn::Set(Tag(), kMask26);
    Field r;
    for (size_t i = 0; i < kLimbs / 2; ++i) {
        r.limb[2 * i] = hn::And(words[i], mask);
        r.limb[2 * i + 1] = hn::ShiftRight<26>(words[i]);
    }
    return r;
}
SWITCHYARD_SIMD_FIELD_INLINE void to_words(const Field& a, Vec* words) {
    for (size_t i = 0; i < kLimbs / 2; ++i)
        words[i] = hn::Add(a.limb[2 * i], hn::ShiftLeft<26>(a.limb[2 * i + 1]));
}

}  // namespace HWY_NAMESPACE
}  // namespace switchyard::simd
