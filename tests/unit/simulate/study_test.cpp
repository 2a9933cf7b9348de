// SPDX-License-Identifier: Apache-2.0
#include "tools/simulate/study.hpp"

#include <gtest/gtest.h>

#include "tests/support/conflict_world.hpp"

namespace switchyard::simulate {
namespace {

execute::BlockInput input_of(const test::ConflictWorld& world,
                             const std::vector<SignedTransaction>& transactions) {
    execute::BlockInput input;
    input.header = &world.header();
    input.rules = execute::rules_for_block(ChainConfig::single_revision(Revision::Cancun), 1, 1);
    input.transactions = transactions;
    return input;
}

TEST(Study, AddsUpBlocksForEachNumberOfCoresAndLanes) {
    test::ConflictWorld world(0x21);
    MemoryState state = world.state();
    auto study = Study::open({.cores = {1, 4}, .lanes = {2, 8}, .rounds = 1, .road = {}});
    ASSERT_TRUE(study) << study.error().message;
    for (int block = 0; block < 2; ++block) {
        const auto transactions = world.block(40);
        const auto changes = (*study)->add(input_of(world, transactions), state);
        ASSERT_TRUE(changes) << changes.error().message;
        state.apply(*changes);
    }
    const StudyResult& result = (*study)->result();
    EXPECT_EQ(result.blocks, 2U);
    EXPECT_EQ(result.transactions, 80U);
    EXPECT_GT(result.dependencies, 0U);
    ASSERT_EQ(result.lanes.size(), 2U);
    for (const StudyLanes& row : result.lanes) {
        EXPECT_GT(row.serial_ns, 0U);
        EXPECT_GT(row.plan_ns, 0U);
        EXPECT_GT(row.detect_ns, 0U);
        ASSERT_EQ(row.points.size(), 2U);
        EXPECT_EQ(row.points[0].sum.total_ns, row.modelled_one_ns);
        for (const StudyPoint& point : row.points)
            EXPECT_GE(point.sum.total_ns, point.bound_ns);
        EXPECT_LE(row.points[1].bound_ns, row.points[0].bound_ns);
    }
}

TEST(Study, ABlockThatRunsSeriallyTakesAsLongOnAnyNumberOfCores) {
    test::ConflictWorld world(0x23);
    auto study = Study::open({.cores = {1, 2, 32}, .lanes = {8}, .rounds = 1, .road = {}});
    ASSERT_TRUE(study);
    // All from one sender: the plan is a chain.
    const auto transactions = world.chain(50);
    const auto changes = (*study)->add(input_of(world, transactions), world.state());
    ASSERT_TRUE(changes) << changes.error().message;
    const StudyLanes& row = (*study)->result().lanes[0];
    EXPECT_GE(row.points[1].sum.total_ns, row.points[2].sum.total_ns);
    // Where the round was interrupted, the parts around execution, which share the blooms' work,
    // may have taken longer than the serial block.
    if (row.points[1].sum.execute_ns != 0) {
        EXPECT_EQ(row.points[1].sum.total_ns, row.points[2].sum.total_ns);
    }
    EXPECT_EQ(row.points[2].sum.in_order, 50U);
    EXPECT_EQ(row.points[2].sum.aborts, 0U);
}

TEST(Study, LearningMeasuresNothing) {
    test::ConflictWorld world(0x22);
    auto study = Study::open({.cores = {2}, .lanes = {4}, .rounds = 1, .road = {}});
    ASSERT_TRUE(study);
    const auto transactions = world.block(10);
    const auto learned = (*study)->learn(input_of(world, transactions), world.state());
    ASSERT_TRUE(learned) << learned.error().message;
    const auto serial = execute::execute_block_serial(input_of(world, transactions), world.state());
    ASSERT_TRUE(serial);
    EXPECT_EQ(*learned, serial->changes);
    EXPECT_EQ((*study)->result().blocks, 0U);
}

TEST(Study, RefusesOptionsOutOfRange) {
    for (const StudyOptions& options :
         {StudyOptions{.cores = {}, .road = {}}, StudyOptions{.cores = {0}, .road = {}},
          StudyOptions{.cores = {1025}, .road = {}}, StudyOptions{.lanes = {1}, .road = {}},
          StudyOptions{.lanes = {65}, .road = {}}, StudyOptions{.lanes = {}, .road = {}},
          StudyOptions{.rounds = 0, .road = {}}}) {
        const auto opened = Study::open(options);
        ASSERT_FALSE(opened);
        EXPECT_EQ(opened.error().code, ErrorCode::InvalidInput);
    }
    BlockRoadConfig road;
    road.detector = "none of that name";
    const auto opened = Study::open({.road = road});
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().code, ErrorCode::NotFound);
}

}  // namespace
}  // namespace switchyard::simulate
