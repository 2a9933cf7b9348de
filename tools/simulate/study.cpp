// SPDX-License-Identifier: Apache-2.0
#include "tools/simulate/study.hpp"

#include <algorithm>
#include <string>

namespace switchyard::simulate {
namespace {

constexpr uint32_t kCoresMax = 1024;
constexpr uint32_t kRoundsMax = 1000;

Error out_of_range(const char* what, uint64_t value, uint64_t least, uint64_t most) {
    return {ErrorCode::InvalidInput, std::string(what) + ": " + std::to_string(value) +
                                         " is not in " + std::to_string(least) + " to " +
                                         std::to_string(most)};
}

Result<void> check(const StudyOptions& options) {
    if (options.cores.empty() || options.lanes.empty())
        return Error{ErrorCode::InvalidInput, "a study needs a number of cores and one of lanes"};
    for (const uint32_t cores : options.cores)
        if (cores < 1 || cores > kCoresMax) return out_of_range("cores", cores, 1, kCoresMax);
    for (const uint32_t lanes : options.lanes)
        if (lanes < 2 || lanes > kLanesMax) return out_of_range("lanes", lanes, 2, kLanesMax);
    if (options.rounds < 1 || options.rounds > kRoundsMax)
        return out_of_range("rounds", options.rounds, 1, kRoundsMax);
    return {};
}

void add(ModelledBlock& sum, const ModelledBlock& block) {
    sum.total_ns += block.total_ns;
    sum.execute_ns += block.execute_ns;
    sum.take_ns += block.take_ns;
    sum.commit_ns += block.commit_ns;
    sum.rerun_ns += block.rerun_ns;
    sum.wait_ns += block.wait_ns;
    sum.drain_ns += block.drain_ns;
    sum.aborts += block.aborts;
    sum.in_order += block.in_order;
}

/// A block that the executor runs serially, on one of `cores`.
ModelledBlock serial_block(const BlockCosts& costs, uint64_t serial_ns, uint32_t cores) {
    const uint64_t around =
        costs.before_ns + (costs.blooms_ns + cores - 1) / cores + costs.after_ns;
    ModelledBlock out;
    out.total_ns = std::max(serial_ns, around);
    out.execute_ns = out.total_ns - around;
    out.wait_ns = out.execute_ns * (cores - 1);
    out.in_order = static_cast<uint32_t>(costs.transactions.size());
    return out;
}

}  // namespace

Study::Study(const StudyOptions& options) : options_(options), meter_(options.rounds) {
    for (const uint32_t lanes : options.lanes) {
        StudyLanes row;
        row.lanes = lanes;
        for (const uint32_t cores : options.cores)
            row.points.push_back({.cores = cores, .sum = {}});
        result_.lanes.push_back(std::move(row));
    }
}

Result<std::unique_ptr<Study>> Study::open(const StudyOptions& options) {
    if (auto checked = check(options); !checked) return checked.error();
    auto out = std::unique_ptr<Study>(new Study(options));
    for (const uint32_t lanes : options.lanes) {
        BlockRoadConfig config = options.road;
        config.lanes = lanes;
        config.threads = 1;
        auto road = BlockRoad::open(config);
        if (!road) return road.error();
        out->roads_.push_back(std::move(*road));
    }
    return out;
}

Result<StateChanges> Study::learn(const execute::BlockInput& input, const StateView& parent) {
    StateChanges changes;
    for (const auto& road : roads_) {
        auto result = road->execute(input, parent);
        if (!result) return result.error();
        changes = std::move(result->changes);
    }
    return changes;
}

Result<StateChanges> Study::add(const execute::BlockInput& input, const StateView& parent) {
    const auto accesses = accesses::record_accesses(input, parent);
    if (!accesses) return accesses.error();
    for (size_t at = 0; at < roads_.size(); ++at)
        if (auto added = add_lanes(at, input, parent, *accesses); !added) return added.error();
    ++result_.blocks;
    result_.transactions += accesses->transaction_count();
    for (const uint64_t gas : accesses->gas_used)
        result_.gas += gas;
    result_.dependencies += accesses->dependencies.size();
    auto serial = execute::execute_block_serial(input, parent);
    if (!serial) return serial.error();
    return std::move(serial->changes);
}

Result<void> Study::add_lanes(size_t at, const execute::BlockInput& input, const StateView& parent,
                              const accesses::BlockAccesses& accesses) {
    BlockRoad& road = *roads_[at];
    StudyLanes& row = result_.lanes[at];
    const RoadCounters before = road.counters();
    if (auto executed = road.execute(input, parent); !executed) return executed.error();
    // The plan is the road's own: its next block replaces it.
    const LanePlan& plan = road.plan();
    const auto measured = meter_.measure(input, parent, plan);
    if (!measured) return measured.error();
    const BlockCosts& costs = measured->costs;

    const auto busy_ns = [&](Station station) {
        return road.counters()[station].busy_ns - before[station].busy_ns;
    };
    row.plan_ns += busy_ns(Station::Plan);
    row.detect_ns += busy_ns(Station::Detect);
    row.serial_ns += measured->serial_ns;
    const CostSums sums = sums_of(costs);
    row.costs.execute_ns += sums.execute_ns;
    row.costs.commit_ns += sums.commit_ns;
    row.costs.take_ns += sums.take_ns;
    row.before_ns += costs.before_ns;
    row.blooms_ns += costs.blooms_ns;
    row.after_ns += costs.after_ns;
    row.critical_path_ns += critical_path_ns(costs, accesses);
    row.plan_waits += road.statistics().waits;

    const auto modelled = [&](uint32_t cores) {
        return cores > 1 && measured->runs_serially
                   ? serial_block(costs, measured->serial_ns, cores)
                   : model_block(costs, accesses, plan, cores);
    };
    const ModelledBlock one = modelled(1);
    const ModelledBlock two = modelled(2);
    row.measured_one_ns += measured->one_thread_ns;
    row.modelled_one_ns += one.total_ns;
    row.measured_two_ns += measured->two_threads_ns;
    row.measured_two_cpu_ns += measured->two_threads_cpu_ns;
    row.modelled_two_ns += two.total_ns;
    row.measured_two_aborts += measured->two_threads_aborts;
    row.modelled_two_aborts += two.aborts;
    for (StudyPoint& point : row.points) {
        const ModelledBlock block = modelled(point.cores);
        simulate::add(point.sum, block);
        // Serial execution does not pay for versions: it may be below the bound of what does.
        point.bound_ns += std::min(block.total_ns, lower_bound_ns(costs, accesses, point.cores));
    }
    return {};
}

}  // namespace switchyard::simulate
