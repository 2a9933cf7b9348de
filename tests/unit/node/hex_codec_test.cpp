// SPDX-License-Identifier: Apache-2.0
#include "host/node/json/hex_codec.hpp"

#include <gtest/gtest.h>

#include "host/core/hex.hpp"
#include "tests/support/test_data.hpp"

namespace switchyard::json {
namespace {

TEST(HexCodec, QuantitiesAreStrict) {
    uint64_t value = 7;
    EXPECT_EQ(decode_quantity("0x0", value), HexFault::None);
    EXPECT_EQ(value, 0U);
    EXPECT_EQ(decode_quantity("0xffFFffffffffffff", value), HexFault::None);
    EXPECT_EQ(value, UINT64_MAX);
    EXPECT_EQ(decode_quantity("0x10000000000000000", value), HexFault::TooLarge);
    EXPECT_EQ(value, UINT64_MAX) << "a refused text changes nothing";
    EXPECT_EQ(decode_quantity("", value), HexFault::Empty);
    EXPECT_EQ(decode_quantity("10", value), HexFault::MissingPrefix);
    EXPECT_EQ(decode_quantity("0X10", value), HexFault::MissingPrefix);
    EXPECT_EQ(decode_quantity("0x", value), HexFault::EmptyQuantity);
    EXPECT_EQ(decode_quantity("0x01", value), HexFault::LeadingZero);
    EXPECT_EQ(decode_quantity("0x00", value), HexFault::LeadingZero);
    EXPECT_EQ(decode_quantity("0x1g", value), HexFault::BadDigit);
    EXPECT_EQ(decode_quantity("0x1111111111111111g", value), HexFault::BadDigit);
    EXPECT_EQ(decode_quantity("0x 1", value), HexFault::BadDigit);
    EXPECT_EQ(decode_quantity(std::string_view("0x1\0", 4), value), HexFault::BadDigit);
}

TEST(HexCodec, WordsHaveUpTo64Digits) {
    auto random = test::test_generator(1);
    for (int i = 0; i < 500; ++i) {
        Uint256 expected{random(), random(), random(), random()};
        expected = expected >> (random() % 256);
        Uint256 value;
        ASSERT_EQ(decode_quantity(to_hex_quantity(expected), value), HexFault::None);
        ASSERT_EQ(value, expected);
    }
    Uint256 value;
    EXPECT_EQ(decode_quantity("0x1" + std::string(64, '0'), value), HexFault::TooLarge);
}

TEST(HexCodec, DataOfAnyLengthAgreesWithTheOtherDecoder) {
    auto random = test::test_generator(2);
    Bytes out;
    for (size_t size = 0; size < 130; ++size) {
        Bytes bytes(size);
        for (auto& byte : bytes)
            byte = static_cast<uint8_t>(random());
        const std::string text = to_hex(bytes);
        ASSERT_EQ(decode_data(text, out, 200), HexFault::None);
        ASSERT_EQ(out, bytes);
        ASSERT_EQ(decode_data(text + "0", out, 200), HexFault::OddLength);
        if (size == 0) continue;
        std::string broken = text;
        broken[2 + random() % (2 * size)] = 'g';
        ASSERT_EQ(decode_data(broken, out, 200), HexFault::BadDigit);
        ASSERT_EQ(decode_data(text, out, size - 1), HexFault::TooLarge);
        Bytes fixed(size);
        ASSERT_EQ(decode_fixed(text, fixed), HexFault::None);
        ASSERT_EQ(fixed, bytes);
        fixed.pop_back();
        ASSERT_EQ(decode_fixed(text, fixed), HexFault::WrongLength);
    }
    EXPECT_EQ(decode_data("0x", out, 0), HexFault::None);
    EXPECT_EQ(decode_data("", out, 10), HexFault::Empty);
    EXPECT_EQ(decode_data("abcd", out, 10), HexFault::MissingPrefix);
}

TEST(HexCodec, EveryByteThatIsNoDigitIsRefused) {
    for (int c = 0; c < 256; ++c) {
        const bool digit =
            (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
        for (const size_t at : {size_t{2}, size_t{3}}) {
            std::string text = "0x55";
            text[at] = static_cast<char>(c);
            std::array<uint8_t, 1> out{};
            EXPECT_EQ(decode_fixed(text, out) == HexFault::None, digit) << c;
        }
    }
}

}  // namespace
}  // namespace switchyard::json
