// SPDX-License-Identifier: Apache-2.0
// The vector field of each target against the reference, at the borders of its limbs, which random
// signatures do not reach.
#include <gtest/gtest.h>

#include <array>
#include <random>
#include <string>
#include <type_traits>
#include <vector>

#include "simd/cpu_targets.hpp"
#include "simd/secp256k1/recover/kernel.hpp"
#include "simd/secp256k1/ref.hpp"
#include "simd/secp256k1/scalar.hpp"
#include "tests/support/test_data.hpp"
#include "tests/unit/simd/secp256k1/fewer.hpp"

// clang-format off
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "tests/unit/simd/secp256k1/field_test.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>
#include "simd/secp256k1/field-inl.hpp"
// clang-format on

namespace switchyard::simd {
#ifndef SWITCHYARD_FIELD_TEST_CASE
#define SWITCHYARD_FIELD_TEST_CASE
/// Two elements in words of 52 bits, and what came of them: a b, a^2, a - b, 8 (a + b), (8 a)(8 b),
/// a b - a, b^2 - 2 a, -4 a b, 3 a^2, 2 (a b + b^2), a b - a^2, (a b) (a - b), each in [0, p), then
/// flags: a is zero, a is odd.
struct FieldCase {
    uint64_t a[5];
    uint64_t b[5];
    uint64_t result[12][5];
    bool zero;
    bool odd;
};
#endif

namespace HWY_NAMESPACE {

HWY_INLINE Field broadcast(const uint64_t* words) {
    Vec v[5];
    for (size_t i = 0; i < 5; ++i)
        v[i] = hn::Set(Tag(), words[i]);
    return from_words(v);
}

HWY_INLINE void take(const Field& a, uint64_t* words) {
    Vec v[5];
    to_words(normalize(a), v);
    for (size_t i = 0; i < 5; ++i)
        words[i] = hn::GetLane(v[i]);
}

void run_field_case(FieldCase& c) {
    const Field a = broadcast(c.a);
    const Field b = broadcast(c.b);
    take(multiply(a, b), c.result[0]);
    take(square(a), c.result[1]);
    take(subtract<1>(a, b), c.result[2]);
    take(add(times<8>(a), times<8>(b)), c.result[3]);
    take(multiply(tighten(times<8>(a)), tighten(times<8>(b))), c.result[4]);
    take(multiply_add<Field>(negate<1>(a), a, b), c.result[5]);
    take(square_add<Field>(negate<2>(times<2>(a)), b), c.result[6]);
    take(multiply<Field, -4>(a, b), c.result[7]);
    take(square<Field, 3>(a), c.result[8]);
    take(multiply_two<Field, 2>(a, b, b, b), c.result[9]);
    take(multiply_subtract_square<Field>(a, b, a), c.result[10]);
    const Factor product = multiply<Factor>(a, b);
    take(multiply<Field>(product, factor(subtract<1>(a, b))), c.result[11]);
    const Field normalized = normalize(a);
    c.zero = hn::AllTrue(Tag(), is_zero(normalized));
    c.odd = hn::AllTrue(Tag(), is_odd(normalized));
}

/// points[i] becomes (x y, x - y) for the x, y of points[order[i]]; the count is a multiple of the
/// lanes. An odd group's results are normalized, an even one's are stored as shrink() gives them.
void run_packed_case(const PackedPoint* points, const size_t* order, size_t count,
                     PackedPoint* results) {
    for (size_t first = 0; first < count; first += kVectorLanes) {
        const PackedPoint* from[kVectorLanes];
        PackedPoint* to[kVectorLanes];
        for (size_t i = 0; i < kVectorLanes; ++i) {
            from[i] = points + order[first + i];
            to[i] = results + first + i;
        }
        Field x;
        Field y;
        load_points(from, x, y);
        const Field product = multiply(x, y);
        const Field difference = subtract<1>(x, y);
        if (first / kVectorLanes % 2 == 0)
            store_points(shrink(product), shrink(difference), to);
        else
            store_points(normalize(product), normalize(difference), to);
    }
}

}  // namespace HWY_NAMESPACE
}  // namespace switchyard::simd
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace switchyard::simd {
namespace {

HWY_EXPORT(run_field_case);
HWY_EXPORT(run_packed_case);

using ref::kFieldOrder;
using ref::U256;

/// The value of five words, each of which may exceed 52 bits, modulo p.
U256 value_of(const uint64_t* words) {
    const U256 radix{uint64_t{1} << 52, 0, 0, 0};
    U256 value{};
    for (size_t i = 5; i-- > 0;)
        value =
            ref::add_mod(ref::mul_mod(value, radix, kFieldOrder), {words[i], 0, 0, 0}, kFieldOrder);
    return value;
}

class FieldOnEveryTarget : public testing::TestWithParam<std::string> {
  protected:
    void SetUp() override {
        ASSERT_TRUE(force_target(GetParam()));
        if (GetParam() == "AVX3" && kernel_arithmetic() != "IFMA 5x52")
            GTEST_SKIP() << "this CPU has no IFMA";
    }
    void TearDown() override { force_target(""); }
};

INSTANTIATE_TEST_SUITE_P(Target, FieldOnEveryTarget, testing::ValuesIn(supported_targets()),
                         [](const auto& instance) { return instance.param; });

TEST_P(FieldOnEveryTarget, AgreesWithTheReferenceAtTheBordersOfLimbs) {
    std::mt19937_64 random = test::test_generator(31);
    constexpr uint64_t kFull = (uint64_t{1} << 52) - 1;
    constexpr uint64_t kTop = (uint64_t{1} << 48) - 1;
    constexpr uint64_t kPrimeLow = 0xffffefffffc2f;
    const std::array<uint64_t, 12> low{0,
                                       1,
                                       2,
                                       kFull,
                                       kFull - 1,
                                       kPrimeLow - 1,
                                       kPrimeLow,
                                       kPrimeLow + 1,
                                       (uint64_t{1} << 26) - 1,
                                       kFull - ((uint64_t{1} << 26) - 1),
                                       uint64_t{1} << 26,
                                       uint64_t{1} << 51};
    const auto element = [&](uint64_t* words) {
        const bool full = random() % 3 == 0;
        for (size_t i = 0; i < 5; ++i) {
            words[i] = full && i > 0               ? kFull
                       : random() % 4 == 0         ? random() & kFull
                       : i == 0 || !(random() % 3) ? low[random() % low.size()]
                                                   : (random() % 2 ? kFull : 0);
        }
        words[4] &= kTop;
        // Results of a multiplication may pass 2^256 by a little.
        if (random() % 4 == 0) words[4] = kTop + 1 + random() % 8;
    };
    const auto expect_value = [&](const uint64_t* words, const U256& expected, const char* what) {
        EXPECT_EQ(value_of(words), expected) << what;
        for (size_t i = 0; i < 5; ++i)
            EXPECT_LE(words[i], i < 4 ? kFull : kTop) << what;
        EXPECT_TRUE(ref::less(from_field_words(words, 1), kFieldOrder.value)) << what;
    };
    for (size_t i = 0; i < 20'000 / kFewer; ++i) {
        FieldCase c{};
        element(c.a);
        element(c.b);
        HWY_DYNAMIC_DISPATCH(run_field_case)(c);
        const U256 a = value_of(c.a);
        const U256 b = value_of(c.b);
        const U256 eight{8, 0, 0, 0};
        const U256 a8 = ref::mul_mod(a, eight, kFieldOrder);
        const U256 b8 = ref::mul_mod(b, eight, kFieldOrder);
        expect_value(c.result[0], ref::mul_mod(a, b, kFieldOrder), "product");
        expect_value(c.result[1], ref::mul_mod(a, a, kFieldOrder), "square");
        expect_value(c.result[2], ref::sub_mod(a, b, kFieldOrder), "difference");
        expect_value(c.result[3], ref::add_mod(a8, b8, kFieldOrder), "sum");
        expect_value(c.result[4], ref::mul_mod(a8, b8, kFieldOrder), "product of multiples");
        const auto multiply = [](const U256& x, const U256& y) {
            return ref::mul_mod(x, y, kFieldOrder);
        };
        const auto subtract = [](const U256& x, const U256& y) {
            return ref::sub_mod(x, y, kFieldOrder);
        };
        const U256 two{2, 0, 0, 0};
        const U256 ab = multiply(a, b);
        const U256 aa = multiply(a, a);
        const U256 bb = multiply(b, b);
        expect_value(c.result[5], subtract(ab, a), "product and a sum");
        expect_value(c.result[6], subtract(bb, multiply(two, a)), "square and a sum");
        expect_value(c.result[7], subtract({}, multiply({4, 0, 0, 0}, ab)), "negative product");
        expect_value(c.result[8], multiply({3, 0, 0, 0}, aa), "tripled square");
        expect_value(c.result[9], multiply(two, ref::add_mod(ab, bb, kFieldOrder)),
                     "doubled sum of products");
        expect_value(c.result[10], subtract(ab, aa), "product less a square");
        expect_value(c.result[11], multiply(ab, subtract(a, b)), "product of factors");
        EXPECT_EQ(c.zero, ref::is_zero(a));
        EXPECT_EQ(c.odd, (a[0] & 1) != 0);
        if (HasFailure()) FAIL() << "case " << i;
    }
}

TEST_P(FieldOnEveryTarget, LoadsAndStoresPackedPoints) {
    std::mt19937_64 random = test::test_generator(34);
    constexpr size_t kPoints = 512;
    std::vector<PackedPoint> points(kPoints);
    std::vector<PackedPoint> results(kPoints);
    std::vector<size_t> order(kPoints);
    constexpr U256 kPrime = kFieldOrder.value;
    for (size_t i = 0; i < kPoints; ++i) {
        for (uint64_t* value : {points[i].x, points[i].y}) {
            const bool border = random() % 4 == 0;
            for (size_t w = 0; w < 4; ++w)
                value[w] = border ? (w == 0 ? kPrime[0] - 2 + random() % 5 : ~uint64_t{0})
                                  : random() >> (random() % 4 == 0 ? random() % 64 : 0);
        }
        order[i] = random() % kPoints;
    }
    HWY_DYNAMIC_DISPATCH(run_packed_case)(points.data(), order.data(), kPoints, results.data());
    const auto value = [](const uint64_t* words) {
        const U256 all{words[0], words[1], words[2], words[3]};
        return ref::mul_mod(all, {1, 0, 0, 0}, kFieldOrder);
    };
    for (size_t i = 0; i < kPoints; ++i) {
        const U256 x = value(points[order[i]].x);
        const U256 y = value(points[order[i]].y);
        ASSERT_EQ(value(results[i].x), ref::mul_mod(x, y, kFieldOrder)) << i;
        ASSERT_EQ(value(results[i].y), ref::sub_mod(x, y, kFieldOrder)) << i;
    }
}

TEST(Scalars, SplitsAndRecodesEveryScalar) {
    const U256 lambda{0xdf02967c1b23bd72, 0x122e22ea20816678, 0xa5261c028812645a,
                      0x5363ad4cc05c30e0};
    const U256& n = ref::kGroupOrder.value;
    EXPECT_EQ(ref::pow_mod(lambda, {3, 0, 0, 0}, ref::kGroupOrder), (U256{1, 0, 0, 0}));
    std::mt19937_64 random = test::test_generator(32);
    for (uint64_t i = 0; i < 20000; ++i) {
        U256 k{random(), random(), random(), random()};
        if (i < 100) k = {i, 0, 0, 0};
        if (i >= 100 && i < 200) k = ref::sub_mod({}, {i - 99, 0, 0, 0}, ref::kGroupOrder);
        if (!ref::less(k, n)) continue;
        SignedHalf halves[2];
        split_scalar(k, halves[0], halves[1]);
        U256 sum{};
        for (size_t h = 0; h < 2; ++h) {
            std::array<uint32_t, 26> codes{};
            recode_windows<5, 26>(halves[h], codes.data(), 1);
            U256 part{};
            for (size_t digit = codes.size(); digit-- > 0;) {
                part = ref::mul_mod(part, {32, 0, 0, 0}, ref::kGroupOrder);
                const uint32_t code = codes[digit];
                const uint64_t magnitude = (code & kDigitEntryMask) + 1;
                ASSERT_LE(magnitude, 16u);
                if (code & kDigitZero) continue;
                part = code & kDigitNegative
                           ? ref::sub_mod(part, {magnitude, 0, 0, 0}, ref::kGroupOrder)
                           : ref::add_mod(part, {magnitude, 0, 0, 0}, ref::kGroupOrder);
            }
            sum = ref::add_mod(sum, h == 0 ? part : ref::mul_mod(part, lambda, ref::kGroupOrder),
                               ref::kGroupOrder);
        }
        ASSERT_EQ(sum, k);
    }
}

TEST(Scalars, SharesOneInversionAmongSignatures) {
    std::mt19937_64 random = test::test_generator(33);
    const size_t count = 19;
    std::vector<U256> z(count);
    std::vector<U256> r(count);
    std::vector<U256> s(count);
    const auto scalar = [&] {
        return ref::mul_mod({random(), random(), random(), random()}, {1, 0, 0, 0},
                            ref::kGroupOrder);
    };
    for (size_t i = 0; i < count; ++i) {
        z[i] = {random(), random(), random(), random()};
        r[i] = scalar();
        s[i] = scalar();
    }
    z[0] = {~uint64_t{0}, ~uint64_t{0}, ~uint64_t{0}, ~uint64_t{0}};
    z[1] = ref::kGroupOrder.value;
    r[2] = ref::sub_mod({}, {1, 0, 0, 0}, ref::kGroupOrder);
    std::vector<RecoveryScalars> scalars(count);
    recovery_scalars(z, r, s, scalars);
    for (size_t i = 0; i < count; ++i) {
        EXPECT_EQ(ref::mul_mod(scalars[i].u2, r[i], ref::kGroupOrder), s[i]);
        const U256 minus_z = ref::mul_mod(scalars[i].u1, r[i], ref::kGroupOrder);
        EXPECT_EQ(ref::add_mod(minus_z, ref::mul_mod(z[i], {1, 0, 0, 0}, ref::kGroupOrder),
                               ref::kGroupOrder),
                  U256{});
    }
}

TEST(GeneratorTable, HoldsTheMultiplesThatItPromises) {
    const GeneratorTable& table = generator_table();
    ref::JacobianPoint base = ref::generator();
    for (const auto& half : table.half) {
        ref::JacobianPoint point = base;
        for (const auto& entry : half) {
            const ref::JacobianPoint affine = ref::to_affine(point);
            ASSERT_EQ(std::to_array(entry.x), affine.x);
            ASSERT_EQ(std::to_array(entry.y), affine.y);
            point = ref::add(affine, base);
        }
        for (int i = 0; i < 128; ++i)
            base = ref::double_point(base);
        base = ref::to_affine(base);
    }
}

}  // namespace
}  // namespace switchyard::simd
#endif
