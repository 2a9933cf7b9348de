// SPDX-License-Identifier: Apache-2.0
// EIP-7934 on whole blocks: what decides is the length of the block's RLP, to the byte.
#include "host/chain/hash.hpp"
#include "host/chain/rlp.hpp"
#include "host/execute/block_roots.hpp"
#include "host/execute/block_validation.hpp"
#include "tests/unit/execute/execute_fixture.hpp"

namespace switchyard::execute::test {
namespace {

/// MAX_RLP_BLOCK_SIZE = 10,485,760 - 2,097,152.
constexpr size_t kBytesMax = 8'388'608;

/// A block whose header agrees with its body, with one transaction of `data_bytes` of data in it.
Block block_with(size_t data_bytes, TransactionType type) {
    Transaction transaction;
    transaction.type = type;
    transaction.chain_id = 1;
    transaction.to = address_of(1);
    transaction.data.assign(data_bytes, 0x7f);
    Block block;
    block.transactions.push_back(std::move(transaction));
    block.withdrawals.emplace();
    block.header.base_fee_per_gas = Uint256(7);
    block.header.blob_gas_used = 0;
    block.header.excess_blob_gas = 0;
    block.header.parent_beacon_block_root = Bytes32{};
    block.header.requests_hash = Bytes32{};
    block.header.transactions_root = transactions_root(block.transactions);
    block.header.withdrawals_root = withdrawals_root({});
    const Bytes no_ommers{0xc0};
    block.header.ommers_hash = keccak256(no_ommers);
    return block;
}

/// `block_with` the data that makes the encoding exactly `bytes` long.
Block block_of(size_t bytes, TransactionType type) {
    const size_t around = encode_block(block_with(bytes / 2, type)).size() - bytes / 2;
    return block_with(bytes - around, type);
}

class BlockSize : public testing::TestWithParam<TransactionType> {};

TEST_P(BlockSize, IsBoundedToTheByteFromOsakaOn) {
    const Block at_limit = block_of(kBytesMax, GetParam());
    const Block above = block_of(kBytesMax + 1, GetParam());
    ASSERT_EQ(encode_block(at_limit).size(), kBytesMax);
    ASSERT_EQ(encode_block(above).size(), kBytesMax + 1);
    const auto validate = [](const Block& block, Revision revision) {
        const auto rules = rules_for_block(ChainConfig::single_revision(revision), 1, 1);
        const auto result = validate_body(block, encode_block(block).size(), rules);
        return result ? std::string() : result.error().message;
    };
    EXPECT_EQ(validate(at_limit, Revision::Osaka), "");
    EXPECT_EQ(validate(above, Revision::Osaka), "block: larger than EIP-7934 allows");
    EXPECT_EQ(validate(above, Revision::Prague), "");
}

TEST_P(BlockSize, DecodesWhatIsAboveTheLimit) {
    // The limit is a rule of the fork, not of the encoding: a block of Prague may be larger.
    const Block above = block_of(kBytesMax + 1, GetParam());
    const auto decoded = decode_block(encode_block(above));
    ASSERT_TRUE(decoded) << decoded.error().message;
    EXPECT_EQ(*decoded, above);
}

INSTANTIATE_TEST_SUITE_P(Types, BlockSize,
                         testing::Values(TransactionType::Legacy, TransactionType::DynamicFee),
                         [](const auto& type) {
                             return type.param == TransactionType::Legacy ? "legacy" : "typed";
                         });

}  // namespace
}  // namespace switchyard::execute::test
