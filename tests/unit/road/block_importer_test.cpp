// SPDX-License-Identifier: Apache-2.0
// Blocks with and without their access lists into a store, against serial execution and the trie in
// memory.
#include "host/road/block_importer.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

#include "host/execute/result_difference.hpp"
#include "host/road/seal.hpp"
#include "host/state/trie/state_trie.hpp"
#include "tests/support/conflict_chain.hpp"
#include "tests/support/test_data.hpp"
#include "tools/workloads/wrong_access_lists.hpp"

namespace switchyard {
namespace {

/// A valid block with everything that its header has to state.
struct ValidBlock {
    test::ConflictBlock block;
    execute::BlockResult result;

    [[nodiscard]] ReceivedBlock received(const BlockAccessList* list) const {
        return {.header = &block.header,
                .transactions = block.transactions,
                .ommers = {},
                .withdrawals = block.withdrawals,
                .access_list = list,
                .hashes = nullptr};
    }
};

class BlockImporterFixture : public testing::Test {
  protected:
    void SetUp() override {
        folder_ = std::filesystem::temp_directory_path() /
                  ("switchyard-importer-" + std::to_string(::getpid()));
        std::filesystem::create_directories(folder_);
        config_ = ChainConfig::single_revision(Revision::Amsterdam);
        config_.deposit_contract = test::conflict_contract(test::ConflictContract::Depositor);
        open();
        const StateChanges genesis = chain_.state().all();
        ASSERT_TRUE(store_->commit({.number = 0, .hash = {}, .state_root = *trie_.apply(genesis)},
                                   genesis));
    }
    void TearDown() override {
        store_.reset();
        std::filesystem::remove_all(folder_);
    }
    void open() {
        store_.reset();
        StateStoreOptions options;
        options.flat.cache_bytes = options.flat.code_cache_bytes = 1 << 20;
        auto opened = StateStore::open(folder_ / "store", options);
        ASSERT_TRUE(opened.has_value()) << opened.error().message;
        store_ = std::move(*opened);
    }

    /// The chain's next block that is valid, executed serially.
    ValidBlock next_block() {
        for (;;) {
            ValidBlock out{chain_.next(60), {}};
            BlockHeader& header = out.block.header;
            header.number = number_ + 1;
            header.withdrawals_root = Bytes32{};  // sealing fills in what is there
            header.requests_hash = Bytes32{};
            header.block_access_list_hash = Bytes32{};
            execute::BlockInput input;
            input.header = &header;
            input.rules = execute::rules_for_block(config_, number_ + 1, header.timestamp);
            input.transactions = out.block.transactions;
            input.withdrawals = out.block.withdrawals;
            auto result = execute::execute_block_serial(input, chain_.state());
            if (!result) {
                chain_.accept({});  // forgets the nonces that the block would have used
                continue;
            }
            ++number_;
            out.result = std::move(*result);
            const auto root = trie_.apply(out.result.changes);
            EXPECT_TRUE(root.has_value());
            seal_header(header, out.block.transactions, out.block.withdrawals, out.result, *root);
            chain_.accept(out.result.changes);
            return out;
        }
    }
    void expect_imported(const Result<execute::BlockResult>& found, const ValidBlock& block) {
        ASSERT_TRUE(found.has_value()) << found.error().message;
        const auto difference = execute::first_difference(block.result, *found);
        ASSERT_FALSE(difference.has_value()) << *difference;
        ASSERT_TRUE(store_->last_block().has_value());
        EXPECT_EQ(store_->last_block()->number, block.block.header.number);
        EXPECT_EQ(*store_->root(), block.block.header.state_root);
    }

    std::filesystem::path folder_;
    ChainConfig config_;
    test::ConflictChain chain_{21, Revision::Amsterdam};
    trie::StateTrie trie_;
    uint64_t number_ = 0;
    std::unique_ptr<StateStore> store_;
    std::mt19937_64 generator_ = test::test_generator(8);
};

TEST_F(BlockImporterFixture, ImportsBlocksByTheirListsWithTheRootBegunBefore) {
    BlockImporter importer(config_, *store_, 2);
    for (int i = 0; i < 12; ++i) {
        const ValidBlock block = next_block();
        ImportStatistics statistics;
        expect_imported(
            importer.import(block.received(&*block.result.block_access_list), &statistics), block);
        EXPECT_TRUE(statistics.access_list.held) << statistics.access_list.reason;
        EXPECT_TRUE(statistics.early_root);
    }
    open();
    EXPECT_EQ(store_->last_block()->number, number_);
    for (const AccountChange& account : chain_.state().all().accounts)
        ASSERT_EQ(store_->view().account(account.address), account.account);
}

TEST_F(BlockImporterFixture, ImportsBlocksWhoseListsAreWrongOrMissing) {
    BlockImporter importer(config_, *store_, 2);
    for (uint32_t kind = 0; kind < workloads::kListDamageCount; ++kind) {
        const ValidBlock block = next_block();
        BlockAccessList list = *block.result.block_access_list;
        const auto damage = workloads::damage_access_list(list, kind, generator_);
        SCOPED_TRACE(damage.value_or("no damage"));
        ImportStatistics statistics;
        expect_imported(importer.import(block.received(&list), &statistics), block);
        EXPECT_EQ(statistics.access_list.held, !damage.has_value());
        EXPECT_EQ(statistics.early_root, !damage.has_value());
    }
    const ValidBlock block = next_block();
    expect_imported(importer.import(block.received(nullptr)), block);
}

TEST_F(BlockImporterFixture, RefusesAWrongBlockAndGoesOnWithTheRightOne) {
    uint32_t otherwise = 0;
    BlockImporter importer(config_, *store_, 2,
                           [&otherwise](const execute::BlockInput& input, const StateView& parent) {
                               ++otherwise;
                               return execute::execute_block_serial(input, parent);
                           });
    for (int i = 0; i < 12; ++i) {
        const ValidBlock block = next_block();
        ValidBlock wrong = block;
        const char* why = nullptr;
        BlockHeader& header = wrong.block.header;
        switch (i % 6) {
            case 0:
                header.state_root[3] ^= 1;
                why = "state root";
                break;
            case 1:
                header.gas_used += 1;
                why = "gas used";
                break;
            case 2:
                header.block_access_list_hash->data()[0] ^= 1;
                why = "block access list hash";
                break;
            case 3:
                wrong.block.transactions[7].transaction.nonce += 5;
                why = "transaction 7: NonceTooHigh";
                break;
            case 4:
                wrong.block.transactions.pop_back();
                why = "gas used";
                break;
            default:
                header.receipts_root[0] ^= 1;
                why = "receipts root";
        }
        const BlockAccessList& list = *block.result.block_access_list;
        const auto before = store_->last_block();
        const auto refused = importer.import(wrong.received(&list));
        ASSERT_FALSE(refused.has_value());
        EXPECT_EQ(refused.error().code, ErrorCode::InvalidInput);
        EXPECT_NE(refused.error().message.find(why), std::string::npos) << refused.error().message;
        EXPECT_EQ(store_->last_block(), before);
        expect_imported(importer.import(block.received(&list)), block);
        if (HasFatalFailure()) return;
    }
    EXPECT_GE(otherwise, 4U) << "of the blocks whose transactions are wrong";
}

}  // namespace
}  // namespace switchyard
