// SPDX-License-Identifier: Apache-2.0
// Ways to execute one block, measured beside each other: what the parts of `bench execute` share.
#pragma once

#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "host/execute/block_execution.hpp"
#include "host/road/block_road.hpp"
#include "tools/switchyard/benchmarks.hpp"
#include "tools/switchyard/energy.hpp"

namespace switchyard::tool {

inline constexpr uint32_t kExecuteThreads = 2;

/// A way to execute the block at hand.
struct Way {
    std::string name;
    std::string ratio;  ///< its name among the report's ratios; empty: none
    std::function<Result<execute::BlockResult>()> run;
    /// Blocks of the same size that one call executes: their time is that of one, shared.
    uint32_t blocks = 1;
    std::function<Result<void>()> prepare{};  ///< before each round, not measured
};

struct WayTimes {
    std::vector<double> wall_ns;  ///< of each round, for one transaction
    std::vector<double> cpu_ns;
    std::vector<double> ratios;  ///< the first way's wall time to this one's, round by round
    std::vector<double> microjoules;
};

[[nodiscard]] Spread spread_of(std::vector<double> values);
[[nodiscard]] nlohmann::json json_of(const Spread& spread);

/// Runs all ways in turn, `rounds` times after one that warms up, each round beginning with
/// another; the first of `ways` is the baseline. Every result is compared with the first one's.
[[nodiscard]] Result<std::vector<WayTimes>> measure_ways(const std::vector<Way>& ways,
                                                         size_t transactions, uint32_t rounds,
                                                         EnergyMeter& energy);

/// What the whole benchmark has come to.
struct Collected {
    std::string text;
    nlohmann::json jobs = nlohmann::json::array();
    nlohmann::json ratios = nlohmann::json::object();
    nlohmann::json cpu_percent = nlohmann::json::object();
};

/// Adds a table of `ways` to `all`, and the ratios that they name.
void add_job(Collected& all, const std::string& title, const std::string& note,
             const std::vector<Way>& ways, const std::vector<WayTimes>& times);

/// As an appliance has it: each block begins serially and goes over to lanes where they pay.
[[nodiscard]] Result<std::unique_ptr<BlockRoad>> open_road();

/// The baseline: as fast as it gets on one core, with memory that is kept between blocks as the
/// parallel executor keeps its own.
[[nodiscard]] Way serially(std::string name, const execute::BlockInput& input,
                           const StateView& parent);
/// What two cores of this machine give to two executions that have nothing in common.
[[nodiscard]] Way two_at_once(const execute::BlockInput& input, const StateView& parent);

/// Real blocks of `options.blocks`, by roads of different experience.
[[nodiscard]] Result<void> bench_real_blocks(const BenchmarkOptions& options, EnergyMeter& energy,
                                             Collected& all);

}  // namespace switchyard::tool
