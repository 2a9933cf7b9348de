// SPDX-License-Identifier: Apache-2.0
// The options by which commands describe a workload and a road, the same in all of them.
#pragma once

#include <CLI/CLI.hpp>
#include <string>

#include "host/road/block_road.hpp"
#include "tools/workloads/workload.hpp"

namespace switchyard::tool {

/// --transactions, --users, --instances, --zipf, --hot-percent, --seed. `options` must live as long
/// as `command`.
void add_workload_options(CLI::App& command, workloads::WorkloadOptions& options);

/// --detector, --look-ahead. Likewise.
void add_planning_options(CLI::App& command, BlockRoadConfig& config);

/// "payments|erc20|...", for a help text.
[[nodiscard]] std::string workload_names();

}  // namespace switchyard::tool
