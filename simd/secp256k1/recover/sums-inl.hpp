// SPDX-License-Identifier: Apache-2.0
// What a recovery adds up in affine coordinates before its doublings: the multiples of R, and for
// each window the sum of the multiples that its digits select. Every round of additions shares one
// inversion (Montgomery's trick): 5M + 1S each. Included once per Highway target, after the curve.

namespace switchyard::simd {
namespace HWY_NAMESPACE {

inline constexpr size_t kPointEntries = size_t{1} << (kPointWindow - 1);
static_assert(kGeneratorWindow == 2 * kPointWindow && kPointWindows == 2 * kGeneratorWindows,
              "a window of u1's halves begins where each second window of u2's does");

/// Entry i is (i + 1) R, in a row for each vector lane.
using PointTable = PackedPoint[kPointEntries][kLanes];

/// Three elements: of an addition on its way, or x and -y of its sum.
struct SumSlot {
    StoredField a;
    StoredField b;
    StoredField c;
};

/// Slots of a group: window w of u2 at [w], window w of u1 at [kPointWindows + w].
inline constexpr size_t kSums = kPointWindows + kGeneratorWindows;

/// The sums of a group of kLanes signatures.
struct Sums {
    SumSlot slot[kSums];
    LaneMask infinite[kSums];
    /// Vector lanes in which the sum of two windows was exceptional.
    LaneMask special;
};

/// beta: the cube root of unity with lambda (x, y) = (beta x, y).
inline constexpr uint64_t kBetaWords[5] = {0x96c28719501ee, 0x7512f58995c13, 0xc3434e99cf049,
                                           0x7106e64479ea, 0x7ae96a2b657c};

/// The rows that a window's digits select, and where the digits are negative or zero.
struct Digits {
    const PackedPoint* row[kLanes];
    LaneMask negative;
    LaneMask zero;

    SWITCHYARD_SIMD_FIELD_INLINE Field x() const {
        const uint64_t* words[kLanes];
        for (size_t i = 0; i < kLanes; ++i)
            words[i] = row[i]->x;
        Vec v[4];
        load_rows(words, v);
        return unpack(v);
    }

