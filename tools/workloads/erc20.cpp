// SPDX-License-Identifier: Apache-2.0
// Transfers of issued currencies, also by a spender with an allowance. Contention: the balance of a
// recipient.
#include "tools/workloads/contracts.hpp"
#include "tools/workloads/kinds.hpp"
#include "tools/workloads/token_needs.hpp"

namespace switchyard::workloads {

Result<Workload> make_erc20(const WorkloadOptions& options) {
    constexpr std::string_view kContract = "erc20/Stablecoin";
    constexpr uint64_t kTransferGas = 75'000;
    constexpr uint64_t kTransferFromGas = 80'000;
    constexpr uint64_t kApproveGas = 60'000;
    const uint32_t transfer = selector(kContract, "transfer(address,uint256)");
    const uint32_t transfer_from = selector(kContract, "transferFrom(address,address,uint256)");
    const uint32_t approve = selector(kContract, "approve(address,uint256)");

    TrafficBuilder traffic("erc20", options);
    std::vector<Address> tokens;
    for (uint32_t i = 0; i < options.instances; ++i)
        tokens.push_back(traffic.deploy(kContract, {}, "token " + std::to_string(i)));
    TokenNeeds needs(kContract, Uint256{1'000'000} * kEther);
    while (traffic.wants_more()) {
        const Step step = traffic.next_step();
        const Address& token = tokens[step.instance];
        const Address& other = traffic.address(step.other);
        const Uint256 amount{1 + traffic.random().below(1'000'000'000)};
        const uint64_t dice = traffic.random().below(100);
        if (dice < 80) {
            needs.holds(step.sender, token);
            traffic.send(step.sender, {.to = token,
                                       .data = abi_call(transfer, {other, amount}),
                                       .gas_limit = kTransferGas});
        } else if (dice < 95) {
            // A service collects what its customer allowed it, on behalf of somebody else.
            const auto payer = static_cast<uint32_t>(traffic.random().below(options.users));
            needs.holds(payer, token);
            needs.allows(payer, token, traffic.address(step.sender));
            traffic.send(step.sender,
                         {.to = token,
                          .data = abi_call(transfer_from, {traffic.address(payer), other, amount}),
                          .gas_limit = kTransferFromGas});
        } else {
            // Unlimited, so that it takes nothing from an allowance that is used above.
            traffic.send(step.sender, {.to = token,
                                       .data = abi_call(approve, {other, kUnlimited}),
                                       .gas_limit = kApproveGas});
        }
    }
    needs.prepare(traffic);
    return traffic.finish();
}

}  // namespace switchyard::workloads
