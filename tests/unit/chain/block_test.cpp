// SPDX-License-Identifier: Apache-2.0
// Mainnet blocks: what decodes is encoded to the same bytes, and hashes, senders and blooms are
// those that the chain has.
#include "host/chain/block.hpp"

#include <gtest/gtest.h>
#include <simdjson.h>

#include "host/chain/receipt.hpp"
#include "host/chain/sender.hpp"
#include "host/core/hex.hpp"
#include "tests/support/test_data.hpp"

namespace switchyard {
namespace {

namespace dom = simdjson::dom;

std::string_view text(dom::element object, const char* key) {
    return object[key].get_string().value();
}

Bytes bytes(dom::element object, const char* key) {
    auto out = from_hex(text(object, key));
    EXPECT_TRUE(out.has_value()) << key;
    return out.value_or(Bytes{});
}

/// Calls `visit(root)` for every mainnet block file; returns how many there were.
template <typename Visit>
size_t for_each_block(const std::filesystem::path& mainnet, Visit visit) {
    size_t count = 0;
    for (const auto& entry : std::filesystem::directory_iterator(mainnet / "blocks")) {
        SCOPED_TRACE(entry.path().filename());
        dom::parser parser;
        visit(parser.load(entry.path().string()).value());
        ++count;
    }
    return count;
}

void expect_transactions(dom::element root, std::vector<Transaction>& transactions) {
    std::vector<SenderResult> senders(transactions.size());
    recover_senders(transactions, senders);
    size_t i = 0;
    for (const dom::element expected : root["transactions"]) {
        ASSERT_LT(i, transactions.size());
        EXPECT_EQ(to_hex(transaction_hash(transactions[i])), text(expected, "hash"));
        EXPECT_NE(senders[i].status, SenderStatus::InvalidSignature);
        EXPECT_EQ(to_hex(senders[i].sender), text(expected, "from"));
        ++i;
    }
    EXPECT_EQ(i, transactions.size());
}

TEST(Block, RoundTripsEveryMainnetBlock) {
    SWITCHYARD_REQUIRE_SUITE(mainnet, "mainnet");
    size_t transactions = 0;
    const size_t blocks = for_each_block(mainnet, [&transactions](dom::element root) {
        std::vector<Transaction> decoded_transactions;
        if (dom::array raw; root["rawTransactions"].get(raw) == simdjson::SUCCESS) {
            for (const dom::element item : raw) {
                const auto encoded = from_hex(item.get_string().value());
                ASSERT_TRUE(encoded.has_value());
                auto decoded = decode_transaction(*encoded);
                ASSERT_TRUE(decoded.has_value()) << decoded.error().message;
                EXPECT_TRUE(equal(encode_transaction(*decoded), *encoded));
                decoded_transactions.push_back(*std::move(decoded));
            }
        } else {
            const Bytes encoded = bytes(root, "blockRlp");
            auto block = decode_block(encoded);
            ASSERT_TRUE(block.has_value()) << block.error().message;
            EXPECT_TRUE(equal(encode_block(*block), encoded));
            EXPECT_EQ(to_hex(header_hash(block->header)), text(root, "hash"));
            const auto header = decode_header(encode_header(block->header));
            ASSERT_TRUE(header.has_value());
            EXPECT_EQ(*header, block->header);
            EXPECT_EQ(block->header.number, root["number"].get_uint64().value());
            decoded_transactions = std::move(block->transactions);
        }
        expect_transactions(root, decoded_transactions);
        transactions += decoded_transactions.size();
    });
    EXPECT_GT(blocks, 0U);
    EXPECT_GT(transactions, 0U);
}

TEST(Block, MakesTheBloomsOfMainnet) {
    SWITCHYARD_REQUIRE_SUITE(mainnet, "mainnet");
    size_t logs = 0;
    for_each_block(mainnet, [&logs](dom::element root) {
        dom::array receipts;
        if (root["receipts"].get(receipts) != simdjson::SUCCESS) return;
        LogsBloom bloom;
        for (const dom::element receipt : receipts) {
            std::vector<Log> list;
            for (const dom::element entry : receipt["logs"]) {
                Log& log = list.emplace_back();
                log.address = fixed_from_hex<20>(text(entry, "address")).value();
                for (const dom::element topic : entry["topics"])
                    log.topics.push_back(fixed_from_hex<32>(topic.get_string().value()).value());
            }
            logs += list.size();
            bloom |= bloom_of(list);
        }
        EXPECT_EQ(to_hex(bloom), text(root["header"].value(), "logsBloom"));
    });
    EXPECT_GT(logs, 0U);
}

/// A small block with every part: a typed transaction, an ommer and a withdrawal.
Block small_block() {
    Block block;
    block.header.number = 17;
    block.header.extra_data = {1, 2, 3};
    block.header.base_fee_per_gas = 7;
    block.header.withdrawals_root.emplace();
    block.header.blob_gas_used = 131'072;
    block.header.excess_blob_gas = 0;
    block.header.parent_beacon_block_root.emplace();
    block.header.requests_hash.emplace();
    block.header.block_access_list_hash.emplace();
    block.header.slot_number = 300;
    block.ommers.emplace_back().number = 16;
    block.withdrawals.emplace().push_back({1, 2, Address{{3}}, 4});
    Transaction& transaction = block.transactions.emplace_back();
    transaction.type = TransactionType::DynamicFee;
    transaction.chain_id = 1;
    transaction.to = Address{{9}};
    block.transactions.emplace_back().data = {0x7f};
    return block;
}

TEST(Block, IsStrictAtEveryByte) {
    const Bytes encoded = encode_block(small_block());
    const auto decoded = decode_block(encoded);
    ASSERT_TRUE(decoded.has_value()) << decoded.error().message;
    EXPECT_EQ(*decoded, small_block());
    for (size_t length = 0; length < encoded.size(); ++length)
        EXPECT_FALSE(decode_block(BytesView{encoded}.first(length)).has_value()) << length;
    for (size_t i = 0; i < encoded.size(); ++i) {
        for (unsigned value = 0; value < 256; ++value) {
            Bytes mutated = encoded;
            mutated[i] = static_cast<uint8_t>(value);
            const auto other = decode_block(mutated);
            ASSERT_TRUE(!other || equal(encode_block(*other), mutated)) << i << " " << value;
        }
    }
    Bytes longer = encoded;
    longer.push_back(0);
    EXPECT_FALSE(decode_block(longer).has_value());
}

TEST(Block, NamesTheFieldThatIsWrong) {
    Block block = small_block();
    block.transactions[1].signature.y_parity = 8;  // v = 35 is chain id 0; 27 + 8 reads as that
    EXPECT_TRUE(decode_block(encode_block(block)).has_value());
    block.transactions[1].signature.y_parity = 3;  // v = 30
    const auto decoded = decode_block(encode_block(block));
    ASSERT_FALSE(decoded.has_value());
    EXPECT_EQ(decoded.error().code, ErrorCode::InvalidInput);
    EXPECT_EQ(decoded.error().message, "transaction 1: v: value is out of range");
}

}  // namespace
}  // namespace switchyard
