// SPDX-License-Identifier: Apache-2.0
// The field of secp256k1 in radix 2^26 with 32-bit multiplications, on any Highway target: one
// element per vector lane of 64 bits, ten limbs. Included for targets without SWITCHYARD_SIMD_IFMA.
//
// An element of magnitude m has limbs 0 to 8 at most 2 m (2^26 - 1) and limb 9 at most
// 2 m (2^22 - 1). Multiplication takes magnitudes up to 15, so that the sum of two limbs fits 32
// bits, with a product (a sum of the products, for a sum) of at most 64, so that each column of
// products fits 64 bits; its results have magnitude 1. Additions add magnitudes.

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

inline constexpr size_t kHalfLimbs = kLimbs / 2;
inline constexpr size_t kProductColumns = 2 * kLimbs - 1;

/// The nine columns of a product of five limbs and five: operands and sum fit 16 registers.
struct Block {
    Vec column[2 * kHalfLimbs - 1];
};

SWITCHYARD_SIMD_FIELD_INLINE Block multiply_block(const Vec* a, const Vec* b) {
    Block c;
    HWY_UNROLL(9)
    for (size_t k = 0; k < 2 * kHalfLimbs - 1; ++k) {
        const size_t first = k < kHalfLimbs ? 0 : k - kHalfLimbs + 1;
        const size_t last = k < kHalfLimbs ? k : kHalfLimbs - 1;
        Vec total = multiply_low32(a[first], b[k - first]);
        HWY_UNROLL(5)
        for (size_t i = first + 1; i <= last; ++i)
            total = hn::Add(total, multiply_low32(a[i], b[k - i]));
        c.column[k] = total;
    }
    return c;
}

SWITCHYARD_SIMD_FIELD_INLINE Block square_block(const Vec* a) {
    Vec twice[kHalfLimbs];
    for (size_t i = 0; i < kHalfLimbs; ++i)
        twice[i] = hn::Add(a[i], a[i]);
    Block c;
    HWY_UNROLL(9)
    for (size_t k = 0; k < 2 * kHalfLimbs - 1; ++k) {
        const size_t first = k < kHalfLimbs ? 0 : k - kHalfLimbs + 1;
        const size_t pairs = (k - 2 * first + 1) / 2;
        Vec total = k % 2 == 0 ? multiply_low32(a[k / 2], a[k / 2])
                               : multiply_low32(twice[first], a[k - first]);
        HWY_UNROLL(2)
        for (size_t i = first + k % 2; i < first + pairs; ++i)
            total = hn::Add(total, multiply_low32(twice[i], a[k - i]));
        c.column[k] = total;
    }
    return c;
}

/// Sums of products by powers of 2^26.
struct Columns {
    Vec column[kProductColumns];
};

SWITCHYARD_SIMD_FIELD_INLINE Columns join_blocks(const Block& low, const Block& middle,
                                                 const Block& high) {
    Columns c;
    for (size_t k = 0; k < kHalfLimbs; ++k) {
        c.column[k] = low.column[k];
        c.column[kProductColumns - 1 - k] = high.column[8 - k];
    }
    c.column[9] = middle.column[4];
    for (size_t k = 0; k + 1 < kHalfLimbs; ++k) {
        c.column[kHalfLimbs + k] = hn::Add(low.column[kHalfLimbs + k], middle.column[k]);
        c.column[kLimbs + k] = hn::Add(high.column[k], middle.column[kHalfLimbs + k]);
    }
    return c;
}

/// One step of Karatsuba and Ofman's multiplication (1962): 75 products instead of 100.
SWITCHYARD_SIMD_FIELD_INLINE Columns product_columns(const Field& a, const Field& b) {
    const Block low = multiply_block(a.limb, b.limb);
    const Block high = multiply_block(a.limb + kHalfLimbs, b.limb + kHalfLimbs);
    Vec a_sum[kHalfLimbs];
    Vec b_sum[kHalfLimbs];
    for (size_t i = 0; i < kHalfLimbs; ++i) {
        a_sum[i] = hn::Add(a.limb[i], a.limb[kHalfLimbs + i]);
        b_sum[i] = hn::Add(b.limb[i], b.limb[kHalfLimbs + i]);
    }
    Block middle = multiply_block(a_sum, b_sum);
    for (size_t k = 0; k < 2 * kHalfLimbs - 1; ++k)
        middle.column[k] = hn::Sub(middle.column[k], hn::Add(low.column[k], high.column[k]));
    return join_blocks(low, middle, high);
}

SWITCHYARD_SIMD_FIELD_INLINE Columns square_columns(const Field& a) {
    const Block low = square_block(a.limb);
    const Block high = square_block(a.limb + kHalfLimbs);
    Vec twice[kHalfLimbs];
    for (size_t i = 0; i < kHalfLimbs; ++i)
        twice[i] = hn::Add(a.limb[i], a.limb[i]);
    return join_blocks(low, multiply_block(twice, a.limb + kHalfLimbs), high);
}

