// SPDX-License-Identifier: Apache-2.0
#include "tools/workloads/demo_workload.hpp"

#include <gtest/gtest.h>

#include <set>

#include "host/chain/hash.hpp"
#include "host/chain/sender.hpp"

namespace switchyard::workloads {
namespace {

DemoWorkload make(const DemoOptions& options) {
    auto made = make_demo_workload(options);
    EXPECT_TRUE(made.has_value());
    return std::move(*made);
}

TEST(DemoWorkload, IsTheSameForTheSameSeed) {
    const DemoOptions options{.seed = 7, .accounts = 20, .transactions = 50};
    EXPECT_EQ(make(options).transactions, make(options).transactions);
    EXPECT_NE(make(options).transactions,
              make({.seed = 8, .accounts = 20, .transactions = 50}).transactions);
}

TEST(DemoWorkload, SignsForFundedAccountsWithAscendingNonces) {
    const DemoWorkload workload = make({.seed = 1, .accounts = 10, .transactions = 200});
    std::unordered_map<Address, uint64_t> nonces;
    for (const GenesisAccount& account : workload.genesis)
        nonces[account.address] = 0;
    std::vector<Transaction> decoded;
    for (const Bytes& bytes : workload.transactions) {
        auto transaction = decode_transaction(bytes);
        ASSERT_TRUE(transaction.has_value()) << transaction.error().message;
        decoded.push_back(std::move(*transaction));
    }
    std::vector<SenderResult> senders(decoded.size());
    ASSERT_EQ(workload.senders.size(), decoded.size());
    recover_senders(decoded, senders);
    for (size_t i = 0; i < decoded.size(); ++i) {
        ASSERT_EQ(senders[i].status, SenderStatus::Ok);
        EXPECT_EQ(senders[i].sender, workload.senders[i]);
        ASSERT_TRUE(nonces.contains(senders[i].sender));
        EXPECT_EQ(decoded[i].nonce, nonces[senders[i].sender]++);
    }
}

TEST(DemoWorkload, KeepsTheShares) {
    const DemoWorkload tokens =
        make({.seed = 1, .accounts = 5, .transactions = 40, .token_percent = 100});
    EXPECT_EQ(tokens.token_transfers, 40U);
    EXPECT_EQ(tokens.payments, 0U);
    const DemoWorkload hot = make(
        {.seed = 1, .accounts = 50, .transactions = 40, .token_percent = 0, .hot_percent = 100});
    std::set<Address> recipients;
    for (const Bytes& bytes : hot.transactions)
        recipients.insert(*decode_transaction(bytes)->to);
    // The hot account itself pays its neighbour.
    EXPECT_LE(recipients.size(), 2U);
}

TEST(DemoWorkload, RefusesOptionsOutOfRange) {
    EXPECT_FALSE(make_demo_workload({.accounts = 1}));
    EXPECT_FALSE(make_demo_workload({.transactions = 0}));
    EXPECT_FALSE(make_demo_workload({.token_percent = 101}));
}

TEST(DemoWorkload, BalanceSlotIsSoliditys) {
    // keccak256(abi.encode(address(0), uint256(1))), the first entry of a mapping in slot 1.
    EXPECT_EQ(to_hex_quantity(token_balance_slot(Address{})),
              "0xa6eef7e35abe7026729641147f7915573c7e97b47efa546f5f6e3230263bcb49");
}

}  // namespace
}  // namespace switchyard::workloads
