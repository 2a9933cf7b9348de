// SPDX-License-Identifier: Apache-2.0
// The field of secp256k1 in radix 2^52 with the 52-bit multiply-add of AVX-512 IFMA: one element
// per vector lane, five limbs. Included for targets with SWITCHYARD_SIMD_IFMA.
//
// A "tight" element has limbs 0 to 3 below 2^52 and limb 4 at most 2^48 + 2^10, so that its value
// is below 2^256 + 2^219. Multiplication takes elements whose limbs are all below 2^52, because the
// instruction ignores higher bits; sums and differences have larger limbs until tighten().

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

struct Field {
    Vec limb[kLimbs];
};

HWY_INLINE Vec multiply_add_low(Vec sum, Vec a, Vec b) {
    return Vec{_mm512_madd52lo_epu64(sum.raw, a.raw, b.raw)};
}
HWY_INLINE Vec multiply_add_high(Vec sum, Vec a, Vec b) {
    return Vec{_mm512_madd52hi_epu64(sum.raw, a.raw, b.raw)};
}

/// Moves the bits above 52 of limbs 0 to 3 upward, in one chain.
HWY_INLINE void carry_limbs(Field& a) {
    const Vec mask = hn::Set(Tag(), kMask52);
    for (size_t i = 0; i + 1 < kLimbs; ++i) {
        a.limb[i + 1] = hn::Add(a.limb[i + 1], hn::ShiftRight<52>(a.limb[i]));
        a.limb[i] = hn::And(a.limb[i], mask);
    }
}

/// Folds the bits above 2^256 and carries. Takes limbs below 2^60.
SWITCHYARD_SIMD_FIELD_INLINE Field tighten(const Field& a) {
    Field r = a;
    const Vec above = hn::ShiftRight<48>(r.limb[4]);
    r.limb[4] = hn::And(r.limb[4], hn::Set(Tag(), kMask48));
    r.limb[0] = multiply_add_low(r.limb[0], above, hn::Set(Tag(), kFold256));
    carry_limbs(r);
    return r;
}

/// What a point's coordinate goes through before it is kept; here the same as tighten().
HWY_INLINE Field reduce(const Field& a) {
    return tighten(a);
}

/// columns[0..9] (each below 2^58, a product of values below 2^260) to a tight element.
SWITCHYARD_SIMD_FIELD_INLINE Field fold_columns(Vec* HWY_RESTRICT c) {
    const Tag d;
    const Vec mask = hn::Set(d, kMask52);
    const Vec fold = hn::Set(d, kFold260);
    for (size_t i = 5; i < 9; ++i) {
        c[i + 1] = hn::Add(c[i + 1], hn::ShiftRight<52>(c[i]));
        c[i] = hn::And(c[i], mask);
    }
    Field r;
    r.limb[0] = multiply_add_low(c[0], c[5], fold);
    for (size_t i = 1; i < kLimbs; ++i)
        r.limb[i] = multiply_add_low(multiply_add_high(c[i], c[i + 4], fold), c[i + 5], fold);
    const Vec top = multiply_add_high(hn::Zero(d), c[9], fold);
    // Everything above 2^256: `top` counts 2^260, and below 2^42 altogether.
    const Vec above = hn::Add(hn::ShiftLeft<4>(top), hn::ShiftRight<48>(r.limb[4]));
    r.limb[4] = hn::And(r.limb[4], hn::Set(d, kMask48));
    const Vec fold256 = hn::Set(d, kFold256);
    r.limb[0] = multiply_add_low(r.limb[0], above, fold256);
    r.limb[1] = multiply_add_high(r.limb[1], above, fold256);
    carry_limbs(r);
    return r;
}

/// a * b, tight. Takes values below 2^260 with limbs below 2^52.
SWITCHYARD_SIMD_FIELD_INLINE Field multiply(const Field& a, const Field& b) {
    Vec c[10];
    for (Vec& column : c)
        column = hn::Zero(Tag());
    for (size_t i = 0; i < kLimbs; ++i) {
        for (size_t j = 0; j < kLimbs; ++j) {
            c[i + j] = multiply_add_low(c[i + j], a.limb[i], b.limb[j]);
            c[i + j + 1] = multiply_add_high(c[i + j + 1], a.limb[i], b.limb[j]);
        }
    }
    return fold_columns(c);
}

