// SPDX-License-Identifier: Apache-2.0
// Fixed bytes compare as the arrays that they hold, whatever their size.
#include "host/core/bytes.hpp"

#include <gtest/gtest.h>

#include <set>
#include <vector>

#include "tests/support/test_data.hpp"

namespace switchyard {
namespace {

template <size_t N>
void expect_compares_as_arrays(const FixedBytes<N>& a, const FixedBytes<N>& b) {
    EXPECT_EQ(a == b, a.bytes == b.bytes);
    EXPECT_EQ(a != b, a.bytes != b.bytes);
    EXPECT_EQ(a <=> b, a.bytes <=> b.bytes);
    EXPECT_EQ(b <=> a, b.bytes <=> a.bytes);
}

template <size_t N>
void compare_all() {
    SCOPED_TRACE(N);
    std::mt19937_64 random = test::test_generator(N);
    EXPECT_TRUE(FixedBytes<N>{}.is_zero());
    for (size_t i = 0; i < N; ++i) {
        FixedBytes<N> one{};
        one[i] = static_cast<uint8_t>(1 + random() % 255);
        EXPECT_FALSE(one.is_zero()) << i;
        FixedBytes<N> a{};
        for (uint8_t& byte : a.bytes)
            byte = static_cast<uint8_t>(random());
        FixedBytes<N> b = a;
        expect_compares_as_arrays(a, b);
        b[i] = static_cast<uint8_t>(random());
        expect_compares_as_arrays(a, b);
        // What comes behind the first difference does not count.
        for (size_t k = i + 1; k < N; ++k)
            b[k] = static_cast<uint8_t>(random());
        expect_compares_as_arrays(a, b);
    }
}

TEST(FixedBytes, CompareAsTheirArrays) {
    compare_all<1>();
    compare_all<3>();
    compare_all<7>();
    compare_all<8>();
    compare_all<9>();
    compare_all<20>();
    compare_all<32>();
    compare_all<48>();
    compare_all<61>();
    compare_all<256>();
}

TEST(FixedBytes, CompareInConstants) {
    constexpr FixedBytes<20> low{{1, 2}};
    constexpr FixedBytes<20> high{{1, 3}};
    static_assert(low == low && low != high && low < high && !low.is_zero());
    static_assert(FixedBytes<20>{}.is_zero());
}

TEST(MixBytes, DependsOnEveryByteAndOnTheSeed) {
    constexpr size_t kSizes[] = {1, 7, 8, 20, 32, 40, 43};
    for (const size_t size : kSizes) {
        std::vector<uint8_t> bytes(size);
        bytes.shrink_to_fit();
        std::set<uint64_t> hashes{mix_bytes(bytes.data(), size, 7),
                                  mix_bytes(bytes.data(), size, 8)};
        for (uint8_t& byte : bytes) {
            byte = 1;
            hashes.insert(mix_bytes(bytes.data(), size, 7));
            byte = 0;
        }
        EXPECT_EQ(hashes.size(), size + 2) << size;
    }
}

}  // namespace
}  // namespace switchyard
