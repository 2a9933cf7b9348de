// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "host/chain/base_fee.hpp"
#include "host/chain/blob_fee.hpp"
#include "host/chain/chain_config.hpp"

namespace switchyard {
namespace {

TEST(BaseFee, FollowsMainnetHeaders) {
    // Blocks 12965000 (London's first), 12965001 and 12965002 of mainnet.
    EXPECT_EQ(next_base_fee(30'029'122, 30'025'257, kInitialBaseFee), Uint256{1'124'967'822});
    EXPECT_EQ(next_base_fee(30'000'000, 15'000'000, 77), Uint256{77});
}

TEST(BaseFee, MovesByOneEighthAtMost) {
    EXPECT_EQ(next_base_fee(30'000'000, 30'000'000, 8'000), Uint256{9'000});
    EXPECT_EQ(next_base_fee(30'000'000, 0, 8'000), Uint256{7'000});
    // The smallest step up is 1 wei; down may be none.
    EXPECT_EQ(next_base_fee(30'000'000, 15'000'001, 7), Uint256{8});
    EXPECT_EQ(next_base_fee(30'000'000, 14'999'999, 7), Uint256{7});
    EXPECT_EQ(next_base_fee(30'000'000, 0, 0), Uint256{});
}

TEST(BaseFee, SaturatesInsteadOfWrapping) {
    const Uint256 most = ~Uint256{};
    EXPECT_EQ(next_base_fee(30'000'000, 30'000'000, most), most);
    EXPECT_EQ(next_base_fee(30'000'000, 0, most), most - most / Uint256{8});
    EXPECT_EQ(next_base_fee(UINT64_MAX, UINT64_MAX, most), most);
}

TEST(GasLimit, MovesByLessThanOnePartInAThousand) {
    EXPECT_TRUE(is_valid_gas_limit(30'000'000, 30'000'000));
    EXPECT_TRUE(is_valid_gas_limit(30'000'000 + 29'295, 30'000'000));
    EXPECT_FALSE(is_valid_gas_limit(30'000'000 + 29'296, 30'000'000));
    EXPECT_TRUE(is_valid_gas_limit(30'000'000 - 29'295, 30'000'000));
    EXPECT_FALSE(is_valid_gas_limit(30'000'000 - 29'296, 30'000'000));
    EXPECT_FALSE(is_valid_gas_limit(4'999, 5'000));
}

TEST(BlobFee, ApproximatesTheExponential) {
    // The table of EIP-4844's reference test for fake_exponential.
    struct Case {
        uint64_t factor, numerator, denominator, expected;
    };
    for (const Case& c :
         {Case{1, 0, 1, 1}, Case{38493, 0, 1000, 38493}, Case{0, 1234, 2345, 0}, Case{1, 2, 1, 6},
          Case{1, 4, 2, 6}, Case{1, 3, 1, 16}, Case{1, 6, 2, 18}, Case{1, 4, 1, 49},
          Case{1, 8, 2, 50}, Case{10, 8, 2, 542}, Case{11, 8, 2, 596}, Case{1, 5, 1, 136},
          Case{1, 5, 2, 11}, Case{2, 5, 2, 23}, Case{1, 50000000, 2225652, 5709098764}})
        EXPECT_EQ(fake_exponential(c.factor, c.numerator, c.denominator), Uint256{c.expected});
}

TEST(BlobFee, StaysBoundedOnAnyInput) {
    EXPECT_EQ(fake_exponential(1, UINT64_MAX, 1), ~Uint256{});
    EXPECT_EQ(fake_exponential(UINT64_MAX, 177, 1), ~Uint256{});
    EXPECT_EQ(fake_exponential(UINT64_MAX, UINT64_MAX, UINT64_MAX).fits_uint64(), false);
    EXPECT_LT(fake_exponential(UINT64_MAX, UINT64_MAX, UINT64_MAX), Uint256{3} << 64);
    EXPECT_EQ(blob_base_fee(UINT64_MAX, kMainnetBpo2), ~Uint256{});
    // e^177 is the largest whole power that a word can state: about 7.4e76.
    EXPECT_EQ(bit_length(fake_exponential(1, 177, 1)), 256U);
}

TEST(BlobFee, KeepsTheTargetFromCancunToPrague) {
    const ParentBlobGas at_target{10 * kGasPerBlob, 3 * kGasPerBlob, 1};
    EXPECT_EQ(next_excess_blob_gas(Revision::Cancun, at_target, kCancunBlobs), 10 * kGasPerBlob);
    EXPECT_EQ(next_excess_blob_gas(Revision::Prague, at_target, kPragueBlobs), 7 * kGasPerBlob);
    EXPECT_EQ(next_excess_blob_gas(Revision::Prague, {0, 0, 1}, kPragueBlobs), 0U);
    EXPECT_EQ(next_excess_blob_gas(Revision::Prague, {UINT64_MAX, UINT64_MAX, 1}, kPragueBlobs),
              UINT64_MAX);
}

TEST(BlobFee, HoldsTheReservePriceFromOsakaOn) {
    // EIP-7918: with execution gas dear and blobs cheap, a third of the used blob gas is added.
    const ParentBlobGas cheap_blobs{10 * kGasPerBlob, 9 * kGasPerBlob, 1'000'000'000};
    EXPECT_EQ(next_excess_blob_gas(Revision::Osaka, cheap_blobs, kPragueBlobs),
              10 * kGasPerBlob + 3 * kGasPerBlob);
    EXPECT_EQ(next_excess_blob_gas(Revision::Prague, cheap_blobs, kPragueBlobs), 13 * kGasPerBlob);
    const ParentBlobGas half{10 * kGasPerBlob, 6 * kGasPerBlob, 1'000'000'000};
    EXPECT_EQ(next_excess_blob_gas(Revision::Osaka, half, kPragueBlobs), 12 * kGasPerBlob);
    EXPECT_EQ(next_excess_blob_gas(Revision::Prague, half, kPragueBlobs), 10 * kGasPerBlob);
    // At a base fee of 16 wei the two prices are equal and the rule does not apply.
    const ParentBlobGas equal_price{10 * kGasPerBlob, 6 * kGasPerBlob, 16};
    EXPECT_EQ(next_excess_blob_gas(Revision::Osaka, equal_price, kPragueBlobs), 10 * kGasPerBlob);
}

}  // namespace
}  // namespace switchyard
