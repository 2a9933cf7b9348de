// SPDX-License-Identifier: Apache-2.0
// The views of a list against the states of serial execution, one transaction after another.
#include "host/execute/access_list/access_list_state.hpp"

#include <gtest/gtest.h>

#include "host/execute/access_list/final_changes.hpp"
#include "host/state/block_state.hpp"
#include "tests/unit/execute/access_list/block_fixture.hpp"

namespace switchyard::execute {
namespace {

void expect_same(const StateView& serial, const StateView& view, const BlockAccessList& list) {
    for (const BlockAccessList::Account& account : list.accounts) {
        const auto expected = serial.account(account.address);
        ASSERT_EQ(view.account(account.address), expected);
        ASSERT_EQ(view.has_storage(account.address), serial.has_storage(account.address));
        if (expected) {
            const auto bytes = view.code(expected->code_hash)->bytes();
            ASSERT_TRUE(equal(bytes, serial.code(expected->code_hash)->bytes()));
        }
        for (const BlockAccessList::Slot& slot : list.of(list.slots, account.slots))
            ASSERT_EQ(view.storage(account.address, slot.key),
                      serial.storage(account.address, slot.key));
        for (const Uint256& key : list.of(list.reads, account.reads))
            ASSERT_EQ(view.storage(account.address, key), serial.storage(account.address, key));
    }
}

TEST(AccessListState, HasTheStateOfSerialExecutionAtEveryIndex) {
    AccessListState state;  // one for all blocks: nothing of the block before may remain
    for_each_block(
        4, 60, [&](const BlockInput& input, const StateView& parent, const BlockResult& serial) {
            const BlockAccessList& list = *serial.block_access_list;
            state.begin(list, parent);
            for (uint32_t job = state.job_count(); job-- > 0;)
                state.run_job(job);
            evm::Evm evm(input.rules.revision);
            TransactionState transaction_state;
            BlockState block(parent);
            expect_same(block, AccessListView(state, 0), list);
            ASSERT_TRUE(
                execute_before_transactions(input, evm, transaction_state, block).has_value());
            const evm::BlockContext context = block_context(input);
            StateChanges changes;
            for (uint32_t i = 0; i < input.transactions.size(); ++i) {
                CodeCache codes;
                expect_same(block, AccessListView(state, i + 1, &codes), list);
                if (testing::Test::HasFatalFailure()) return;
                static_cast<void>(execute_transaction(evm, transaction_state, block, input.rules,
                                                      context, input.transactions[i], changes));
                block.apply(changes);
            }
            const auto last = static_cast<uint32_t>(input.transactions.size() + 1);
            expect_same(block, AccessListView(state, last), list);
        });
}

TEST(AccessListState, KnowsTheChangesOfTheBlockBeforeItRuns) {
    for_each_block(6, 120,
                   [](const BlockInput& input, const StateView& parent, const BlockResult& serial) {
                       const auto last = static_cast<uint32_t>(input.transactions.size() + 1);
                       const auto changes = final_changes(*serial.block_access_list, last, parent);
                       ASSERT_TRUE(changes.has_value()) << changes.error().message;
                       EXPECT_EQ(*changes, serial.changes);
                   });
}

TEST(AccessListState, FindsTheFirstEntryFromAnIndex) {
    using Entry = BlockAccessList::Change<uint64_t>;
    auto generator = test::test_generator(5);
    for (int round = 0; round < 2'000; ++round) {
        std::vector<Entry> entries;
        uint32_t index = static_cast<uint32_t>(generator() % 5);
        const uint64_t step = 1 + generator() % 4;
        for (uint64_t i = 0, count = generator() % 40; i < count; ++i) {
            entries.push_back({index, i});
            index += 1 + static_cast<uint32_t>(generator() % step);
        }
        for (uint32_t at = 0; at < index + 3; ++at) {
            uint32_t expected = 0;
            while (expected < entries.size() && entries[expected].index < at)
                ++expected;
            ASSERT_EQ(first_entry_from(std::span<const Entry>(entries), at), expected);
        }
        EXPECT_EQ(first_entry_from(std::span<const Entry>(entries), UINT32_MAX), entries.size());
    }
}

}  // namespace
}  // namespace switchyard::execute