SWITCHYARD_SIMD_FIELD_INLINE void add_limbs(Columns& c, const Field& sum) {
    for (size_t i = 0; i < kLimbs; ++i)
        c.column[i] = hn::Add(c.column[i], sum.limb[i]);
}

SWITCHYARD_SIMD_FIELD_INLINE void add_columns(Columns& c, const Columns& other) {
    for (size_t k = 0; k < kProductColumns; ++k)
        c.column[k] = hn::Add(c.column[k], other.column[k]);
}

/// The elements of kWidth sets of columns, with magnitude 1.
template <size_t kWidth>
SWITCHYARD_SIMD_FIELD_INLINE void fold_columns(const Columns* const (&c)[kWidth],
                                               Field* const (&r)[kWidth]) {
    const Tag d;
    const Vec mask = hn::Set(d, kMask26);
    const Vec fold = hn::Set(d, kFoldLow);
    // Limb k of what is above 2^260 is folded into columns k and k + 1.
    Vec high[kWidth];
    Vec low[kWidth];
    Vec upper[kWidth];
    for (size_t s = 0; s < kWidth; ++s) {
        high[s] = hn::ShiftRight<26>(c[s]->column[9]);
        low[s] = upper[s] = hn::Zero(d);
    }
    HWY_UNROLL(10)
    for (size_t k = 0; k < 10; ++k) {
        HWY_UNROLL(2)
        for (size_t s = 0; s < kWidth; ++s) {
            Vec digit;
            if (k < 9) {
                high[s] = hn::Add(high[s], c[s]->column[kLimbs + k]);
                digit = hn::And(high[s], mask);
                high[s] = hn::ShiftRight<26>(high[s]);
            } else {
                // Below 2^27, as limb 9 is short and column 18 below 2^52.
                digit = high[s];
            }
            const Vec column = k < 9 ? c[s]->column[k] : hn::And(c[s]->column[9], mask);
            const Vec sum = hn::Add(hn::Add(column, upper[s]), multiply_low32(digit, fold));
            upper[s] = hn::ShiftLeft<kFoldHighBits>(digit);
            low[s] = hn::Add(low[s], sum);
            if (k < 9) {
                r[s]->limb[k] = hn::And(low[s], mask);
                low[s] = hn::ShiftRight<26>(low[s]);
            }
        }
    }
    const Vec fold256 = hn::Set(d, kFoldLow >> 4);
    HWY_UNROLL(2)
    for (size_t s = 0; s < kWidth; ++s) {
        Field& out = *r[s];
        out.limb[9] = hn::And(low[s], hn::Set(d, kMask22));
        // Counts 2^256 and is below 2^42: folded in two parts that fit 32 bits.
        const Vec top = hn::Add(hn::ShiftRight<22>(low[s]), hn::ShiftLeft<4>(upper[s]));
        const Vec part0 = hn::And(top, mask);
        const Vec part1 = hn::ShiftRight<26>(top);
        Vec t = hn::Add(out.limb[0], multiply_low32(part0, fold256));
        out.limb[0] = hn::And(t, mask);
        const Vec second = hn::Add(hn::Add(out.limb[1], hn::ShiftLeft<kFoldHighBits - 4>(part0)),
                                   multiply_low32(part1, fold256));
        t = hn::Add(hn::ShiftRight<26>(t), second);
        out.limb[1] = hn::And(t, mask);
        out.limb[2] = hn::Add(hn::Add(out.limb[2], hn::ShiftLeft<kFoldHighBits - 4>(part1)),
                              hn::ShiftRight<26>(t));
    }
}

/// An element of each of two vectors. Pairs are computed side by side: the carries of one alone are
/// a chain that leaves most of the CPU idle.
struct Pair {
    Field part[2];
};

using Wide = Pair;
using WideFactor = Pair;
inline constexpr size_t kWide = 2;

HWY_INLINE Field& part(Pair& a, size_t k) {
    return a.part[k];
}

/// sum + a b, sum + a^2 and a b + c d with magnitude 1. None of these is inlined: columns do not
/// fit the registers of these targets anyway, so that operands in memory cost nothing.
template <bool kSum>
HWY_NOINLINE inline Field product_sum(const Field& a, const Field& b, const Field* sum) {
    Columns c = product_columns(a, b);
    if constexpr (kSum) add_limbs(c, *sum);
    Field r;
    fold_columns<1>({&c}, {&r});
    return r;
}

template <bool kSum>
HWY_NOINLINE inline Field square_sum(const Field& a, const Field* sum) {
    Columns c = square_columns(a);
    if constexpr (kSum) add_limbs(c, *sum);
    Field r;
    fold_columns<1>({&c}, {&r});
    return r;
}

HWY_NOINLINE inline Field two_products(const Field& a, const Field& b, const Field& c,
                                       const Field& d) {
    Columns columns = product_columns(a, b);
    add_columns(columns, product_columns(c, d));
    Field r;
    fold_columns<1>({&columns}, {&r});
    return r;
}

