// SPDX-License-Identifier: Apache-2.0
// What must hold of order books and of a lending pool after their traffic.
#include <gtest/gtest.h>

#include <map>

#include "tests/unit/workloads/traffic_reader.hpp"
#include "tests/unit/workloads/workload_run.hpp"
#include "tools/workloads/contracts.hpp"
#include "tools/workloads/order_book_model.hpp"

namespace switchyard::workloads {
namespace {

constexpr WorkloadOptions kOptions{
    .seed = 12, .users = 100, .transactions = 2'000, .instances = 4, .zipf = 0.7, .chain_id = 1337};
constexpr std::string_view kBook = "orderbook/OrderBook";
constexpr std::string_view kPool = "lending/LendingPool";
const Uint256 kLot{1'000'000'000'000'000};
const Uint256 kTickValue{1'000'000'000'000};

/// The traffic once more, over the model.
std::map<Address, OrderBookModel> replay(const test::WorkloadRun& run) {
    std::map<Address, OrderBookModel> books;
    for (size_t i = 0; i < run.receipts().size(); ++i) {
        const Transaction& transaction = run.workload().transactions[i].transaction;
        if (!run.receipts()[i].success) continue;
        OrderBookModel& book = books[*transaction.to];
        const test::CallReader call(transaction);
        if (call.is(kBook, "place(bool,uint16,uint128)"))
            (void)book.place(0, call.word(0).limb[0] != 0,
                             static_cast<uint16_t>(call.word(1).limb[0]), call.word(2).limb[0]);
        else
            book.cancel(call.word(0).limb[0]);
    }
    return books;
}

TEST(OrderBookInvariants, BooksAreThoseOfTheModelAndNeverCross) {
    test::WorkloadRun run("orderbook", kOptions);
    size_t waiting = 0;
    for (const auto& [address, book] : replay(run)) {
        const Uint256 bid = run.word(address, kBook, "bestBid()");
        const Uint256 ask = run.word(address, kBook, "bestAsk()");
        EXPECT_EQ(bid, Uint256{book.best_bid()});
        EXPECT_EQ(ask, Uint256{book.best_ask()});
        EXPECT_TRUE(bid.is_zero() || ask.is_zero() || bid < ask);
        for (const auto& [id, order] : book.waiting()) {
            const auto words = run.view(address, kBook, "orders(uint64)", {id});
            EXPECT_EQ(words[1], Uint256{order.tick});
            EXPECT_EQ(words[2], Uint256{order.is_bid ? 1U : 0U});
            EXPECT_EQ(words[4], Uint256{order.lots}) << "order " << id;
        }
        waiting += book.waiting().size();
    }
    EXPECT_GT(waiting, 50U);
}

TEST(OrderBookInvariants, WhatBooksHoldIsOwedToSomebody) {
    test::WorkloadRun run("orderbook", kOptions);
    const Address quote = run.labelled("quote token");
    const auto books = replay(run);
    for (uint32_t i = 0; i < kOptions.instances; ++i) {
        const Address address = run.labelled("order book " + std::to_string(i));
        const Address base = run.labelled("base token " + std::to_string(i));
        Uint256 base_owed;
        Uint256 quote_owed = run.word(address, kBook, "fees()");
        for (const Address& account : run.accounts()) {
            const auto balance = run.view(address, kBook, "balances(address)", {account});
            base_owed += balance[0];
            quote_owed += balance[1];
        }
        for (const auto& [id, order] : books.at(address).waiting()) {
            if (order.is_bid)
                quote_owed += kTickValue * Uint256{order.tick} * Uint256{order.lots};
            else
                base_owed += kLot * Uint256{order.lots};
        }
        EXPECT_EQ(run.word(base, "orderbook/BookToken", "balanceOf(address)", {address}),
                  base_owed);
        EXPECT_EQ(run.word(quote, "orderbook/BookToken", "balanceOf(address)", {address}),
                  quote_owed);
    }
}

TEST(LendingInvariants, ThePoolHasWhatItOwes) {
    test::WorkloadRun run("lending", kOptions);
    const Address pool = run.labelled("lending pool");
    for (uint32_t i = 0; i < kOptions.instances; ++i) {
        const Address asset = run.labelled("asset " + std::to_string(i));
        const auto market = run.view(pool, kPool, "markets(address)", {asset});
        const Uint256& supplied = market[0];
        const Uint256& borrowed = market[2];
        const Uint256& reserve = market[4];
        EXPECT_GT(borrowed, Uint256{0});
        EXPECT_LE(borrowed, supplied);
        const Uint256 cash = run.word(asset, "lending/LendingToken", "balanceOf(address)", {pool});
        // Interest is rounded down to wei for each part; nothing else separates the two.
        const Uint256 owed = supplied + reserve;
        const Uint256 has = cash + borrowed;
        const Uint256 distance = has < owed ? owed - has : has - owed;
        EXPECT_LT(distance, Uint256{10'000});
        Uint256 supply_shares;
        Uint256 borrow_shares;
        for (const Address& account : run.accounts()) {
            const auto position =
                run.view(pool, kPool, "positions(address,address)", {account, asset});
            supply_shares += position[0];
            borrow_shares += position[1];
        }
        EXPECT_EQ(supply_shares, market[1]);
        EXPECT_EQ(borrow_shares, market[3]);
    }
}

TEST(LendingInvariants, InterestGrowsAndSomeAreLiquidated) {
    test::WorkloadRun run("lending", kOptions);
    size_t liquidations = 0;
    size_t failures = 0;
    for (size_t i = 0; i < run.receipts().size(); ++i) {
        const Transaction& transaction = run.workload().transactions[i].transaction;
        const bool liquidation =
            test::CallReader(transaction).is(kPool, "liquidate(address,address,uint256,address)");
        liquidations += liquidation && run.receipts()[i].success ? 1U : 0U;
        failures += run.receipts()[i].success ? 0U : 1U;
        EXPECT_TRUE(run.receipts()[i].success || liquidation) << "transaction " << i;
    }
    EXPECT_GT(liquidations, 5U);
    EXPECT_GT(failures, 0U);
    const Address pool = run.labelled("lending pool");
    const auto market = run.view(pool, kPool, "markets(address)", {run.labelled("asset 0")});
    EXPECT_GT(market[2], market[3]) << "debts have grown over their shares";
    EXPECT_FALSE(market[4].is_zero()) << "the pool has earned";
}

}  // namespace
}  // namespace switchyard::workloads
