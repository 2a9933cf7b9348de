// SPDX-License-Identifier: Apache-2.0
#include "tools/switchyard/workload_run.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <optional>

#include "host/execute/result_difference.hpp"
#include "tools/accesses/block_accesses.hpp"
#include "tools/report/block_data.hpp"
#include "tools/switchyard/measure.hpp"
#include "tools/switchyard/output.hpp"
#include "tools/workloads/workload_chain.hpp"

namespace switchyard::tool {
namespace {

using execute::BlockInput;
using execute::BlockResult;
using workloads::Workload;
using workloads::WorkloadChain;

uint64_t wall_ns() {
    return static_cast<uint64_t>(std::chrono::steady_clock::now().time_since_epoch() /
                                 std::chrono::nanoseconds(1));
}

Result<void> check(const WorkloadRunSettings& settings) {
    if (settings.block < 1 || settings.block > kBlockTransactionsMax)
        return Error{ErrorCode::InvalidInput,
                     fmt::format("--block: {} is not in 1 to {}", settings.block,
                                 with_commas(kBlockTransactionsMax))};
    if (settings.rounds < 1 || settings.rounds > 1000)
        return Error{ErrorCode::InvalidInput,
                     fmt::format("--rounds: {} is not in 1 to 1,000", settings.rounds)};
    const uint64_t blocks =
        (uint64_t{settings.workload.transactions} + settings.block - 1) / settings.block;
    if (settings.report_block > blocks)
        return Error{ErrorCode::InvalidInput,
                     fmt::format("--report-block: {} of {} blocks", settings.report_block, blocks)};
    return {};
}

class Runner {
  public:
    Runner(const WorkloadRunSettings& settings, const Workload& workload)
        : settings_(settings), workload_(workload) {}

    Result<WorkloadRun> run() {
        const size_t count = workload_.transactions.size();
        const size_t blocks = (count + settings_.block - 1) / settings_.block;
        const size_t full = std::max<size_t>(1, count / settings_.block);
        const size_t drawn = settings_.report_block == 0 ? full : settings_.report_block;
        Progress progress("executing", blocks * settings_.rounds, settings_.quiet);
        for (uint32_t round = 0; round < settings_.rounds; ++round) {
            auto chain = WorkloadChain::open(workload_);
            if (!chain) return chain.error();
            auto road = BlockRoad::open(settings_.road);
            if (!road) return road.error();
            const bool last = round + 1 == settings_.rounds;
            if (last && !settings_.report.empty())
                if (auto opened = open_study(); !opened) return opened.error();
            out_.rounds.emplace_back();
            for (size_t b = 0; b < blocks; ++b) {
                if (auto done = run_block(**chain, **road, b, study_ && b + 1 == drawn, last);
                    !done)
                    return Error{done.error().code,
                                 fmt::format("block {}: {}", b + 1, done.error().message)};
                progress.update(round * blocks + b + 1);
            }
            finish_round(**chain, **road);
        }
        out_.blocks = blocks;
        out_.transactions = count;
        out_.setup_transactions = workload_.setup.size();
        out_.has_energy = energy_.is_available();
        out_.no_energy_reason = energy_.reason();
        if (study_) out_.study = study_->result();
        return std::move(out_);
    }

  private:
    Result<void> open_study() {
        std::vector<uint32_t> lanes = {settings_.road.lanes, kLanesMax};
        std::erase_if(lanes, [](uint32_t count) { return count < 2; });
        lanes.erase(std::unique(lanes.begin(), lanes.end()), lanes.end());
        auto study = simulate::Study::open({.cores = {1, 2, 4, 8, 16, 32, 64},
                                            .lanes = lanes,
                                            .rounds = std::max(3U, settings_.rounds),
                                            .road = settings_.road});
        if (!study) return study.error();
        study_ = std::move(*study);
        return {};
    }

    Result<void> run_block(WorkloadChain& chain, BlockRoad& road, size_t number, bool drawn,
                           bool last_round) {
        const std::span<const SignedTransaction> all(workload_.transactions);
        const size_t begin = number * settings_.block;
        const auto transactions =
            all.subspan(begin, std::min<size_t>(settings_.block, all.size() - begin));
        const BlockInput input = chain.next_block(transactions);
        const bool serial_first = number % 2 == 0;
        std::optional<Result<BlockResult>> serial;
        std::optional<Result<BlockResult>> parallel;
        if (serial_first) serial.emplace(run_serial(input, chain.state()));
        parallel.emplace(run_parallel(input, chain.state(), road));
        if (!serial_first) serial.emplace(run_serial(input, chain.state()));
        if (!*serial) return serial->error();
        if (!*parallel) return parallel->error();
        if (const auto difference = execute::first_difference(**serial, **parallel))
            return Error{ErrorCode::Mismatch,
                         "parallel and serial execution differ: " + *difference};
        if (study_ && out_.block.is_null())
            if (auto studied = study_block(input, chain.state(), road, number + 1, drawn); !studied)
                return studied;
        if (last_round) {
            out_.gas += (*serial)->gas_used;
            out_.failed += static_cast<uint64_t>(
                std::ranges::count((*serial)->receipts, false, &Receipt::success));
        }
        chain.apply(**serial);
        return {};
    }

