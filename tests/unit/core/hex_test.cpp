// SPDX-License-Identifier: Apache-2.0
#include "host/core/hex.hpp"

#include <gtest/gtest.h>

namespace switchyard {
namespace {

TEST(Hex, RoundTripsEveryByte) {
    Bytes all;
    for (int i = 0; i < 256; ++i)
        all.push_back(static_cast<uint8_t>(i));
    EXPECT_EQ(from_hex(to_hex(all)), all);
}

TEST(Hex, AcceptsUpperCaseAndNoPrefix) {
    EXPECT_EQ(from_hex("AbcD"), (Bytes{0xab, 0xcd}));
}

TEST(Hex, RefusesOddLengthAndWrongDigits) {
    EXPECT_FALSE(from_hex("0x1"));
    EXPECT_FALSE(from_hex("0x1g"));
    EXPECT_FALSE(from_hex("0x 1"));
}

TEST(Hex, FixedBytesNeedTheirExactLength) {
    EXPECT_TRUE(fixed_from_hex<2>("0x0102"));
    EXPECT_FALSE(fixed_from_hex<2>("0x010203"));
    EXPECT_FALSE(fixed_from_hex<2>("0x01"));
}

}  // namespace
}  // namespace switchyard
