// SPDX-License-Identifier: Apache-2.0
// Whether the chain of conflicts does what it promises: every kind of transaction takes effect,
// some fail, and a few blocks are refused.
#include "tests/support/conflict_chain.hpp"

#include <gtest/gtest.h>

#include <map>
#include <set>

#include "host/execute/block_execution.hpp"

namespace switchyard::test {
namespace {

struct Facts {
    std::map<std::optional<Address>, std::pair<uint32_t, uint32_t>> calls;  ///< succeeded, failed
    std::set<TransactionType> types;
    std::set<uint8_t> requests;
    uint32_t refused = 0;
    std::map<std::string, uint32_t> errors;
    uint32_t blocks = 0;
    uint32_t deleted_children = 0;
    uint32_t made_children = 0;
    uint32_t delegations = 0;
    uint32_t delegations_taken_back = 0;
};

Facts run_chain(Revision revision, uint64_t seeds) {
    Facts out;
    std::set<Address> children;
    for (uint64_t salt = 0; salt < 4; ++salt)
        children.insert(create2_child(salt));
    for (uint64_t seed = 0; seed < seeds; ++seed) {
        ConflictChain chain(seed, revision);
        for (int i = 0; i < 4; ++i) {
            const ConflictBlock block = chain.next(150);
            execute::BlockInput input;
            input.header = &block.header;
            input.rules.revision = revision;
            input.rules.blobs = {3, 6, 3'338'477};
            input.rules.deposit_contract = conflict_contract(ConflictContract::Depositor);
            input.transactions = block.transactions;
            input.withdrawals = block.withdrawals;
            input.ommers = block.ommers;
            const auto result = execute::execute_block_serial(input, chain.state());
            ++out.blocks;
            if (!result) {
                ++out.refused;
                ++out.errors[result.error().message];
                break;
            }
            for (size_t t = 0; t < block.transactions.size(); ++t) {
                const Transaction& transaction = block.transactions[t].transaction;
                out.types.insert(transaction.type);
                auto& [succeeded, failed] = out.calls[transaction.to];
                ++(result->receipts[t].success ? succeeded : failed);
            }
            for (const Bytes& request : result->requests)
                out.requests.insert(request[0]);
            for (const AccountChange& change : result->changes.accounts) {
                if (children.contains(change.address)) {
                    const bool had_code =
                        chain.state().account(change.address).value_or(Account{}).has_code();
                    const bool has_code = change.account.value_or(Account{}).has_code();
                    if (has_code && !had_code) ++out.made_children;
                    if (had_code && !has_code) ++out.deleted_children;
                }
                if (change.address[1] == 3) {
                    const bool has_code = change.account.value_or(Account{}).has_code();
                    ++(has_code ? out.delegations : out.delegations_taken_back);
                }
            }
            chain.accept(result->changes);
        }
    }
    return out;
}

const std::pair<uint32_t, uint32_t>& calls_of(Facts& facts, ConflictContract contract) {
    return facts.calls[conflict_contract(contract)];
}

TEST(ConflictChain, DoesEverythingThatPragueKnows) {
    for (const Revision revision : {Revision::Prague, Revision::Osaka, Revision::Amsterdam}) {
        SCOPED_TRACE(to_string(revision));
        Facts facts = run_chain(revision, 30);
        EXPECT_EQ(facts.types.size(), 5U);
        EXPECT_EQ(facts.requests, (std::set<uint8_t>{0, 1, 2}));
        EXPECT_LT(facts.refused, facts.blocks / 3) << testing::PrintToString(facts.errors);
        for (size_t i = 0; i < kConflictContractCount; ++i) {
            const auto& [succeeded, failed] = calls_of(facts, static_cast<ConflictContract>(i));
            EXPECT_GT(succeeded, 10U) << "contract " << i;
            EXPECT_LT(failed, 20 * succeeded) << "contract " << i;
        }
        for (const auto contract : {ConflictContract::Token, ConflictContract::Once,
                                    ConflictContract::Create2, ConflictContract::Thrower})
            EXPECT_GT(calls_of(facts, contract).second, 10U) << static_cast<int>(contract);
        EXPECT_GT(facts.made_children, 20U);
        EXPECT_EQ(facts.deleted_children, 0U) << "EIP-6780";
        EXPECT_GT(facts.delegations, 20U);
        EXPECT_GT(facts.delegations_taken_back, 0U);
        EXPECT_GT(facts.calls[std::nullopt].first, 20U);
    }
}

TEST(ConflictChain, DestroysAndCreatesAgainBeforeCancun) {
    const Facts facts = run_chain(Revision::Shanghai, 30);
    EXPECT_GT(facts.made_children, 20U);
    EXPECT_GT(facts.deleted_children, 5U);
}

TEST(ConflictChain, HasValidBlocksInEveryRevision) {
    for (size_t revision = 0; revision < kRevisionCount; ++revision) {
        const Facts facts = run_chain(static_cast<Revision>(revision), 4);
        EXPECT_LT(facts.refused, facts.blocks / 2) << to_string(static_cast<Revision>(revision));
    }
}

TEST(ConflictChain, IsTheSameForTheSameSeed) {
    ConflictChain a(7, Revision::Osaka);
    ConflictChain b(7, Revision::Osaka);
    const ConflictBlock first = a.next(100);
    const ConflictBlock second = b.next(100);
    ASSERT_EQ(first.transactions.size(), second.transactions.size());
    for (size_t i = 0; i < first.transactions.size(); ++i) {
        EXPECT_EQ(first.transactions[i].sender, second.transactions[i].sender);
        EXPECT_EQ(first.transactions[i].transaction, second.transactions[i].transaction);
    }
    EXPECT_EQ(first.header, second.header);
}

}  // namespace
}  // namespace switchyard::test
