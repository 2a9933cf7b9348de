// SPDX-License-Identifier: Apache-2.0
// Parametric insurance: policies sold, an index reported, policies settled. Contention: the capital
// and the exposure of a product.
#include <algorithm>

#include "tools/workloads/contracts.hpp"
#include "tools/workloads/kinds.hpp"
#include "tools/workloads/token_needs.hpp"

namespace switchyard::workloads {
namespace {

constexpr std::string_view kInsurance = "insurance/ParametricInsurance";
constexpr std::string_view kCurrency = "insurance/PolicyToken";
constexpr uint64_t kBuyGas = 160'000;
constexpr uint64_t kReportGas = 60'000;
constexpr uint64_t kSettleGas = 80'000;
// Millimetres of rain in a month, say.
constexpr uint32_t kTrigger = 800;
constexpr uint32_t kExhaustion = 1'500;
constexpr uint32_t kIndexMax = 2'000;
constexpr uint32_t kPremiumRate = 500;  // of 10,000
const Uint256 kCapital = Uint256{1'000'000'000} * kEther;

struct Policy {
    Uint256 id;
    uint32_t holder = 0;
};

struct Product {
    uint32_t period = 1;
    uint64_t sold = 0;
    std::vector<Policy> open;  ///< of this period
};

}  // namespace

Result<Workload> make_insurance(const WorkloadOptions& options) {
    TrafficBuilder traffic("insurance", options);
    TokenNeeds needs(kCurrency, Uint256{1'000'000} * kEther);
    Random& random = traffic.random();
    const Address& deployer = traffic.address(Role::Deployer);
    const Address currency = traffic.deploy(kCurrency, {}, "policy currency");
    const Address insurance =
        traffic.deploy(kInsurance, {currency, traffic.address(Role::Oracle)}, "insurance");
    const auto buy = selector(kInsurance, "buy(uint32,uint32,uint128)");
    const auto report = selector(kInsurance, "report(uint32,uint32,uint32)");
    const auto settle = selector(kInsurance, "settle(uint256)");
    traffic.prepare(Role::Deployer, currency,
                    abi_call(selector(kCurrency, "mint(address,uint256)"),
                             {deployer, kCapital * Uint256{options.instances}}));
    traffic.prepare(
        Role::Deployer, currency,
        abi_call(selector(kCurrency, "approve(address,uint256)"), {insurance, kUnlimited}));
    for (uint32_t i = 0; i < options.instances; ++i) {
        traffic.prepare(Role::Deployer, insurance,
                        abi_call(selector(kInsurance, "list(uint32,uint32,uint32,uint16)"),
                                 {i, kTrigger, kExhaustion, kPremiumRate}));
        traffic.prepare(
            Role::Deployer, insurance,
            abi_call(selector(kInsurance, "addCapital(uint32,uint128)"), {i, kCapital}));
    }

    std::vector<Product> products(options.instances);
    std::vector<Policy> reported;  // and not settled
    while (traffic.wants_more()) {
        const Step step = traffic.next_step();
        Product& product = products[step.instance];
        const uint64_t dice = random.below(100);
        if (dice < 35 && !reported.empty()) {
            std::swap(reported[random.below(reported.size())], reported.back());
            const Policy policy = reported.back();
            reported.pop_back();
            traffic.send(
                policy.holder,
                {.to = insurance, .data = abi_call(settle, {policy.id}), .gas_limit = kSettleGas});
        } else if (dice < 40 && product.open.size() >= 3) {
            const auto index = static_cast<uint32_t>(random.below(kIndexMax));
            traffic.send(traffic.sender_of(Role::Oracle),
                         {.to = insurance,
                          .data = abi_call(report, {step.instance, product.period, index}),
                          .gas_limit = kReportGas});
            reported.insert(reported.end(), product.open.begin(), product.open.end());
            product.open.clear();
            ++product.period;
        } else {
            needs.holds(step.sender, currency);
            needs.allows(step.sender, currency, insurance);
            const Uint256 cover = Uint256{1 + random.below(100)} * kEther;
            traffic.send(step.sender,
                         {.to = insurance,
                          .data = abi_call(buy, {step.instance, product.period, cover}),
                          .gas_limit = kBuyGas});
            const Uint256 id = Uint256{step.instance} << 64 | Uint256{++product.sold};
            product.open.push_back({id, step.sender});
        }
    }
    needs.prepare(traffic);
    return traffic.finish();
}

}  // namespace switchyard::workloads
