// SPDX-License-Identifier: Apache-2.0
// Points of secp256k1 with one point per vector lane: powers, inversion and formulas.
// Included once per Highway target, after a field.

namespace switchyard::simd {
namespace HWY_NAMESPACE {

inline constexpr size_t kLanes = kVectorLanes;

/// Memory for one field element of each vector lane: five words of kLanes lanes.
struct alignas(64) StoredField {
    uint64_t word[kFieldWords][kLanes];
};

SWITCHYARD_SIMD_FIELD_INLINE Field load(const StoredField& stored) {
    Vec words[kFieldWords];
    for (size_t i = 0; i < kFieldWords; ++i)
        words[i] = hn::Load(Tag(), stored.word[i]);
    return from_words(words);
}

SWITCHYARD_SIMD_FIELD_INLINE void store(const Field& a, StoredField& stored) {
    Vec words[kFieldWords];
    to_words(a, words);
    for (size_t i = 0; i < kFieldWords; ++i)
        hn::Store(words[i], Tag(), stored.word[i]);
}

HWY_INLINE Field set_words(const uint64_t* value) {
    Vec words[kFieldWords];
    for (size_t i = 0; i < kFieldWords; ++i)
        words[i] = hn::Set(Tag(), value[i]);
    return from_words(words);
}

/// Points that are raised side by side, so that one's latency hides behind the other's work.
inline constexpr size_t kPowerWidth = 2;

struct Powers {
    Field value[kPowerWidth];
};

/// a^(2^count) * b.
HWY_NOINLINE inline void square_multiply(const Powers& a, size_t count, const Powers& b,
                                         Powers& out) {
#if SWITCHYARD_SIMD_IFMA
    Factor t[kPowerWidth];
    for (size_t k = 0; k < kPowerWidth; ++k)
        t[k] = a.value[k];
    for (size_t i = 0; i < count; ++i)
        for (size_t k = 0; k < kPowerWidth; ++k)
            t[k] = square<Factor>(t[k]);
    for (size_t k = 0; k < kPowerWidth; ++k)
        out.value[k] = multiply(t[k], b.value[k]);
#else
    Pair t{a.value[0], a.value[1]};
    for (size_t i = 0; i < count; ++i)
        t = square(t);
    t = multiply(t, Pair{b.value[0], b.value[1]});
    out = {t.part[0], t.part[1]};
#endif
}

/// The common part of the exponents (p + 1) / 4 and p - 2: x22 = a^(2^22 - 1), x2 = a^3 and
/// top = a^((2^223 - 1) 2^23) * x22. The chain is the one in libsecp256k1's documentation of its
/// square root: blocks of ones of length 2, 22, 223 by 1, 2, 3, 6, 9, 11, 22, 44, 88, 176, 220,
/// 223.
HWY_INLINE void power_prefix(const Powers& a, Powers& x2, Powers& x22, Powers& top) {
    Powers x3;
    Powers t;
    Powers x44;
    Powers x88;
    square_multiply(a, 1, a, x2);
    square_multiply(x2, 1, a, x3);
    square_multiply(x3, 3, x3, t);   // 6
    square_multiply(t, 3, x3, t);    // 9
    square_multiply(t, 2, x2, t);    // 11
    square_multiply(t, 11, t, x22);  // 22
    square_multiply(x22, 22, x22, x44);
    square_multiply(x44, 44, x44, x88);
    square_multiply(x88, 88, x88, t);  // 176
    square_multiply(t, 44, x44, t);    // 220
    square_multiply(t, 3, x3, t);      // 223
    square_multiply(t, 23, x22, top);
}

/// a^((p + 1) / 4): the square root of a square, as p = 3 modulo 4.
HWY_NOINLINE inline void square_roots(const Powers& a, Powers& roots) {
    Powers x2;
    Powers x22;
    Powers top;
    power_prefix(a, x2, x22, top);
    square_multiply(top, 6, x2, top);
    for (size_t k = 0; k < kPowerWidth; ++k)
        roots.value[k] = square(square(top.value[k]));
}

/// 1/a in each vector lane; `a` is a multiple of p in none. One scalar inversion for all lanes is
/// shorter than the chain of 270 multiplications of a power.
HWY_NOINLINE inline Field inverse_of_each(const Field& a) {
    StoredField stored;
    store(normalize(a), stored);
    std::array<ref::U256, kLanes> values;
    for (size_t lane = 0; lane < kLanes; ++lane)
        values[lane] = from_field_words(&stored.word[0][lane], kLanes);
    invert_field_elements(values);
    for (size_t lane = 0; lane < kLanes; ++lane)
        to_field_words(values[lane], &stored.word[0][lane], kLanes);
    return load(stored);
}

/// A point X/Z^2, Y/Z^3 with w = 2 Y, which saves the formulas their doublings. Z = 0 stands for
/// infinity, or for an exceptional case that the fast formulas met.
template <class F, class M>
struct JacobianOf {
    F x;
    M w;
    M z;
};

using Jacobian = JacobianOf<Field, Factor>;

SWITCHYARD_SIMD_FIELD_INLINE Jacobian select(LaneMask mask, const Jacobian& yes,
                                             const Jacobian& no) {
    return {select(mask, yes.x, no.x), select(mask, yes.w, no.w), select(mask, yes.z, no.z)};
}

/// 2 p: 3M + 4S. Bernstein, Lange: Explicit-Formulas Database, a = 0, written for w: S = 4 X Y^2 =
/// x w^2, M = 3 X^2, X3 = M^2 - 2 S, 2 Y3 = 2 M (S - X3) - w^4, Z3 = w Z. Z = 0 stays Z = 0, and no
/// point of this curve has y = 0.
template <class F, class M>
SWITCHYARD_SIMD_FIELD_INLINE void double_point(JacobianOf<F, M>& p) {
    const M m = square<M, 3>(p.x);
    const M b = square<M>(p.w);
    p.z = multiply<M>(p.w, p.z);
    const F s = multiply<F>(p.x, b);
    p.x = square_add<F>(negate<2>(times<2>(s)), m);
    const M e = factor(times<2>(subtract<1>(s, p.x)));
    p.w = multiply_subtract_square<M>(m, e, b);
}

HWY_NOINLINE inline void double_times(Jacobian& p, size_t count) {
    Jacobian q = p;
    for (size_t i = 0; i < count; ++i)
        double_point(q);
    p = q;
}

/// p + (x2, -y2) for points that are finite and neither equal nor opposite, with the difference of
/// x and of y on the way: 8M + 3S. madd-2007-bl of the Explicit-Formulas Database with Z3 = 2 Z1 H,
/// with r, I, J and V negated and w = 2 Y.
template <class F, class M>
SWITCHYARD_SIMD_FIELD_INLINE JacobianOf<F, M> add_unequal(const JacobianOf<F, M>& p, const F& x2,
                                                          const F& minus_y2, F& h, F& r) {
    const F w = exact(p.w);
    const M zz = square<M>(p.z);
    h = multiply_add<F>(negate<1>(p.x), x2, zz);
    const M zzz2 = multiply<M, 2>(p.z, zz);
    const M i = square<M, -4>(h);
    r = multiply_add<F>(w, minus_y2, zzz2);
    const F j = multiply<F>(h, i);
    const F v = multiply<F>(p.x, i);
    JacobianOf<F, M> sum;
    sum.x = square_add<F>(add(j, times<2>(v)), r);
    sum.z = multiply<M, 2>(p.z, h);
    const M e = factor(add(v, sum.x));
    sum.w = multiply_two<M, 2>(w, j, r, e);
    return sum;
}

/// What is left of an addition of (x2, -y2) to `p`: vector lanes in `skip` keep p, and those in
/// `infinite` hold infinity and take the point.
SWITCHYARD_SIMD_FIELD_INLINE void finish_addition(const Jacobian& p, LaneMask& infinite,
                                                  Jacobian& sum, const Field& x2,
                                                  const Field& minus_y2, LaneMask skip) {
    const Jacobian point{x2, factor(times<2>(negate<1>(minus_y2))), set_small(1)};
    sum = select(skip, p, select(infinite, point, sum));
    infinite = hn::And(infinite, skip);
}

/// Adds the affine point (x2, -y2) to `p` in each vector lane that is not in `skip`; lanes in
/// `infinite` hold infinity and take the point.
///
/// Without kComplete, a vector lane in which p = +-(x2, y2) gets Z = 0, and every later doubling
/// and addition keeps Z = 0, so that one test at the end finds all such lanes. With kComplete, each
/// case is handled here.
template <bool kComplete>
SWITCHYARD_SIMD_FIELD_INLINE void add_affine(Jacobian& p, LaneMask& infinite, const Field& x2,
                                             const Field& minus_y2, LaneMask skip) {
    Field h;
    Field r;
    Jacobian sum = add_unequal(p, x2, minus_y2, h, r);
    LaneMask opposite = hn::Ne(hn::Zero(Tag()), hn::Zero(Tag()));
    if constexpr (kComplete) {
        const LaneMask finite = hn::Not(hn::Or(infinite, skip));
        const LaneMask same_x = hn::And(finite, is_zero(normalize(h)));
        const LaneMask same_y = is_zero(normalize(r));
        Jacobian doubled = p;
        double_point(doubled);
        sum = select(hn::And(same_x, same_y), doubled, sum);
        opposite = hn::AndNot(same_y, same_x);
    }
    finish_addition(p, infinite, sum, x2, minus_y2, skip);
    if constexpr (kComplete) infinite = hn::Or(infinite, opposite);
    p = sum;
}

}  // namespace HWY_NAMESPACE
}  // namespace switchyard::simd
