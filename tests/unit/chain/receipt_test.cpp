// SPDX-License-Identifier: Apache-2.0
#include "host/chain/receipt.hpp"

#include <gtest/gtest.h>

#include "host/chain/hash.hpp"
#include "host/core/hex.hpp"

namespace switchyard {
namespace {

TEST(Receipt, HashesNoLogsToTheKnownValue) {
    // keccak256(rlp([])), which the state tests state for every transaction without logs.
    EXPECT_EQ(to_hex(keccak256(encode_logs({}))),
              "0x1dcc4de8dec75d7aab85b567b6ccd41ad312451b948a7413f0a142fd40d49347");
}

TEST(Receipt, EncodesStatusStateRootAndType) {
    Receipt receipt;
    receipt.success = true;
    receipt.cumulative_gas_used = 1;
    Bytes encoded = encode_receipt(receipt);
    // f9 0108: list of status, gas, 256 bytes of bloom behind b9 0100, empty list.
    ASSERT_EQ(encoded.size(), 3U + 1 + 1 + 259 + 1);
    EXPECT_EQ(to_hex(BytesView{encoded}.first(8)), "0xf901060101b90100");
    EXPECT_EQ(encoded.back(), 0xc0);

    receipt.success = false;
    EXPECT_EQ(encode_receipt(receipt)[3], 0x80);

    receipt.type = TransactionType::Blob;
    EXPECT_EQ(encode_receipt(receipt)[0], 0x03);

    receipt.type = TransactionType::Legacy;
    receipt.post_state_root = Bytes32{};
    EXPECT_EQ(encode_receipt(receipt)[3], 0xa0);
}

}  // namespace
}  // namespace switchyard
