// SPDX-License-Identifier: Apache-2.0
#include "host/state/journal/block_record.hpp"

#include <gtest/gtest.h>

#include "host/chain/hash.hpp"
#include "tests/support/test_data.hpp"
#include "tests/unit/state/random_block.hpp"

namespace switchyard::test {
namespace {

using journal::BlockRecord;
using journal::decode_block_record;
using journal::encode_block_record;

const StoredBlock kBlock{0x0102030405060708, {{1}}, {{2}}};

Bytes encoded(const StoredBlock& block, const StateChanges& changes) {
    Bytes out;
    const Result<void> done = encode_block_record(block, changes, out);
    EXPECT_TRUE(done) << done.error().message;
    return out;
}

/// The changes of blocks over one growing state: creations, deletions, cleared storage, code.
std::vector<StateChanges> random_blocks(uint64_t salt, int count) {
    auto random = test_generator(salt);
    MemoryState state;
    std::vector<StateChanges> out;
    for (int i = 0; i < count; ++i) {
        out.push_back(random_block(state, random));
        state.apply(out.back());
    }
    return out;
}

TEST(BlockRecord, DecodesToWhatWasEncoded) {
    BlockRecord decoded;
    size_t deleted = 0;
    size_t codes = 0;
    for (const StateChanges& changes : random_blocks(80, 200)) {
        ASSERT_TRUE(decode_block_record(encoded(kBlock, changes), decoded));
        ASSERT_EQ(decoded.block, kBlock);
        ASSERT_EQ(decoded.changes, changes);
        for (size_t i = 0; i < changes.codes.size(); ++i)
            ASSERT_TRUE(
                equal(decoded.changes.codes[i].code->bytes(), changes.codes[i].code->bytes()));
        codes += changes.codes.size();
        for (const AccountChange& change : changes.accounts)
            deleted += !change.account.has_value();
    }
    EXPECT_GT(codes, 0u);
    EXPECT_GT(deleted, 0u);
}

TEST(BlockRecord, KeepsExtremeValues) {
    StateChanges changes;
    AccountChange change;
    change.address = address_of(1);
    change.account = account_of(UINT64_MAX, ~Uint256{});
    change.storage_cleared = true;
    change.storage_count = 3;
    changes.storage = {{0, 0}, {1, ~Uint256{}}, {~Uint256{}, 1}};
    changes.accounts.push_back(change);
    const Bytes code(70'000, 0x5b);
    changes.codes.push_back({keccak256(code), std::make_shared<const Code>(code)});
    BlockRecord decoded;
    ASSERT_TRUE(decode_block_record(encoded(kBlock, changes), decoded));
    EXPECT_EQ(decoded.changes, changes);
}

// Written by hand from the documentation of the layout.
TEST(BlockRecord, IsWhatIsDocumented) {
    StateChanges changes;
    AccountChange change;
    change.address = address_of(0x11);
    change.account = account_of(0, 0x1234);
    change.storage_count = 1;
    changes.storage = {{0x0100, 5}};
    changes.accounts.push_back(change);
    AccountChange gone;
    gone.address = address_of(0x12);
    gone.storage_begin = 1;
    changes.accounts.push_back(gone);
    Bytes expected{8, 7, 6, 5, 4, 3, 2, 1, 1};
    expected.resize(8 + 32, 0);
    expected.push_back(2);
    expected.resize(8 + 64, 0);
    expected.push_back(2);  // accounts
    expected.resize(expected.size() + 19, 0);
    for (const int byte : {0x11, 1 | 8, 0, 2, 0x12, 0x34, 1, 2, 1, 0, 1, 5})
        expected.push_back(static_cast<uint8_t>(byte));
    expected.resize(expected.size() + 19, 0);
    for (const int byte : {0x12, 0, 0})
        expected.push_back(static_cast<uint8_t>(byte));
    EXPECT_EQ(encoded(kBlock, changes), expected);
}

TEST(BlockRecord, EveryPrefixIsRefused) {
    BlockRecord decoded;
    for (const StateChanges& changes : random_blocks(81, 5)) {
        const Bytes bytes = encoded(kBlock, changes);
        for (size_t size = 0; size < bytes.size(); ++size) {
            const auto out = decode_block_record(BytesView(bytes).first(size), decoded);
            ASSERT_FALSE(out) << size;
            ASSERT_EQ(out.error().code, ErrorCode::Corrupt);
        }
    }
}

TEST(BlockRecord, WhateverDecodesIsTheOneEncoding) {
    auto random = test_generator(82);
    BlockRecord decoded;
    Bytes again;
    size_t accepted = 0;
    for (const StateChanges& changes : random_blocks(83, 300)) {
        const Bytes bytes = encoded(kBlock, changes);
        for (int i = 0; i < 100; ++i) {
            Bytes changed = bytes;
            changed[72 + random() % (bytes.size() - 72)] = static_cast<uint8_t>(random());
            if (!decode_block_record(changed, decoded)) continue;
            again.clear();
            ASSERT_TRUE(encode_block_record(decoded.block, decoded.changes, again));
            ASSERT_EQ(again, changed);
            ++accepted;
        }
    }
    EXPECT_GT(accepted, 100u);
}

TEST(BlockRecord, RefusesWhatIsNotCanonical) {
    const auto refused = [](auto change) {
        StateChanges changes;
        for (const uint64_t n : {1U, 2U}) {
            AccountChange account;
            account.address = address_of(n);
            account.account = account_of(1, 1);
            account.storage_begin = static_cast<uint32_t>(changes.storage.size());
            account.storage_count = 2;
            changes.storage.insert(changes.storage.end(), {{1, 1}, {2, 2}});
            changes.accounts.push_back(account);
        }
        change(changes);
        Bytes out;
        const auto done = encode_block_record(kBlock, changes, out);
        EXPECT_TRUE(done || done.error().code == ErrorCode::InvalidInput);
        return !done.has_value();
    };
    EXPECT_FALSE(refused([](auto&) {}));
    EXPECT_TRUE(refused([](auto& x) { x.accounts[0].balance_is_delta = true; }));
    EXPECT_TRUE(refused([](auto& x) { x.accounts[0].nonce_written = false; }));
    EXPECT_TRUE(refused([](auto& x) { x.accounts[0].code_written = false; }));
    EXPECT_TRUE(refused([](auto& x) { x.accounts[1].address = x.accounts[0].address; }));
    EXPECT_TRUE(refused([](auto& x) { x.storage[1].key = 1; }));
    EXPECT_TRUE(refused([](auto& x) { x.accounts[1].storage_begin = 0; }));
    EXPECT_TRUE(refused([](auto& x) { x.accounts[1].storage_count = 3; }));
    EXPECT_TRUE(refused([](auto& x) { x.accounts[1].storage_count = 1; }));
    EXPECT_TRUE(refused([](auto& x) {
        x.codes = {{kEmptyCodeHash, empty_code()}, {kEmptyCodeHash, empty_code()}};
    }));
}

TEST(BlockRecord, RefusesCodeThatIsNotOfItsHash) {
    StateChanges changes;
    changes.codes.push_back({{{1}}, std::make_shared<const Code>(Bytes{0x00})});
    BlockRecord decoded;
    const auto out = decode_block_record(encoded(kBlock, changes), decoded);
    ASSERT_FALSE(out);
    EXPECT_NE(out.error().message.find("the code of its hash"), std::string::npos);
}

}  // namespace
}  // namespace switchyard::test
