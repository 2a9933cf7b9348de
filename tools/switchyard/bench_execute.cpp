// SPDX-License-Identifier: Apache-2.0
// Blocks over lanes against the serial executor: workloads, real blocks, blocks with an access
// list.
#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <memory>
#include <optional>
#include <thread>

#include "host/execute/access_list/access_list_executor.hpp"
#include "host/execute/parallel/parallel_executor.hpp"
#include "host/execute/result_difference.hpp"
#include "host/execute/serial_executor.hpp"
#include "host/road/block_road.hpp"
#include "tools/switchyard/benchmarks.hpp"
#include "tools/switchyard/energy.hpp"
#include "tools/switchyard/output.hpp"
#include "tools/switchyard/real_blocks.hpp"
#include "tools/workloads/workload_chain.hpp"

namespace switchyard::tool {
namespace {

constexpr uint32_t kThreads = 2;

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

Spread spread_of(std::vector<double> values) {
    std::ranges::sort(values);
    return {values.front(), values[values.size() / 2], values.back()};
}

/// Runs all ways in turn, `rounds` times after one that warms up, the first of them the baseline.
/// Every result is compared with the baseline's.
Result<std::vector<WayTimes>> measure_ways(const std::vector<Way>& ways, size_t transactions,
                                           uint32_t rounds, EnergyMeter& energy) {
    std::vector<WayTimes> out(ways.size());
    std::optional<execute::BlockResult> expected;
    for (uint32_t round = 0; round <= rounds; ++round) {
        double baseline = 0;
        for (size_t i = 0; i < ways.size(); ++i) {
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
            if (i == 0) baseline = each_wall;
            if (round == 0) continue;
            out[i].wall_ns.push_back(each_wall);
            out[i].cpu_ns.push_back(each_cpu);
            out[i].ratios.push_back(baseline / each_wall);
            if (energy.is_available())
                out[i].microjoules.push_back(static_cast<double>(microjoules) / items);
        }
    }
    return out;
}

nlohmann::json json_of(const Spread& spread) {
    return {{"min", spread.min}, {"median", spread.median}, {"max", spread.max}};
}

/// What the whole benchmark has come to.
struct Collected {
    std::string text;
    nlohmann::json jobs = nlohmann::json::array();
    nlohmann::json ratios = nlohmann::json::object();
    nlohmann::json cpu_percent = nlohmann::json::object();
};

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
    config.threads = kThreads;
    config.serial_where_faster = true;
    return BlockRoad::open(config);
}

/// The baseline: as fast as it gets on one core, with memory that is kept between blocks as the
/// parallel executor keeps its own.
Way serially(std::string name, const execute::BlockInput& input, const StateView& parent) {
    return {std::move(name), "",
            [&input, &parent, executor = std::make_shared<execute::SerialExecutor>()] {
                return executor->execute(input, parent);
            }};
}

/// What two cores of this machine give to two executions that have nothing in common.
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

struct WorkloadJob {
    std::string_view workload;
    std::string_view ratio;
    uint32_t transactions;
    uint32_t users;
};

/// Blocks of 100,000 transactions a second, one every 100 ms; fewer where each is long. So many
/// users that few meet: what conflicts is what the workload is about.
constexpr WorkloadJob kWorkloads[] = {{"payments", "transfers", 10'000, 40'000},
                                      {"erc20", "erc20", 10'000, 40'000},
                                      {"swaps", "swaps", 3'000, 6'000},
                                      {"hot30", "hot30", 5'000, 10'000},
                                      {"chain", "chain", 3'000, 6'000}};

Result<void> run_workload(const WorkloadJob& job, const BenchmarkOptions& options,
                          EnergyMeter& energy, Collected& all) {
    workloads::WorkloadOptions wanted;
    wanted.seed = options.seed;
    wanted.transactions = job.transactions;
    wanted.users = job.users;
    auto workload = workloads::make_workload(job.workload, wanted);
    if (!workload) return workload.error();
    auto chain = workloads::WorkloadChain::open(*workload);
    if (!chain) return chain.error();
    const auto input = (*chain)->next_block(workload->transactions);
    const StateView& parent = (*chain)->state();
    auto road = open_road();
    if (!road) return road.error();
    // The road learns what the contracts do before its plan is taken for the executors alone.
    for (int i = 0; i < 2; ++i)
        if (auto learned = (*road)->execute(input, parent); !learned) return learned.error();
    const LanePlan plan = (*road)->plan();
    execute::ParallelExecutor two(kThreads);
    execute::ParallelExecutor one(1);
    execute::ParallelStatistics statistics;
    const std::string ratio(job.ratio);
    const std::vector<Way> ways = {serially("serial", input, parent),
                                   {"plan, detect and execute, 2 threads", ratio,
                                    [&] { return (*road)->execute(input, parent); }},
                                   {"execute by a plan, 2 threads", ratio + "_execute",
                                    [&] { return two.execute(input, parent, plan, &statistics); }},
                                   {"execute by a plan, 1 thread", ratio + "_one_thread",
                                    [&] { return one.execute(input, parent, plan); }},
                                   two_at_once(input, parent)};
    const auto times = measure_ways(ways, job.transactions, options.rounds, energy);
    if (!times) return times.error();
    add_job(
        all, fmt::format("{}: {} transactions", job.workload, with_commas(job.transactions)),
        fmt::format("{} waits, {} aborts, {} in order, predicted slots {:.2f}% of those accessed\n",
                    with_commas(statistics.waits), with_commas(statistics.aborts),
                    with_commas(statistics.in_order), 100 * (*road)->prediction().slots.recall()),
        ways, *times);
    return {};
}

/// A block that comes with its access list, under Amsterdam's rules.
Result<void> run_access_list(std::string_view kind, const std::string& ratio,
                             const BenchmarkOptions& options, EnergyMeter& energy, Collected& all) {
    workloads::WorkloadOptions wanted;
    wanted.seed = options.seed;
    wanted.transactions = 600;
    wanted.revision = Revision::Amsterdam;
    auto workload = workloads::make_workload(kind, wanted);
    if (!workload) return workload.error();
    auto chain = workloads::WorkloadChain::open(*workload);
    if (!chain) return chain.error();
    const auto input = (*chain)->next_block(workload->transactions);
    const StateView& parent = (*chain)->state();
    const auto serial = execute::execute_block_serial(input, parent);
    if (!serial) return serial.error();
    if (!serial->block_access_list)
        return Error{ErrorCode::Mismatch, "the block has no access list"};
    execute::AccessListExecutor by_list(kThreads);
    execute::AccessListStatistics statistics;
    const std::vector<Way> ways = {
        serially("serial, making the list", input, parent),
        {"by the block's access list, 2 threads", ratio,
         [&]() -> Result<execute::BlockResult> {
             auto done = by_list.execute(input, parent, *serial->block_access_list, &statistics);
             if (done && !statistics.held)
                 return Error{ErrorCode::Mismatch, "the list did not hold: " + statistics.reason};
             return done;
         }},
        two_at_once(input, parent)};
    const auto times = measure_ways(ways, wanted.transactions, options.rounds, energy);
    if (!times) return times.error();
    add_job(all,
            fmt::format("{} with an access list: {} transactions", kind,
                        with_commas(wanted.transactions)),
            "", ways, *times);
    return {};
}

Result<void> run_mainnet(const BenchmarkOptions& options, EnergyMeter& energy, Collected& all) {
    const auto blocks = load_real_blocks(options.blocks);
    if (!blocks) return blocks.error();
    if (blocks->empty()) return Error{ErrorCode::NotFound, "no *.json in " + options.blocks};
    Table table({"mainnet block", "transactions", "serial ns each", "first seen", "ratio",
                 "seen before", "ratio"});
    nlohmann::json rows = nlohmann::json::array();
    std::optional<double> least_new;
    std::optional<double> least_known;
    Progress progress("real blocks", blocks->size(), options.quiet);
    for (size_t i = 0; i < blocks->size(); ++i) {
        const RealBlock& real = *(*blocks)[i];
        const auto input = real.input();
        if (input.transactions.empty()) continue;
        auto known = open_road();
        if (!known) return known.error();
        std::unique_ptr<BlockRoad> fresh;
        // Small blocks take less time than to fetch the state into the cache, and a road that is
        // opened drives it out: each way starts behind a serial execution.
        execute::SerialExecutor serial;
        const auto warm_up = [&]() -> Result<void> {
            if (auto done = serial.execute(input, real.parent); !done) return done.error();
            return {};
        };
        const std::vector<Way> ways = {
            {"serial", "", [&] { return serial.execute(input, real.parent); }, 1, warm_up},
            {"first seen", "", [&] { return fresh->execute(input, real.parent); }, 1,
             [&]() -> Result<void> {
                 auto opened = open_road();
                 if (!opened) return opened.error();
                 fresh = std::move(*opened);
                 return warm_up();
             }},
            {"seen before", "", [&] { return (*known)->execute(input, real.parent); }, 1, warm_up}};
        const auto times = measure_ways(ways, input.transactions.size(), options.rounds, energy);
        if (!times) return times.error();
        const double new_ratio = spread_of((*times)[1].ratios).median;
        const double known_ratio = spread_of((*times)[2].ratios).median;
        least_new = std::min(least_new.value_or(new_ratio), new_ratio);
        least_known = std::min(least_known.value_or(known_ratio), known_ratio);
        table.add({std::to_string(real.block.number), with_commas(input.transactions.size()),
                   fmt::format("{:.0f}", spread_of((*times)[0].wall_ns).median),
                   fmt::format("{:.0f}", spread_of((*times)[1].wall_ns).median),
                   fmt::format("{:.2f}x", new_ratio),
                   fmt::format("{:.0f}", spread_of((*times)[2].wall_ns).median),
                   fmt::format("{:.2f}x", known_ratio)});
        rows.push_back({{"block", real.block.number},
                        {"transactions", input.transactions.size()},
                        {"ratio_first_seen", json_of(spread_of((*times)[1].ratios))},
                        {"ratio_seen_before", json_of(spread_of((*times)[2].ratios))}});
        progress.update(i + 1);
    }
    all.text += table.to_string() + "\n";
    all.jobs.push_back({{"job", "mainnet"}, {"results", rows}});
    all.ratios["mainnet_min"] = *least_new;
    all.ratios["mainnet_min_seen_before"] = *least_known;
    return {};
}

}  // namespace

