// SPDX-License-Identifier: Apache-2.0
// What must hold of the state after money moved: tokens are conserved, and no market gives more
// than it takes.
#include <gtest/gtest.h>

#include "tests/unit/workloads/workload_run.hpp"
#include "tools/workloads/contracts.hpp"
#include "tools/workloads/exchange_model.hpp"

namespace switchyard::workloads {
namespace {

constexpr WorkloadOptions kOptions{
    .seed = 11, .users = 150, .transactions = 1'500, .instances = 6, .zipf = 0.9, .chain_id = 1337};
constexpr std::string_view kBalanceOf = "balanceOf(address)";

/// The sum of the balances of all who may hold the token.
Uint256 sum_of_balances(test::WorkloadRun& run, const Address& token, std::string_view artifact,
                        std::vector<Address> holders) {
    Uint256 sum;
    for (const Address& holder : holders)
        sum += run.word(token, artifact, kBalanceOf, {holder});
    return sum;
}

TEST(PaymentInvariants, EtherIsConservedButForTheBaseFee) {
    test::WorkloadRun run("payments", kOptions);
    Uint256 before;
    for (const GenesisAccount& account : run.workload().genesis)
        before += account.account.balance;
    Uint256 after;
    for (const AccountChange& account : run.chain().state().all().accounts)
        after += account.account->balance;
    uint64_t gas = 0;
    for (const Receipt& receipt : run.receipts())
        gas += receipt.gas_used;
    EXPECT_EQ(before - after, Uint256{gas} * *run.chain().header().base_fee_per_gas);
}

TEST(TokenInvariants, BalancesSumUpToTheSupply) {
    test::WorkloadRun run("erc20", kOptions);
    for (uint32_t i = 0; i < kOptions.instances; ++i) {
        const Address token = run.labelled("token " + std::to_string(i));
        EXPECT_EQ(sum_of_balances(run, token, "erc20/Stablecoin", run.accounts()),
                  run.word(token, "erc20/Stablecoin", "totalSupply()"));
    }
}

class ExchangeInvariants : public testing::Test {
  protected:
    ExchangeInvariants() : traffic_("exchange", kOptions), model_(traffic_, kOptions.instances) {}

    /// All that a pool does, in an order that is drawn.
    void draw_traffic() {
        while (traffic_.wants_more()) {
            const Step step = traffic_.next_step();
            const uint32_t second = traffic_.draw_instance();
            switch (traffic_.random().below(6)) {
                case 0:
                    model_.swap(step.sender, step.instance);
                    break;
                case 1:
                    model_.swap(step.sender, step.instance, true);
                    break;
                case 2:
                    model_.swap_exact_output(step.sender, step.instance);
                    break;
                case 3:
                    if (second != step.instance)
                        model_.swap_two_hops(step.sender, step.instance, second);
                    break;
                case 4:
                    model_.add_liquidity(step.sender, step.instance);
                    break;
                default:
                    model_.remove_liquidity(step);
            }
        }
        model_.prepare();
    }

    TrafficBuilder traffic_;
    ExchangeModel model_;
};

TEST_F(ExchangeInvariants, ReservesAreThoseOfTheModelAndTheBalances) {
    draw_traffic();
    test::WorkloadRun run(traffic_.finish());
    std::vector<Address> hub_holders = run.accounts();
    for (uint32_t i = 0; i < model_.pools(); ++i) {
        const ExchangeModel::Pool& pool = model_.pool(i);
        hub_holders.push_back(pool.pair);
        const bool hub_first = model_.hub() < pool.token;
        const auto reserves = run.view(pool.pair, "exchange/Pair", "reserves()", {});
        EXPECT_EQ(reserves[hub_first ? 0 : 1], pool.hub_reserve) << i;
        EXPECT_EQ(reserves[hub_first ? 1 : 0], pool.token_reserve) << i;
        EXPECT_EQ(run.word(pool.pair, "exchange/Pair", "totalSupply()"), pool.supply);
        EXPECT_EQ(run.word(pool.token, "exchange/ExchangeToken", kBalanceOf, {pool.pair}),
                  pool.token_reserve);
        EXPECT_EQ(run.word(model_.hub(), "exchange/ExchangeToken", kBalanceOf, {pool.pair}),
                  pool.hub_reserve);
    }
    EXPECT_EQ(sum_of_balances(run, model_.hub(), "exchange/ExchangeToken", hub_holders),
              run.word(model_.hub(), "exchange/ExchangeToken", "totalSupply()"));
}

TEST_F(ExchangeInvariants, AShareOfThePoolIsNeverWorthLess) {
    draw_traffic();
    for (uint32_t i = 0; i < model_.pools(); ++i) {
        // Reserves and supply start equal: product / supply^2 is 1, and grows by fees alone.
        const ExchangeModel::Pool& pool = model_.pool(i);
        const Uint256 kilo{1'000'000'000'000};  // keeps the squares below 2^256
        EXPECT_GE(pool.hub_reserve / kilo * (pool.token_reserve / kilo),
                  pool.supply / kilo * (pool.supply / kilo));
    }
}

TEST_F(ExchangeInvariants, OnlyTheGreedyFail) {
    for (uint32_t i = 0; i < 100; ++i)
        model_.swap(i, i % kOptions.instances, i % 10 == 3);
    model_.prepare();
    test::WorkloadRun run(traffic_.finish());
    for (uint32_t i = 0; i < 100; ++i)
        EXPECT_EQ(run.receipts()[i].success, i % 10 != 3) << i;
}

TEST(ChainWorkload, EverySwapReadsWhatTheOneBeforeWrote) {
    test::WorkloadRun run("chain", {.seed = 2, .users = 50, .transactions = 60});
    std::optional<Address> pair;
    for (const Receipt& receipt : run.receipts()) {
        const Log& swap = receipt.logs.back();  // the pair's own event ends each
        EXPECT_EQ(swap.address, pair.value_or(swap.address));
        pair = swap.address;
    }
}

TEST(HotWorkload, AThirdMeetsInOnePlace) {
    constexpr uint32_t kTransactions = 3'000;
    auto made = make_workload("hot30", {.seed = 4, .users = 500, .transactions = kTransactions});
    ASSERT_TRUE(made.has_value());
    uint32_t payments = 0;
    uint32_t to_one = 0;
    const Address& hot = made->genesis.front().address;
    for (const SignedTransaction& transaction : made->transactions)
        if (transaction.transaction.data.empty()) {
            ++payments;
            to_one += transaction.transaction.to == hot ? 1U : 0U;
        }
    EXPECT_NEAR(payments, kTransactions / 3, 150);
    EXPECT_NEAR(to_one, payments * 30 / 100, 80);
}

}  // namespace
}  // namespace switchyard::workloads
