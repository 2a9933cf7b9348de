// SPDX-License-Identifier: Apache-2.0
// Mixtures for measurements: a hot part beside much that is independent, and full dependence.
#include "tools/workloads/contracts.hpp"
#include "tools/workloads/exchange_model.hpp"
#include "tools/workloads/kinds.hpp"

namespace switchyard::workloads {
namespace {

constexpr std::string_view kToken = "erc20/Stablecoin";
constexpr uint64_t kTransferGas = 75'000;
constexpr uint64_t kPaymentGas = 21'000;
constexpr uint32_t kHotPercent = 30;

}  // namespace

Result<Workload> make_hot30(const WorkloadOptions& options) {
    TrafficBuilder traffic("hot30", options);
    // Instance 0 of pools and tokens is the hot one; independent traffic has the others.
    const uint32_t instances = std::max(2U, options.instances);
    ExchangeModel exchange(traffic, instances);
    const uint32_t transfer = selector(kToken, "transfer(address,uint256)");
    std::vector<Address> tokens;
    for (uint32_t i = 0; i < instances; ++i)
        tokens.push_back(traffic.deploy(kToken, {}, "token " + std::to_string(i)));
    TokenNeeds needs(kToken, Uint256{1'000'000} * kEther);
    const auto draw_cold = [&](uint32_t drawn) {
        return drawn == 0 ? 1 + static_cast<uint32_t>(traffic.random().below(instances - 1))
                          : drawn;
    };
    while (traffic.wants_more()) {
        const Step step = traffic.next_step();
        const bool hot = traffic.random().percent(kHotPercent);
        const uint32_t instance = hot ? 0 : draw_cold(step.instance);
        const Address& recipient = traffic.address(hot ? (step.sender == 0 ? 1 : 0) : step.other);
        switch (traffic.random().below(3)) {
            case 0:
                traffic.send(step.sender,
                             {.to = recipient,
                              .data = {},
                              .gas_limit = kPaymentGas,
                              .value = Uint256{1 + traffic.random().below(1'000'000'000)}});
                break;
            case 1:
                needs.holds(step.sender, tokens[instance]);
                traffic.send(
                    step.sender,
                    {.to = tokens[instance],
                     .data = abi_call(transfer, {recipient, 1 + traffic.random().below(1'000'000)}),
                     .gas_limit = kTransferGas});
                break;
            default:
                exchange.swap(step.sender, instance);
        }
    }
    needs.prepare(traffic);
    exchange.prepare();
    return traffic.finish();
}

Result<Workload> make_chain(const WorkloadOptions& options) {
    TrafficBuilder traffic("chain", options);
    ExchangeModel exchange(traffic, 1);
    while (traffic.wants_more())
        exchange.swap(traffic.next_step().sender, 0);
    exchange.prepare();
    return traffic.finish();
}

}  // namespace switchyard::workloads
