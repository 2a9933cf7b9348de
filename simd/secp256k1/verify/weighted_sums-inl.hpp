// SPDX-License-Identifier: Apache-2.0
// Sums of points with weights 1, 2, 3, ..., one sum per vector lane, in Jacobian coordinates. Every
// pair of points is added correctly. Included once per Highway target, after the curve.

namespace switchyard::simd {
namespace HWY_NAMESPACE {

/// A point X/Z^2, Y/Z^3 per vector lane; where `infinite` is set, the coordinates mean nothing.
struct JacobianLanes {
    Field x;
    Field y;
    Field z;
    LaneMask infinite;
};

/// 2 p, as in ref.cpp.
HWY_NOINLINE inline void double_lanes(JacobianLanes& p) {
    const Field a = square(p.y);
    const Field b = multiply(p.x, a);
    const Field m = tighten(times<3>(square(p.x)));
    p.z = reduce(times<2>(multiply(p.y, p.z)));
    p.x = reduce(subtract<8>(square(m), times<8>(b)));
    const Field e = tighten(subtract<1>(times<4>(b), p.x));
    p.y = reduce(subtract<8>(multiply(m, e), times<8>(square(a))));
}

/// p + q; with kAffine, q.z is 1. Explicit-Formulas Database, add-1998-cmo-2: 12M + 4S, or
/// 8M + 3S; doubling only where a vector lane needs it.
template <bool kAffine>
HWY_NOINLINE void add_lanes(JacobianLanes& p, const JacobianLanes& q) {
    const Field zz1 = square(p.z);
    const Field u2 = multiply(q.x, zz1);
    const Field s2 = multiply(multiply(q.y, p.z), zz1);
    Field u1 = p.x;
    Field s1 = p.y;
    Field z = p.z;
    if constexpr (!kAffine) {
        const Field zz2 = square(q.z);
        u1 = multiply(u1, zz2);
        s1 = multiply(multiply(s1, q.z), zz2);
        z = multiply(z, q.z);
    }
    const Field h = tighten(subtract<1>(u2, u1));
    const Field r = tighten(subtract<1>(s2, s1));
    const Field hh = square(h);
    const Field hhh = multiply(hh, h);
    const Field v = multiply(u1, hh);
    JacobianLanes sum;
    sum.z = multiply(z, h);
    sum.x = reduce(subtract<3>(square(r), add(hhh, times<2>(v))));
    const Field e = tighten(subtract<1>(v, sum.x));
    sum.y = reduce(subtract<1>(multiply(r, e), multiply(s1, hhh)));

    const LaneMask finite = hn::Not(hn::Or(p.infinite, q.infinite));
    const LaneMask same_x = hn::And(finite, is_zero(normalize(h)));
    sum.infinite = hn::And(p.infinite, q.infinite);
    if (HWY_UNLIKELY(!hn::AllFalse(Tag(), same_x))) {
        const LaneMask same_y = is_zero(normalize(r));
        JacobianLanes doubled = p;
        double_lanes(doubled);
        const LaneMask equal = hn::And(same_x, same_y);
        sum.x = select(equal, doubled.x, sum.x);
        sum.y = select(equal, doubled.y, sum.y);
        sum.z = select(equal, doubled.z, sum.z);
        sum.infinite = hn::Or(sum.infinite, hn::AndNot(same_y, same_x));
    }
    if (!hn::AllTrue(Tag(), finite)) {
        sum.x = select(p.infinite, q.x, select(q.infinite, p.x, sum.x));
        sum.y = select(p.infinite, q.y, select(q.infinite, p.y, sum.y));
        sum.z = select(p.infinite, q.z, select(q.infinite, p.z, sum.z));
    }
    p = sum;
}

/// One vector of weighted_sums(): `suffix` is the sum of rows v and above, and is added once for
/// each v.
HWY_INLINE void weighted_sum(const PackedPoint* const* rows, size_t top, JacobianLanes& total) {
    const Tag d;
    const Field one = set_small(1);
    const LaneMask all = hn::Eq(hn::Zero(d), hn::Zero(d));
    JacobianLanes suffix{one, one, one, all};
    total = suffix;
    for (size_t v = top; v > 0; --v) {
        const PackedPoint* row[kLanes];
        for (size_t i = 0; i < kLanes; ++i)
            row[i] = rows[i] + v;
        JacobianLanes point;
        load_points(row, point.x, point.y);
        point.z = one;
        point.infinite = is_zero(point.x);  // no point of the curve has x = 0
        add_lanes<true>(suffix, point);
        add_lanes<false>(total, suffix);
    }
}

inline void weighted_sums(const PackedPoint* rows, size_t stride, size_t top, size_t count,
                          JacobianWords* sums) {
    for (size_t first = 0; first < count; first += kLanes) {
        const PackedPoint* row[kLanes];
        for (size_t i = 0; i < kLanes; ++i)
            row[i] = rows + stride * HWY_MIN(first + i, count - 1);
        JacobianLanes total;
        weighted_sum(row, top, total);
        const Field z = select(total.infinite, set_small(0), total.z);
        StoredField stored[3];
        store(normalize(total.x), stored[0]);
        store(normalize(total.y), stored[1]);
        store(normalize(z), stored[2]);
        for (size_t i = 0; i < HWY_MIN(kLanes, count - first); ++i)
            sums[first + i] = {from_field_words(&stored[0].word[0][i], kLanes),
                               from_field_words(&stored[1].word[0][i], kLanes),
                               from_field_words(&stored[2].word[0][i], kLanes)};
    }
}

}  // namespace HWY_NAMESPACE
}  // namespace switchyard::simd
