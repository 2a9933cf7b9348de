// SPDX-License-Identifier: Apache-2.0
// Solar power traded between neighbours, and carbon credits for it. Contention: the totals of a
// zone of the grid, and how many credits a vintage has.
#include <algorithm>

#include "tools/workloads/contracts.hpp"
#include "tools/workloads/kinds.hpp"
#include "tools/workloads/token_needs.hpp"

namespace switchyard::workloads {
namespace {

constexpr std::string_view kMarket = "energy/EnergyMarket";
constexpr std::string_view kCredits = "energy/CarbonCredits";
constexpr std::string_view kCurrency = "energy/EnergyToken";
constexpr uint64_t kReadGas = 140'000;
constexpr uint64_t kOfferGas = 75'000;
constexpr uint64_t kBuyGas = 155'000;
constexpr uint64_t kTransferGas = 70'000;
constexpr uint64_t kRetireGas = 100'000;
constexpr uint64_t kCollectGas = 85'000;
constexpr uint64_t kVintage = 55;  // years of 365 days since 1970, at the time of the blocks
constexpr uint64_t kGramsPerKwh = 400;

struct Household {
    bool known = false;
    uint32_t zone = 0;
    uint64_t produced = 0;
    uint64_t unsold = 0;
    uint64_t credits = 0;
};

struct Offer {
    Uint256 id;
    uint64_t watt_hours = 0;
};

class Generator {
  public:
    explicit Generator(const WorkloadOptions& options);
    Workload run();

  private:
    Household& household(uint32_t user, uint32_t zone);
    void read(const Step& step);
    void offer(const Step& step);
    void buy(const Step& step);
    void transfer(const Step& step);
    void retire(const Step& step);
    void collect(uint32_t zone);

    TrafficBuilder traffic_;
    TokenNeeds needs_{kCurrency, Uint256{1'000'000} * kEther};
    Address currency_;
    Address credits_;
    Address market_;
    std::vector<Household> households_;
    std::vector<std::vector<Offer>> offers_;  ///< by zone, with something left
    std::vector<uint64_t> offer_counts_;
};

Generator::Generator(const WorkloadOptions& options)
    : traffic_("energy", options),
      households_(options.users),
      offers_(options.instances),
      offer_counts_(options.instances, 0) {
    currency_ = traffic_.deploy(kCurrency, {}, "energy currency");
    credits_ = traffic_.deploy(kCredits, {}, "carbon credits");
    market_ = traffic_.deploy(kMarket, {currency_, credits_}, "energy market");
    traffic_.prepare(Role::Deployer, credits_,
                     abi_call(selector(kCredits, "setIssuer(address)"), {market_}));
    for (uint32_t zone = 0; zone < options.instances; ++zone)
        traffic_.prepare(Role::Deployer, market_,
                         abi_call(selector(kMarket, "setOperator(uint32,address)"),
                                  {zone, traffic_.address(Role::Keeper)}));
}

/// Where a household lives is drawn when it first appears.
Household& Generator::household(uint32_t user, uint32_t zone) {
    static const uint32_t install = selector(kMarket, "install(uint32)");
    Household& out = households_[user];
    if (!out.known) {
        out.known = true;
        out.zone = zone;
        traffic_.prepare(user, market_, abi_call(install, {zone}));
    }
    return out;
}

Workload Generator::run() {
    while (traffic_.wants_more()) {
        const Step step = traffic_.next_step();
        const Household& self = household(step.sender, step.instance);
        const uint64_t dice = traffic_.random().below(100);
        if (dice < 20 && self.unsold >= 100)
            offer(step);
        else if (dice < 45 && !offers_[self.zone].empty())
            buy(step);
        else if (dice < 52 && self.credits > 0)
            transfer(step);
        else if (dice < 59 && self.credits > 0)
            retire(step);
        else if (dice == 59)
            collect(self.zone);
        else
            read(step);
    }
    needs_.prepare(traffic_);
    return traffic_.finish();
}

void Generator::read(const Step& step) {
    static const uint32_t method = selector(kMarket, "read(uint64,uint64)");
    Household& self = households_[step.sender];
    const uint64_t produced = traffic_.random().below(3'000);
    traffic_.send(step.sender,
                  {.to = market_,
                   .data = abi_call(method, {produced, traffic_.random().below(2'000)}),
                   .gas_limit = kReadGas});
    self.credits += ((self.produced + produced) / 1'000 - self.produced / 1'000) * kGramsPerKwh;
    self.produced += produced;
    self.unsold += produced;
}

void Generator::offer(const Step& step) {
    static const uint32_t method = selector(kMarket, "offer(uint64,uint32)");
    Household& self = households_[step.sender];
    const uint64_t watt_hours = 100 + traffic_.random().below(self.unsold - 99);
    const uint64_t price = 100'000 + traffic_.random().below(100'000);
    traffic_.send(
        step.sender,
        {.to = market_, .data = abi_call(method, {watt_hours, price}), .gas_limit = kOfferGas});
    self.unsold -= watt_hours;
    const Uint256 id = Uint256{self.zone} << 64 | Uint256{++offer_counts_[self.zone]};
    offers_[self.zone].push_back({id, watt_hours});
}

void Generator::buy(const Step& step) {
    static const uint32_t method = selector(kMarket, "buy(uint256,uint64)");
    auto& offers = offers_[households_[step.sender].zone];
    Offer& chosen = offers[traffic_.random().below(offers.size())];
    const uint64_t watt_hours = 1 + traffic_.random().below(chosen.watt_hours);
    needs_.holds(step.sender, currency_);
    needs_.allows(step.sender, currency_, market_);
    traffic_.send(
        step.sender,
        {.to = market_, .data = abi_call(method, {chosen.id, watt_hours}), .gas_limit = kBuyGas});
    chosen.watt_hours -= watt_hours;
    if (chosen.watt_hours > 0) return;
    std::swap(chosen, offers.back());
    offers.pop_back();
}

void Generator::transfer(const Step& step) {
    static const uint32_t method = selector(kCredits, "transfer(uint32,address,uint256)");
    Household& self = households_[step.sender];
    const uint64_t amount = 1 + traffic_.random().below(self.credits);
    traffic_.send(step.sender,
                  {.to = credits_,
                   .data = abi_call(method, {kVintage, traffic_.address(step.other), amount}),
                   .gas_limit = kTransferGas});
    self.credits -= amount;
    households_[step.other].credits += amount;
}

void Generator::retire(const Step& step) {
    static const uint32_t method = selector(kCredits, "retire(uint32,uint256,address,string)");
    Household& self = households_[step.sender];
    const uint64_t amount = 1 + traffic_.random().below(self.credits);
    traffic_.send(step.sender,
                  {.to = credits_,
                   .data = abi_call(method, {kVintage, amount, traffic_.address(step.sender),
                                             AbiValue::text("for the flights of this year")}),
                   .gas_limit = kRetireGas});
    self.credits -= amount;
}

void Generator::collect(uint32_t zone) {
    static const uint32_t method = selector(kMarket, "collectWireFees(uint32)");
    traffic_.send(traffic_.sender_of(Role::Keeper),
                  {.to = market_, .data = abi_call(method, {zone}), .gas_limit = kCollectGas});
}

}  // namespace

Result<Workload> make_energy(const WorkloadOptions& options) {
    return Generator(options).run();
}

}  // namespace switchyard::workloads
