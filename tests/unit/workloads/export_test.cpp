// SPDX-License-Identifier: Apache-2.0
// What leaves the tool as files runs elsewhere as it runs here: signatures, genesis, results.
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

#include "host/chain/sender.hpp"
#include "host/execute/result_difference.hpp"
#include "host/node/genesis/genesis.hpp"
#include "host/state/trie/state_trie.hpp"
#include "tools/workloads/genesis_export.hpp"
#include "tools/workloads/sign_workload.hpp"

namespace switchyard::workloads {
namespace {

class Export : public testing::TestWithParam<Revision> {
  protected:
    void SetUp() override {
        options_ = {.seed = 9,
                    .users = 30,
                    .transactions = 200,
                    .instances = 3,
                    .zipf = 0.5,
                    .chain_id = 4711,
                    .revision = GetParam()};
        auto made = make_workload("exchange", options_);
        ASSERT_TRUE(made.has_value()) << made.error().message;
        workload_ = std::move(*made);
        auto opened = WorkloadChain::open(workload_);
        ASSERT_TRUE(opened.has_value()) << opened.error().message;
        chain_ = std::move(*opened);
        file_ = std::filesystem::temp_directory_path() /
                ("switchyard-genesis-" + std::to_string(::getpid()) + ".json");
    }
    void TearDown() override {
        std::error_code ignored;
        std::filesystem::remove(file_, ignored);
    }

    WorkloadOptions options_;
    Workload workload_;
    std::unique_ptr<WorkloadChain> chain_;
    std::filesystem::path file_;
};

TEST_P(Export, SignedBytesAreTheTransactionsOfTheirSenders) {
    std::vector<SignedTransaction> transactions = workload_.transactions;
    const auto encoded = sign_transactions(transactions, options_);
    std::vector<Transaction> decoded;
    for (const Bytes& bytes : encoded) {
        auto transaction = decode_transaction(bytes);
        ASSERT_TRUE(transaction.has_value()) << transaction.error().message;
        decoded.push_back(std::move(*transaction));
    }
    std::vector<SenderResult> senders(decoded.size());
    recover_senders(decoded, senders);
    for (size_t i = 0; i < decoded.size(); ++i) {
        EXPECT_EQ(senders[i].status, SenderStatus::Ok);
        EXPECT_EQ(senders[i].sender, workload_.transactions[i].sender);
        EXPECT_EQ(decoded[i], transactions[i].transaction);
        EXPECT_EQ(transactions[i].hash, transaction_hash(decoded[i]));
        decoded[i].signature = {};
        EXPECT_EQ(decoded[i], workload_.transactions[i].transaction);
    }
}

TEST_P(Export, TheGenesisFileIsTheStateAndTheRules) {
    const auto written = write_genesis_file(*chain_, file_);
    ASSERT_TRUE(written.has_value()) << written.error().message;
    const auto loaded = node::load_genesis(file_);
    ASSERT_TRUE(loaded.has_value()) << loaded.error().message;
    EXPECT_EQ(loaded->config.chain_id, options_.chain_id);
    EXPECT_EQ(loaded->config.revision_at(0, loaded->header.timestamp), GetParam());
    EXPECT_EQ(loaded->header.gas_limit, chain_->header().gas_limit);
    EXPECT_EQ(loaded->header.timestamp, chain_->header().timestamp);
    EXPECT_EQ(loaded->header.base_fee_per_gas, chain_->header().base_fee_per_gas);
    MemoryState state;
    state.apply(loaded->state);
    EXPECT_EQ(trie::state_root(state.all()), trie::state_root(chain_->state().all()));

    // A block by the file's rules over the file's state.
    execute::BlockInput here = chain_->next_block(workload_.transactions);
    execute::BlockInput there = here;
    there.rules =
        execute::rules_for_block(loaded->config, here.header->number, here.header->timestamp);
    const auto expected = execute::execute_block_serial(here, chain_->state());
    const auto found = execute::execute_block_serial(there, state);
    ASSERT_TRUE(expected.has_value() && found.has_value());
    const auto difference = execute::first_difference(*expected, *found);
    EXPECT_FALSE(difference.has_value()) << *difference;
}

INSTANTIATE_TEST_SUITE_P(Revisions, Export,
                         testing::Values(Revision::Cancun, Revision::Prague, Revision::Osaka,
                                         Revision::Amsterdam),
                         [](const auto& instance) {
                             return std::string(to_string(instance.param));
                         });

TEST(ExportErrors, NameTheFile) {
    auto made = make_workload("payments", {.users = 2, .transactions = 1});
    auto chain = WorkloadChain::open(*made);
    const auto written = write_genesis_file(**chain, "/nonexistent/genesis.json");
    ASSERT_FALSE(written.has_value());
    EXPECT_EQ(written.error().code, ErrorCode::Io);
    EXPECT_NE(written.error().message.find("/nonexistent/genesis.json"), std::string::npos);
}

}  // namespace
}  // namespace switchyard::workloads
