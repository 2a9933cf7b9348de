// SPDX-License-Identifier: Apache-2.0
// Execution by a block's access list against serial execution, with lists right and wrong.
#include "host/execute/access_list/access_list_executor.hpp"

#include <gtest/gtest.h>

#include <map>

#include "host/core/hex.hpp"

#include "host/execute/parallel/parallel_executor.hpp"
#include "host/execute/result_difference.hpp"
#include "tests/unit/execute/access_list/block_fixture.hpp"
#include "tools/workloads/wrong_access_lists.hpp"
#include "tools/workloads/wrong_plans.hpp"

namespace switchyard::execute {
namespace {

void expect_equal(const Result<BlockResult>& found, const BlockResult& serial) {
    ASSERT_TRUE(found.has_value()) << found.error().message;
    const auto difference = first_difference(serial, *found);
    ASSERT_FALSE(difference.has_value()) << *difference;
}

class AccessListExecutorFixture : public testing::TestWithParam<uint32_t> {
  protected:
    AccessListExecutor executor_{GetParam()};
};

TEST_P(AccessListExecutorFixture, EqualsSerialByTheRightList) {
    for_each_block(
        12, 170, [&](const BlockInput& input, const StateView& parent, const BlockResult& serial) {
            AccessListStatistics statistics;
            const auto found =
                executor_.execute(input, parent, *serial.block_access_list, &statistics);
            expect_equal(found, serial);
            EXPECT_TRUE(statistics.held) << statistics.reason;
            EXPECT_EQ(statistics.reason, "");
            EXPECT_EQ(statistics.transactions, input.transactions.size());
            EXPECT_EQ(statistics.threads, GetParam());
        });
}

TEST_P(AccessListExecutorFixture, EqualsSerialByAnyWrongList) {
    auto generator = test::test_generator(GetParam());
    std::map<std::string, uint32_t> seen;
    std::map<std::string, uint32_t> reasons;
    for_each_block(
        3, 50, [&](const BlockInput& input, const StateView& parent, const BlockResult& serial) {
            for (uint32_t kind = 0; kind < workloads::kListDamageCount; ++kind)
                for (int round = 0; round < 4; ++round) {
                    BlockAccessList list = *serial.block_access_list;
                    const auto damage = workloads::damage_access_list(list, kind, generator);
                    if (!damage) continue;
                    SCOPED_TRACE(*damage);
                    ++seen[*damage];
                    AccessListStatistics statistics;
                    const auto found = executor_.execute(input, parent, list, &statistics);
                    expect_equal(found, serial);
                    EXPECT_FALSE(statistics.held);
                    EXPECT_NE(statistics.reason, "");
                    ++reasons[statistics.reason.substr(statistics.reason.find(':') + 1)];
                }
        });
    EXPECT_EQ(seen.size(), workloads::kListDamageCount) << testing::PrintToString(seen);
    EXPECT_GT(reasons.size(), 5U) << testing::PrintToString(reasons);
}

TEST_P(AccessListExecutorFixture, RunsAWrongListOtherwise) {
    const auto plan = [](const BlockInput& input) {
        return workloads::round_robin_without_waits(
            static_cast<uint32_t>(input.transactions.size()), 4);
    };
    ParallelExecutor parallel(2);
    for_each_block(
        2, 60, [&](const BlockInput& input, const StateView& parent, const BlockResult& serial) {
            uint32_t calls = 0;
            const AccessListExecutor::Otherwise otherwise = [&] {
                ++calls;
                return parallel.execute(input, parent, plan(input));
            };
            BlockAccessList list = *serial.block_access_list;
            expect_equal(executor_.execute(input, parent, list, nullptr, otherwise), serial);
            EXPECT_EQ(calls, 0U);
            list.balances.front().value += Uint256{1};
            expect_equal(executor_.execute(input, parent, list, nullptr, otherwise), serial);
            EXPECT_EQ(calls, 1U);
        });
}

TEST_P(AccessListExecutorFixture, ReportsTheSameErrorAsSerial) {
    uint32_t errors = 0;
    for (uint64_t seed = 0; seed < 40; ++seed) {
        test::ConflictChain chain(seed, Revision::Amsterdam);
        test::ConflictBlock block = chain.next(80);
        const auto sound =
            execute_block_serial(input_of(block, Revision::Amsterdam), chain.state());
        if (!sound) continue;
        chain.damage(block);
        const BlockInput input = input_of(block, Revision::Amsterdam);
        const auto serial = execute_block_serial(input, chain.state());
        AccessListStatistics statistics;
        const auto found =
            executor_.execute(input, chain.state(), *sound->block_access_list, &statistics);
        if (serial) {
            expect_equal(found, *serial);
            continue;
        }
        ++errors;
        EXPECT_FALSE(statistics.held);
        ASSERT_FALSE(found.has_value());
        EXPECT_EQ(found.error().code, serial.error().code);
        EXPECT_EQ(found.error().message, serial.error().message);
    }
    EXPECT_GT(errors, 15U);
}

TEST_P(AccessListExecutorFixture, ExecutesBlocksWithoutTransactions) {
    test::ConflictChain chain(3, Revision::Amsterdam);
    for (int i = 0; i < 8; ++i) {
        const test::ConflictBlock block = chain.next(0);
        const BlockInput input = input_of(block, Revision::Amsterdam);
        const auto serial = execute_block_serial(input, chain.state());
        ASSERT_TRUE(serial.has_value());
        AccessListStatistics statistics;
        expect_equal(
            executor_.execute(input, chain.state(), *serial->block_access_list, &statistics),
            *serial);
        EXPECT_TRUE(statistics.held) << statistics.reason;
        chain.accept(serial->changes);
    }
}

TEST_P(AccessListExecutorFixture, LeavesBlocksOfOtherRevisionsAlone) {
    test::ConflictChain chain(3, Revision::Osaka);
    const test::ConflictBlock block = chain.next(40);
    const BlockInput input = input_of(block, Revision::Osaka);
    const auto serial = execute_block_serial(input, chain.state());
    ASSERT_TRUE(serial.has_value());
    AccessListStatistics statistics;
    expect_equal(executor_.execute(input, chain.state(), {}, &statistics), *serial);
    EXPECT_FALSE(statistics.held);
}

TEST_P(AccessListExecutorFixture, DoesNotReadAListThatIsLongerThanTheGasLimitAllows) {
    test::ConflictChain chain(4, Revision::Amsterdam);
    test::ConflictBlock block = chain.next(0);
    const BlockInput input = input_of(block, Revision::Amsterdam);
    const auto serial = execute_block_serial(input, chain.state());
    ASSERT_TRUE(serial.has_value());
    const BlockAccessList& list = *serial->block_access_list;
    ASSERT_GT(list.item_count(), 0U);
    for (const bool fits : {true, false}) {
        block.header.gas_limit = kBlockAccessListItemGas * list.item_count() - (fits ? 0 : 1);
        AccessListStatistics statistics;
        expect_equal(executor_.execute(input, chain.state(), list, &statistics), *serial);
        EXPECT_EQ(statistics.held, fits) << statistics.reason;
    }
}

/// A state from before EIP-161 may hold an empty account. A payment of nothing deletes it, and no
/// list says so.
TEST_P(AccessListExecutorFixture, DoesNotTrustAListAboutEmptyAccounts) {
    MemoryState state;
    const Address sender = to_address(Uint256{0xabcdef});
    const Address empty = to_address(Uint256{0x123456});
    state.set_account(sender, {.nonce = 0, .balance = Uint256{1'000'000'000'000}});
    state.set_account(empty, {});
    test::ConflictChain chain(1, Revision::Amsterdam);
    test::ConflictBlock block = chain.next(0);
    block.withdrawals.clear();
    SignedTransaction payment;
    payment.sender = sender;
    payment.transaction.type = TransactionType::DynamicFee;
    payment.transaction.chain_id = 1;
    payment.transaction.max_fee_per_gas = Uint256{7};
    payment.transaction.gas_limit = 100'000;
    payment.transaction.to = empty;
    block.transactions.push_back(payment);
    BlockInput input = input_of(block, Revision::Amsterdam);
    input.rules.revision = Revision::Amsterdam;
    for (const char* contract : {"0x00000961Ef480Eb55e80D19ad83579A64c007002",
                                 "0x0000BBdDc7CE488642fb579F8B00f3a590007251"}) {
        const Bytes32 code = state.add_code(test::system_contract_code());
        state.set_account(*fixed_from_hex<20>(contract),
                          {.nonce = 1, .balance = Uint256{0}, .code_hash = code});
    }
    const auto serial = execute_block_serial(input, state);
    ASSERT_TRUE(serial.has_value()) << serial.error().message;
    ASSERT_NE(serial->changes.find(empty), nullptr);
    AccessListStatistics statistics;
    expect_equal(executor_.execute(input, state, *serial->block_access_list, &statistics), *serial);
    EXPECT_FALSE(statistics.held);
}

INSTANTIATE_TEST_SUITE_P(Threads, AccessListExecutorFixture, testing::Values(1U, 2U, 5U),
                         [](const auto& param) { return std::to_string(param.param) + "Threads"; });

}  // namespace
}  // namespace switchyard::execute
