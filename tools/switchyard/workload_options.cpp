// SPDX-License-Identifier: Apache-2.0
#include "tools/switchyard/workload_options.hpp"

namespace switchyard::tool {

void add_workload_options(CLI::App& command, workloads::WorkloadOptions& options) {
    command.add_option("--transactions", options.transactions, "How many, without preparation")
        ->capture_default_str();
    command.add_option("--users", options.users, "Funded accounts that send")
        ->capture_default_str();
    command
        .add_option("--instances", options.instances,
                    "Of what users share: pools, markets, collections")
        ->capture_default_str();
    command
        .add_option("--zipf", options.zipf,
                    "Contention: exponent by which recipients and instances are drawn; 0 draws all "
                    "alike")
        ->capture_default_str();
    command
        .add_option("--hot-percent", options.hot_percent,
                    "Share of traffic that goes to one and the same instance or recipient")
        ->capture_default_str();
    command.add_option("--seed", options.seed, "The same seed gives the same workload")
        ->capture_default_str();
}

void add_planning_options(CLI::App& command, BlockRoadConfig& config) {
    command
        .add_option("--detector", config.detector, "Conflict detector: see 'switchyard version'")
        ->capture_default_str();
    command.add_flag("--look-ahead", config.look_ahead,
                     "Arrange each block so that heavy transactions and long chains come first");
}

std::string workload_names() {
    std::string out;
    for (const workloads::WorkloadKind& kind : workloads::workload_kinds())
        out += (out.empty() ? "" : ", ") + std::string(kind.name);
    return out;
}

}  // namespace switchyard::tool
