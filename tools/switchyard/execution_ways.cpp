// SPDX-License-Identifier: Apache-2.0
#include "tools/switchyard/execution_ways.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <thread>

#include "host/execute/result_difference.hpp"
#include "host/execute/serial_executor.hpp"
#include "tools/switchyard/output.hpp"

namespace switchyard::tool {

Spread spread_of(std::vector<double> values) {
    std::ranges::sort(values);
    return {values.front(), values[values.size() / 2], values.back()};
}

nlohmann::json json_of(const Spread& spread) {
    return {{"min", spread.min}, {"median", spread.median}, {"max", spread.max}};
}

Result<std::vector<WayTimes>> measure_ways(const std::vector<Way>& ways, size_t transactions,
                                           uint32_t rounds, EnergyMeter& energy) {
    std::vector<WayTimes> out(ways.size());
    std::optional<execute::BlockResult> expected;
    std::vector<double> round_wall(ways.size());
    for (uint32_t round = 0; round <= rounds; ++round) {
        // Each way stands behind each other one in turn: what one leaves in caches and allocator
        // is worth some hundredths to the next.
        for (size_t turn = 0; turn < ways.size(); ++turn) {
            const size_t i = (round + turn) % ways.size();
            const Way& way = ways[i];
            if (way.prepare)
                if (auto prepared = way.prepare(); !prepared) return prepared.error();
            (void)energy.take_uj();
            const double cpu = process_cpu_ns();
            const double wall = wall_ns();
            auto result = way.run();
            const double items = static_cast<double>(transactions) * way.blocks;
            const double each_wall = (wall_ns() - wall) / items;
            const double each_cpu = (process_cpu_ns() - cpu) / items;
            const uint64_t microjoules = energy.take_uj();
            if (!result) return result.error();
            if (!expected)
                expected = std::move(*result);
            else if (const auto difference = execute::first_difference(*expected, *result))
                return Error{ErrorCode::Mismatch, way.name + ": " + *difference};
            round_wall[i] = each_wall;
            if (round == 0) continue;
            out[i].wall_ns.push_back(each_wall);
            out[i].cpu_ns.push_back(each_cpu);
            if (energy.is_available())
                out[i].microjoules.push_back(static_cast<double>(microjoules) / items);
        }
        if (round == 0) continue;
        for (size_t i = 0; i < ways.size(); ++i)
            out[i].ratios.push_back(round_wall[0] / round_wall[i]);
    }
    return out;
}

void add_job(Collected& all, const std::string& title, const std::string& note,
             const std::vector<Way>& ways, const std::vector<WayTimes>& times) {
    const bool has_energy = !times.front().microjoules.empty();
    std::vector<std::string> headings = {title,    "ns/transaction min", "median", "max",
                                         "CPU ns", "ratio min",          "median", "max"};
    if (has_energy) headings.emplace_back("uJ");
    Table table(headings);
    nlohmann::json rows = nlohmann::json::array();
    for (size_t i = 0; i < ways.size(); ++i) {
        const Spread wall = spread_of(times[i].wall_ns);
        const Spread cpu = spread_of(times[i].cpu_ns);
        const Spread ratio = spread_of(times[i].ratios);
        std::vector<std::string> row = {ways[i].name,
                                        fmt::format("{:.0f}", wall.min),
                                        fmt::format("{:.0f}", wall.median),
                                        fmt::format("{:.0f}", wall.max),
                                        fmt::format("{:.0f}", cpu.median),
                                        fmt::format("{:.2f}x", ratio.min),
                                        fmt::format("{:.2f}x", ratio.median),
                                        fmt::format("{:.2f}x", ratio.max)};
        nlohmann::json entry = {{"name", ways[i].name},
                                {"wall_ns_per_transaction", json_of(wall)},
                                {"cpu_ns_per_transaction", json_of(cpu)},
                                {"ratio", json_of(ratio)}};
        if (has_energy) {
            const Spread joules = spread_of(times[i].microjoules);
            row.push_back(fmt::format("{:.1f}", joules.median));
            entry["microjoules_per_transaction"] = json_of(joules);
        }
        table.add(row);
        rows.push_back(entry);
        if (!ways[i].ratio.empty()) {
            all.ratios[ways[i].ratio] = ratio.median;
            all.cpu_percent[ways[i].ratio] = 100 * cpu.median / wall.median;
        }
    }
    all.text += table.to_string() + note + "\n";
    all.jobs.push_back({{"job", title}, {"note", note}, {"results", rows}});
}

Result<std::unique_ptr<BlockRoad>> open_road() {
    BlockRoadConfig config;
    config.threads = kExecuteThreads;
    config.serial_where_faster = true;
    return BlockRoad::open(config);
}

Way serially(std::string name, const execute::BlockInput& input, const StateView& parent) {
    return {std::move(name), "",
            [&input, &parent, executor = std::make_shared<execute::SerialExecutor>()] {
                return executor->execute(input, parent);
            }};
}

Way two_at_once(const execute::BlockInput& input, const StateView& parent) {
    return {"two serial executors at once", "",
            [&input, &parent, first = std::make_shared<execute::SerialExecutor>(),
             second = std::make_shared<execute::SerialExecutor>()] {
                std::optional<Result<execute::BlockResult>> other;
                std::thread thread([&] { other = second->execute(input, parent); });
                auto own = first->execute(input, parent);
                thread.join();
                return other->has_value() ? std::move(own) : std::move(*other);
            },
            2};
}

}  // namespace switchyard::tool
