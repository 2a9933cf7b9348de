// SPDX-License-Identifier: Apache-2.0
// Points of secp256k1 with one point per vector lane: powers, formulas, batch inversion and tables.
// Included once per Highway target, after a field.

namespace switchyard::simd {
namespace HWY_NAMESPACE {

inline constexpr size_t kLanes = kVectorLanes;

/// Memory for one field element of each vector lane: five words of kLanes lanes.
struct alignas(64) StoredField {
    uint64_t word[kFieldWords][kLanes];
};

HWY_INLINE Field load(const StoredField& stored) {
    Vec words[kFieldWords];
    for (size_t i = 0; i < kFieldWords; ++i)
        words[i] = hn::Load(Tag(), stored.word[i]);
    return from_words(words);
}

HWY_INLINE void store(const Field& a, StoredField& stored) {
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
    Powers t = a;
    for (size_t i = 0; i < count; ++i)
        for (size_t k = 0; k < kPowerWidth; ++k)
            t.value[k] = square(t.value[k]);
    for (size_t k = 0; k < kPowerWidth; ++k)
        out.value[k] = multiply(t.value[k], b.value[k]);
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

/// a^(p - 2): inverses. Zero stays zero.
HWY_NOINLINE inline void inverses(const Powers& a, Powers& out) {
    Powers x2;
    Powers x22;
    Powers top;
    power_prefix(a, x2, x22, top);
    square_multiply(top, 5, a, top);
    square_multiply(top, 3, x2, top);
    square_multiply(top, 2, a, out);
}

/// X/Z^2, Y/Z^3. X and Y are tight, or of magnitude 1; Z may be of magnitude 2.
struct Jacobian {
    Field x;
    Field y;
    Field z;
};

/// 2 p. Bernstein, Lange: Explicit-Formulas Database, a = 0: 3M + 4S. Z = 0 stays Z = 0, and no
/// point of this curve has y = 0.
HWY_INLINE void double_point(Jacobian& p) {
    const Field a = square(p.y);
    const Field b = multiply(p.x, a);
    const Field m = tighten(times<3>(square(p.x)));
    p.z = tighten(times<2>(multiply(p.y, p.z)));
    p.x = reduce(subtract<8>(square(m), times<8>(b)));
    const Field e = tighten(subtract<1>(times<4>(b), p.x));
    p.y = reduce(subtract<8>(multiply(m, e), times<8>(square(a))));
}

HWY_NOINLINE inline void double_times(Jacobian& p, size_t count) {
    Jacobian q = p;
    for (size_t i = 0; i < count; ++i)
        double_point(q);
    p = q;
}

/// Adds the affine point (x2, y2) to `p` in each vector lane that is not in `skip`; lanes in
/// `infinite` hold infinity and take the point. 8M + 3S.
///
/// Without kComplete, a vector lane in which p = +-(x2, y2) gets Z = 0, and every later doubling
/// and addition keeps Z = 0, so that one test at the end finds all such lanes. With kComplete, each
/// case is handled here.
template <bool kComplete>
HWY_NOINLINE inline void add_affine(Jacobian& p, LaneMask& infinite, const Field& x2,
                                    const Field& y2, LaneMask skip) {
    const Field zz = square(p.z);
    const Field u2 = multiply(x2, zz);
    const Field s2 = multiply(multiply(y2, p.z), zz);
    const Field h = tighten(subtract<1>(u2, p.x));
    const Field r = tighten(subtract<1>(s2, p.y));
    const Field hh = square(h);
    const Field hhh = multiply(hh, h);
    const Field v = multiply(p.x, hh);
    Jacobian sum;
    sum.z = multiply(p.z, h);
    sum.x = reduce(subtract<3>(square(r), add(hhh, times<2>(v))));
    const Field e = tighten(subtract<1>(v, sum.x));
    sum.y = reduce(subtract<1>(multiply(r, e), multiply(p.y, hhh)));

    LaneMask next_infinite = hn::And(infinite, skip);
    if constexpr (kComplete) {
        const LaneMask finite = hn::Not(hn::Or(infinite, skip));
        const LaneMask same_x = hn::And(finite, is_zero(normalize(h)));
        const LaneMask same_y = is_zero(normalize(r));
        Jacobian doubled = p;
        double_point(doubled);
        const LaneMask equal = hn::And(same_x, same_y);
        sum.x = select(equal, doubled.x, sum.x);
        sum.y = select(equal, doubled.y, sum.y);
        sum.z = select(equal, doubled.z, sum.z);
        next_infinite = hn::Or(next_infinite, hn::AndNot(same_y, same_x));
    }
    if (!hn::AllFalse(Tag(), infinite)) {
        sum.x = select(infinite, x2, sum.x);
        sum.y = select(infinite, y2, sum.y);
        sum.z = select(infinite, set_small(1), sum.z);
    }
    if (!hn::AllFalse(Tag(), skip)) {
        sum.x = select(skip, p.x, sum.x);
        sum.y = select(skip, p.y, sum.y);
        sum.z = select(skip, p.z, sum.z);
    }
    p = sum;
    infinite = next_infinite;
}

/// One multiple of a signature's point: x, y, and beta x (the x of lambda times the point).
struct TableEntry {
    StoredField x;
    StoredField y;
    StoredField beta_x;
};

inline constexpr size_t kPointEntries = size_t{1} << (kPointWindow - 1);

/// Entry i is (i + 1) times the point, for each vector lane.
using PointTable = TableEntry[kPointEntries];

/// beta: the cube root of unity with lambda (x, y) = (beta x, y).
inline constexpr uint64_t kBetaWords[5] = {0x96c28719501ee, 0x7512f58995c13, 0xc3434e99cf049,
                                           0x7106e64479ea, 0x7ae96a2b657c};

HWY_INLINE void set_entry(const Field& x, const Field& y, TableEntry& entry) {
    store(x, entry.x);
    store(y, entry.y);
    store(multiply(x, set_words(kBetaWords)), entry.beta_x);
}

/// The divisor of the slope of (base P) + (j P), j <= base. Never zero: P has prime order.
HWY_INLINE Field slope_divisor(const PointTable& table, size_t base, size_t j) {
    if (j == base) return tighten(times<2>(load(table[base - 1].y)));
    return reduce(subtract<1>(load(table[j - 1].x), load(table[base - 1].x)));
}

/// Fills entries [base, 2 base) of every table from the entries before them in affine coordinates,
/// with one inversion for all tables (Montgomery's trick). The new entries' own space holds the
/// running products and divisors on the way.
HWY_NOINLINE inline void double_tables(PointTable* tables, size_t count, size_t base) {
    Field product = set_small(1);
    for (size_t g = 0; g < count; ++g) {
        for (size_t j = 1; j <= base; ++j) {
            TableEntry& entry = tables[g][base + j - 1];
            const Field divisor = slope_divisor(tables[g], base, j);
            store(product, entry.x);
            store(divisor, entry.y);
            product = multiply(product, load(entry.y));
        }
    }
    Powers inverse;
    for (Field& value : inverse.value)
        value = product;
    inverses(inverse, inverse);
    Field rest = inverse.value[0];
    for (size_t g = count; g-- > 0;) {
        for (size_t j = base; j >= 1; --j) {
            TableEntry& entry = tables[g][base + j - 1];
            const Field divisor_inverse = multiply(rest, load(entry.x));
            rest = multiply(rest, load(entry.y));
            const Field x1 = load(tables[g][base - 1].x);
            const Field y1 = load(tables[g][base - 1].y);
            const Field x2 = load(tables[g][j - 1].x);
            Field dividend;
            if (j == base)
                dividend = tighten(times<3>(square(x1)));
            else
                dividend = tighten(subtract<1>(load(tables[g][j - 1].y), y1));
            const Field slope = multiply(dividend, divisor_inverse);
            const Field x = reduce(subtract<2>(square(slope), add(x1, x2)));
            const Field e = tighten(subtract<1>(x1, x));
            const Field y = reduce(subtract<1>(multiply(slope, e), y1));
            set_entry(x, y, entry);
        }
    }
}

}  // namespace HWY_NAMESPACE
}  // namespace switchyard::simd
