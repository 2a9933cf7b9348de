// SPDX-License-Identifier: Apache-2.0
// Protocols from their own packages: serial and parallel execution, and what the protocols' own
// formulas say must come out.
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>

#include "host/core/hex.hpp"
#include "host/execute/result_difference.hpp"
#include "host/road/block_road.hpp"
#include "host/state/memory_state.hpp"
#include "tests/integration/protocols/protocol_fixture.hpp"
#include "tests/support/test_data.hpp"
#include "tools/workloads/wrong_plans.hpp"

namespace switchyard::test {
namespace {

std::string folder() {
    return std::string(std::getenv("SWITCHYARD_BUILD_DIR")) + "/protocols";
}

/// A chain under the rules of Cancun; base fee 7.
class Chain {
  public:
    explicit Chain(const ProtocolFixture& fixture) {
        for (const Address& account : fixture.accounts)
            state_.set_account(account, {.nonce = 0, .balance = Uint256{1} << 100});
        state_.set_account(caller(), {.nonce = 0, .balance = Uint256{1} << 100});
        header_.gas_limit = 1'000'000'000'000;
        header_.beneficiary[19] = 0xbe;
        header_.base_fee_per_gas = Uint256{7};
        header_.excess_blob_gas = 0;
        header_.blob_gas_used = 0;
        header_.parent_beacon_block_root = Bytes32{};
    }

    execute::BlockInput next(const ProtocolBlock& block) {
        ++header_.number;
        header_.timestamp = block.timestamp;
        return input(block.transactions);
    }
    void apply(const execute::BlockResult& result) { state_.apply(result.changes); }
    [[nodiscard]] const MemoryState& state() const { return state_; }

    /// What a call returns on top of the last block, in the next one.
    [[nodiscard]] execute::TransactionOutcome call(const ProtocolCheck& check) const {
        SignedTransaction transaction;
        transaction.sender = caller();
        transaction.transaction.type = TransactionType::DynamicFee;
        transaction.transaction.chain_id = 1;
        transaction.transaction.max_fee_per_gas = Uint256{7};
        transaction.transaction.gas_limit = 10'000'000;
        transaction.transaction.to = check.to;
        transaction.transaction.data = check.data;
        const execute::BlockInput block = input({});
        evm::Evm evm(block.rules.revision);
        TransactionState state;
        StateChanges changes;
        return execute::execute_transaction(evm, state, state_, block.rules,
                                            execute::block_context(block), transaction, changes);
    }

  private:
    static Address caller() {
        Address out;
        out[0] = 0xca;
        return out;
    }
    [[nodiscard]] execute::BlockInput input(std::span<const SignedTransaction> transactions) const {
        execute::BlockInput out;
        out.header = &header_;
        out.rules = execute::rules_for_block(ChainConfig::single_revision(Revision::Cancun),
                                             header_.number, header_.timestamp);
        out.transactions = transactions;
        return out;
    }

    MemoryState state_;
    BlockHeader header_;
};

class Protocol : public ::testing::TestWithParam<const char*> {
  protected:
    void SetUp() override {
        if (std::ifstream absent(folder() + "/absent.txt"); absent) {
            std::string reason;
            std::getline(absent, reason);
            GTEST_SKIP() << reason;
        }
        auto loaded = load_protocol_fixture(folder() + "/" + GetParam() + ".json");
        ASSERT_TRUE(loaded) << loaded.error().message << "; run prepare.py beside this test first";
        fixture_ = std::move(*loaded);
    }

    ProtocolFixture fixture_;
};

TEST_P(Protocol, GivesWhatItsFormulasSaySeriallyAndInParallel) {
    Chain chain(fixture_);
    std::vector<std::unique_ptr<BlockRoad>> roads;
    for (const BlockRoadConfig& config :
         {BlockRoadConfig{.lanes = 8, .threads = 2}, BlockRoadConfig{.lanes = 64, .threads = 4},
          BlockRoadConfig{.lanes = 16, .threads = 3, .look_ahead = true}}) {
        auto road = BlockRoad::open(config);
        ASSERT_TRUE(road) << road.error().message;
        roads.push_back(std::move(*road));
    }
    // Nearly every first execution sees stale state.
    execute::ParallelExecutor stale(2, execute::PickOrder::LatestFirst);
    auto generator = test_generator(0x9907);
    for (size_t b = 0; b < fixture_.blocks.size(); ++b) {
        const ProtocolBlock& block = fixture_.blocks[b];
        const execute::BlockInput input = chain.next(block);
        const auto serial = execute::execute_block_serial(input, chain.state());
        ASSERT_TRUE(serial) << "block " << b << ": " << serial.error().message;
        for (size_t i = 0; i < block.succeeds.size(); ++i)
            ASSERT_EQ(serial->receipts[i].success, block.succeeds[i])
                << "block " << b << ", transaction " << i << ", gas "
                << serial->receipts[i].gas_used;
        for (const auto& road : roads) {
            const auto parallel = road->execute(input, chain.state());
            ASSERT_TRUE(parallel) << parallel.error().message;
            EXPECT_EQ(execute::first_difference(*serial, *parallel), std::nullopt) << "block " << b;
        }
        const auto count = static_cast<uint32_t>(block.transactions.size());
        const auto parallel = stale.execute(
            input, chain.state(), workloads::random_lanes_without_waits(count, 8, generator));
        ASSERT_TRUE(parallel) << parallel.error().message;
        EXPECT_EQ(execute::first_difference(*serial, *parallel), std::nullopt) << "block " << b;
        chain.apply(*serial);
    }
    ASSERT_FALSE(fixture_.checks.empty());
    for (const ProtocolCheck& check : fixture_.checks) {
        const auto outcome = chain.call(check);
        ASSERT_EQ(outcome.error, execute::TransactionError::None) << check.name;
        EXPECT_TRUE(outcome.success()) << check.name;
        Bytes output = outcome.output;
        if (check.is_prefix && output.size() > check.output.size())
            output.resize(check.output.size());
        EXPECT_EQ(to_hex(output), to_hex(check.output)) << check.name;
    }
}

INSTANTIATE_TEST_SUITE_P(Npm, Protocol,
                         ::testing::Values("uniswap_v2", "uniswap_v3", "governor", "aave_v3"),
                         [](const auto& tested) { return std::string(tested.param); });

}  // namespace
}  // namespace switchyard::test
