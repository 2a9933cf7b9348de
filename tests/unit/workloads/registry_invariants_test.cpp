// SPDX-License-Identifier: Apache-2.0
// What must hold of the registries, of the energy market and of dividends after their traffic.
#include <gtest/gtest.h>

#include <map>
#include <set>

#include "tests/unit/workloads/traffic_reader.hpp"
#include "tests/unit/workloads/workload_run.hpp"

namespace switchyard::workloads {
namespace {

constexpr WorkloadOptions kOptions{
    .seed = 14, .users = 120, .transactions = 2'000, .instances = 5, .zipf = 0.8, .chain_id = 1337};

/// Calls `visit(call, sender)` for each transaction of the traffic that succeeded.
template <typename Visit>
void for_each_success(const test::WorkloadRun& run, Visit visit) {
    for (size_t i = 0; i < run.receipts().size(); ++i)
        if (run.receipts()[i].success)
            visit(test::CallReader(run.workload().transactions[i].transaction),
                  run.workload().transactions[i].sender);
}

TEST(ProvenanceInvariants, NothingIsLostBetweenLots) {
    constexpr std::string_view kRegistry = "provenance/ProvenanceRegistry";
    test::WorkloadRun run("provenance", kOptions);
    const Address registry = run.labelled("provenance registry");
    uint64_t registered = 0;
    uint64_t lots = 0;
    uint64_t records = 0;
    for_each_success(run, [&](const test::CallReader& call, const Address&) {
        const bool makes = call.is(kRegistry, "register(uint16,uint64,bytes32)");
        const bool splits = call.is(kRegistry, "split(uint256,uint64)");
        const bool processes = call.is(kRegistry, "process(uint256[],uint16,uint64)");
        if (makes) registered += call.word(1).limb[0];
        lots += makes || splits || processes ? 1U : 0U;
        records += processes ? 3U : splits ? 2U : 1U;
    });
    uint64_t found_lots = 0;
    uint64_t found_records = 0;
    uint64_t quantity = 0;
    for (uint32_t product = 0; product < kOptions.instances; ++product) {
        const uint64_t count =
            run.view(registry, kRegistry, "products(uint16)", {product})[1].limb[0];
        found_lots += count;
        for (uint64_t i = 1; i <= count; ++i) {
            const Uint256 id = Uint256{product} << 64 | Uint256{i};
            const auto lot = run.view(registry, kRegistry, "lots(uint256)", {id});
            const uint64_t status = lot[2].limb[0];
            EXPECT_GE(status, 1U);
            constexpr uint64_t kConsumed = 3;
            if (status != kConsumed) quantity += lot[1].limb[0];
            found_records += lot[6].limb[0];
            EXPECT_FALSE(lot[7].is_zero()) << "no history";
        }
    }
    EXPECT_EQ(found_lots, lots);
    EXPECT_EQ(found_records, records);
    EXPECT_EQ(quantity, registered);
}

TEST(ConsentInvariants, AccessIsWhatConsentsSay) {
    constexpr std::string_view kRegistry = "consents/ConsentRegistry";
    test::WorkloadRun run("consents", kOptions);
    const Address registry = run.labelled("consent registry");
    std::map<std::pair<Address, Address>, uint64_t> standing;  // patient, institution: categories
    std::map<Address, uint64_t> accesses;
    for_each_success(run, [&](const test::CallReader& call, const Address& sender) {
        if (call.is(kRegistry, "grant(address,uint32,uint8,uint64)")) {
            standing[{sender, to_address(call.word(0))}] = call.word(1).limb[0];
        } else if (call.is(kRegistry, "revoke(address)")) {
            standing[{sender, to_address(call.word(0))}] = 0;
        } else if (call.is(kRegistry, "access(address,bytes32,uint8)")) {
            const uint64_t categories = standing[{to_address(call.word(0)), sender}];
            EXPECT_NE(categories >> call.word(2).limb[0] & 1, 0U);
            ++accesses[sender];
        }
    });
    EXPECT_GT(standing.size(), 100U);
    for (const auto& [parties, categories] : standing)
        for (uint32_t category = 0; category < 8; ++category)
            EXPECT_EQ(run.word(registry, kRegistry, "mayAccess(address,address,uint8)",
                               {parties.first, parties.second, category}),
                      Uint256{categories >> category & 1});
    for (uint32_t i = 0; i < kOptions.instances; ++i) {
        const Address institution = run.labelled("institution " + std::to_string(i));
        EXPECT_EQ(run.view(registry, kRegistry, "institutions(address)", {institution})[2],
                  Uint256{accesses[institution]});
    }
}

TEST(IdentityInvariants, OwnersAndCredentialsAreThoseOfTheTraffic) {
    constexpr std::string_view kIdentities = "identity/IdentityRegistry";
    constexpr std::string_view kCredentials = "identity/CredentialRegistry";
    test::WorkloadRun run("identity", kOptions);
    std::map<Address, Address> owners;
    struct Credential {
        Address holder;
        Uint256 hash;
    };
    std::map<Address, std::vector<Credential>> issued;
    std::set<std::pair<Address, uint64_t>> revoked;
    size_t relayed = 0;
    for_each_success(run, [&](const test::CallReader& call, const Address&) {
        if (call.is(kIdentities, "changeOwner(address,address)")) {
            owners[to_address(call.word(0))] = to_address(call.word(1));
        } else if (call.is(kIdentities,
                           "changeOwnerSigned(address,address,uint8,bytes32,bytes32)")) {
            owners[to_address(call.word(0))] = to_address(call.word(1));
            ++relayed;
        } else if (call.is(kCredentials, "issue(address,address,bytes32,bytes32,uint64)")) {
            issued[to_address(call.word(0))].push_back({to_address(call.word(1)), call.word(2)});
        } else if (call.is(kCredentials, "revoke(address,uint32)")) {
            revoked.emplace(to_address(call.word(0)), call.word(1).limb[0]);
        }
    });
    EXPECT_GT(relayed, 20U);
    EXPECT_GT(revoked.size(), 20U);
    const Address identities = run.labelled("identity registry");
    for (const auto& [identity, owner] : owners)
        EXPECT_EQ(run.word(identities, kIdentities, "ownerOf(address)", {identity}),
                  to_uint256(owner));
    const Address credentials = run.labelled("credential registry");
    for (const auto& [issuer, all] : issued)
        for (size_t i = 0; i < all.size(); ++i)
            EXPECT_EQ(run.word(credentials, kCredentials, "isValid(address,bytes32)",
                               {all[i].holder, all[i].hash}),
                      Uint256{revoked.contains({issuer, i}) ? 0U : 1U});
}

TEST(EnergyInvariants, EnergyMoneyAndCreditsAddUp) {
    constexpr std::string_view kMarket = "energy/EnergyMarket";
    constexpr std::string_view kCredits = "energy/CarbonCredits";
    constexpr uint64_t kVintage = 55;
    test::WorkloadRun run("energy", kOptions);
    const Address market = run.labelled("energy market");
    uint64_t read = 0;
    for_each_success(run, [&](const test::CallReader& call, const Address&) {
        if (call.is(kMarket, "read(uint64,uint64)")) read += call.word(0).limb[0];
    });
    uint64_t produced = 0;
    uint64_t placed = 0;  // unsold, on offer, or traded
    Uint256 fees;
    for (uint32_t zone = 0; zone < kOptions.instances; ++zone) {
        const auto totals = run.view(market, kMarket, "zones(uint32)", {zone});
        produced += totals[0].limb[0];
        placed += totals[2].limb[0];
        fees += totals[3];
        for (uint64_t i = 1; i <= totals[5].limb[0]; ++i)
            placed +=
                run.view(market, kMarket, "offers(uint256)", {Uint256{zone} << 64 | Uint256{i}})[1]
                    .limb[0];
    }
    uint64_t metered = 0;
    uint64_t kilowatt_hours = 0;
    Uint256 held;
    const Address credits = run.labelled("carbon credits");
    for (const Address& account : run.accounts()) {
        const auto meter = run.view(market, kMarket, "meters(address)", {account});
        metered += meter[1].limb[0];
        placed += meter[3].limb[0];
        kilowatt_hours += meter[1].limb[0] / 1'000;
        held += run.word(credits, kCredits, "balanceOf(uint32,address)", {kVintage, account});
    }
    EXPECT_EQ(produced, read);
    EXPECT_EQ(metered, read);
    EXPECT_EQ(placed, read);
    const Uint256 issued = run.word(credits, kCredits, "issued(uint32)", {kVintage});
    const Uint256 retired = run.word(credits, kCredits, "retired(uint32)", {kVintage});
    EXPECT_EQ(issued, Uint256{400 * kilowatt_hours});
    EXPECT_EQ(issued, held + retired);
    EXPECT_GT(retired, Uint256{0});
    EXPECT_EQ(run.word(run.labelled("energy currency"), "energy/EnergyToken", "balanceOf(address)",
                       {market}),
              fees);
}

TEST(DividendInvariants, WhatWasDistributedIsPaidOrThere) {
    constexpr std::string_view kSecurity = "dividends/Security";
    constexpr std::string_view kCurrency = "dividends/PayoutToken";
    test::WorkloadRun run("dividends", kOptions);
    const Address currency = run.labelled("payout currency");
    for (uint32_t i = 0; i < kOptions.instances; ++i) {
        const Address security = run.labelled("security " + std::to_string(i));
        const Uint256 distributed = run.word(security, kSecurity, "totalDistributed()");
        const Uint256 left = run.word(currency, kCurrency, "balanceOf(address)", {security});
        Uint256 withdrawn;
        Uint256 owed;
        Uint256 shares;
        for (const Address& account : run.accounts()) {
            withdrawn += run.word(security, kSecurity, "withdrawn(address)", {account});
            owed += run.word(security, kSecurity, "withdrawableOf(address)", {account});
            shares += run.word(security, kSecurity, "balanceOf(address)", {account});
        }
        EXPECT_GT(distributed, Uint256{0});
        EXPECT_EQ(withdrawn + left, distributed);
        EXPECT_LE(owed, left);
        // Rounded down by less than a unit for each holder and each distribution.
        EXPECT_LT(left - owed, Uint256{10'000});
        EXPECT_EQ(shares, run.word(security, kSecurity, "totalSupply()"));
    }
}

TEST(DividendInvariants, TheFrozenReceiveNothing) {
    constexpr std::string_view kSecurity = "dividends/Security";
    test::WorkloadRun run("dividends", kOptions);
    EXPECT_GT(run.failures(), 0U);
    for (size_t i = 0; i < run.receipts().size(); ++i) {
        const test::CallReader call(run.workload().transactions[i].transaction);
        const Address compliance = run.labelled("compliance registry");
        if (!call.is(kSecurity, "transfer(address,uint256)")) {
            EXPECT_TRUE(run.receipts()[i].success);
            continue;
        }
        const bool may_hold = !run.word(compliance, "dividends/ComplianceRegistry",
                                        "mayHold(address)", {call.word(0)})
                                   .is_zero();
        EXPECT_EQ(run.receipts()[i].success, may_hold);
    }
}

}  // namespace
}  // namespace switchyard::workloads
