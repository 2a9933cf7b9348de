// SPDX-License-Identifier: Apache-2.0
// EIP-7934 on the blocks that the road builds: none is larger than a validator accepts.
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

#include "host/chain/base_fee.hpp"
#include "host/execute/system_contracts.hpp"
#include "host/ingest/memory_source.hpp"
#include "host/road/road.hpp"
#include "host/state/memory_state.hpp"
#include "host/state/trie/state_trie.hpp"
#include "tools/workloads/signer.hpp"

namespace switchyard {
namespace {

/// MAX_RLP_BLOCK_SIZE = 10,485,760 - 2,097,152.
constexpr size_t kBytesMax = 8'388'608;
constexpr uint64_t kGasLimit = 1'000'000'000;
constexpr uint64_t kTransactions = 70;
constexpr size_t kDataBytes = 125'000;

class BlockSizeFixture : public testing::Test {
  protected:
    BlockSizeFixture()
        : folder_(std::filesystem::temp_directory_path() /
                  ("switchyard-block-size-" + std::to_string(::getpid()))),
          identity_(signer_.identity(1, 1)) {
        std::filesystem::create_directories(folder_);
    }
    ~BlockSizeFixture() override {
        store_.reset();
        std::error_code ignored;
        std::filesystem::remove_all(folder_, ignored);
    }

    void commit_genesis(Revision revision) {
        config_.chain = ChainConfig::single_revision(revision);
        config_.lanes = {.lanes = 2, .threads = 2, .detector = "reference"};
        config_.pool.transactions_per_sender_max = kTransactions;
        auto opened = StateStore::open(folder_ / "store");
        ASSERT_TRUE(opened.has_value()) << opened.error().message;
        store_ = std::move(*opened);
        MemoryState state;
        state.set_account(identity_.address, {.balance = Uint256{1} << 100});
        for (const Address& contract : {execute::withdrawal_requests_contract(),
                                        execute::consolidation_requests_contract()}) {
            Account account;
            account.nonce = 1;
            account.code_hash = state.add_code({0x00});
            state.set_account(contract, account);
        }
        genesis_.gas_limit = kGasLimit;
        genesis_.base_fee_per_gas = Uint256{kInitialBaseFee};
        genesis_.withdrawals_root = Bytes32{};
        genesis_.blob_gas_used = 0;
        genesis_.excess_blob_gas = 0;
        genesis_.parent_beacon_block_root = Bytes32{};
        genesis_.requests_hash = Bytes32{};
        genesis_.state_root = trie::state_root(state.all());
        ASSERT_TRUE(store_->commit(
            {.number = 0, .hash = header_hash(genesis_), .state_root = genesis_.state_root},
            state.all()));
    }

    /// Payments with much data, together larger than a block may be, though not in gas.
    [[nodiscard]] std::vector<Bytes> large_transactions() const {
        std::vector<Bytes> out;
        for (uint64_t nonce = 0; nonce < kTransactions; ++nonce) {
            Transaction transaction;
            transaction.type = TransactionType::DynamicFee;
            transaction.chain_id = config_.chain.chain_id;
            transaction.nonce = nonce;
            transaction.max_fee_per_gas = Uint256{2 * kInitialBaseFee};
            transaction.gas_limit = 21'000 + 10 * kDataBytes;  // EIP-7623
            transaction.to = Address{{1}};
            transaction.data.resize(kDataBytes);
            out.push_back(signer_.sign(transaction, identity_));
        }
        return out;
    }

    /// The length of the next block's RLP, and how many transactions it holds.
    [[nodiscard]] std::pair<size_t, size_t> build(Road& road) {
        BlockAttributes attributes;
        attributes.timestamp = road.head().timestamp + 12;
        attributes.gas_limit = kGasLimit;
        attributes.extra_data.resize(32, 0xff);
        auto sealed = road.build_block(attributes);
        EXPECT_TRUE(sealed.has_value()) << sealed.error().message;
        if (!sealed || !*sealed) return {};
        Block block;
        block.header = (*sealed)->header;
        block.withdrawals.emplace();
        for (const SignedTransaction& signed_transaction : (*sealed)->transactions)
            block.transactions.push_back(signed_transaction.transaction);
        return {encode_block(block).size(), block.transactions.size()};
    }

    std::filesystem::path folder_;
    workloads::Signer signer_;
    workloads::Identity identity_;
    RoadConfig config_;
    std::unique_ptr<StateStore> store_;
    BlockHeader genesis_;
};

TEST_F(BlockSizeFixture, StaysBelowTheLimitFromOsakaOn) {
    commit_genesis(Revision::Osaka);
    auto road = Road::open(config_, *store_, genesis_);
    ASSERT_TRUE(road.has_value()) << road.error().message;
    MemorySource source(large_transactions());
    while (!source.exhausted())
        (void)(*road)->ingest(source);
    const auto [first_bytes, first] = build(**road);
    EXPECT_LE(first_bytes, kBytesMax);
    EXPECT_EQ(first, kBytesMax / (kDataBytes + 130));
    const auto [rest_bytes, rest] = build(**road);
    EXPECT_EQ(first + rest, kTransactions);
    EXPECT_GT(first_bytes + rest_bytes, kBytesMax);
}

TEST_F(BlockSizeFixture, HasNoLimitBeforeOsaka) {
    commit_genesis(Revision::Prague);
    auto road = Road::open(config_, *store_, genesis_);
    ASSERT_TRUE(road.has_value()) << road.error().message;
    MemorySource source(large_transactions());
    while (!source.exhausted())
        (void)(*road)->ingest(source);
    const auto [bytes, count] = build(**road);
    EXPECT_EQ(count, kTransactions);
    EXPECT_GT(bytes, kBytesMax);
}

}  // namespace
}  // namespace switchyard