Result<BenchmarkReport> bench_execute(const BenchmarkOptions& options) {
    Collected all;
    EnergyMeter energy;
    const std::string energy_note = energy.is_available()
                                        ? "energy of all packages, with all that runs on them"
                                        : "no energy: " + energy.reason();
    for (const WorkloadJob& job : kWorkloads)
        if (auto done = run_workload(job, options, energy, all); !done) return done.error();
    if (auto done = run_access_list("swaps", "access_list", options, energy, all); !done)
        return done.error();
    if (auto done = run_access_list("erc20", "access_list_erc20", options, energy, all); !done)
        return done.error();
    if (!options.blocks.empty())
        if (auto done = run_mainnet(options, energy, all); !done) return done.error();
    BenchmarkReport report;
    report.text = fmt::format(
        "wall time; a ratio is that of serial execution to the row, round by round; seed {}, {} "
        "rounds; {}\n\n{}",
        options.seed, options.rounds, energy_note, all.text);
    report.json = {{"benchmark", "execute"},
                   {"machine", machine_description()},
                   {"threads", kThreads},
                   {"energy", energy_note},
                   {"jobs", std::move(all.jobs)},
                   {"ratios", std::move(all.ratios)},
                   {"cpu_percent", std::move(all.cpu_percent)}};
    return report;
}

}  // namespace switchyard::tool
