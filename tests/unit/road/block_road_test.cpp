// SPDX-License-Identifier: Apache-2.0
#include "host/road/block_road.hpp"

#include <gtest/gtest.h>

#include "host/execute/result_difference.hpp"
#include "tests/support/conflict_world.hpp"
#include "tools/workloads/workload_chain.hpp"

namespace switchyard {
namespace {

/// A device that works for some batches and then never again.
class FailingDetector final : public ConflictDetector {
  public:
    explicit FailingDetector(uint32_t good_batches) : good_batches_(good_batches) {}
    [[nodiscard]] const DetectorInfo& info() const override { return info_; }
    [[nodiscard]] DetectorCounters counters() const override { return {}; }
    [[nodiscard]] Result<Ticket> submit(const AccessBatch& batch, uint32_t lanes) override {
        if (batches_++ >= good_batches_) return Error{ErrorCode::Unavailable, "the device is gone"};
        batch_ = &batch;
        lanes_ = lanes;
        return Ticket{batches_};
    }
    [[nodiscard]] Result<void> collect(Ticket, Deadline, LanePlan& out) override {
        const auto reference = make_detector("reference");
        return (*reference)->plan(*batch_, lanes_, out);
    }

  private:
    DetectorInfo info_{.name = "failing", .description = "fails on purpose"};
    uint32_t good_batches_;
    uint32_t batches_ = 0;
    const AccessBatch* batch_ = nullptr;
    uint32_t lanes_ = 1;
};

execute::BlockInput input_of(const test::ConflictWorld& world,
                             std::span<const SignedTransaction> transactions) {
    execute::BlockInput out;
    out.header = &world.header();
    out.rules.revision = Revision::Cancun;
    out.rules.blobs = {3, 6, 3'338'477};
    out.transactions = transactions;
    return out;
}

/// Executes a block, whose result must be that of serial execution.
std::optional<execute::BlockResult> execute_as_serial(BlockRoad& road,
                                                      const execute::BlockInput& input,
                                                      const StateView& parent) {
    auto result = road.execute(input, parent);
    const auto serial = execute::execute_block_serial(input, parent);
    EXPECT_TRUE(serial.has_value()) << serial.error().message;
    EXPECT_TRUE(result.has_value()) << result.error().message;
    if (!serial || !result) return std::nullopt;
    EXPECT_EQ(execute::first_difference(*serial, *result), std::nullopt);
    return std::move(*result);
}

TEST(BlockRoad, PaysWithoutAPlan) {
    workloads::WorkloadOptions options;
    options.transactions = 3'000;
    options.users = 300;
    const auto workload = workloads::make_workload("payments", options);
    ASSERT_TRUE(workload.has_value());
    for (const uint32_t threads : {1U, 4U}) {
        auto chain = workloads::WorkloadChain::open(*workload);
        ASSERT_TRUE(chain.has_value());
        auto road = BlockRoad::open({.lanes = 8, .threads = threads, .serial_where_faster = true});
        ASSERT_TRUE(road.has_value());
        std::span<const SignedTransaction> rest(workload->transactions);
        for (const size_t count : {100U, 900U, 2'000U}) {
            const auto input = (*chain)->next_block(rest.first(count));
            rest = rest.subspan(count);
            const auto result = execute_as_serial(**road, input, (*chain)->state());
            ASSERT_TRUE(result.has_value());
            (*chain)->apply(*result);
        }
        EXPECT_EQ((*road)->counters()[Station::Plan].batches, 0U);
        EXPECT_EQ((*road)->plan().lane_count(), 1U);
    }
}

TEST(BlockRoad, LosesNoBlockWhenTheDetectorFails) {
    auto road = BlockRoad::open({.lanes = 4, .threads = 2}, std::make_unique<FailingDetector>(1));
    ASSERT_TRUE(road.has_value());
    for (uint64_t salt = 0; salt < 3; ++salt) {
        test::ConflictWorld world(salt);
        const auto transactions = world.block(60);
        const auto input = input_of(world, transactions);
        ASSERT_TRUE(execute_as_serial(**road, input, world.state()).has_value());
        EXPECT_EQ((*road)->health().fallbacks, salt);
    }
    EXPECT_EQ((*road)->health().last_error, "the device is gone");
}

/// Costs with which every block is planned and goes over to lanes, as soon as there is a plan.
LaneCosts lanes_at_any_price() {
    return {.gain_min = -1e9, .plan_min = 0, .look_min = 0};
}

TEST(BlockRoad, HandsABlockOverToLanesWithTheResultOfSerialExecution) {
    // On one thread the plan is there when it is asked for: the first look is after four.
    for (const uint32_t threads : {1U, 2U, 3U}) {
        BlockRoadConfig config{.lanes = 8, .threads = threads, .serial_where_faster = true};
        config.lane_costs = lanes_at_any_price();
        auto road = BlockRoad::open(config);
        ASSERT_TRUE(road.has_value());
        uint64_t taken_over = 0;
        for (uint64_t salt = 0; salt < 40; ++salt) {
            test::ConflictWorld world(salt);
            const auto transactions = world.block(300);
            const auto input = input_of(world, transactions);
            ASSERT_TRUE(execute_as_serial(**road, input, world.state()).has_value());
            const execute::ParallelStatistics& statistics = (*road)->statistics();
            EXPECT_EQ(statistics.transactions, 300U);
            EXPECT_EQ((*road)->plan().transaction_count(), 300U);
            if (statistics.lanes == 1) continue;
            ++taken_over;
            EXPECT_GE(statistics.before_lanes, 4U);
            if (threads == 1) {
                EXPECT_EQ(statistics.before_lanes, 4U);
            }
        }
        EXPECT_GT(taken_over, 0U) << threads << " threads";
    }
}

TEST(BlockRoad, GoesOnSeriallyAndLearnsBesideIt) {
    BlockRoadConfig config{.lanes = 8, .threads = 2, .serial_where_faster = true};
    config.lane_costs = {.gain_min = 1, .plan_min = 0, .look_min = 0};
    auto road = BlockRoad::open(config);
    ASSERT_TRUE(road.has_value());
    for (uint64_t salt = 0; salt < 10; ++salt) {
        test::ConflictWorld world(salt);
        const auto transactions = world.block(400);
        const auto input = input_of(world, transactions);
        ASSERT_TRUE(execute_as_serial(**road, input, world.state()).has_value());
        EXPECT_EQ((*road)->statistics().lanes, 1U);
        EXPECT_EQ((*road)->plan().lane_count(), 1U);
    }
}

TEST(BlockRoad, ReportsTheErrorOfABlockThatFailsBeforeAndAfterItsPlan) {
    for (const size_t at : {0U, 2U, 150U, 299U}) {
        BlockRoadConfig config{.lanes = 8, .threads = 2, .serial_where_faster = true};
        config.lane_costs = lanes_at_any_price();
        auto road = BlockRoad::open(config);
        ASSERT_TRUE(road.has_value());
        test::ConflictWorld world(5);
        auto transactions = world.block(300);
        const auto good = transactions;
        transactions[at].transaction.nonce += 7;
        const auto input = input_of(world, transactions);
        const auto serial = execute::execute_block_serial(input, world.state());
        ASSERT_FALSE(serial.has_value());
        for (int i = 0; i < 20; ++i) {
            const auto result = (*road)->execute(input, world.state());
            ASSERT_FALSE(result.has_value());
            EXPECT_EQ(result.error().message, serial.error().message);
        }
        EXPECT_TRUE((*road)->execute(input_of(world, good), world.state()).has_value());
    }
}

TEST(BlockRoad, ForgetsWhatItHasLearned) {
    auto road = BlockRoad::open({.lanes = 8, .threads = 2});
    ASSERT_TRUE(road.has_value());
    test::ConflictWorld world(11);
    const auto transactions = world.block(200);
    for (int i = 0; i < 3; ++i)
        ASSERT_TRUE((*road)->execute(input_of(world, transactions), world.state()).has_value());
    EXPECT_GT((*road)->templates().size(), 0U);
    (*road)->forget();
    EXPECT_EQ((*road)->templates().size(), 0U);
}

TEST(BlockRoad, CountsEveryTransactionAtEveryStation) {
    auto road = BlockRoad::open({.lanes = 4, .threads = 1, .detector = "reference"});
    ASSERT_TRUE(road.has_value());
    test::ConflictWorld world(9);
    const auto transactions = world.block(25);
    ASSERT_TRUE((*road)->execute(input_of(world, transactions), world.state()).has_value());
    for (const Station station : {Station::Plan, Station::Detect, Station::Execute})
        EXPECT_EQ((*road)->counters()[station].transactions, 25U) << to_string(station);
    EXPECT_EQ((*road)->plan().transaction_count(), 25U);
}

TEST(BlockRoad, RefusesAConfigurationOutOfRange) {
    EXPECT_FALSE(BlockRoad::open({.lanes = 0, .detector = "reference"}));
    EXPECT_FALSE(BlockRoad::open({.lanes = 65, .detector = "reference"}));
    EXPECT_FALSE(BlockRoad::open({.threads = 0, .detector = "reference"}));
    const auto absent = BlockRoad::open({.detector = "nonesuch"});
    ASSERT_FALSE(absent.has_value());
    EXPECT_EQ(absent.error().code, ErrorCode::NotFound);
}

TEST(ResultDifference, NamesTheFirstDifference) {
    test::ConflictWorld world(3);
    const auto transactions = world.block(20);
    const auto serial = execute::execute_block_serial(input_of(world, transactions), world.state());
    ASSERT_TRUE(serial.has_value());
    EXPECT_EQ(execute::first_difference(*serial, *serial), std::nullopt);

    auto other = *serial;
    other.receipts[7].gas_used += 1;
    EXPECT_NE(execute::first_difference(*serial, other)->find("receipt 7"), std::string::npos);
    other = *serial;
    other.changes.accounts.back().account->balance += Uint256{1};
    EXPECT_NE(execute::first_difference(*serial, other)->find("balance"), std::string::npos);
    other = *serial;
    ASSERT_FALSE(other.changes.storage.empty());
    other.changes.storage[0].value += Uint256{1};
    EXPECT_NE(execute::first_difference(*serial, other)->find("slot"), std::string::npos);
    other = *serial;
    other.regular_gas_used += 1;
    EXPECT_NE(execute::first_difference(*serial, other)->find("regular gas"), std::string::npos);
    other = *serial;
    other.state_gas_used += 1;
    EXPECT_NE(execute::first_difference(*serial, other)->find("state gas"), std::string::npos);
    other = *serial;
    other.block_access_list_hash.emplace();
    EXPECT_NE(execute::first_difference(*serial, other)->find("access list"), std::string::npos);
    other = *serial;
    other.logs_bloom[0] ^= 1;
    EXPECT_NE(execute::first_difference(*serial, other)->find("bloom"), std::string::npos);
}

}  // namespace
}  // namespace switchyard
