// SPDX-License-Identifier: Apache-2.0
#include "simd/keccak256.hpp"

#include <gtest/gtest.h>

#include <vector>

#include "simd/cpu_targets.hpp"
#include "simd/keccak256_ref.hpp"

namespace switchyard::simd {
namespace {

TEST(Keccak256, HashesTheEmptyMessage) {
    std::array<uint8_t, 32> digest{};
    keccak256({}, digest);
    EXPECT_EQ(digest[0], 0xc5);
    EXPECT_EQ(digest[31], 0x70);
    EXPECT_EQ(digest, ref::keccak256({}));
}

}  // namespace
}  // namespace switchyard::simd
