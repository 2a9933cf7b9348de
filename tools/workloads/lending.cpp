// SPDX-License-Identifier: Apache-2.0
// Lending against collateral with an oracle, interest and liquidations. Contention: the totals of
// an asset, which every supply, loan and repayment of it changes, and its price.
#include <array>
#include <map>

#include "tools/workloads/contracts.hpp"
#include "tools/workloads/kinds.hpp"
#include "tools/workloads/token_needs.hpp"

namespace switchyard::workloads {
namespace {

constexpr std::string_view kPool = "lending/LendingPool";
constexpr std::string_view kOracle = "lending/PriceOracle";
constexpr std::string_view kToken = "lending/LendingToken";
constexpr uint64_t kSupplyGas = 100'000;
constexpr uint64_t kBorrowGas = 180'000;
constexpr uint64_t kRepayGas = 100'000;
constexpr uint64_t kWithdrawGas = 180'000;
constexpr uint64_t kLiquidateGas = 260'000;
constexpr uint64_t kReportGas = 40'000;
constexpr uint64_t kCollateralFactor = 7'500;  // of 10,000
/// Assets that one user chooses, so that the walk over its positions stays short.
constexpr size_t kAssetsOfUser = 3;
/// One user in so many has borrowed nearly all that its collateral allows.
constexpr uint32_t kDaringOneIn = 10;
constexpr uint64_t kSupplied = 1'000;  // ether of each asset of a user, in the preparation
constexpr uint64_t kDared = 749;       // of the 750 allowed
const Uint256 kLiquidity = Uint256{100'000'000} * kEther;
const Uint256 kMilli{1'000'000'000'000'000};

struct User {
    std::vector<uint32_t> assets;        ///< supplied in the preparation
    std::map<uint32_t, uint64_t> debts;  ///< asset: thousandths of an ether, without interest
};

/// One who can be liquidated when its collateral loses value against its debt. In ether; estimates
/// that are good to a millionth, which is why decisions keep a distance.
struct Daring {
    uint32_t user = 0;
    uint32_t collateral = 0;
    uint32_t debt = 0;
    double supplied = kSupplied;
    double owed = kDared;
};

class Generator {
  public:
    explicit Generator(const WorkloadOptions& options);
    Workload run();

  private:
    [[nodiscard]] uint32_t asset_of(uint32_t user, uint32_t drawn);
    [[nodiscard]] Uint256 amount_of(uint64_t thousandths) { return kMilli * Uint256{thousandths}; }
    void call(uint32_t sender, uint32_t method, uint32_t asset, const Uint256& amount,
              uint64_t gas);
    void ordinary(const Step& step);
    void pay_in(Daring& daring);
    void report_price(uint32_t asset);
    void visit(const Step& step);
    void prepare_users();

    TrafficBuilder traffic_;
    TokenNeeds needs_{kToken, Uint256{1'000'000} * kEther};
    Address oracle_;
    Address pool_;
    std::vector<Address> assets_;
    std::vector<double> prices_;
    std::vector<User> users_;
    std::vector<Daring> daring_;
    uint32_t supply_ = selector(kPool, "supply(address,uint256)");
    uint32_t withdraw_ = selector(kPool, "withdraw(address,uint256)");
    uint32_t borrow_ = selector(kPool, "borrow(address,uint256)");
    uint32_t repay_ = selector(kPool, "repay(address,uint256)");
    uint32_t liquidate_ = selector(kPool, "liquidate(address,address,uint256,address)");
    uint32_t report_ = selector(kOracle, "report(address,uint192)");
};

Generator::Generator(const WorkloadOptions& options)
    : traffic_("lending", options), prices_(options.instances, 1.0), users_(options.users) {
    oracle_ = traffic_.deploy(kOracle, {traffic_.address(Role::Oracle)}, "price oracle");
    pool_ = traffic_.deploy(kPool, {oracle_}, "lending pool");
    const auto list = selector(kPool, "list(address,uint16)");
    const auto mint = selector(kToken, "mint(address,uint256)");
    const auto approve = selector(kToken, "approve(address,uint256)");
    const Address& deployer = traffic_.address(Role::Deployer);
    for (uint32_t i = 0; i < options.instances; ++i) {
        const Address asset = traffic_.deploy(kToken, {}, "asset " + std::to_string(i));
        assets_.push_back(asset);
        traffic_.prepare(Role::Deployer, pool_, abi_call(list, {asset, kCollateralFactor}));
        traffic_.prepare(Role::Oracle, oracle_, abi_call(report_, {asset, kEther}));
        traffic_.prepare(Role::Deployer, asset, abi_call(mint, {deployer, kLiquidity}));
        traffic_.prepare(Role::Deployer, asset, abi_call(approve, {pool_, kUnlimited}));
        traffic_.prepare(Role::Deployer, pool_, abi_call(supply_, {asset, kLiquidity}));
    }
    if (options.instances < 2) return;
    for (uint32_t user = kDaringOneIn - 1; user < options.users; user += kDaringOneIn) {
        const uint32_t collateral = traffic_.draw_instance();
        const auto other = static_cast<uint32_t>(traffic_.random().below(options.instances - 1));
        daring_.push_back({.user = user,
                           .collateral = collateral,
                           .debt = other < collateral ? other : other + 1});
        users_[user].assets = {collateral};
    }
}

/// One of the assets that the user has, which it gets while it has few.
uint32_t Generator::asset_of(uint32_t user, uint32_t drawn) {
    auto& assets = users_[user].assets;
    for (const uint32_t asset : assets)
        if (asset == drawn) return drawn;
    if (assets.size() < kAssetsOfUser) {
        assets.push_back(drawn);
        return drawn;
    }
    return assets[traffic_.random().below(assets.size())];
}

void Generator::call(uint32_t sender, uint32_t method, uint32_t asset, const Uint256& amount,
                     uint64_t gas) {
    needs_.holds(sender, assets_[asset]);
    needs_.allows(sender, assets_[asset], pool_);
    traffic_.send(
        sender,
        {.to = pool_, .data = abi_call(method, {assets_[asset], amount}), .gas_limit = gas});
}

void Generator::ordinary(const Step& step) {
    User& user = users_[step.sender];
    const uint64_t dice = traffic_.random().below(100);
    const uint32_t asset = asset_of(step.sender, step.instance);
    // So little of what was supplied that no sum of loans endangers anybody.
    const uint64_t thousandths = 1 + traffic_.random().below(9);
    if (dice < 35) {
        call(step.sender, supply_, asset, amount_of(thousandths), kSupplyGas);
    } else if (dice < 65 || (dice < 85 && user.debts.empty())) {
        user.debts[asset] += thousandths;
        call(step.sender, borrow_, asset, amount_of(thousandths), kBorrowGas);
    } else if (dice < 85) {
        const auto debt = user.debts.begin();
        call(step.sender, repay_, debt->first, amount_of(thousandths), kRepayGas);
        if (debt->second <= thousandths)
            user.debts.erase(debt);
        else
            debt->second -= thousandths;
    } else {
        call(step.sender, withdraw_, asset, amount_of(thousandths), kWithdrawGas);
    }
}

/// What the daring may do at any price.
void Generator::pay_in(Daring& daring) {
    const uint64_t thousandths = 1 + traffic_.random().below(9);
    if (traffic_.random().percent(50)) {
        call(daring.user, supply_, daring.collateral, amount_of(thousandths), kSupplyGas);
        daring.supplied += static_cast<double>(thousandths) / 1'000;
    } else {
        call(daring.user, repay_, daring.debt, amount_of(thousandths), kRepayGas);
        daring.owed -= static_cast<double>(thousandths) / 1'000;
    }
}

void Generator::report_price(uint32_t asset) {
    // Within 2% of the first price: nobody with an ordinary loan is in danger.
    const uint64_t thousandths = 980 + traffic_.random().below(41);
    prices_[asset] = static_cast<double>(thousandths) / 1'000;
    traffic_.send(traffic_.sender_of(Role::Oracle),
                  {.to = oracle_,
                   .data = abi_call(report_, {assets_[asset], amount_of(thousandths)}),
                   .gas_limit = kReportGas});
}

/// Looks after one of the daring: liquidates where that is possible, some do where it no longer is,
/// or reports the price of the collateral.
void Generator::visit(const Step& step) {
    if (daring_.empty()) return report_price(step.instance);
    Daring& daring = daring_[traffic_.random().below(daring_.size())];
    const double limit = daring.supplied * prices_[daring.collateral] *
                         static_cast<double>(kCollateralFactor) / 10'000;
    const double surplus = limit - daring.owed * prices_[daring.debt];
    const bool insolvent = surplus < -0.01;
    const bool late = surplus > 0.01 && traffic_.random().percent(15);
    if ((!insolvent && !late) || daring.owed < 10 || daring.user == step.sender)
        return report_price(daring.collateral);
    const auto repaid = static_cast<uint64_t>(daring.owed / 10);
    needs_.holds(step.sender, assets_[daring.debt]);
    needs_.allows(step.sender, assets_[daring.debt], pool_);
    traffic_.send(
        step.sender,
        {.to = pool_,
         .data = abi_call(liquidate_, {traffic_.address(daring.user), assets_[daring.debt],
                                       Uint256{repaid} * kEther, assets_[daring.collateral]}),
         .gas_limit = kLiquidateGas});
    if (!insolvent) return;
    daring.owed -= static_cast<double>(repaid);
    daring.supplied -=
        static_cast<double>(repaid) * 1.08 * prices_[daring.debt] / prices_[daring.collateral];
}

Workload Generator::run() {
    const auto is_daring = [this](uint32_t user) {
        return !daring_.empty() && user % kDaringOneIn == kDaringOneIn - 1;
    };
    while (traffic_.wants_more()) {
        const Step step = traffic_.next_step();
        if (traffic_.random().percent(15))
            visit(step);
        else if (is_daring(step.sender))
            pay_in(daring_[step.sender / kDaringOneIn]);
        else
            ordinary(step);
    }
    prepare_users();
    return traffic_.finish();
}

void Generator::prepare_users() {
    for (uint32_t user = 0; user < users_.size(); ++user)
        for (const uint32_t asset : users_[user].assets) {
            needs_.holds(user, assets_[asset]);
            needs_.allows(user, assets_[asset], pool_);
        }
    needs_.prepare(traffic_);
    for (uint32_t user = 0; user < users_.size(); ++user)
        for (const uint32_t asset : users_[user].assets)
            traffic_.prepare(user, pool_,
                             abi_call(supply_, {assets_[asset], Uint256{kSupplied} * kEther}));
    for (const Daring& daring : daring_)
        traffic_.prepare(daring.user, pool_,
                         abi_call(borrow_, {assets_[daring.debt], Uint256{kDared} * kEther}));
}

}  // namespace

Result<Workload> make_lending(const WorkloadOptions& options) {
    return Generator(options).run();
}

}  // namespace switchyard::workloads