    /// kSign y of the selected multiple, with the digit's sign, as a sum of at most two terms.
    template <int kSign>
    SWITCHYARD_SIMD_FIELD_INLINE Field y() const {
        const uint64_t* words[kLanes];
        for (size_t i = 0; i < kLanes; ++i)
            words[i] = row[i]->y;
        Vec v[4];
        load_rows(words, v);
        const Field y = unpack(v);
        return kSign > 0 ? select(negative, negate<1>(y), y) : select(negative, y, negate<1>(y));
    }
};

/// Row of entry e for vector lane i: base + e * kEntryRows + i * kLaneRows.
template <size_t kEntryRows, size_t kLaneRows>
SWITCHYARD_SIMD_FIELD_INLINE Digits load_digits(const uint32_t* codes, const PackedPoint* base) {
    const Tag d;
    const hn::Rebind<uint32_t, Tag> d32;
    const Vec code = hn::PromoteTo(d, hn::Load(d32, codes));
    Digits digits;
    for (size_t i = 0; i < kLanes; ++i)
        digits.row[i] = base + (codes[i] & kDigitEntryMask) * kEntryRows + i * kLaneRows;
    digits.negative = hn::Ne(hn::And(code, hn::Set(d, kDigitNegative)), hn::Zero(d));
    digits.zero = hn::Ne(hn::And(code, hn::Set(d, kDigitZero)), hn::Zero(d));
    return digits;
}

HWY_INLINE Digits point_digits(const KernelInput& input, const PointTable& table, size_t first,
                               size_t half, size_t window) {
    return load_digits<kLanes, 1>(input.point_digits[half][window] + first, table[0]);
}

HWY_INLINE Digits generator_digits(const KernelInput& input, size_t first, size_t half,
                                   size_t window) {
    return load_digits<1, 0>(input.generator_digits[half][window] + first,
                             generator_table().half[half]);
}

SWITCHYARD_SIMD_FIELD_INLINE Field beta_times(const Field& x) {
    return multiply(x, set_words(kBetaWords));
}

/// The first of kPointEntries slots in which a group's table is made.
HWY_INLINE SumSlot* table_slots(Sums* sums, size_t group) {
    static_assert(kSums >= 2 * kPointEntries);
    return sums[group / 2].slot + group % 2 * kPointEntries;
}

/// The divisor of the slope of (base R) + (j R), j <= base. Never zero: R has prime order.
SWITCHYARD_SIMD_FIELD_INLINE Field slope_divisor(const SumSlot* slots, size_t base, size_t j) {
    if (j == base) return tighten(times<2>(load(slots[base - 1].b)));
    return reduce(subtract<1>(load(slots[base - 1].a), load(slots[j - 1].a)));
}

/// Makes entries [base, 2 base) of `count` tables (x in a, y in b) from the entries before them.
HWY_NOINLINE inline void double_tables(Sums* sums, size_t count, size_t base) {
    Field product = set_small(1);
    for (size_t g = 0; g < count; ++g) {
        SumSlot* slots = table_slots(sums, g);
        for (size_t j = 1; j <= base; ++j) {
            const Field divisor = slope_divisor(slots, base, j);
            store(product, slots[base + j - 1].a);
            store(divisor, slots[base + j - 1].b);
            product = multiply(product, divisor);
        }
    }
    Field rest = inverse_of_each(product);
    for (size_t g = count; g-- > 0;) {
        SumSlot* slots = table_slots(sums, g);
        const Field x1 = load(slots[base - 1].a);
        const Field y1 = load(slots[base - 1].b);
        for (size_t j = base; j >= 1; --j) {
            SumSlot& entry = slots[base + j - 1];
            const Field inverse = multiply(rest, load(entry.a));
            rest = multiply(rest, load(entry.b));
            const Field x2 = load(slots[j - 1].a);
            const Factor dividend =
                j == base ? square<Factor, 3>(x1) : factor(subtract<1>(y1, load(slots[j - 1].b)));
            const Factor slope = multiply<Factor>(dividend, inverse);
            const Field x = square_add(negate<2>(add(x1, x2)), slope);
            store(x, entry.a);
            store(multiply_add(negate<1>(y1), slope, factor(subtract<1>(x1, x))), entry.b);
        }
    }
}

/// Packs the table of a group into its rows.
HWY_NOINLINE inline void pack_table(Sums* sums, size_t group, PointTable& table) {
    const SumSlot* slots = table_slots(sums, group);
    for (size_t e = 0; e < kPointEntries; ++e) {
        PackedPoint* rows[kLanes];
        for (size_t i = 0; i < kLanes; ++i)
            rows[i] = &table[e][i];
        store_points(shrink(load(slots[e].a)), shrink(load(slots[e].b)), rows);
    }
}

/// Puts an addition of x1 and x2 into the product of divisors; x2 in c, x1 - x2 in b.
SWITCHYARD_SIMD_FIELD_INLINE void begin_sum(const Field& x1, const Field& x2, SumSlot& slot,
                                            Field& product) {
    const Field divisor = reduce(subtract<1>(x1, x2));
    store(product, slot.a);
    store(divisor, slot.b);
    store(x2, slot.c);
    product = multiply(product, divisor);
}

/// Takes the inverse of a divisor out of the inverse of the product; ends with x and -y in a and b.
SWITCHYARD_SIMD_FIELD_INLINE void end_sum(const Digits& first, const Digits& second, SumSlot& slot,
                                          LaneMask& infinite, Field& rest) {
    const Field divisor = load(slot.b);
    const Field x2 = load(slot.c);
    const Field inverse = multiply(rest, load(slot.a));
    rest = multiply(rest, divisor);
    const Field y1 = first.y<1>();
    const Field minus_y2 = second.y<-1>();
    const Field x1 = add(divisor, x2);
    const Factor slope = multiply<Factor>(factor(add(y1, minus_y2)), inverse);
    Field x = square_add(negate<3>(add(x1, x2)), slope);
    Field minus_y = multiply_add(y1, slope, factor(subtract<2>(x, x1)));
    infinite = hn::And(first.zero, second.zero);
    if (!hn::AllFalse(Tag(), hn::Or(first.zero, second.zero))) {
        x = select(first.zero, x2, select(second.zero, reduce(x1), x));
        minus_y = select(first.zero, reduce(minus_y2),
                         select(second.zero, reduce(negate<2>(y1)), minus_y));
    }
    store(x, slot.a);
    store(minus_y, slot.b);
}

/// For each window of each group: the sum of the multiples of R and lambda R that u2's digits
/// select, and of G and 2^128 G that u1's select. No two of these are equal or opposite, as
/// +-i +-j lambda and +-i +-j 2^128 are multiples of n for no digits. Group g begins at signature
/// first + kLanes g.
HWY_NOINLINE inline void add_halves(const KernelInput& input, const PointTable* tables,
                                    size_t first, size_t count, Sums* sums) {
    Field product = set_small(1);
    for (size_t g = 0; g < count; ++g) {
        const size_t at = first + kLanes * g;
        for (size_t w = 0; w < kPointWindows; ++w) {
            const Field x1 = point_digits(input, tables[g], at, 0, w).x();
            const Field x2 = beta_times(point_digits(input, tables[g], at, 1, w).x());
            begin_sum(x1, x2, sums[g].slot[w], product);
        }
        for (size_t w = 0; w < kGeneratorWindows; ++w) {
            const Field x1 = generator_digits(input, at, 0, w).x();
            const Field x2 = generator_digits(input, at, 1, w).x();
            begin_sum(x1, x2, sums[g].slot[kPointWindows + w], product);
        }
    }
    Field rest = inverse_of_each(product);
    for (size_t g = count; g-- > 0;) {
        const size_t at = first + kLanes * g;
        for (size_t w = kGeneratorWindows; w-- > 0;)
            end_sum(generator_digits(input, at, 0, w), generator_digits(input, at, 1, w),
                    sums[g].slot[kPointWindows + w], sums[g].infinite[kPointWindows + w], rest);
        for (size_t w = kPointWindows; w-- > 0;)
            end_sum(point_digits(input, tables[g], at, 0, w),
                    point_digits(input, tables[g], at, 1, w), sums[g].slot[w], sums[g].infinite[w],
                    rest);
    }
}

/// Adds each window of u1 to the window of u2 at the same bit. Vector lanes in which the two are
/// equal or opposite are noted in `special`, and get a sum that is no point.
HWY_NOINLINE inline void add_windows(size_t count, Sums* sums) {
    Field product = set_small(1);
    for (size_t g = 0; g < count; ++g) {
        sums[g].special = hn::Ne(hn::Zero(Tag()), hn::Zero(Tag()));
        for (size_t w = 0; w < kGeneratorWindows; ++w) {
            SumSlot& point = sums[g].slot[2 * w];
            SumSlot& fixed = sums[g].slot[kPointWindows + w];
            Field divisor = reduce(subtract<1>(load(point.a), load(fixed.a)));
            const LaneMask zero = is_zero(normalize(divisor));
            if (HWY_UNLIKELY(!hn::AllFalse(Tag(), zero))) {
                sums[g].special = hn::Or(sums[g].special, zero);
                divisor = select(zero, set_small(1), divisor);
            }
            store(product, point.c);
            store(divisor, fixed.c);
            product = multiply(product, divisor);
        }
    }
    Field rest = inverse_of_each(product);
    for (size_t g = count; g-- > 0;) {
        for (size_t w = kGeneratorWindows; w-- > 0;) {
            SumSlot& point = sums[g].slot[2 * w];
            const SumSlot& fixed = sums[g].slot[kPointWindows + w];
            const Field inverse = multiply(rest, load(point.c));
            rest = multiply(rest, load(fixed.c));
            const Field x1 = load(point.a);
            const Field x2 = load(fixed.a);
            // Of the opposite points, whose sum has y where the slot keeps -y.
            const Field y1 = load(point.b);
            const Field y2 = load(fixed.b);
            const Factor slope = multiply<Factor>(factor(subtract<1>(y1, y2)), inverse);
            Field x = square_add(negate<2>(add(x1, x2)), slope);
            Field y = multiply_add(negate<1>(y1), slope, factor(subtract<1>(x1, x)));
            LaneMask& infinite = sums[g].infinite[2 * w];
            const LaneMask fixed_infinite = sums[g].infinite[kPointWindows + w];
            if (!hn::AllFalse(Tag(), hn::Or(infinite, fixed_infinite))) {
                x = select(infinite, x2, select(fixed_infinite, x1, x));
                y = select(infinite, y2, select(fixed_infinite, y1, y));
                infinite = hn::And(infinite, fixed_infinite);
            }
            store(x, point.a);
            store(y, point.b);
        }
    }
}

}  // namespace HWY_NAMESPACE
}  // namespace switchyard::simd
