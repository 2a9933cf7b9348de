// SPDX-License-Identifier: Apache-2.0
// Blocks over lanes against the serial executor: workloads, real blocks, blocks with an access
// list.
#include <fmt/format.h>

#include "host/execute/access_list/access_list_executor.hpp"
#include "host/execute/parallel/parallel_executor.hpp"
#include "host/execute/parallel/plan_width.hpp"
#include "host/road/block_road.hpp"
#include "tools/switchyard/benchmarks.hpp"
#include "tools/switchyard/execution_ways.hpp"
#include "tools/switchyard/output.hpp"
#include "tools/workloads/workload_chain.hpp"
#include "tools/workloads/wrong_plans.hpp"

namespace switchyard::tool {
namespace {

struct WorkloadJob {
    std::string_view workload;
    std::string_view ratio;
    uint32_t transactions;
    uint32_t users;
    std::string_view title = workload;
    uint32_t instances = 100;
    uint32_t hot_percent = 0;
};

/// Blocks of 100,000 transactions a second, one every 100 ms; fewer where each is long. So many
/// users that few meet: what conflicts is what the workload is about.
constexpr WorkloadJob kWorkloads[] = {
    {"payments", "transfers", 10'000, 40'000},
    {"erc20", "erc20", 10'000, 40'000},
    {"swaps", "swaps", 3'000, 6'000},
    {"hot30", "hot30", 5'000, 10'000},
    {"erc20", "hot_token", 10'000, 40'000, "erc20, one token to one recipient", 1, 100},
    {"chain", "chain", 3'000, 6'000}};

Result<void> run_workload(const WorkloadJob& job, const BenchmarkOptions& options,
                          EnergyMeter& energy, Collected& all) {
    workloads::WorkloadOptions wanted;
    wanted.seed = options.seed;
    wanted.transactions = job.transactions;
    wanted.users = job.users;
    wanted.instances = job.instances;
    wanted.hot_percent = job.hot_percent;
    auto workload = workloads::make_workload(job.workload, wanted);
    if (!workload) return workload.error();
    auto chain = workloads::WorkloadChain::open(*workload);
    if (!chain) return chain.error();
    const auto input = (*chain)->next_block(workload->transactions);
    const StateView& parent = (*chain)->state();
    auto road = open_road();
    if (!road) return road.error();
    // A road that takes every block over lanes learns what the contracts do; then its plan is taken
    // for the executors alone.
    auto planning = BlockRoad::open({.threads = kExecuteThreads});
    if (!planning) return planning.error();
    for (int i = 0; i < 2; ++i)
        if (auto learned = (*planning)->execute(input, parent); !learned) return learned.error();
    LanePlan plan = (*planning)->plan();
    // A plan counts on those that merge.
    const std::vector<uint8_t> merging((*planning)->merging().begin(),
                                       (*planning)->merging().end());
    execute::BlockInput planned = input;
    planned.merging = merging;
    // Next to a chain, lanes have nothing to share out: that is what a road finds as well.
    if (execute::plan_width(plan) < execute::kPlanWidthMin)
        plan = workloads::all_in_one_lane(job.transactions, 1);
    (*road)->templates() = (*planning)->templates();
    // What the planned code takes on one thread: hashes that the plan knows make it faster too.
    auto alone = BlockRoad::open({.threads = 1});
    if (!alone) return alone.error();
    (*alone)->templates() = (*planning)->templates();
    execute::ParallelExecutor two(kExecuteThreads);
    execute::ParallelExecutor one(1);
    execute::ParallelStatistics statistics;
    const std::string ratio(job.ratio);
    const std::vector<Way> ways = {
        serially("serial", input, parent),
        {"plan, detect and execute, 2 threads", ratio,
         [&] { return (*road)->execute(input, parent); }},
        {"execute by a plan, 2 threads", ratio + "_execute",
         [&] { return two.execute(planned, parent, plan, &statistics); }},
        {"plan, detect and execute, 1 thread", ratio + "_planned_one_thread",
         [&] { return (*alone)->execute(input, parent); }},
        {"execute by a plan, 1 thread", ratio + "_one_thread",
         [&] { return one.execute(planned, parent, plan); }},
        two_at_once(input, parent)};
    const auto times = measure_ways(ways, job.transactions, options.rounds, energy);
    if (!times) return times.error();
    add_job(all, fmt::format("{}: {} transactions", job.title, with_commas(job.transactions)),
            fmt::format(
                "{} waits, {} aborts, {} in order, predicted slots {:.2f}% of those accessed\n",
                with_commas(statistics.waits), with_commas(statistics.aborts),
                with_commas(statistics.in_order), 100 * (*planning)->prediction().slots.recall()),
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
    execute::AccessListExecutor by_list(kExecuteThreads);
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
        if (auto done = bench_real_blocks(options, energy, all); !done) return done.error();
    BenchmarkReport report;
    report.text = fmt::format(
        "wall time; a ratio is that of serial execution to the row, round by round; seed {}, {} "
        "rounds; {}\n\n{}",
        options.seed, options.rounds, energy_note, all.text);
    report.json = {{"benchmark", "execute"},
                   {"machine", machine_description()},
                   {"threads", kExecuteThreads},
                   {"energy", energy_note},
                   {"jobs", std::move(all.jobs)},
                   {"ratios", std::move(all.ratios)},
                   {"cpu_percent", std::move(all.cpu_percent)}};
    return report;
}

}  // namespace switchyard::tool