/// a * a, tight.
SWITCHYARD_SIMD_FIELD_INLINE Field square(const Field& a) {
    Vec c[10];
    for (Vec& column : c)
        column = hn::Zero(Tag());
    for (size_t i = 0; i < kLimbs; ++i) {
        for (size_t j = i + 1; j < kLimbs; ++j) {
            c[i + j] = multiply_add_low(c[i + j], a.limb[i], a.limb[j]);
            c[i + j + 1] = multiply_add_high(c[i + j + 1], a.limb[i], a.limb[j]);
        }
    }
    for (size_t i = 1; i < 9; ++i)
        c[i] = hn::Add(c[i], c[i]);
    for (size_t i = 0; i < kLimbs; ++i) {
        c[2 * i] = multiply_add_low(c[2 * i], a.limb[i], a.limb[i]);
        c[2 * i + 1] = multiply_add_high(c[2 * i + 1], a.limb[i], a.limb[i]);
    }
    return fold_columns(c);
}

HWY_INLINE Field add(const Field& a, const Field& b) {
    Field r;
    for (size_t i = 0; i < kLimbs; ++i)
        r.limb[i] = hn::Add(a.limb[i], b.limb[i]);
    return r;
}

/// kFactor * a for a factor of 2, 3, 4 or 8.
template <int kFactor>
HWY_INLINE Field times(const Field& a) {
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
    constexpr uint64_t kMultiple = kTerms + 1;
    constexpr uint64_t kBorrow = kTerms + 1;
    Field r;
    for (size_t i = 0; i < kLimbs; ++i) {
        uint64_t constant = kMultiple * kPrimeWords[i];
        if (i < 4) constant += kBorrow << 52;
        if (i > 0) constant -= kBorrow;
        r.limb[i] = hn::Add(a.limb[i], hn::Sub(hn::Set(Tag(), constant), b.limb[i]));
    }
    return r;
}

/// Each vector lane's `yes` where the mask is set, else `no`.
SWITCHYARD_SIMD_FIELD_INLINE Field select(LaneMask mask, const Field& yes, const Field& no) {
    Field r;
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
    carry_limbs(reduced);
    const LaneMask at_least_p = hn::Ne(hn::ShiftRight<48>(reduced.limb[4]), hn::Zero(d));
    reduced.limb[4] = hn::And(reduced.limb[4], hn::Set(d, kMask48));
    return select(at_least_p, reduced, r);
}

/// The same value modulo p below 2^256, with limbs 0 to 3 below 2^52 and limb 4 below 2^48. Takes
/// what tighten() takes.
HWY_INLINE Field shrink(const Field& a) {
    const Field r = tighten(a);
    const LaneMask wide = hn::Gt(r.limb[4], hn::Set(Tag(), kMask48));
    return HWY_LIKELY(hn::AllFalse(Tag(), wide)) ? r : normalize(r);
}

/// Whether a normalized element is zero.
HWY_INLINE LaneMask is_zero(const Field& a) {
    const Vec any = hn::Or(hn::Or3(a.limb[0], a.limb[1], a.limb[2]), hn::Or(a.limb[3], a.limb[4]));
    return hn::Eq(any, hn::Zero(Tag()));
}

HWY_INLINE LaneMask is_odd(const Field& normalized) {
    return hn::Ne(hn::And(normalized.limb[0], hn::Set(Tag(), 1)), hn::Zero(Tag()));
}

HWY_INLINE Field set_small(uint64_t value) {
    Field r;
    for (Vec& limb : r.limb)
        limb = hn::Zero(Tag());
    r.limb[0] = hn::Set(Tag(), value);
    return r;
}

/// From and to five words of 52 bits. Words that leave are below 2^52 if `a` is tight.
HWY_INLINE Field from_words(const Vec* words) {
    Field r;
    for (size_t i = 0; i < kLimbs; ++i)
        r.limb[i] = words[i];
    return r;
}
HWY_INLINE void to_words(const Field& a, Vec* words) {
    for (size_t i = 0; i < kLimbs; ++i)
        words[i] = a.limb[i];
}

}  // namespace HWY_NAMESPACE
}  // namespace switchyard::simd
