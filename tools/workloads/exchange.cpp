// SPDX-License-Identifier: Apache-2.0
// Trades on constant-product pools. Contention: the reserves of a pool.
#include "tools/workloads/exchange_model.hpp"
#include "tools/workloads/kinds.hpp"

namespace switchyard::workloads {

Result<Workload> make_exchange(const WorkloadOptions& options) {
    TrafficBuilder traffic("exchange", options);
    ExchangeModel exchange(traffic, options.instances);
    while (traffic.wants_more()) {
        const Step step = traffic.next_step();
        const uint64_t dice = traffic.random().below(100);
        const uint32_t second = traffic.draw_instance();
        if (dice < 2)
            exchange.swap(step.sender, step.instance, true);
        else if (dice < 62 || (dice < 90 && second == step.instance))
            exchange.swap(step.sender, step.instance);
        else if (dice < 70)
            exchange.swap_exact_output(step.sender, step.instance);
        else if (dice < 90)
            exchange.swap_two_hops(step.sender, step.instance, second);
        else if (dice < 96)
            exchange.add_liquidity(step.sender, step.instance);
        else
            exchange.remove_liquidity(step);
    }
    exchange.prepare();
    return traffic.finish();
}

Result<Workload> make_swaps(const WorkloadOptions& options) {
    TrafficBuilder traffic("swaps", options);
    ExchangeModel exchange(traffic, options.instances);
    while (traffic.wants_more()) {
        const Step step = traffic.next_step();
        exchange.swap(step.sender, step.instance);
    }
    exchange.prepare();
    return traffic.finish();
}

}  // namespace switchyard::workloads
