// SPDX-License-Identifier: Apache-2.0
// Block access lists: the lists of the official tests hash to what their headers state, and the
// decoder takes nothing that is not the one encoding of a well-formed list.
#include "host/chain/block_access_list.hpp"

#include <gtest/gtest.h>

#include "host/chain/block.hpp"
#include "host/core/hex.hpp"
#include "tests/support/test_data.hpp"
#include "tools/fixtures/read_block_access_list.hpp"
#include "tools/fixtures/read_values.hpp"

namespace switchyard {
namespace {

using fixtures::JsonNode;
using Word = BlockAccessList::Change<Uint256>;

/// What the official tests hold: a list and the header that it belongs to.
struct OfficialList {
    std::string test;
    BlockHeader header;
    BlockAccessList list;
    size_t transaction_count = 0;
    bool valid = false;  ///< the block is to be accepted
    Bytes block;         ///< of a valid one
};

std::vector<OfficialList> official_lists(const std::filesystem::path& folder) {
    std::vector<OfficialList> out;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
        if (entry.path().extension() != ".json") continue;
        const auto loaded = fixtures::load_json(entry.path().string(), [&](const JsonNode& root) {
            root.for_each_member([&](std::string_view name, const JsonNode& test) {
                test.at("blocks").for_each([&](const JsonNode& block) {
                    const auto rejected = block.find("rlp_decoded");
                    const JsonNode& fields = rejected ? *rejected : block;
                    OfficialList& item = out.emplace_back();
                    item.test = name;
                    item.header = fixtures::read_header(fields.at("blockHeader"));
                    item.list = fixtures::read_block_access_list(fields.at("blockAccessList"));
                    item.valid = !rejected;
                    item.block = block.at("rlp").bytes();
                    fields.at("transactions").for_each([&](const JsonNode&) {
                        ++item.transaction_count;
                    });
                });
            });
            return true;
        });
        EXPECT_TRUE(loaded.has_value()) << loaded.error().message;
    }
    return out;
}

TEST(BlockAccessList, HashesTheOfficialListsToWhatTheirHeadersState) {
    SWITCHYARD_REQUIRE_SUITE(folder, "blockchain-amsterdam-alpha");
    size_t lists = 0;
    for (const OfficialList& item : official_lists(folder)) {
        SCOPED_TRACE(item.test);
        // The headers of refused blocks state the hash of the wrong list as well.
        EXPECT_EQ(block_access_list_hash(item.list), item.header.block_access_list_hash);
        ++lists;
    }
    EXPECT_GT(lists, 1000U);
}

TEST(BlockAccessList, DecodesEveryValidOfficialListAndAdmitsIt) {
    SWITCHYARD_REQUIRE_SUITE(folder, "blockchain-amsterdam-alpha");
    for (const OfficialList& item : official_lists(folder)) {
        if (!item.valid) continue;
        SCOPED_TRACE(item.test);
        const auto decoded = decode_block_access_list(encode_block_access_list(item.list));
        ASSERT_TRUE(decoded.has_value()) << decoded.error().message;
        EXPECT_EQ(*decoded, item.list);
        const auto valid =
            validate_block_access_list(*decoded, item.header.gas_limit, item.transaction_count);
        EXPECT_TRUE(valid.has_value()) << valid.error().message;
    }
}

TEST(BlockAccessList, RefusesTheOfficialListsThatHoldSomethingTwice) {
    SWITCHYARD_REQUIRE_SUITE(folder, "blockchain-amsterdam-alpha");
    size_t refused = 0;
    for (const OfficialList& item : official_lists(folder)) {
        if (item.valid || item.test.find("_duplicate_") == std::string::npos) continue;
        SCOPED_TRACE(item.test);
        const auto decoded = decode_block_access_list(encode_block_access_list(item.list));
        ASSERT_FALSE(decoded.has_value());
        EXPECT_NE(decoded.error().message.find("out of order or stands twice"), std::string::npos)
            << decoded.error().message;
        ++refused;
    }
    EXPECT_GT(refused, 1U);
}

TEST(BlockAccessList, RoundTripsTheBlocksOfItsFork) {
    SWITCHYARD_REQUIRE_SUITE(folder, "blockchain-amsterdam-alpha");
    for (const OfficialList& item : official_lists(folder)) {
        if (!item.valid) continue;
        SCOPED_TRACE(item.test);
        const auto block = decode_block(item.block);
        ASSERT_TRUE(block.has_value()) << block.error().message;
        EXPECT_EQ(block->header, item.header);
        EXPECT_EQ(encode_block(*block), item.block);
    }
}

/// Two accounts with every kind of entry.
BlockAccessList small_list() {
    BlockAccessList list;
    list.values = {{1, 7}, {2, 0}, {3, 1}};
    list.slots = {{4, {0, 2}}, {5, {2, 1}}};
    list.reads = {3, 6, 9};
    list.balances = {{1, Uint256{1} << 200}};
    list.nonces = {{0, 1}, {4, 300}};
    list.codes = {{2, Bytes{0x60, 0x00}}, {3, Bytes{}}};
    list.accounts = {{Address{{1}}, {0, 2}, {0, 2}, {0, 1}, {0, 1}, {0, 0}},
                     {Address{{2}}, {2, 0}, {2, 1}, {1, 0}, {1, 1}, {0, 2}}};
    return list;
}

/// What the decoder says of the encoding of `list`; "" if nothing.
std::string complaint(const BlockAccessList& list) {
    const auto decoded = decode_block_access_list(encode_block_access_list(list));
    return decoded ? "" : decoded.error().message;
}

TEST(BlockAccessList, IsStrictAtEveryByte) {
    const Bytes encoded = encode_block_access_list(small_list());
    const auto decoded = decode_block_access_list(encoded);
    ASSERT_TRUE(decoded.has_value()) << decoded.error().message;
    EXPECT_EQ(*decoded, small_list());
    for (size_t length = 0; length < encoded.size(); ++length)
        EXPECT_FALSE(decode_block_access_list(BytesView{encoded}.first(length)).has_value());
    for (size_t i = 0; i < encoded.size(); ++i) {
        for (unsigned value = 0; value < 256; ++value) {
            Bytes mutated = encoded;
            mutated[i] = static_cast<uint8_t>(value);
            const auto other = decode_block_access_list(mutated);
            ASSERT_TRUE(!other || encode_block_access_list(*other) == mutated) << i << " " << value;
        }
    }
    Bytes longer = encoded;
    longer.push_back(0xc0);
    EXPECT_FALSE(decode_block_access_list(longer).has_value());
}

TEST(BlockAccessList, WantsEverythingAscendingAndOnce) {
    const auto expect = [](const char* field, const auto& damage) {
        BlockAccessList list = small_list();
        damage(list);
        const std::string found = complaint(list);
        EXPECT_NE(found.find(field), std::string::npos) << field << ": '" << found << "'";
    };
    expect("account 1: address", [](auto& list) { std::swap(list.accounts[0], list.accounts[1]); });
    expect("account 1: address",
           [](auto& list) { list.accounts[1].address = list.accounts[0].address; });
    expect("account 0: slot", [](auto& list) { std::swap(list.slots[0], list.slots[1]); });
    expect("account 0: slotChanges", [](auto& list) { list.values[1].index = 1; });
    expect("account 0: slotChanges", [](auto& list) { list.slots[1].values.count = 0; });
    expect("account 0: storageReads", [](auto& list) { list.reads[1] = 3; });
    expect("account 0: storageReads", [](auto& list) { list.reads[1] = 5; });
    expect("account 1: codeChanges", [](auto& list) { list.codes[1].index = 2; });
}

TEST(BlockAccessList, RefusesAnIndexAboveThirtyTwoBits) {
    // One account without an address worth naming, one balance change.
    const auto list_with = [](std::string_view index) {
        const size_t size = index.size() / 2;
        const auto prefix = [](size_t base, size_t length) {
            const uint8_t byte = static_cast<uint8_t>(base + length);
            return to_hex(BytesView(&byte, 1)).substr(2);
        };
        const std::string pair = prefix(0xc0, size + 1) + std::string(index) + "05";
        const std::string members =
            "94" + std::string(40, '1') + "c0c0" + prefix(0xc0, pair.size() / 2) + pair + "c0c0";
        const std::string account = prefix(0xc0, members.size() / 2) + members;
        return *from_hex("0x" + prefix(0xc0, account.size() / 2) + account);
    };
    const auto accepted = decode_block_access_list(list_with("84ffffffff"));
    ASSERT_TRUE(accepted.has_value()) << accepted.error().message;
    EXPECT_EQ(accepted->balances, (std::vector<Word>{{UINT32_MAX, 5}}));
    const auto refused = decode_block_access_list(list_with("850100000000"));
    ASSERT_FALSE(refused.has_value());
    EXPECT_EQ(refused.error().message,
              "block access list: account 0: blockAccessIndex: integer is too large");
}

TEST(BlockAccessList, CountsItemsAgainstTheGasLimit) {
    const BlockAccessList list = small_list();
    ASSERT_EQ(list.item_count(), 7U);
    EXPECT_TRUE(validate_block_access_list(list, 14'000, 3).has_value());
    const auto refused = validate_block_access_list(list, 13'999, 3);
    ASSERT_FALSE(refused.has_value());
    EXPECT_EQ(refused.error().message,
              "block access list: 7 items, above the 6 that the gas limit allows");
}

TEST(BlockAccessList, BoundsIndicesByTheTransactions) {
    EXPECT_TRUE(validate_block_access_list(small_list(), 30'000'000, 3).has_value());
    const auto refused = validate_block_access_list(small_list(), 30'000'000, 2);
    ASSERT_FALSE(refused.has_value());
    EXPECT_EQ(refused.error().message, "block access list: index 4 in a block of 2 transactions");
}

}  // namespace
}  // namespace switchyard
