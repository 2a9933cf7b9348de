// SPDX-License-Identifier: Apache-2.0
#include "tools/switchyard/simulation_report.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "tools/switchyard/measure.hpp"
#include "tools/switchyard/output.hpp"

namespace switchyard::tool {
namespace {

using simulate::StudyLanes;
using simulate::StudyPoint;
using simulate::StudyResult;

constexpr const char* kLabel = "simulated from measured costs";

/// Of two cores: less, and the run with two threads was disturbed.
constexpr double kQuietCores = 1.9;

double ratio(uint64_t a, uint64_t b) {
    return b == 0 ? 0 : static_cast<double>(a) / static_cast<double>(b);
}

/// What the cores have between the first and the last transaction, all together.
uint64_t cores_ns(const StudyPoint& point) {
    const simulate::ModelledBlock& sum = point.sum;
    return sum.execute_ns + sum.take_ns + sum.commit_ns + sum.rerun_ns + sum.wait_ns + sum.drain_ns;
}

/// Parts of a block that stay as long on any number of cores, each with the speed-up it allows.
struct Limit {
    std::string name;
    double speed_up = 0;
};

std::vector<Limit> limits_of(const StudyLanes& row) {
    std::vector<Limit> out = {
        {"committing in block order", ratio(row.serial_ns, row.costs.commit_ns)},
        {"planning (predict, detect) on one core",
         ratio(row.serial_ns, row.plan_ns + row.detect_ns)},
        {"the longest chain of dependencies", ratio(row.serial_ns, row.critical_path_ns)},
        {"before the first and after the last transaction",
         ratio(row.serial_ns, row.before_ns + row.after_ns)}};
    std::ranges::sort(out, {}, &Limit::speed_up);
    return out;
}

std::string error_percent(uint64_t modelled, uint64_t measured) {
    return fmt::format("{:+.1f}%", (ratio(modelled, measured) - 1) * 100);
}

std::string validation_table(const StudyResult& result) {
    const auto each = [&](uint64_t ns) {
        return fmt::format("{:.0f}", ratio(ns, result.transactions));
    };
    Table table({"lanes", "serial ns/tx", "1 thread measured", "simulated", "error",
                 "2 threads measured", "simulated", "error", "cores had", "aborts", "simulated"});
    for (const StudyLanes& row : result.lanes)
        table.add({std::to_string(row.lanes), each(row.serial_ns), each(row.measured_one_ns),
                   each(row.modelled_one_ns),
                   error_percent(row.modelled_one_ns, row.measured_one_ns),
                   each(row.measured_two_ns), each(row.modelled_two_ns),
                   error_percent(row.modelled_two_ns, row.measured_two_ns),
                   fmt::format("{:.2f}", ratio(row.measured_two_cpu_ns, row.measured_two_ns)),
                   with_commas(row.measured_two_aborts), with_commas(row.modelled_two_aborts)});
    return table.to_string();
}

std::string cost_table(const StudyResult& result) {
    const auto each = [&](uint64_t ns) {
        return fmt::format("{:.0f}", ratio(ns, result.transactions));
    };
    Table table({"lanes", "serial", "execute", "commit", "take", "before + after", "blooms",
                 "predict", "detect", "waits in plan"});
    for (const StudyLanes& row : result.lanes)
        table.add({std::to_string(row.lanes), each(row.serial_ns), each(row.costs.execute_ns),
                   each(row.costs.commit_ns), each(row.costs.take_ns),
                   each(row.before_ns + row.after_ns), each(row.blooms_ns), each(row.plan_ns),
                   each(row.detect_ns), with_commas(row.plan_waits)});
    return table.to_string();
}

std::string speed_table(const StudyResult& result) {
    Table table({"cores", "lanes", "execute", "plan + execute", "planned ahead", "bound",
                 "utilisation", "waiting", "draining", "aborts", "in order"});
    for (size_t p = 0; !result.lanes.empty() && p < result.lanes[0].points.size(); ++p)
        for (const StudyLanes& row : result.lanes) {
            const StudyPoint& point = row.points[p];
            const SpeedUps ups = speed_ups(row, point);
            const uint64_t all = cores_ns(point);
            table.add({std::to_string(point.cores), std::to_string(row.lanes),
                       fmt::format("{:.2f}x", ups.execute), fmt::format("{:.2f}x", ups.in_turn),
                       fmt::format("{:.2f}x", ups.pipelined), fmt::format("{:.2f}x", ups.bound),
                       fmt::format("{:.0f}%", utilisation(point) * 100),
                       fmt::format("{:.0f}%", ratio(point.sum.wait_ns, all) * 100),
                       fmt::format("{:.0f}%", ratio(point.sum.drain_ns, all) * 100),
                       with_commas(point.sum.aborts), with_commas(point.sum.in_order)});
        }
    return table.to_string();
}

}  // namespace

SpeedUps speed_ups(const StudyLanes& row, const StudyPoint& point) {
    const uint64_t planning = row.plan_ns + row.detect_ns;
    return {.execute = ratio(row.serial_ns, point.sum.total_ns),
            .in_turn = ratio(row.serial_ns, planning + point.sum.total_ns),
            .pipelined = ratio(row.serial_ns, std::max(planning, point.sum.total_ns)),
            .bound = ratio(row.serial_ns, point.bound_ns)};
}

double utilisation(const StudyPoint& point) {
    const simulate::ModelledBlock& sum = point.sum;
    return ratio(sum.execute_ns + sum.commit_ns + sum.rerun_ns + sum.take_ns, cores_ns(point));
}

std::string simulation_text(const SimulationSubject& subject, const StudyResult& result) {
    std::string out = fmt::format(
        "{}: {} transactions in {} blocks, {} gas, {} dependencies\n\n"
        "costs, measured on one thread, ns per transaction\n{}\n"
        "the model beside what was measured, ns per transaction\n{}\n"
        "speed-up over serial execution, {}\n{}\n",
        subject.name, with_commas(result.transactions), with_commas(result.blocks),
        with_commas(result.gas), with_commas(result.dependencies), cost_table(result),
        validation_table(result), kLabel, speed_table(result));
    if (result.lanes.empty()) return out;
    if (std::ranges::any_of(result.lanes, [](const StudyLanes& row) {
            return ratio(row.measured_two_cpu_ns, row.measured_two_ns) < kQuietCores;
        }))
        out +=
            "the machine was busy: two threads did not have two cores, so that what was measured "
            "with them says little\n";
    const StudyLanes& most = result.lanes.back();
    out += fmt::format("what stays as long on any number of cores, with {} lanes:\n", most.lanes);
    for (const Limit& limit : limits_of(most))
        out += fmt::format("  {:<50} allows {:>8.1f}x\n", limit.name, limit.speed_up);
    return out;
}

nlohmann::json simulation_json(const SimulationSubject& subject, const StudyResult& result) {
    nlohmann::json lanes = nlohmann::json::array();
    for (const StudyLanes& row : result.lanes) {
        nlohmann::json points = nlohmann::json::array();
        for (const StudyPoint& point : row.points) {
            const SpeedUps ups = speed_ups(row, point);
            points.push_back({{"cores", point.cores},
                              {"speed_up_execute", ups.execute},
                              {"speed_up_plan_and_execute", ups.in_turn},
                              {"speed_up_planned_ahead", ups.pipelined},
                              {"speed_up_bound", ups.bound},
                              {"utilisation", utilisation(point)},
                              {"total_ns", point.sum.total_ns},
                              {"execute_ns", point.sum.execute_ns},
                              {"take_ns", point.sum.take_ns},
                              {"commit_ns", point.sum.commit_ns},
                              {"rerun_ns", point.sum.rerun_ns},
                              {"wait_ns", point.sum.wait_ns},
                              {"drain_ns", point.sum.drain_ns},
                              {"aborts", point.sum.aborts},
                              {"in_order", point.sum.in_order}});
        }
        nlohmann::json limits = nlohmann::json::array();
        for (const Limit& limit : limits_of(row))
            limits.push_back({{"part", limit.name}, {"speed_up", limit.speed_up}});
        lanes.push_back({{"lanes", row.lanes},
                         {"measured",
                          {{"serial_ns", row.serial_ns},
                           {"execute_ns", row.costs.execute_ns},
                           {"commit_ns", row.costs.commit_ns},
                           {"take_ns", row.costs.take_ns},
                           {"before_ns", row.before_ns},
                           {"blooms_ns", row.blooms_ns},
                           {"after_ns", row.after_ns},
                           {"predict_ns", row.plan_ns},
                           {"detect_ns", row.detect_ns}}},
                         {"critical_path_ns", row.critical_path_ns},
                         {"plan_waits", row.plan_waits},
                         {"validation",
                          {{{"threads", 1},
                            {"measured_ns", row.measured_one_ns},
                            {"simulated_ns", row.modelled_one_ns}},
                           {{"threads", 2},
                            {"measured_ns", row.measured_two_ns},
                            {"measured_cpu_ns", row.measured_two_cpu_ns},
                            {"simulated_ns", row.modelled_two_ns},
                            {"measured_aborts", row.measured_two_aborts},
                            {"simulated_aborts", row.modelled_two_aborts}}}},
                         {"points", points},
                         {"limits", limits}});
    }
    return {{"what", kLabel},           {"machine", machine_description()},
            {"subject", subject.name},  {"settings", subject.settings},
            {"blocks", result.blocks},  {"transactions", result.transactions},
            {"gas", result.gas},        {"dependencies", result.dependencies},
            {"lanes", std::move(lanes)}};
}

}  // namespace switchyard::tool
