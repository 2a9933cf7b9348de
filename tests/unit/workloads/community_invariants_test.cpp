// SPDX-License-Identifier: Apache-2.0
// What must hold of policies, collections, games and votes after their traffic.
#include <gtest/gtest.h>

#include <map>

#include "tests/unit/workloads/traffic_reader.hpp"
#include "tests/unit/workloads/workload_run.hpp"
#include "tools/workloads/contracts.hpp"

namespace switchyard::workloads {
namespace {

constexpr WorkloadOptions kOptions{
    .seed = 13, .users = 120, .transactions = 2'000, .instances = 5, .zipf = 0.8, .chain_id = 1337};

TEST(InsuranceInvariants, CapitalCoversExposureAndIsThere) {
    constexpr std::string_view kInsurance = "insurance/ParametricInsurance";
    test::WorkloadRun run("insurance", kOptions);
    const Address insurance = run.labelled("insurance");
    Uint256 capital;
    Uint256 exposure;
    for (uint32_t i = 0; i < kOptions.instances; ++i) {
        const auto product = run.view(insurance, kInsurance, "products(uint32)", {i});
        EXPECT_LE(product[1], product[0]);
        capital += product[0];
        exposure += product[1];
    }
    EXPECT_EQ(run.word(run.labelled("policy currency"), "insurance/PolicyToken",
                       "balanceOf(address)", {insurance}),
              capital);
    // Exposure: the covers bought and not settled.
    Uint256 open;
    std::map<Uint256, Uint256> covers;
    std::map<uint64_t, uint64_t> sold;
    size_t settled = 0;
    for (const SignedTransaction& transaction : run.workload().transactions) {
        const test::CallReader call(transaction.transaction);
        if (call.is(kInsurance, "buy(uint32,uint32,uint128)")) {
            const uint64_t product = call.word(0).limb[0];
            covers[Uint256{product} << 64 | Uint256{++sold[product]}] = call.word(2);
            open += call.word(2);
        } else if (call.is(kInsurance, "settle(uint256)")) {
            open -= covers.at(call.word(0));
            ++settled;
        }
    }
    EXPECT_EQ(exposure, open);
    EXPECT_GT(settled, 100U);
}

TEST(NftInvariants, EveryTokenHasOneOwnerAndEverySaleIsShared) {
    constexpr std::string_view kCollection = "nft/Collection";
    constexpr std::string_view kMarketplace = "nft/Marketplace";
    test::WorkloadRun run("nft", kOptions);
    const Address marketplace = run.labelled("marketplace");
    std::vector<Address> holders = run.accounts();
    holders.push_back(marketplace);
    for (uint32_t i = 0; i < kOptions.instances; ++i) {
        const Address collection = run.labelled("collection " + std::to_string(i));
        const uint64_t supply = run.word(collection, kCollection, "totalSupply()").limb[0];
        EXPECT_GT(supply, 0U);
        std::map<Address, uint64_t> owned;
        for (uint64_t id = 1; id <= supply; ++id)
            ++owned[to_address(run.word(collection, kCollection, "ownerOf(uint256)", {id}))];
        uint64_t sum = 0;
        for (const Address& holder : holders) {
            const Uint256 balance =
                run.word(collection, kCollection, "balanceOf(address)", {holder});
            EXPECT_EQ(balance, Uint256{owned[holder]});
            sum += balance.limb[0];
        }
        EXPECT_EQ(sum, supply);
    }
    // The marketplace holds what sellers have not fetched, and its fees.
    Uint256 owed = run.word(marketplace, kMarketplace, "fees()");
    EXPECT_GT(owed, Uint256{0});
    for (const Address& account : run.accounts())
        owed += run.word(marketplace, kMarketplace, "proceeds(address)", {account});
    EXPECT_EQ(run.chain().state().account(marketplace)->balance, owed);
}

TEST(GameInvariants, ItemsSumUpToTheirSupply) {
    constexpr std::string_view kItems = "game/GameItems";
    test::WorkloadRun run("game", kOptions);
    const Address items = run.labelled("game items");
    std::vector<Address> holders = run.accounts();
    holders.push_back(run.labelled("game world"));
    for (uint64_t id = 0; id <= 4; ++id) {
        Uint256 sum;
        for (const Address& holder : holders)
            sum += run.word(items, kItems, "balanceOf(address,uint256)", {holder, id});
        EXPECT_EQ(sum, run.word(items, kItems, "totalSupply(uint256)", {id})) << "item " << id;
        EXPECT_GT(sum, Uint256{0}) << "item " << id;
    }
}

TEST(GameInvariants, RegionsGaveWhatWasGathered) {
    test::WorkloadRun run("game", kOptions);
    const Address world = run.labelled("game world");
    // Wood is gathered or given at birth (100), and burnt by crafting.
    Uint256 gathered;
    for (uint32_t i = 0; i < kOptions.instances; ++i)
        gathered += run.view(world, "game/GameWorld", "regions(uint32)", {i})[0];
    uint64_t burnt = 0;
    for (const SignedTransaction& transaction : run.workload().transactions) {
        const test::CallReader call(transaction.transaction);
        if (call.is("game/GameWorld", "craft(uint256)"))
            burnt += call.word(0) == Uint256{3} ? 2U : 4U;
    }
    uint64_t born = 0;
    for (const SignedTransaction& transaction : run.workload().setup)
        born += test::CallReader(transaction.transaction).is("game/GameWorld", "enter()") ? 1U : 0U;
    EXPECT_EQ(run.word(run.labelled("game items"), "game/GameItems", "totalSupply(uint256)", {1U}) +
                  Uint256{burnt},
              gathered + Uint256{100 * born});
}

TEST(VotingInvariants, TalliesAreTheVotesThatWereCast) {
    constexpr std::string_view kGovernor = "voting/Governor";
    test::WorkloadRun run("voting", kOptions);
    const Address governor = run.labelled("governor");
    const Uint256 weight = Uint256{1'000} * Uint256{1'000'000'000'000'000'000};
    std::map<uint64_t, std::array<uint64_t, 3>> cast;
    size_t executed = 0;
    for (const SignedTransaction& transaction : run.workload().transactions) {
        const test::CallReader call(transaction.transaction);
        if (call.is(kGovernor, "castVote(uint256,uint8,string)"))
            ++cast[call.word(0).limb[0]][call.word(1).limb[0]];
        executed += call.is(kGovernor, "execute(uint256)") ? 1U : 0U;
    }
    for (const auto& [id, counts] : cast) {
        const auto tally = run.view(governor, kGovernor, "tallyOf(uint256)", {id});
        EXPECT_EQ(tally[0], weight * Uint256{counts[1]}) << "for, proposal " << id;
        EXPECT_EQ(tally[1], weight * Uint256{counts[0]}) << "against, proposal " << id;
        EXPECT_EQ(tally[2], weight * Uint256{counts[2]}) << "abstained, proposal " << id;
        EXPECT_EQ(tally[3], Uint256{counts[0] + counts[1] + counts[2]});
    }
    EXPECT_GT(executed, 0U);
    EXPECT_GT(run.word(run.labelled("treasury"), "voting/Treasury", "granted()"), Uint256{0});
}

TEST(VotingInvariants, VotesSumUpToWhatIsDelegated) {
    test::WorkloadRun run("voting", kOptions);
    const Address token = run.labelled("vote token");
    Uint256 votes;
    Uint256 balances;
    for (const Address& account : run.accounts()) {
        votes += run.word(token, "voting/VoteToken", "votesOf(address)", {account});
        balances += run.word(token, "voting/VoteToken", "balanceOf(address)", {account});
    }
    EXPECT_EQ(votes, balances);
    EXPECT_EQ(balances, run.word(token, "voting/VoteToken", "totalSupply()"));
}

}  // namespace
}  // namespace switchyard::workloads
