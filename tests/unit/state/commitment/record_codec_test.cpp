// SPDX-License-Identifier: Apache-2.0
#include "host/state/commitment/record_codec.hpp"

#include <gtest/gtest.h>

#include <map>

#include "tests/support/test_data.hpp"

namespace switchyard::commitment {
namespace {

Bytes encoded(const DecodedRecord& record, size_t depth) {
    Bytes out;
    if (record.branch)
        encode_record(*record.branch, depth, out);
    else
        encode_record(record.page, depth, out);
    return out;
}

TEST(AccountValue, IsShortAndComesBack) {
    auto random = test::test_generator(520);
    for (int i = 0; i < 2000; ++i) {
        AccountLeaf leaf;
        leaf.account.nonce = random() >> random() % 64;
        if (random() % 8 == 0) leaf.account.nonce = 0;
        leaf.account.balance = Uint256{random() % 5} << (random() % 256);
        if (random() % 2 == 0) leaf.account.code_hash[random() % 32] = 7;
        if (random() % 2 == 0) leaf.storage_root[random() % 32] ^= 1;
        uint8_t bytes[kValueBytesMax];
        const BytesView value(bytes, write_account_value(leaf, bytes));
        ASSERT_TRUE(is_valid_value(ValueKind::Account, value));
        const AccountLeaf back = read_account_value(value);
        EXPECT_EQ(back.account, leaf.account);
        EXPECT_EQ(back.storage_root, leaf.storage_root);
        EXPECT_EQ(storage_root_of(value), leaf.storage_root);
        for (size_t size = 0; size < value.size(); ++size)
            EXPECT_FALSE(is_valid_value(ValueKind::Account, value.first(size)));
    }
    uint8_t bytes[kValueBytesMax];
    EXPECT_EQ(write_account_value({}, bytes), 2U);
}

/// Random records at random places come back as they were, under every depth of their place.
TEST(RecordCodec, WhatIsWrittenIsRead) {
    auto random = test::test_generator(521);
    RecordArena arena;
    for (int round = 0; round < 3000; ++round) {
        const size_t depth = random() % 64;
        Bytes32 base;
        for (uint8_t& byte : base)
            byte = static_cast<uint8_t>(random());
        const RecordKey key{Bytes32{{9}}, first_nibbles(base, depth), static_cast<uint8_t>(depth)};
        Bytes record;
        if (random() % 2 == 0) {
            std::map<Bytes32, Bytes> leaves;
            for (size_t n = 1 + random() % kPageLeavesLimit; n-- > 0;) {
                Bytes32 leaf = base;
                const size_t nibble = depth + random() % (64 - depth);
                leaf[nibble / 2] ^=
                    static_cast<uint8_t>((1 + random() % 15) << (nibble % 2 == 0 ? 4 : 0));
                leaves[leaf] = Bytes(1 + random() % 32, static_cast<uint8_t>(1 + random() % 255));
            }
            std::vector<LeafSource> sources;
            for (const auto& [leaf, value] : leaves) {
                sources.emplace_back();
                sources.back().key = leaf.data();
                sources.back().value = value;
            }
            encode_record(Page(sources, depth, arena), depth, record);
        } else {
            Branch branch;
            branch.key = base;
            branch.depth = static_cast<uint8_t>(depth + random() % (64 - depth));
            for (size_t n = 2 + random() % 15, nibble = 0; nibble < 16 && n > 0; ++nibble) {
                if (16 - nibble > n && random() % 2 == 0) continue;
                --n;
                branch.counts[nibble] = static_cast<uint32_t>(1 + random() % 1000);
                branch.set_reference(nibble, BytesView(base).first(1 + random() % 32));
            }
            encode_record(branch, depth, record);
        }
        const auto decoded = decode_record(key, ValueKind::Word, record, arena);
        ASSERT_TRUE(decoded) << decoded.error().message;
        EXPECT_EQ(encoded(*decoded, depth), record);
        for (int cut = 0; cut < 5; ++cut) {
            const auto shorter = decode_record(
                key, ValueKind::Word, BytesView(record).first(random() % record.size()), arena);
            ASSERT_FALSE(shorter);
            EXPECT_EQ(shorter.error().code, ErrorCode::Corrupt);
        }
        record.push_back(0);
        EXPECT_FALSE(decode_record(key, ValueKind::Word, record, arena));
    }
}

}  // namespace
}  // namespace switchyard::commitment
