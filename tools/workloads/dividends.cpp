// SPDX-License-Identifier: Apache-2.0
// Tokenized assets that checked investors hold and that pay dividends. Contention: what a share has
// earned, which a distribution changes and every transfer and withdrawal reads.
#include <algorithm>
#include <unordered_map>

#include "tools/workloads/contracts.hpp"
#include "tools/workloads/kinds.hpp"
#include "tools/workloads/token_needs.hpp"

namespace switchyard::workloads {
namespace {

constexpr std::string_view kSecurity = "dividends/Security";
constexpr std::string_view kCompliance = "dividends/ComplianceRegistry";
constexpr std::string_view kCurrency = "dividends/PayoutToken";
constexpr uint64_t kTransferGas = 140'000;
constexpr uint64_t kWithdrawGas = 110'000;
constexpr uint64_t kDistributeGas = 130'000;
constexpr uint64_t kApproveGas = 60'000;
constexpr uint64_t kCheckedUntil = 4'102'444'800;  // the year 2100
constexpr uint64_t kCountry = 756;
constexpr size_t kInvestorsInBatch = 100;
/// One user in so many was frozen: what is sent to it fails.
constexpr uint32_t kFrozenOneIn = 50;
const Uint256 kShares = Uint256{1'000'000} * kEther;

class Generator {
  public:
    explicit Generator(const WorkloadOptions& options);
    Workload run();

  private:
    [[nodiscard]] static bool is_frozen(uint32_t user) {
        return user % kFrozenOneIn == kFrozenOneIn - 1;
    }
    void distribute(uint32_t security);
    bool withdraw(const Step& step);
    void transfer(const Step& step);
    void approve(const Step& step);
    void freeze();

    TrafficBuilder traffic_;
    TokenNeeds needs_{kSecurity, kShares};
    Address compliance_;
    Address currency_;
    std::vector<Address> securities_;
    std::vector<uint64_t> distributions_;  ///< by security
    /// Holder and security: how many distributions it has withdrawn.
    std::unordered_map<uint64_t, uint64_t> withdrawn_;
};

Generator::Generator(const WorkloadOptions& options)
    : traffic_("dividends", options), distributions_(options.instances, 0) {
    compliance_ = traffic_.deploy(kCompliance, {}, "compliance registry");
    currency_ = traffic_.deploy(kCurrency, {}, "payout currency");
    std::vector<Address> investors;
    for (uint32_t user = 0; user < options.users; ++user)
        investors.push_back(traffic_.address(user));
    investors.push_back(traffic_.address(Role::Deployer));
    const auto set = selector(kCompliance, "set(address[],uint16,uint64)");
    for (size_t i = 0; i < investors.size(); i += kInvestorsInBatch) {
        const auto batch =
            std::span(investors).subspan(i, std::min(kInvestorsInBatch, investors.size() - i));
        traffic_.prepare(Role::Deployer, compliance_,
                         abi_call(set, {AbiValue::array(batch), kCountry, kCheckedUntil}));
    }
    const Address& issuer = traffic_.address(Role::Issuer);
    traffic_.prepare(Role::Deployer, currency_,
                     abi_call(selector(kCurrency, "mint(address,uint256)"),
                              {issuer, kShares * Uint256{1'000'000}}));
    for (uint32_t i = 0; i < options.instances; ++i) {
        securities_.push_back(
            traffic_.deploy(kSecurity, {currency_, compliance_}, "security " + std::to_string(i)));
        traffic_.prepare(Role::Deployer, securities_[i],
                         abi_call(selector(kSecurity, "mint(address,uint256)"),
                                  {traffic_.address(Role::Deployer), kShares}));
        traffic_.prepare(Role::Issuer, currency_,
                         abi_call(selector(kCurrency, "approve(address,uint256)"),
                                  {securities_[i], kUnlimited}));
    }
}

Workload Generator::run() {
    while (traffic_.wants_more()) {
        const Step step = traffic_.next_step();
        const uint64_t dice = traffic_.random().below(100);
        if (dice < 5)
            distribute(step.instance);
        else if (dice < 10 || is_frozen(step.sender))
            approve(step);
        else if (dice < 45 && withdraw(step))
            continue;
        else
            transfer(step);
    }
    needs_.prepare(traffic_);
    freeze();
    return traffic_.finish();
}

void Generator::distribute(uint32_t security) {
    static const uint32_t method = selector(kSecurity, "distribute(uint256)");
    const Uint256 amount = Uint256{1 + traffic_.random().below(1'000)} * kEther;
    traffic_.send(traffic_.sender_of(Role::Issuer), {.to = securities_[security],
                                                     .data = abi_call(method, {amount}),
                                                     .gas_limit = kDistributeGas});
    ++distributions_[security];
}

/// False when nothing has come since the last withdrawal.
bool Generator::withdraw(const Step& step) {
    static const uint32_t method = selector(kSecurity, "withdraw()");
    uint64_t& withdrawn = withdrawn_[uint64_t{step.sender} << 32 | step.instance];
    if (withdrawn == distributions_[step.instance]) return false;
    withdrawn = distributions_[step.instance];
    needs_.holds(step.sender, securities_[step.instance]);
    traffic_.send(step.sender, {.to = securities_[step.instance],
                                .data = abi_call(method, {}),
                                .gas_limit = kWithdrawGas});
    return true;
}

void Generator::transfer(const Step& step) {
    static const uint32_t method = selector(kSecurity, "transfer(address,uint256)");
    needs_.holds(step.sender, securities_[step.instance]);
    traffic_.send(step.sender,
                  {.to = securities_[step.instance],
                   .data = abi_call(method, {traffic_.address(step.other),
                                             1 + traffic_.random().below(1'000'000'000)}),
                   .gas_limit = kTransferGas});
}

void Generator::approve(const Step& step) {
    static const uint32_t method = selector(kSecurity, "approve(address,uint256)");
    traffic_.send(step.sender,
                  {.to = securities_[step.instance],
                   .data = abi_call(method, {traffic_.address(step.other), kUnlimited}),
                   .gas_limit = kApproveGas});
}

void Generator::freeze() {
    static const uint32_t method = selector(kCompliance, "setFrozen(address,bool)");
    for (uint32_t user = kFrozenOneIn - 1; user < traffic_.users(); user += kFrozenOneIn)
        traffic_.prepare(Role::Deployer, compliance_,
                         abi_call(method, {traffic_.address(user), true}));
}

}  // namespace

Result<Workload> make_dividends(const WorkloadOptions& options) {
    return Generator(options).run();
}

}  // namespace switchyard::workloads
