// SPDX-License-Identifier: Apache-2.0
// Runs a workload's blocks over a road and serially, and compares them.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "host/road/block_road.hpp"
#include "tools/simulate/study.hpp"
#include "tools/switchyard/energy.hpp"
#include "tools/workloads/workload.hpp"

namespace switchyard::tool {

struct WorkloadRunSettings {
    std::string name;
    workloads::WorkloadOptions workload;
    BlockRoadConfig road;
    uint32_t block = 2'000;     ///< transactions of a block, 1 to kBlockTransactionsMax
    uint32_t rounds = 3;        ///< over the whole chain, 1 to 1,000
    std::string report;         ///< file of the page; empty: none
    uint32_t report_block = 0;  ///< that the page draws, from 1; 0: the last full one
    bool quiet = false;         ///< no progress
};

/// The whole chain once. Times are sums over its blocks.
struct WorkloadRound {
    uint64_t serial_ns = 0;  ///< wall time of `execute_block_serial`
    uint64_t serial_cpu_ns = 0;
    uint64_t serial_uj = 0;
    uint64_t parallel_ns = 0;      ///< wall time of `BlockRoad::execute`
    uint64_t parallel_cpu_ns = 0;  ///< of all threads
    uint64_t parallel_uj = 0;
    RoadCounters stations;
    PredictionStatistics predictions;
    uint64_t waits = 0;
    uint64_t aborts = 0;
    uint64_t in_order = 0;  ///< executed by who commits, where speculation did not pay

    [[nodiscard]] double speed_up() const {
        return static_cast<double>(serial_ns) / static_cast<double>(parallel_ns);
    }
};

struct WorkloadRun {
    std::vector<WorkloadRound> rounds;
    uint64_t blocks = 0;
    uint64_t transactions = 0;
    uint64_t gas = 0;
    uint64_t failed = 0;  ///< transactions with status 0, as serially
    uint64_t setup_transactions = 0;
    uint64_t setup_gas = 0;
    uint64_t accounts = 0;
    std::string detector;  ///< its description
    DetectorHealth health;
    bool has_energy = false;
    std::string no_energy_reason;
    /// With a report: the block drawn (report::block_data), and what more cores would give it.
    nlohmann::json block;
    simulate::StudyResult study;

    /// The round in the middle by speed-up.
    [[nodiscard]] const WorkloadRound& median() const;
};

/// Every round starts from the genesis state with a new road, which then learns as it goes. Each
/// block is executed serially and over the road, in turns which comes first, and the two results
/// are compared. Errors: `InvalidInput` for settings, `Mismatch` for results that differ or a
/// preparation that fails, and what a detector says that cannot run here.
[[nodiscard]] Result<WorkloadRun> run_workload(const WorkloadRunSettings& settings);

}  // namespace switchyard::tool
