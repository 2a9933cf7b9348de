// SPDX-License-Identifier: Apache-2.0
#include "tools/switchyard/measure.hpp"

#include <fmt/format.h>
#include <time.h>

#include <algorithm>
#include <fstream>
#include <thread>

#include "simd/cpu_targets.hpp"
#include "tools/switchyard/build_info.hpp"
#include "tools/switchyard/output.hpp"

namespace switchyard::tool {
namespace {

Spread spread_of(std::vector<double> values) {
    std::sort(values.begin(), values.end());
    return {values.front(), values[values.size() / 2], values.back()};
}

std::string cpu_name() {
    std::ifstream file("/proc/cpuinfo");
    for (std::string line; std::getline(file, line);)
        if (line.starts_with("model name")) return line.substr(line.find(':') + 2);
    return "unknown";
}

double clock_ns(clockid_t clock) {
    timespec time{};
    ::clock_gettime(clock, &time);
    return static_cast<double>(time.tv_sec) * 1e9 + static_cast<double>(time.tv_nsec);
}

nlohmann::json to_json(const Spread& spread) {
    return {{"min", spread.min}, {"median", spread.median}, {"max", spread.max}};
}

}  // namespace

double thread_cpu_ns() {
    return clock_ns(CLOCK_THREAD_CPUTIME_ID);
}

double process_cpu_ns() {
    return clock_ns(CLOCK_PROCESS_CPUTIME_ID);
}

double wall_ns() {
    return clock_ns(CLOCK_MONOTONIC);
}

std::vector<Measurement> measure(const std::vector<Contender>& contenders, uint32_t rounds,
                                 bool quiet) {
    std::vector<std::vector<double>> times(contenders.size());
    std::vector<std::vector<double>> ratios(contenders.size());
    Progress progress("measuring", uint64_t{rounds} + 1, quiet);
    for (uint32_t round = 0; round <= rounds; ++round) {
        double baseline = 0;
        for (size_t i = 0; i < contenders.size(); ++i) {
            const auto now = contenders[i].whole_process ? process_cpu_ns : thread_cpu_ns;
            const double begin = now();
            contenders[i].run();
            const double ns = (now() - begin) / static_cast<double>(contenders[i].items);
            if (i == 0) baseline = ns;
            if (round == 0) continue;  // warm-up
            times[i].push_back(ns);
            ratios[i].push_back(baseline / ns);
        }
        progress.update(round + 1);
    }
    std::vector<Measurement> out;
    for (size_t i = 0; i < contenders.size(); ++i)
        out.push_back(
            {contenders[i].name, spread_of(times[i]), spread_of(ratios[i]), contenders[i].ratio});
    return out;
}

std::string to_table(const std::vector<Measurement>& measurements, const std::string& item) {
    Table table({"implementation", "ns/" + item + " min", "median", "max", "per second", "ratio"});
    for (const Measurement& m : measurements)
        table.add({m.name, fmt::format("{:.1f}", m.ns_per_item.min),
                   fmt::format("{:.1f}", m.ns_per_item.median),
                   fmt::format("{:.1f}", m.ns_per_item.max),
                   with_commas(static_cast<uint64_t>(1e9 / m.ns_per_item.median)),
                   fmt::format("{:.2f}x", m.ratio.median)});
    return table.to_string();
}

nlohmann::json to_json(const std::string& benchmark, const std::string& item,
                       const std::vector<Measurement>& measurements) {
    nlohmann::json out = {{"benchmark", benchmark},
                          {"item", item},
                          {"machine", machine_description()},
                          {"results", nlohmann::json::array()},
                          {"ratios", nlohmann::json::object()}};
    for (const Measurement& m : measurements) {
        out["results"].push_back({{"name", m.name},
                                  {"ns_per_item", to_json(m.ns_per_item)},
                                  {"ratio", to_json(m.ratio)}});
        if (!m.ratio_name.empty()) out["ratios"][m.ratio_name] = m.ratio.median;
    }
    return out;
}

nlohmann::json machine_description() {
    return {{"cpu", cpu_name()},
            {"threads", std::thread::hardware_concurrency()},
            {"simd_target", std::string(simd::active_target())},
            {"compiler", kCompiler},
            {"build_type", kBuildType},
            {"version", kVersion},
            {"commit", kCommit}};
}

}  // namespace switchyard::tool
