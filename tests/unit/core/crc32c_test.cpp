// SPDX-License-Identifier: Apache-2.0
#include "host/core/checksum/crc32c.hpp"

#include <gtest/gtest.h>

#include <string_view>

#include "tests/support/test_data.hpp"

namespace switchyard {
namespace {

/// One bit at a time, straight from the definition.
uint32_t plain_crc32c(BytesView bytes) {
    uint32_t state = 0xFFFF'FFFF;
    for (const uint8_t byte : bytes) {
        state ^= byte;
        for (int bit = 0; bit < 8; ++bit)
            state = (state >> 1) ^ ((state & 1) != 0 ? 0x82F6'3B78 : 0);
    }
    return ~state;
}

Bytes random_bytes(std::mt19937_64& random, size_t size) {
    Bytes out(size);
    for (uint8_t& byte : out)
        byte = static_cast<uint8_t>(random());
    return out;
}

BytesView text(std::string_view characters) {
    return {reinterpret_cast<const uint8_t*>(characters.data()), characters.size()};
}

TEST(Crc32c, GivesTheCheckValue) {
    EXPECT_EQ(crc32c(text("123456789")), 0xE306'9283);
    EXPECT_EQ(plain_crc32c(text("123456789")), 0xE306'9283);
    EXPECT_EQ(crc32c({}), 0u);
}

// RFC 3720, appendix B.4.
TEST(Crc32c, GivesTheExamplesOfRfc3720) {
    Bytes ascending(32);
    Bytes descending(32);
    for (size_t i = 0; i < 32; ++i) {
        ascending[i] = static_cast<uint8_t>(i);
        descending[i] = static_cast<uint8_t>(31 - i);
    }
    EXPECT_EQ(crc32c(Bytes(32, 0)), 0x8A91'36AA);
    EXPECT_EQ(crc32c(Bytes(32, 0xFF)), 0x62A8'AB43);
    EXPECT_EQ(crc32c(ascending), 0x46DD'794E);
    EXPECT_EQ(crc32c(descending), 0x113F'DB5C);
}

TEST(Crc32c, EqualsTheBitwiseReferenceAtEveryLengthAndAlignment) {
    auto random = test::test_generator(1);
    const Bytes bytes = random_bytes(random, 9'100);
    for (size_t size = 0; size < 600; ++size) {
        const BytesView view = BytesView{bytes}.subspan(size % 17, size);
        ASSERT_EQ(crc32c(view), plain_crc32c(view)) << size;
    }
    EXPECT_EQ(crc32c(bytes), plain_crc32c(bytes));
}

TEST(Crc32c, ContinuesFromAnEarlierPart) {
    auto random = test::test_generator(2);
    const Bytes bytes = random_bytes(random, 500);
    const BytesView view{bytes};
    for (size_t cut = 0; cut <= bytes.size(); ++cut)
        ASSERT_EQ(crc32c(view.subspan(cut), crc32c(view.first(cut))), crc32c(view)) << cut;
}

}  // namespace
}  // namespace switchyard
