// SPDX-License-Identifier: Apache-2.0
// The sums of verification with known keys, over small multiples of G so that equal and opposite
// points and infinity meet all the time, against the plain reference.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <memory>
#include <random>
#include <vector>

#include "simd/cpu_targets.hpp"
#include "simd/curve/secp256k1_combine.hpp"
#include "simd/secp256k1/ref.hpp"
#include "simd/secp256k1/verify/kernel.hpp"
#include "tests/support/test_data.hpp"

namespace switchyard::simd {
namespace {

PackedPoint packed(const ref::JacobianPoint& point) {
    PackedPoint out{};
    if (ref::is_zero(point.z)) return out;
    const ref::JacobianPoint affine = ref::to_affine(point);
    std::copy_n(affine.x.data(), 4, out.x);
    std::copy_n(affine.y.data(), 4, out.y);
    return out;
}

/// k G for a signed k.
ref::JacobianPoint multiple(int64_t k) {
    const ref::U256 magnitude{static_cast<uint64_t>(k < 0 ? -k : k), 0, 0, 0};
    ref::JacobianPoint point = ref::multiply(ref::generator(), magnitude);
    if (k < 0) point.y = ref::sub_mod({}, point.y, ref::kFieldOrder);
    return point;
}

/// A coordinate modulo p, of which a row may hold either form.
ref::U256 exact(const uint64_t* words) {
    ref::U256 value{words[0], words[1], words[2], words[3]};
    return ref::less(value, ref::kFieldOrder.value)
               ? value
               : ref::sub_mod(value, ref::kFieldOrder.value, ref::kFieldOrder);
}

void expect_multiple(const PackedPoint& point, int64_t k) {
    const PackedPoint expected = packed(multiple(k));
    EXPECT_EQ(exact(point.x), exact(expected.x)) << k;
    EXPECT_EQ(exact(point.y), exact(expected.y)) << k;
}

void expect_multiple(const JacobianWords& point, int64_t k) {
    EXPECT_EQ(is_infinity(point), k == 0);
    expect_multiple(packed({point.x, point.y, point.z}), k);
}

class SumsOnEveryTarget : public testing::TestWithParam<std::string> {
  protected:
    void SetUp() override { ASSERT_TRUE(force_target(GetParam())); }
    void TearDown() override { force_target(""); }
};

INSTANTIATE_TEST_SUITE_P(Target, SumsOnEveryTarget, testing::ValuesIn(supported_targets()),
                         [](const auto& instance) { return instance.param; });

struct SumsCase {
    size_t lists;
    size_t longest;
    uint64_t multiples;  ///< rows hold 0 to this many times G
};

TEST_P(SumsOnEveryTarget, SumListsOfEqualOppositeAndInfinitePoints) {
    std::mt19937_64 random = switchyard::test::test_generator(51);
    const auto table = std::make_unique<ListTable>();
    const auto scratch = std::make_unique<SumScratch>();
    constexpr size_t kRows = 40;
    std::vector<PackedPoint> rows(kRows + 1);
    for (size_t k = 0; k <= kRows; ++k)
        rows[k] = packed(multiple(static_cast<int64_t>(k)));
    for (const SumsCase& c :
         {SumsCase{0, 0, 1}, SumsCase{1, 1, 1}, SumsCase{1, 9, 1}, SumsCase{1, 300, 2},
          SumsCase{7, 2, 1}, SumsCase{8, 3, 2}, SumsCase{9, 5, 1}, SumsCase{33, 17, 3},
          SumsCase{100, 8, 40}, SumsCase{200, 4, 1}}) {
        std::vector<std::vector<uint16_t>> lists(c.lists);
        std::vector<int64_t> expected(c.lists);
        for (size_t i = 0; i < c.lists; ++i) {
            lists[i].resize(random() % (c.longest + 1));
            for (uint16_t& entry : lists[i]) {
                const auto k = static_cast<uint16_t>(random() % (c.multiples + 1));
                const bool negative = random() % 2 == 0;
                entry = static_cast<uint16_t>(k | (negative ? kEntryNegative : 0));
                expected[i] += negative ? -int64_t{k} : int64_t{k};
            }
            table->count[i] = static_cast<uint32_t>(lists[i].size());
        }
        table->lay_out(c.lists);
        for (size_t i = 0; i < c.lists; ++i)
            for (const uint16_t entry : lists[i])
                table->place(i, entry);
        table->fill_up();
        std::vector<PackedPoint> results(c.lists + 1);
        PackedPoint spare;
        std::memset(results.data(), 0xa5, results.size() * sizeof(PackedPoint));
        sum_lists(*table, rows.data(), results.data(), &spare, *scratch);
        for (size_t i = 0; i < c.lists; ++i) {
            if (lists[i].empty())
                EXPECT_EQ(results[i].x[0], 0xa5a5a5a5a5a5a5a5);
            else
                expect_multiple(results[i], expected[i]);
        }
        EXPECT_EQ(results[c.lists].y[3], 0xa5a5a5a5a5a5a5a5);
    }
}

TEST_P(SumsOnEveryTarget, WeightedSumsOfEqualOppositeAndInfinitePoints) {
    std::mt19937_64 random = switchyard::test::test_generator(52);
    for (size_t count = 1; count <= 13; count += 4) {
        for (const size_t top : {size_t{1}, size_t{3}, size_t{7}}) {
            std::vector<PackedPoint> rows(count * (top + 1));
            std::vector<int64_t> expected(count);
            for (size_t l = 0; l < count; ++l) {
                for (size_t v = 1; v <= top; ++v) {
                    const int64_t k = static_cast<int64_t>(random() % 5) - 2;
                    rows[l * (top + 1) + v] = packed(multiple(k));
                    expected[l] += static_cast<int64_t>(v) * k;
                }
            }
            std::vector<JacobianWords> sums(count);
            weighted_sums(rows.data(), top + 1, top, count, sums.data());
            for (size_t l = 0; l < count; ++l)
                expect_multiple(sums[l], expected[l]);
        }
    }
}

TEST_P(SumsOnEveryTarget, DigitsGiveTheScalarsAgain) {
    std::mt19937_64 random = switchyard::test::test_generator(53);
    // Up to 0.64 * 2^128 with both signs, and the borders of windows.
    std::vector<Term> terms(200);
    for (size_t i = 0; i < terms.size(); ++i) {
        terms[i] = {random(), random() % 0xa000'0000'0000'0000, static_cast<uint16_t>(i),
                    random() % 2 == 0};
        if (i % 5 == 0) terms[i].high = i % 2 == 0 ? 0 : 0x9fff'ffff'ffff'ffff;
        if (i % 7 == 0) terms[i].low = i % 2 == 0 ? 0 : ~uint64_t{0};
        if (i % 11 == 0) terms[i] = {uint64_t{1} << (i % 64), 0, 0, false};
    }
    terms[0] = {0, uint64_t{1} << 63, 0, true};
    for (size_t width = 4; width <= 10; ++width) {
        const size_t windows = (128 + width) / width;
        std::vector<uint16_t> digits(windows * terms.size());
        write_digits(terms, width, windows, terms.size(), digits.data());
        for (size_t i = 0; i < terms.size(); ++i) {
            ref::U256 value{};
            for (size_t w = windows; w-- > 0;) {
                const uint16_t digit = digits[w * terms.size() + i];
                const uint64_t magnitude = digit & (kEntryNegative - 1);
                ASSERT_LE(magnitude, uint64_t{1} << (width - 1));
                for (size_t bit = 0; bit < width; ++bit)
                    value = ref::add_mod(value, value, ref::kGroupOrder);
                const auto accumulate = (digit & kEntryNegative) != 0 ? ref::sub_mod : ref::add_mod;
                value = accumulate(value, {magnitude, 0, 0, 0}, ref::kGroupOrder);
            }
            ref::U256 expected{terms[i].low, terms[i].high, 0, 0};
            if (terms[i].negative) expected = ref::sub_mod({}, expected, ref::kGroupOrder);
            EXPECT_EQ(value, expected) << "width " << width << ", term " << i;
        }
    }
}

TEST(Secp256k1Combine, CombinesWindowsAndSubtracts) {
    std::mt19937_64 random = switchyard::test::test_generator(54);
    for (size_t round = 0; round < 12; ++round) {
        std::array<JacobianWords, 4> low;
        std::array<JacobianWords, 4> high;
        int64_t expected = 0;
        int64_t first = 0;
        for (size_t w = 0; w < 4; ++w) {
            const int64_t l = static_cast<int64_t>(random() % 5) - 2;
            const int64_t h = round == 0 ? 0 : static_cast<int64_t>(random() % 5) - 2;
            const ref::JacobianPoint a = multiple(l);
            const ref::JacobianPoint b = multiple(h);
            low[w] = {a.x, a.y, a.z};
            high[w] = {b.x, b.y, b.z};
            if (w == 0) first = l;
            expected += (int64_t{1} << (5 * w)) * (l + 4 * h);
        }
        const JacobianWords sum = combine_windows(low, high, 5, 2);
        expect_multiple(sum, expected);
        expect_multiple(subtract_points(sum, sum), 0);
        expect_multiple(subtract_points(sum, low[0]), expected - first);
        expect_multiple(subtract_points(low[0], sum), first - expected);
    }
}

}  // namespace
}  // namespace switchyard::simd