    Result<BlockResult> run_serial(const BlockInput& input, const StateView& state) {
        WorkloadRound& round = out_.rounds.back();
        (void)energy_.take_uj();
        const double cpu = process_cpu_ns();
        const uint64_t begin = wall_ns();
        auto result = execute::execute_block_serial(input, state);
        round.serial_ns += wall_ns() - begin;
        round.serial_cpu_ns += static_cast<uint64_t>(process_cpu_ns() - cpu);
        round.serial_uj += energy_.take_uj();
        return result;
    }

    Result<BlockResult> run_parallel(const BlockInput& input, const StateView& state,
                                     BlockRoad& road) {
        WorkloadRound& round = out_.rounds.back();
        (void)energy_.take_uj();
        const double cpu = process_cpu_ns();
        const uint64_t begin = wall_ns();
        auto result = road.execute(input, state);
        round.parallel_ns += wall_ns() - begin;
        round.parallel_cpu_ns += static_cast<uint64_t>(process_cpu_ns() - cpu);
        round.parallel_uj += energy_.take_uj();
        const execute::ParallelStatistics& statistics = road.statistics();
        round.waits += statistics.waits;
        round.aborts += statistics.aborts;
        round.in_order += statistics.in_order;
        return result;
    }

    /// Up to the drawn block the study's roads learn what the road of the run does.
    Result<void> study_block(const BlockInput& input, const StateView& state, BlockRoad& road,
                             size_t number, bool drawn) {
        if (!drawn) {
            if (auto learned = study_->learn(input, state); !learned) return learned.error();
            return {};
        }
        const auto accesses = accesses::record_accesses(input, state);
        if (!accesses) return accesses.error();
        const LanePlan& plan = road.plan();
        execute::ParallelExecutor executor(settings_.road.threads);
        execute::BlockTimeline timeline;
        execute::BlockTimeline fastest;
        report::ExecutedBlock block{.number = number,
                                    .transactions = input.transactions,
                                    .accesses = &*accesses,
                                    .plan = &plan,
                                    .timeline = &fastest,
                                    .statistics = {}};
        // The first execution warms up; of the others the fastest is the one least disturbed.
        for (uint32_t round = 0; round <= std::max(3U, settings_.rounds); ++round) {
            execute::ParallelStatistics statistics;
            const auto result = executor.execute(input, state, plan, &statistics, &timeline);
            if (!result) return result.error();
            if (round == 0 || (round > 1 && timeline.total_ns >= fastest.total_ns)) continue;
            fastest = timeline;
            block.statistics = statistics;
        }
        const report::Names names(workload_.labels, input.header->beneficiary);
        out_.block = report::block_data(block, names);
        if (auto added = study_->add(input, state); !added) return added.error();
        return {};
    }

    void finish_round(const WorkloadChain& chain, const BlockRoad& road) {
        out_.rounds.back().stations = road.counters();
        out_.rounds.back().predictions = road.predictions();
        out_.setup_gas = chain.setup_gas();
        out_.accounts = chain.state().account_count();
        out_.detector = road.detector().info().description;
        out_.health = road.health();
    }

    const WorkloadRunSettings& settings_;
    const Workload& workload_;
    EnergyMeter energy_;
    std::unique_ptr<simulate::Study> study_;
    WorkloadRun out_;
};

}  // namespace

const WorkloadRound& WorkloadRun::median() const {
    std::vector<const WorkloadRound*> sorted;
    for (const WorkloadRound& round : rounds)
        sorted.push_back(&round);
    std::ranges::sort(sorted, {}, [](const WorkloadRound* round) { return round->speed_up(); });
    return *sorted[sorted.size() / 2];
}

Result<WorkloadRun> run_workload(const WorkloadRunSettings& settings) {
    if (auto checked = check(settings); !checked) return checked.error();
    auto workload = workloads::make_workload(settings.name, settings.workload);
    if (!workload) return workload.error();
    return Runner(settings, *workload).run();
}

}  // namespace switchyard::tool
