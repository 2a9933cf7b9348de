// SPDX-License-Identifier: Apache-2.0
// The field of secp256k1 in radix 2^52 with the 52-bit multiply-add of AVX-512 IFMA: one element
// per vector lane, five limbs. Included for targets with SWITCHYARD_SIMD_IFMA.
//
// A "tight" element (Field) has limbs 0 to 3 below 2^52 and limb 4 at most 2^48 + 2^10, so that its
// value is below 2^256 + 2^219. A Factor has the same low 52 bits in each limb, and anything above
// them: that is all that the multiply-add reads, and it saves the masks of the last carries. Sums
// and differences have larger limbs, until tighten() or factor().

namespace switchyard::simd {
namespace HWY_NAMESPACE {

using Tag = hn::ScalableTag<uint64_t>;
using Vec = hn::VFromD<Tag>;
using LaneMask = hn::Mask<Tag>;

inline constexpr size_t kVectorLanes = hn::MaxLanes(Tag());

inline constexpr uint64_t kMask52 = (uint64_t{1} << 52) - 1;
inline constexpr uint64_t kMask48 = (uint64_t{1} << 48) - 1;
/// 2^256 and 2^260 modulo p.
inline constexpr uint64_t kFold256 = 0x1000003d1;
inline constexpr uint64_t kFold260 = 0x1000003d10;
inline constexpr uint64_t kPrimeWords[5] = {0xffffefffffc2f, kMask52, kMask52, kMask52, kMask48};

inline constexpr size_t kLimbs = 5;

/// What multiplication takes; limbs count modulo 2^52.
struct Factor {
    Vec limb[kLimbs];
};

/// An element, or a sum of elements.
struct Field : Factor {};

HWY_INLINE Vec multiply_add_low(Vec sum, Vec a, Vec b) {
    return Vec{_mm512_madd52lo_epu64(sum.raw, a.raw, b.raw)};
}
HWY_INLINE Vec multiply_add_high(Vec sum, Vec a, Vec b) {
    return Vec{_mm512_madd52hi_epu64(sum.raw, a.raw, b.raw)};
}

/// Carries the bits above 52 of limbs 0 to 3 upward, in one chain.
template <class Result>
SWITCHYARD_SIMD_FIELD_INLINE Result carry_limbs(const Factor& a) {
    Result r;
    r.limb[0] = a.limb[0];
    for (size_t i = 0; i + 1 < kLimbs; ++i) {
        r.limb[i + 1] = hn::Add(a.limb[i + 1], hn::ShiftRight<52>(r.limb[i]));
        if constexpr (std::is_same_v<Result, Field>)
            r.limb[i] = hn::And(r.limb[i], hn::Set(Tag(), kMask52));
    }
    return r;
}

template <class Result>
SWITCHYARD_SIMD_FIELD_INLINE Result fold_top(const Field& a) {
    Field r = a;
    const Vec above = hn::ShiftRight<48>(r.limb[4]);
    r.limb[4] = hn::And(r.limb[4], hn::Set(Tag(), kMask48));
    r.limb[0] = multiply_add_low(r.limb[0], above, hn::Set(Tag(), kFold256));
    return carry_limbs<Result>(r);
}

/// Folds the bits above 2^256 and carries. Takes limbs below 2^60.
SWITCHYARD_SIMD_FIELD_INLINE Field tighten(const Field& a) {
    return fold_top<Field>(a);
}

/// The same for a sum that is only to be multiplied.
SWITCHYARD_SIMD_FIELD_INLINE Factor factor(const Field& a) {
    return fold_top<Factor>(a);
}

/// The tight element of a factor that came from a multiplication or factor().
SWITCHYARD_SIMD_FIELD_INLINE Field exact(const Factor& a) {
    Field r;
    for (size_t i = 0; i < kLimbs; ++i)
        r.limb[i] = i < 4 ? hn::And(a.limb[i], hn::Set(Tag(), kMask52)) : a.limb[i];
    return r;
}

/// What a point's coordinate goes through before it is kept; here the same as tighten().
SWITCHYARD_SIMD_FIELD_INLINE Field reduce(const Field& a) {
    return tighten(a);
}

/// Sums of products by powers of 2^52. Column 9 stays below 2^52 and the others below 2^58 for two
/// products and a subtrahend.
struct Columns {
    Vec column[10];
};

SWITCHYARD_SIMD_FIELD_INLINE Columns zero_columns() {
    Columns c;
    for (Vec& column : c.column)
        column = hn::Zero(Tag());
    return c;
}

/// `a` and zero columns above it.
SWITCHYARD_SIMD_FIELD_INLINE Columns widen(const Field& a) {
    Columns c = zero_columns();
    for (size_t i = 0; i < kLimbs; ++i)
        c.column[i] = a.limb[i];
    return c;
}

SWITCHYARD_SIMD_FIELD_INLINE void add_product(Columns& c, const Factor& a, const Factor& b) {
    for (size_t i = 0; i < kLimbs; ++i) {
        for (size_t j = 0; j < kLimbs; ++j) {
            c.column[i + j] = multiply_add_low(c.column[i + j], a.limb[i], b.limb[j]);
            c.column[i + j + 1] = multiply_add_high(c.column[i + j + 1], a.limb[i], b.limb[j]);
        }
    }
}

SWITCHYARD_SIMD_FIELD_INLINE Columns square_columns(const Factor& a) {
    Columns c = zero_columns();
    for (size_t i = 0; i < kLimbs; ++i) {
        for (size_t j = i + 1; j < kLimbs; ++j) {
            c.column[i + j] = multiply_add_low(c.column[i + j], a.limb[i], a.limb[j]);
            c.column[i + j + 1] = multiply_add_high(c.column[i + j + 1], a.limb[i], a.limb[j]);
        }
    }
    for (size_t i = 1; i < 9; ++i)
        c.column[i] = hn::Add(c.column[i], c.column[i]);
    for (size_t i = 0; i < kLimbs; ++i) {
        c.column[2 * i] = multiply_add_low(c.column[2 * i], a.limb[i], a.limb[i]);
        c.column[2 * i + 1] = multiply_add_high(c.column[2 * i + 1], a.limb[i], a.limb[i]);
    }
    return c;
}

/// Limbs of a multiple of p from which fold_columns() subtracts what it negates: each is 2^60 and
/// less than 2^52 more, and 2^40 2^260 belongs to it.
inline constexpr uint64_t kNegationLimbs[kLimbs] = {
    (uint64_t{1} << 60) + 0x2dffeffc2ec2f, (uint64_t{1} << 60) + 0xffffffefffefc,
    (uint64_t{1} << 60) + 0xffffffffffeff, (uint64_t{1} << 60) + 0xffffffffffeff,
    (uint64_t{1} << 60) + 0xfffffffffeff};
inline constexpr uint64_t kNegationTop = uint64_t{1} << 40;

/// kScale (-4 to 4, not 0) times the value of `c` modulo p: tight as a Field.
template <class Result, int kScale = 1>
SWITCHYARD_SIMD_FIELD_INLINE Result fold_columns(Columns& columns) {
    const Tag d;
    const Vec fold = hn::Set(d, kFold260);
    Vec* HWY_RESTRICT c = columns.column;
    for (size_t i = 5; i < 9; ++i)
        c[i + 1] = hn::Add(c[i + 1], hn::ShiftRight<52>(c[i]));
    Field r;
    r.limb[0] = multiply_add_low(c[0], c[5], fold);
    for (size_t i = 1; i < kLimbs; ++i)
        r.limb[i] = multiply_add_low(multiply_add_high(c[i], c[i + 4], fold), c[i + 5], fold);
    Vec top = multiply_add_high(hn::Zero(d), c[9], fold);
    if constexpr (kScale != 1) {
        constexpr int kFactor = kScale < 0 ? -kScale : kScale;
        static_assert(kFactor >= 1 && kFactor <= 4);
        const auto scale = [&](Vec v, uint64_t negation) {
            if constexpr (kFactor == 2) v = hn::Add(v, v);
            if constexpr (kFactor == 3) v = hn::Add(hn::Add(v, v), v);
            if constexpr (kFactor == 4) v = hn::ShiftLeft<2>(v);
            return kScale < 0 ? hn::Sub(hn::Set(d, negation), v) : v;
        };
        for (size_t i = 0; i < kLimbs; ++i)
            r.limb[i] = scale(r.limb[i], kNegationLimbs[i]);
        top = scale(top, kNegationTop);
    }
    // Everything above 2^256: `top` counts 2^260, and below 2^46 altogether.
    const Vec above = hn::Add(hn::ShiftLeft<4>(top), hn::ShiftRight<48>(r.limb[4]));
    r.limb[4] = hn::And(r.limb[4], hn::Set(d, kMask48));
    const Vec fold256 = hn::Set(d, kFold256);
    r.limb[0] = multiply_add_low(r.limb[0], above, fold256);
    r.limb[1] = multiply_add_high(r.limb[1], above, fold256);
    return carry_limbs<Result>(r);
}

/// kScale a b; as a Field it is tight.
template <class Result = Field, int kScale = 1>
SWITCHYARD_SIMD_FIELD_INLINE Result multiply(const Factor& a, const Factor& b) {
    Columns c = zero_columns();
    add_product(c, a, b);
    return fold_columns<Result, kScale>(c);
}

/// kScale a^2.
template <class Result = Field, int kScale = 1>
SWITCHYARD_SIMD_FIELD_INLINE Result square(const Factor& a) {
    Columns c = square_columns(a);
    return fold_columns<Result, kScale>(c);
}

/// sum + a b, for a sum with limbs below 2^57.
template <class Result = Field>
SWITCHYARD_SIMD_FIELD_INLINE Result multiply_add(const Field& sum, const Factor& a,
                                                 const Factor& b) {
    Columns c = widen(sum);
    add_product(c, a, b);
    return fold_columns<Result>(c);
}

/// sum + a^2, for a sum with limbs below 2^57.
template <class Result = Field>
SWITCHYARD_SIMD_FIELD_INLINE Result square_add(const Field& sum, const Factor& a) {
    Columns c = square_columns(a);
    for (size_t i = 0; i < kLimbs; ++i)
        c.column[i] = hn::Add(c.column[i], sum.limb[i]);
    return fold_columns<Result>(c);
}

/// kScale (a b + c d).
template <class Result = Field, int kScale = 1>
SWITCHYARD_SIMD_FIELD_INLINE Result multiply_two(const Factor& a, const Factor& b, const Factor& c,
                                                 const Factor& d) {
    Columns columns = zero_columns();
    add_product(columns, a, b);
    add_product(columns, c, d);
    return fold_columns<Result, kScale>(columns);
}

/// Limb i of `multiple` p in which each limb lends `borrow` to the one below it.
constexpr uint64_t prime_limb(size_t i, uint64_t multiple, uint64_t borrow) {
    return multiple * kPrimeWords[i] + (i < 4 ? borrow << 52 : 0) - (i > 0 ? borrow : 0);
}

/// a b - c^2. To the columns of a b it adds those of a multiple of p less those of c^2, which are
/// below 2^57, the ninth below 2^46.
template <class Result = Field>
SWITCHYARD_SIMD_FIELD_INLINE Result multiply_subtract_square(const Factor& a, const Factor& b,
                                                             const Factor& c) {
    // 32 p below, and p 2^260 above that lends 32 2^52 to each limb but its own last.
    constexpr uint64_t kBorrow = 32;
    Columns columns = square_columns(c);
    for (size_t i = 0; i < 2 * kLimbs; ++i) {
        const uint64_t multiple =
            i < kLimbs ? kBorrow * kPrimeWords[i] + (i == 4 ? kBorrow << 52 : 0)
                       : kPrimeWords[i - kLimbs] + (i < 9 ? kBorrow << 52 : 0) - kBorrow;
        columns.column[i] = hn::Sub(hn::Set(Tag(), multiple), columns.column[i]);
    }
    add_product(columns, a, b);
    return fold_columns<Result>(columns);
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

/// a - b modulo p for b a sum of at most kTerms tight elements: adds (kTerms + 1) p, whose limbs
/// are written so that none of the differences goes below zero.
template <int kTerms>
SWITCHYARD_SIMD_FIELD_INLINE Field subtract(const Field& a, const Field& b) {
    Field r;
    for (size_t i = 0; i < kLimbs; ++i) {
        const Vec multiple = hn::Set(Tag(), prime_limb(i, kTerms + 1, kTerms + 1));
        r.limb[i] = hn::Add(a.limb[i], hn::Sub(multiple, b.limb[i]));
    }
    return r;
}

/// -b, as subtract() would give it from zero.
template <int kTerms>
SWITCHYARD_SIMD_FIELD_INLINE Field negate(const Field& b) {
    Field r;
    for (size_t i = 0; i < kLimbs; ++i)
        r.limb[i] = hn::Sub(hn::Set(Tag(), prime_limb(i, kTerms + 1, kTerms + 1)), b.limb[i]);
    return r;
}

/// Each vector lane's `yes` where the mask is set, else `no`.
template <class T>
SWITCHYARD_SIMD_FIELD_INLINE T select(LaneMask mask, const T& yes, const T& no) {
    T r;
    for (size_t i = 0; i < kLimbs; ++i)
        r.limb[i] = hn::IfThenElse(mask, yes.limb[i], no.limb[i]);
    return r;
}

/// The value in [0, p). Takes what tighten() takes.
SWITCHYARD_SIMD_FIELD_INLINE Field normalize(const Field& a) {
    const Tag d;
    Field r = tighten(a);
    // r < 2p; r + (2^256 - p) reaches 2^256 exactly when r >= p.
    Field reduced = r;
    reduced.limb[0] = hn::Add(reduced.limb[0], hn::Set(d, kFold256));
    reduced = carry_limbs<Field>(reduced);
    const LaneMask at_least_p = hn::Ne(hn::ShiftRight<48>(reduced.limb[4]), hn::Zero(d));
    reduced.limb[4] = hn::And(reduced.limb[4], hn::Set(d, kMask48));
    return select(at_least_p, reduced, r);
}

/// The same value modulo p below 2^256, with limbs 0 to 3 below 2^52 and limb 4 below 2^48. Takes
/// what tighten() takes.
SWITCHYARD_SIMD_FIELD_INLINE Field shrink(const Field& a) {
    const Field r = tighten(a);
    const LaneMask wide = hn::Gt(r.limb[4], hn::Set(Tag(), kMask48));
    return HWY_LIKELY(hn::AllFalse(Tag(), wide)) ? r : normalize(r);
}

/// Whether a normalized element is zero.
SWITCHYARD_SIMD_FIELD_INLINE LaneMask is_zero(const Field& a) {
    const Vec any = hn::Or(hn::Or3(a.limb[0], a.limb[1], a.limb[2]), hn::Or(a.limb[3], a.limb[4]));
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

/// What the long chains of doublings take: one vector, whose multiplications alone fill the CPU.
using Wide = Field;
using WideFactor = Factor;
inline constexpr size_t kWide = 1;

template <class T>
HWY_INLINE T& part(T& a, size_t) {
    return a;
}

/// From and to five words of 52 bits. Words that leave are below 2^52 if `a` is tight.
SWITCHYARD_SIMD_FIELD_INLINE Field from_words(const Vec* words) {
    Field r;
    for (size_t i = 0; i < kLimbs; ++i)
        r.limb[i] = words[i];
    return r;
}
SWITCHYARD_SIMD_FIELD_INLINE void to_words(const Field& a, Vec* words) {
    for (size_t i = 0; i < kLimbs; ++i)
        words[i] = a.limb[i];
}

}  // namespace HWY_NAMESPACE
}  // namespace switchyard::simd
