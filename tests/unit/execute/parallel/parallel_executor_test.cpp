// SPDX-License-Identifier: Apache-2.0
// The parallel executor against the serial one, which is the specification, over every kind of
// plan.
#include "host/execute/parallel/parallel_executor.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

#include "host/offload/conflict_detector.hpp"
#include "host/offload/look_ahead.hpp"
#include "host/plan/planner.hpp"
#include "tests/support/conflict_world.hpp"
#include "tests/support/test_data.hpp"
#include "tools/workloads/wrong_plans.hpp"

namespace switchyard::execute {
namespace {

BlockInput input_of(const BlockHeader& header, std::span<const SignedTransaction> transactions,
                    Revision revision) {
    BlockInput out;
    out.header = &header;
    out.rules.revision = revision;
    out.rules.chain_id = 1;
    out.rules.blobs = {3, 6, 3'338'477};
    out.transactions = transactions;
    return out;
}

void expect_equal(const BlockResult& serial, const BlockResult& parallel) {
    ASSERT_EQ(serial.receipts.size(), parallel.receipts.size());
    for (size_t i = 0; i < serial.receipts.size(); ++i)
        ASSERT_EQ(serial.receipts[i], parallel.receipts[i]) << "receipt " << i;
    EXPECT_EQ(serial.gas_used, parallel.gas_used);
    EXPECT_EQ(serial.logs_bloom, parallel.logs_bloom);
    EXPECT_EQ(serial.changes, parallel.changes);
    EXPECT_EQ(serial.requests, parallel.requests);
    EXPECT_EQ(serial.block_access_list, parallel.block_access_list);
    EXPECT_EQ(serial.block_access_list_hash, parallel.block_access_list_hash);
}

/// Every plan that the suite tries for a block, good and bad.
std::vector<LanePlan> plans(std::span<const SignedTransaction> transactions,
                            const Address& beneficiary, std::mt19937_64& generator) {
    const auto count = static_cast<uint32_t>(transactions.size());
    std::vector<LanePlan> out;
    out.push_back(workloads::all_in_one_lane(count, 1));
    out.push_back(workloads::all_in_one_lane(count, 2));
    out.push_back(workloads::round_robin_without_waits(count, 8));
    out.push_back(workloads::random_lanes_without_waits(count, 64, generator));
    out.push_back(workloads::random_lanes_with_random_waits(count, 5, generator));
    const auto detector = make_detector("reference");
    EXPECT_TRUE(detector.has_value());
    AccessBatch batch;
    Planner(3).predict(transactions, beneficiary, batch);
    for (const uint32_t lanes : {1U, 2U, 8U}) {
        LanePlan plan;
        EXPECT_TRUE((*detector)->plan(batch, lanes, plan).has_value());
        out.push_back(std::move(plan));
    }
    // The same block arranged: as the look-ahead does it, and at random.
    offload::LookAhead look_ahead(3);
    AccessBatch arranged;
    look_ahead.arrange(batch, 8, arranged);
    LanePlan ahead;
    EXPECT_TRUE((*detector)->plan(arranged, 8, ahead).has_value());
    ahead.set_order(look_ahead.order());
    out.push_back(std::move(ahead));
    std::vector<uint32_t> order(count);
    std::iota(order.begin(), order.end(), 0);
    std::ranges::shuffle(order, generator);
    LanePlan shuffled = out.back();
    shuffled.set_order(order);
    out.push_back(std::move(shuffled));
    return out;
}

struct Workers {
    uint32_t threads;
    PickOrder order;
};

class ParallelExecutorFixture : public testing::TestWithParam<Workers> {
  protected:
    void expect_serial_result(const test::ConflictWorld& world,
                              std::span<const SignedTransaction> transactions, Revision revision) {
        const BlockInput input = input_of(world.header(), transactions, revision);
        const auto serial = execute_block_serial(input, world.state());
        ASSERT_TRUE(serial.has_value()) << serial.error().message;
        for (const LanePlan& plan : plans(transactions, world.header().beneficiary, generator_)) {
            ParallelStatistics statistics;
            const auto parallel = executor_.execute(input, world.state(), plan, &statistics);
            ASSERT_TRUE(parallel.has_value()) << parallel.error().message;
            expect_equal(*serial, *parallel);
            aborts_ += statistics.aborts;
            EXPECT_EQ(statistics.transactions, transactions.size());
            EXPECT_EQ(statistics.executions, statistics.transactions + statistics.aborts);
            if (plan.lane_count() == 1) {
                EXPECT_EQ(statistics.aborts, 0U) << "one lane runs in block order";
            }
        }
        expect_serial_result_of_rests(world, input, *serial);
    }
    /// Blocks that lanes take over from a serial executor, after any number of transactions.
    void expect_serial_result_of_rests(const test::ConflictWorld& world, const BlockInput& input,
                                       const BlockResult& serial) {
        const size_t count = input.transactions.size();
        for (const LanePlan& plan :
             plans(input.transactions, world.header().beneficiary, generator_)) {
            const size_t first = std::uniform_int_distribution<size_t>(0, count)(generator_);
            SCOPED_TRACE("taken over after " + std::to_string(first));
            const auto begun = begun_.begin(input, world.state());
            ASSERT_TRUE(begun.has_value()) << begun.error().message;
            while (begun_.executed() < first)
                ASSERT_TRUE(begun_.execute_next().has_value());
            ParallelStatistics statistics;
            const auto parallel = executor_.execute_rest(begun_, plan, &statistics);
            ASSERT_TRUE(parallel.has_value()) << parallel.error().message;
            expect_equal(serial, *parallel);
            EXPECT_EQ(statistics.before_lanes, first);
        }
    }
    ParallelExecutor executor_{GetParam().threads, GetParam().order};
    SerialExecutor begun_;
    uint64_t aborts_ = 0;
    std::mt19937_64 generator_ = test::test_generator(77);
};

TEST_P(ParallelExecutorFixture, EqualsSerialOnConflictHeavyBlocks) {
    for (const Revision revision : {Revision::London, Revision::Shanghai, Revision::Cancun,
                                    Revision::Osaka, Revision::Amsterdam})
        for (uint64_t salt = 0; salt < 6; ++salt) {
            SCOPED_TRACE(std::string(to_string(revision)) + ", world " + std::to_string(salt));
            test::ConflictWorld world(salt);
            expect_serial_result(world, world.block(150), revision);
        }
    // Otherwise the suite would not have tried what happens when a prediction is wrong.
    if (GetParam().order == PickOrder::LatestFirst) {
        EXPECT_GT(aborts_, 1'000U);
    }
}

TEST_P(ParallelExecutorFixture, MemoryDoesNotGrowFromBlockToBlock) {
    constexpr uint32_t kTransactions = 60;
    test::ConflictWorld world(31);
    const auto transactions = world.block(kTransactions);
    const BlockInput input = input_of(world.header(), transactions, Revision::Cancun);
    const LanePlan plan = workloads::round_robin_without_waits(kTransactions, 8);
    for (int block = 0; block < 100; ++block) {
        ASSERT_TRUE(executor_.execute(input, world.state(), plan).has_value());
        ASSERT_LE(executor_.kept_executions(), 2 * kTransactions) << "block " << block;
    }
}

/// Keeps the instructions of each transaction that became final.
class InstructionLog final : public BlockTracing {
  public:
    struct Transaction final : evm::Tracer {
        void on_instruction(const evm::TracedInstruction& i) override {
            lines.push_back({Uint256{i.pc}, Uint256{i.gas}, Uint256{i.gas_cost},
                             Uint256{static_cast<uint64_t>(i.refund)}});
            lines.back().insert(lines.back().end(), i.stack.begin(), i.stack.end());
        }
        std::vector<std::vector<Uint256>> lines;
    };
    std::unique_ptr<evm::Tracer> begin(size_t /*index*/) override {
        return std::make_unique<Transaction>();
    }
    void commit(size_t index, std::unique_ptr<evm::Tracer> tracer,
                const TransactionOutcome& outcome) override {
        EXPECT_EQ(index, committed.size());
        committed.push_back(std::move(static_cast<Transaction&>(*tracer).lines));
        gas_used.push_back(outcome.gas_used);
    }
    std::vector<std::vector<std::vector<Uint256>>> committed;
    std::vector<uint64_t> gas_used;
};

TEST_P(ParallelExecutorFixture, TracesTheExecutionsThatBecameFinal) {
    test::ConflictWorld world(150);
    const auto transactions = world.block(150);
    BlockInput input = input_of(world.header(), transactions, Revision::Osaka);
    InstructionLog expected;
    input.tracing = &expected;
    const auto serial = execute_block_serial(input, world.state());
    ASSERT_TRUE(serial.has_value()) << serial.error().message;
    ASSERT_EQ(expected.committed.size(), transactions.size());
    size_t lines = 0;
    for (const auto& transaction : expected.committed)
        lines += transaction.size();
    EXPECT_GT(lines, 1'000U);
    for (const LanePlan& plan : plans(transactions, world.header().beneficiary, generator_)) {
        InstructionLog found;
        input.tracing = &found;
        const auto parallel = executor_.execute(input, world.state(), plan);
        ASSERT_TRUE(parallel.has_value()) << parallel.error().message;
        expect_equal(*serial, *parallel);
        EXPECT_EQ(found.committed, expected.committed);
        EXPECT_EQ(found.gas_used, expected.gas_used);
    }
}

TEST_P(ParallelExecutorFixture, EqualsSerialWithFewSendersAndLongBlocks) {
    test::ConflictWorld world(100, 3);
    expect_serial_result(world, world.block(600), Revision::Prague);
}

TEST_P(ParallelExecutorFixture, EqualsSerialOnAFullyDependentChain) {
    test::ConflictWorld world(200);
    expect_serial_result(world, world.chain(200), Revision::Osaka);
}

TEST_P(ParallelExecutorFixture, ExecutesABlockWithoutTransactions) {
    const test::ConflictWorld world(300);
    expect_serial_result(world, {}, Revision::Osaka);
}

TEST_P(ParallelExecutorFixture, ReportsTheSameErrorAsSerial) {
    test::ConflictWorld world(400);
    auto transactions = world.block(60);
    transactions[31].transaction.nonce += 1;
    const BlockInput input = input_of(world.header(), transactions, Revision::Cancun);
    const auto serial = execute_block_serial(input, world.state());
    ASSERT_FALSE(serial.has_value());
    for (const LanePlan& plan : plans(transactions, world.header().beneficiary, generator_)) {
        const auto parallel = executor_.execute(input, world.state(), plan);
        ASSERT_FALSE(parallel.has_value());
        EXPECT_EQ(parallel.error().code, serial.error().code);
        EXPECT_EQ(parallel.error().message, serial.error().message);
    }
}

TEST_P(ParallelExecutorFixture, StopsWhereTheBlockRunsOutOfGas) {
    test::ConflictWorld world(500);
    const auto transactions = world.block(80);
    BlockHeader header = world.header();
    header.gas_limit = 1'500'000;
    const BlockInput input = input_of(header, transactions, Revision::Cancun);
    const auto serial = execute_block_serial(input, world.state());
    ASSERT_FALSE(serial.has_value());
    const auto parallel =
        executor_.execute(input, world.state(), workloads::round_robin_without_waits(80, 4));
    ASSERT_FALSE(parallel.has_value());
    EXPECT_EQ(parallel.error().message, serial.error().message);
}

TEST_P(ParallelExecutorFixture, RefusesAPlanThatIsNotForTheBlock) {
    test::ConflictWorld world(600);
    const auto transactions = world.block(10);
    const BlockInput input = input_of(world.header(), transactions, Revision::Cancun);
    const auto short_plan =
        executor_.execute(input, world.state(), workloads::all_in_one_lane(9, 1));
    ASSERT_FALSE(short_plan.has_value());
    EXPECT_EQ(short_plan.error().code, ErrorCode::InvalidInput);
    LanePlan deadlock;
    deadlock.reset(2);
    for (uint32_t i = 0; i < 10; ++i)
        deadlock.append({static_cast<uint16_t>(i % 2), i / 2})[(i + 1) % 2] = 5;
    const auto stuck = executor_.execute(input, world.state(), deadlock);
    ASSERT_FALSE(stuck.has_value());
    EXPECT_EQ(stuck.error().code, ErrorCode::InvalidInput);
}

INSTANTIATE_TEST_SUITE_P(
    Threads, ParallelExecutorFixture,
    testing::Values(Workers{1, PickOrder::EarliestFirst}, Workers{2, PickOrder::EarliestFirst},
                    Workers{8, PickOrder::EarliestFirst}, Workers{1, PickOrder::LatestFirst},
                    Workers{2, PickOrder::LatestFirst}, Workers{4, PickOrder::LatestFirst}),
    [](const auto& param) {
        return (param.param.order == PickOrder::LatestFirst ? "latestFirst" : "earliestFirst") +
               std::to_string(param.param.threads) + "Threads";
    });

}  // namespace
}  // namespace switchyard::execute