template <bool kSum>
HWY_NOINLINE inline Pair product_sum(const Pair& a, const Pair& b, const Pair* sum) {
    Columns c0 = product_columns(a.part[0], b.part[0]);
    Columns c1 = product_columns(a.part[1], b.part[1]);
    if constexpr (kSum) {
        add_limbs(c0, sum->part[0]);
        add_limbs(c1, sum->part[1]);
    }
    Pair r;
    fold_columns<2>({&c0, &c1}, {&r.part[0], &r.part[1]});
    return r;
}

template <bool kSum>
HWY_NOINLINE inline Pair square_sum(const Pair& a, const Pair* sum) {
    Columns c0 = square_columns(a.part[0]);
    Columns c1 = square_columns(a.part[1]);
    if constexpr (kSum) {
        add_limbs(c0, sum->part[0]);
        add_limbs(c1, sum->part[1]);
    }
    Pair r;
    fold_columns<2>({&c0, &c1}, {&r.part[0], &r.part[1]});
    return r;
}

HWY_NOINLINE inline Pair two_products(const Pair& a, const Pair& b, const Pair& c, const Pair& d) {
    Columns c0 = product_columns(a.part[0], b.part[0]);
    add_columns(c0, product_columns(c.part[0], d.part[0]));
    Columns c1 = product_columns(a.part[1], b.part[1]);
    add_columns(c1, product_columns(c.part[1], d.part[1]));
    Pair r;
    fold_columns<2>({&c0, &c1}, {&r.part[0], &r.part[1]});
    return r;
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

/// The same for pairs.
SWITCHYARD_SIMD_FIELD_INLINE Pair add(const Pair& a, const Pair& b) {
    return {add(a.part[0], b.part[0]), add(a.part[1], b.part[1])};
}
template <int kFactor>
SWITCHYARD_SIMD_FIELD_INLINE Pair times(const Pair& a) {
    return {times<kFactor>(a.part[0]), times<kFactor>(a.part[1])};
}
template <int kTerms>
SWITCHYARD_SIMD_FIELD_INLINE Pair subtract(const Pair& a, const Pair& b) {
    return {subtract<kTerms>(a.part[0], b.part[0]), subtract<kTerms>(a.part[1], b.part[1])};
}
template <int kTerms>
SWITCHYARD_SIMD_FIELD_INLINE Pair negate(const Pair& a) {
    return {negate<kTerms>(a.part[0]), negate<kTerms>(a.part[1])};
}
HWY_INLINE Pair factor(const Pair& a) {
    return a;
}
HWY_INLINE Pair exact(const Pair& a) {
    return a;
}

/// kScale a: of magnitude |kScale|, or one more if that is negative.
template <int kScale, class T>
SWITCHYARD_SIMD_FIELD_INLINE T scale(const T& a) {
    if constexpr (kScale == -1)
        return negate<1>(a);
    else if constexpr (kScale < 0)
        return negate<-kScale>(times<-kScale>(a));
    else
        return times<kScale>(a);
}

/// kScale a b, of scale()'s magnitude, for elements or pairs.
template <class Result = void, int kScale = 1, class T>
SWITCHYARD_SIMD_FIELD_INLINE T multiply(const T& a, const T& b) {
    if constexpr (kScale == 1)
        return product_sum<false>(a, b, static_cast<const T*>(nullptr));
    else
        return scale<kScale>(product_sum<false>(a, b, static_cast<const T*>(nullptr)));
}

/// kScale a^2.
template <class Result = void, int kScale = 1, class T>
SWITCHYARD_SIMD_FIELD_INLINE T square(const T& a) {
    if constexpr (kScale == 1)
        return square_sum<false>(a, static_cast<const T*>(nullptr));
    else
        return scale<kScale>(square_sum<false>(a, static_cast<const T*>(nullptr)));
}

/// sum + a b with magnitude 1, for a sum of magnitude up to 32.
template <class Result = void, class T>
SWITCHYARD_SIMD_FIELD_INLINE T multiply_add(const T& sum, const T& a, const T& b) {
    return product_sum<true>(a, b, &sum);
}

/// sum + a^2 with magnitude 1.
template <class Result = void, class T>
SWITCHYARD_SIMD_FIELD_INLINE T square_add(const T& sum, const T& a) {
    return square_sum<true>(a, &sum);
}

/// kScale (a b + c d).
template <class Result = void, int kScale = 1, class T>
SWITCHYARD_SIMD_FIELD_INLINE T multiply_two(const T& a, const T& b, const T& c, const T& d) {
    if constexpr (kScale == 1)
        return two_products(a, b, c, d);
    else
        return scale<kScale>(two_products(a, b, c, d));
}

/// a b - c^2 with magnitude 1.
template <class Result = void, class T>
SWITCHYARD_SIMD_FIELD_INLINE T multiply_subtract_square(const T& a, const T& b, const T& c) {
    return multiply_add(negate<1>(square(c)), a, b);
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
