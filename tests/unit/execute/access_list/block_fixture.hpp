// SPDX-License-Identifier: Apache-2.0
// Blocks of Amsterdam that conflict, with the list that their serial execution gives.
#pragma once

#include <gtest/gtest.h>

#include "host/execute/block_execution.hpp"
#include "tests/support/conflict_chain.hpp"
#include "tests/support/test_data.hpp"

namespace switchyard::execute {

inline BlockInput input_of(const test::ConflictBlock& block, Revision revision) {
    BlockInput out;
    out.header = &block.header;
    out.rules.revision = revision;
    out.rules.chain_id = 1;
    out.rules.blobs = {3, 6, 3'338'477};
    out.rules.deposit_contract = test::conflict_contract(test::ConflictContract::Depositor);
    out.transactions = block.transactions;
    out.ommers = block.ommers;
    out.withdrawals = block.withdrawals;
    return out;
}

/// Calls `body(input, state, serial result)` for valid blocks of a few chains.
template <typename Body>
void for_each_block(uint64_t chains, uint32_t size, Body body) {
    uint32_t blocks = 0;
    for (uint64_t seed = 0; seed < chains; ++seed) {
        test::ConflictChain chain(seed + 1000, Revision::Amsterdam);
        for (int i = 0; i < 3; ++i) {
            SCOPED_TRACE("chain " + std::to_string(seed) + ", block " + std::to_string(i));
            const test::ConflictBlock block = chain.next(size);
            const BlockInput input = input_of(block, Revision::Amsterdam);
            auto serial = execute_block_serial(input, chain.state());
            if (!serial) break;
            ++blocks;
            body(input, chain.state(), *serial);
            if (testing::Test::HasFatalFailure()) return;
            chain.accept(serial->changes);
        }
    }
    EXPECT_GT(blocks, chains) << "most blocks must be valid";
}

}  // namespace switchyard::execute
