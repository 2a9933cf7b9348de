// SPDX-License-Identifier: Apache-2.0
// One executed block as the report page draws it.
#pragma once

#include <nlohmann/json.hpp>
#include <span>

#include "host/execute/parallel/block_timeline.hpp"
#include "host/execute/parallel/parallel_executor.hpp"
#include "host/offload/lane_plan.hpp"
#include "tools/accesses/block_accesses.hpp"
#include "tools/report/names.hpp"

namespace switchyard::report {

/// What is drawn. Everything is borrowed for the duration of the call, and of one block.
struct ExecutedBlock {
    uint64_t number = 0;
    std::span<const SignedTransaction> transactions;
    const accesses::BlockAccesses* accesses = nullptr;
    const LanePlan* plan = nullptr;
    const execute::BlockTimeline* timeline = nullptr;  ///< empty after a plan of one lane
    execute::ParallelStatistics statistics;            ///< of the execution in the timeline
};

/// The limits of what a page holds; what is left out is counted in the data.
inline constexpr size_t kHotKeysMax = 100;
inline constexpr size_t kConflictNodesMax = 48;
inline constexpr size_t kDependenciesMax = 200'000;

/// {"number", "tx": {column: [one value for each transaction]}, "names", "keys", "dependencies",
/// "hot", "conflicts", ...}: page/README.md has it in full.
[[nodiscard]] nlohmann::json block_data(const ExecutedBlock& block, const Names& names);

}  // namespace switchyard::report
