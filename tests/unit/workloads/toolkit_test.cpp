// SPDX-License-Identifier: Apache-2.0
// The parts that generators are made of.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "host/core/hex.hpp"
#include "tools/workloads/abi.hpp"
#include "tools/workloads/contracts.hpp"
#include "tools/workloads/identities.hpp"
#include "tools/workloads/traffic.hpp"
#include "tools/workloads/zipf.hpp"

namespace switchyard::workloads {
namespace {

// The examples of the ABI specification (docs.soliditylang.org), which state their bytes.
TEST(Abi, EncodesStaticArgumentsAsTheSpecificationDoes) {
    // baz(uint32,bool) with 69 and true.
    EXPECT_EQ(to_hex(abi_call(0xcdcd77c0, {69U, true})),
              "0xcdcd77c0"
              "0000000000000000000000000000000000000000000000000000000000000045"
              "0000000000000000000000000000000000000000000000000000000000000001");
}

TEST(Abi, EncodesDynamicArgumentsAsTheSpecificationDoes) {
    // sam(bytes,bool,uint256[]) with "dave", true and [1,2,3].
    const std::array<Uint256, 3> numbers{1, 2, 3};
    EXPECT_EQ(
        to_hex(abi_call(0xa5643bf2, {AbiValue::text("dave"), true, AbiValue::array(numbers)})),
        "0xa5643bf2"
        "0000000000000000000000000000000000000000000000000000000000000060"
        "0000000000000000000000000000000000000000000000000000000000000001"
        "00000000000000000000000000000000000000000000000000000000000000a0"
        "0000000000000000000000000000000000000000000000000000000000000004"
        "6461766500000000000000000000000000000000000000000000000000000000"
        "0000000000000000000000000000000000000000000000000000000000000003"
        "0000000000000000000000000000000000000000000000000000000000000001"
        "0000000000000000000000000000000000000000000000000000000000000002"
        "0000000000000000000000000000000000000000000000000000000000000003");
}

TEST(Contracts, GiveCodeAndSelectors) {
    EXPECT_EQ(selector("erc20/Stablecoin", "transfer(address,uint256)"), 0xa9059cbbU);
    for (const ContractArtifact& contract : contract_artifacts()) {
        SCOPED_TRACE(contract.name);
        const auto creation = from_hex(contract.creation);
        ASSERT_TRUE(creation.has_value());
        EXPECT_GT(creation->size(), deployed_code(contract.name).size());
        EXPECT_LE(deployed_code(contract.name).size(), 24'576U);  // EIP-170
    }
}

/// The share of each rank against its probability, within five standard deviations.
void expect_distribution(uint64_t n, double exponent) {
    constexpr uint64_t kDraws = 200'000;
    const ZipfSampler sampler(n, exponent);
    Random random(42);
    std::vector<uint64_t> counts(n, 0);
    for (uint64_t i = 0; i < kDraws; ++i)
        ++counts.at(sampler.draw(random));
    double sum = 0;
    for (uint64_t k = 1; k <= n; ++k)
        sum += std::pow(static_cast<double>(k), -exponent);
    for (uint64_t k = 0; k < n; ++k) {
        const double p = std::pow(static_cast<double>(k + 1), -exponent) / sum;
        const double expected = p * kDraws;
        const double deviation = std::sqrt(expected * (1 - p)) + 1;
        EXPECT_NEAR(static_cast<double>(counts[k]), expected, 5 * deviation)
            << "rank " << k << " of " << n << ", exponent " << exponent;
    }
}

TEST(Zipf, DrawsEachRankByItsProbability) {
    for (const double exponent : {0.0, 0.5, 0.99, 1.0, 1.2, 2.0, 4.0})
        for (const uint64_t n : {1U, 2U, 3U, 100U})
            expect_distribution(n, exponent);
}

TEST(Zipf, BearsTenMillionRanks) {
    const ZipfSampler sampler(10'000'000, 1.1);
    Random random(1);
    uint64_t largest = 0;
    for (int i = 0; i < 10'000; ++i)
        largest = std::max(largest, sampler.draw(random));
    EXPECT_LT(largest, 10'000'000U);
    EXPECT_GT(largest, 100'000U);
}

TEST(Identities, AreTheSignersWhateverTheThreads) {
    const auto many = make_identities(3, 2'500);
    const auto few = make_identities(3, 10);
    ASSERT_EQ(many.size(), 2'500U + kRoleCount);
    const Signer signer;
    for (uint32_t i = 0; i < 10; ++i) {
        EXPECT_EQ(many[i].address, few[i].address);
        EXPECT_EQ(many[i].address, signer.identity(3, i).address);
    }
    for (uint32_t role = 0; role < kRoleCount; ++role)
        EXPECT_EQ(many[2'500 + role].address, few[10 + role].address);
}

TEST(Traffic, SendersTakeTurns) {
    TrafficBuilder traffic("test", {.seed = 4, .users = 50, .transactions = 1, .instances = 7});
    std::vector<uint32_t> first_round;
    for (int round = 0; round < 3; ++round) {
        std::vector<uint32_t> senders;
        for (int i = 0; i < 50; ++i) {
            const Step step = traffic.next_step();
            EXPECT_NE(step.sender, step.other);
            EXPECT_LT(step.instance, 7U);
            senders.push_back(step.sender);
        }
        if (round == 0) first_round = senders;
        if (round == 1) {
            EXPECT_NE(senders, first_round);
        }
        std::ranges::sort(senders);
        for (uint32_t i = 0; i < 50; ++i)
            EXPECT_EQ(senders[i], i);
    }
}

TEST(Traffic, HeatGoesToTheFirstInstanceAndRecipient) {
    TrafficBuilder traffic("test",
                           {.users = 50, .transactions = 1, .instances = 7, .hot_percent = 40});
    int hot = 0;
    for (int i = 0; i < 5'000; ++i) {
        const Step step = traffic.next_step();
        if (!step.hot) continue;
        ++hot;
        EXPECT_EQ(step.instance, 0U);
        EXPECT_EQ(step.other, step.sender == 0 ? 1U : 0U);
    }
    EXPECT_NEAR(hot, 2'000, 175);  // five standard deviations
}

TEST(Traffic, NumbersThePreparationBeforeTheTraffic) {
    TrafficBuilder traffic("test", {.users = 2, .transactions = 2});
    const Address to{{1}};
    traffic.send(0, {.to = to, .data = {}, .gas_limit = 21'000});
    traffic.prepare(0, to, {});
    traffic.send(0, {.to = to, .data = {}, .gas_limit = 21'000});
    EXPECT_FALSE(traffic.wants_more());
    const Workload workload = traffic.finish();
    EXPECT_EQ(workload.setup[0].transaction.nonce, 0U);
    EXPECT_EQ(workload.transactions[0].transaction.nonce, 1U);
    EXPECT_EQ(workload.transactions[1].transaction.nonce, 2U);
}

}  // namespace
}  // namespace switchyard::workloads
