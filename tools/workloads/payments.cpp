// SPDX-License-Identifier: Apache-2.0
// Plain payments. Contention: payments to one recipient only add to its balance.
#include "tools/workloads/kinds.hpp"
#include "tools/workloads/traffic.hpp"

namespace switchyard::workloads {

Result<Workload> make_payments(const WorkloadOptions& options) {
    TrafficBuilder traffic("payments", options);
    while (traffic.wants_more()) {
        const Step step = traffic.next_step();
        traffic.send(step.sender, {.to = traffic.address(step.other),
                                   .data = {},
                                   .gas_limit = 21'000,
                                   .value = Uint256{1 + traffic.random().below(1'000'000'000)}});
    }
    return traffic.finish();
}

}  // namespace switchyard::workloads
