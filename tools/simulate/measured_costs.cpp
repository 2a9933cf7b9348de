// SPDX-License-Identifier: Apache-2.0
#include "tools/simulate/measured_costs.hpp"

#include <time.h>

#include <algorithm>
#include <chrono>

#include "host/execute/result_difference.hpp"

namespace switchyard::simulate {
namespace {

using execute::BlockTimeline;
using execute::TransactionTimes;

uint64_t now_ns() {
    return static_cast<uint64_t>(std::chrono::steady_clock::now().time_since_epoch() /
                                 std::chrono::nanoseconds(1));
}

/// CPU time of all threads of the process.
uint64_t cpu_ns() {
    timespec time{};
    ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return static_cast<uint64_t>(time.tv_sec) * 1'000'000'000 + static_cast<uint64_t>(time.tv_nsec);
}

template <typename T>
T median(std::vector<T>& values) {
    const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
    std::nth_element(values.begin(), middle, values.end());
    return *middle;
}

/// The median over rounds of what `get` takes from each.
template <typename Get>
auto median_by(const std::vector<BlockCosts>& rounds, Get&& get) {
    std::vector<decltype(get(rounds[0]))> values;
    values.reserve(rounds.size());
    for (const BlockCosts& round : rounds)
        values.push_back(get(round));
    return median(values);
}

Result<uint64_t> timed_parallel(execute::ParallelExecutor& executor,
                                const execute::BlockInput& input, const StateView& parent,
                                const LanePlan& plan, const execute::BlockResult& expected,
                                execute::ParallelStatistics* statistics, BlockTimeline* timeline) {
    const uint64_t begin = now_ns();
    const auto result = executor.execute(input, parent, plan, statistics, timeline);
    const uint64_t taken = now_ns() - begin;
    if (!result) return result.error();
    if (const auto difference = execute::first_difference(expected, *result))
        return Error{ErrorCode::Mismatch, "parallel and serial execution differ: " + *difference};
    return taken;
}

}  // namespace

CostMeter::CostMeter(uint32_t rounds) : rounds_(rounds), one_thread_(1), two_threads_(2) {}

Result<MeasuredBlock> CostMeter::measure(const execute::BlockInput& input, const StateView& parent,
                                         const LanePlan& plan) {
    const auto expected = execute::execute_block_serial(input, parent);
    if (!expected) return expected.error();
    std::vector<BlockCosts> costs;
    std::vector<uint64_t> serial, one;
    MeasuredBlock out;
    out.two_threads_ns = UINT64_MAX;
    BlockTimeline timeline;
    execute::ParallelStatistics statistics;
    for (uint32_t round = 0; round <= rounds_; ++round) {
        const uint64_t begin = now_ns();
        if (auto again = execute::execute_block_serial(input, parent); !again) return again.error();
        const uint64_t serial_ns = now_ns() - begin;
        const auto one_ns =
            timed_parallel(one_thread_, input, parent, plan, *expected, &statistics, &timeline);
        if (!one_ns) return one_ns.error();
        const uint64_t cpu_begin = cpu_ns();
        const auto two_ns =
            timed_parallel(two_threads_, input, parent, plan, *expected, &statistics, nullptr);
        const uint64_t cpu_taken = cpu_ns() - cpu_begin;
        if (!two_ns) return two_ns.error();
        if (round == 0) continue;  // warm-up
        serial.push_back(serial_ns);
        one.push_back(*one_ns);
        costs.push_back(costs_of(timeline));
        if (*two_ns < out.two_threads_ns) {
            out.two_threads_ns = *two_ns;
            out.two_threads_cpu_ns = cpu_taken;
            out.two_threads_aborts = statistics.aborts;
        }
    }
    out.costs = median_of(costs);
    out.serial_ns = median(serial);
    out.one_thread_ns = median(one);
    return out;
}

BlockCosts costs_of(const BlockTimeline& timeline) {
    BlockCosts out;
    if (timeline.transactions.empty()) return out;
    uint64_t inside = 0;
    uint32_t last_end = timeline.before_ns;
    for (const TransactionTimes& times : timeline.transactions) {
        const uint32_t execute = times.end_ns - times.begin_ns;
        const uint32_t commit = times.commit_end_ns - times.commit_begin_ns - times.rerun_ns;
        // A second execution does what the first did, over the committed state.
        out.transactions.push_back(
            {.execute_ns = execute, .commit_ns = commit, .rerun_ns = execute});
        inside += execute + commit + times.rerun_ns;
        last_end = std::max(last_end, times.commit_end_ns);
    }
    out.before_ns = timeline.before_ns;
    out.after_ns = timeline.total_ns - last_end;
    const uint64_t between = last_end - timeline.before_ns;
    out.take_ns =
        static_cast<uint32_t>((between - std::min(between, inside)) / timeline.transactions.size());
    return out;
}

BlockCosts median_of(const std::vector<BlockCosts>& rounds) {
    SWITCHYARD_ASSERT(!rounds.empty());
    BlockCosts out;
    out.before_ns = median_by(rounds, [](const BlockCosts& c) { return c.before_ns; });
    out.after_ns = median_by(rounds, [](const BlockCosts& c) { return c.after_ns; });
    out.take_ns = median_by(rounds, [](const BlockCosts& c) { return c.take_ns; });
    out.transactions.resize(rounds[0].transactions.size());
    for (size_t i = 0; i < out.transactions.size(); ++i) {
        const auto cost = [&](uint32_t TransactionCosts::*member) {
            return median_by(rounds,
                             [&](const BlockCosts& c) { return c.transactions[i].*member; });
        };
        out.transactions[i] = {.execute_ns = cost(&TransactionCosts::execute_ns),
                               .commit_ns = cost(&TransactionCosts::commit_ns),
                               .rerun_ns = cost(&TransactionCosts::rerun_ns)};
    }
    return out;
}

}  // namespace switchyard::simulate
