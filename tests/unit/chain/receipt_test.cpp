// SPDX-License-Identifier: Apache-2.0
#include "host/chain/receipt.hpp"

#include <gtest/gtest.h>

#include "host/chain/hash.hpp"
#include "host/core/hex.hpp"
#include "tests/support/test_data.hpp"

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

TEST(Receipt, BloomsOfManyReceiptsAreThoseOfEach) {
    // Few contracts and events, so that logs have much in common with the ones before; topics that
    // move to another place; more items than one batch takes.
    auto generator = test::test_generator(11);
    const auto word = [&](uint64_t kinds) {
        Bytes32 out;
        out[31] = static_cast<uint8_t>(generator() % kinds);
        return out;
    };
    std::vector<Receipt> receipts(300);
    for (Receipt& receipt : receipts) {
        receipt.logs.resize(generator() % 5);
        for (Log& log : receipt.logs) {
            log.address[19] = static_cast<uint8_t>(generator() % 3);
            for (uint64_t topics = generator() % 5; topics > 0; --topics)
                log.topics.push_back(word(generator() % 2 == 0 ? 2 : 256));
        }
    }
    LogsBloom total;
    fill_logs_blooms(receipts, total);
    LogsBloom expected_total;
    for (const Receipt& receipt : receipts) {
        EXPECT_EQ(receipt.logs_bloom, bloom_of(receipt.logs));
        expected_total |= receipt.logs_bloom;
    }
    EXPECT_EQ(total, expected_total);
}

}  // namespace
}  // namespace switchyard
