// SPDX-License-Identifier: Apache-2.0
#include "host/state/account.hpp"

#include <gtest/gtest.h>

#include "host/core/hex.hpp"
#include "simd/keccak256.hpp"

namespace switchyard {
namespace {

TEST(Code, FindsJumpDestinationsOutsidePushData) {
    // PUSH1 0x5b; JUMPDEST; PUSH2 0x5b 0x5b; JUMPDEST
    const Code code(*from_hex("605b5b615b5b5b"));
    const bool expected[] = {false, false, true, false, false, false, true};
    for (uint64_t i = 0; i < 7; ++i)
        EXPECT_EQ(code.is_jump_destination(i), expected[i]) << i;
    EXPECT_FALSE(code.is_jump_destination(7));
    EXPECT_FALSE(code.is_jump_destination(UINT64_MAX));
}

TEST(Code, EndsInsidePushData) {
    const Code code(*from_hex("5b7f5b"));
    EXPECT_TRUE(code.is_jump_destination(0));
    EXPECT_FALSE(code.is_jump_destination(2));
    EXPECT_EQ(code.size(), 3U);
    for (size_t i = 0; i < 33; ++i)
        EXPECT_EQ(code.padded()[3 + i], 0);
}

TEST(Code, AnalysesAcrossWordsOfTheBitmap) {
    Bytes bytes(200, 0x5b);
    bytes[63] = 0x60;  // its data byte is number 64
    const Code code(bytes);
    EXPECT_TRUE(code.is_jump_destination(62));
    EXPECT_FALSE(code.is_jump_destination(63));
    EXPECT_FALSE(code.is_jump_destination(64));
    EXPECT_TRUE(code.is_jump_destination(65));
    EXPECT_TRUE(code.is_jump_destination(199));
}

TEST(Code, EmptyCodeHashIsTheHashOfNothing) {
    Bytes32 digest;
    simd::keccak256({}, digest.bytes);
    EXPECT_EQ(digest, kEmptyCodeHash);
    EXPECT_EQ(empty_code()->size(), 0U);
    EXPECT_FALSE(empty_code()->is_jump_destination(0));
}

}  // namespace
}  // namespace switchyard
