// SPDX-License-Identifier: Apache-2.0
#include "tools/simulate/measured_costs.hpp"

#include <time.h>

#include <algorithm>
#include <chrono>

#include "host/execute/parallel/idle_wait.hpp"
#include "host/execute/parallel/plan_width.hpp"
#include "host/execute/result_difference.hpp"

namespace switchyard::simulate {
namespace {

using execute::BlockTimeline;
using execute::TransactionTimes;

uint64_t now_ns() {
    return static_cast<uint64_t>(std::chrono::steady_clock::now().time_since_epoch() /
                                 std::chrono::nanoseconds(1));
}

uint64_t cpu_ns(clockid_t clock) {
    timespec time{};
    ::clock_gettime(clock, &time);
    return static_cast<uint64_t>(time.tv_sec) * 1'000'000'000 + static_cast<uint64_t>(time.tv_nsec);
}

/// The value that a part of all values, 1 / `part` of them, is below.
template <typename T>
T quantile(std::vector<T>& values, size_t part) {
    const auto at = values.begin() + static_cast<std::ptrdiff_t>(values.size() / part);
    std::nth_element(values.begin(), at, values.end());
    return *at;
}

/// What `get` takes from each round, a third of the rounds being below it.
template <typename Get>
auto third_by(const std::vector<BlockCosts>& rounds, Get&& get) {
    std::vector<decltype(get(rounds[0]))> values;
    values.reserve(rounds.size());
    for (const BlockCosts& round : rounds)
        values.push_back(get(round));
    return quantile(values, 3);
}

/// Clocks as they stand, or what they moved.
struct Times {
    uint64_t wall_ns = 0;
    uint64_t thread_cpu_ns = 0;
    uint64_t process_cpu_ns = 0;

    static Times now() {
        return {.wall_ns = now_ns(),
                .thread_cpu_ns = cpu_ns(CLOCK_THREAD_CPUTIME_ID),
                .process_cpu_ns = cpu_ns(CLOCK_PROCESS_CPUTIME_ID)};
    }
    Times operator-(const Times& other) const {
        return {.wall_ns = wall_ns - other.wall_ns,
                .thread_cpu_ns = thread_cpu_ns - other.thread_cpu_ns,
                .process_cpu_ns = process_cpu_ns - other.process_cpu_ns};
    }
};

/// How long `execute` takes, whose result must be `expected`.
template <typename Execute>
Result<Times> timed(const execute::BlockResult& expected, Execute&& execute) {
    const Times begin = Times::now();
    const Result<execute::BlockResult> result = execute();
    const Times taken = Times::now() - begin;
    if (!result) return result.error();
    if (const auto difference = execute::first_difference(expected, *result))
        return Error{ErrorCode::Mismatch, "two executions of a block differ: " + *difference};
    return taken;
}

/// What this machine makes of the waiting of a worker: a sleep takes longer than it asks for.
IdleCosts measured_idle() {
    execute::IdleWait wait;
    const auto shortest = [&](uint32_t first, uint32_t last) {
        uint64_t out = UINT64_MAX;
        for (int round = 0; round < 5; ++round) {
            const uint64_t begin = now_ns();
            for (uint32_t i = first; i <= last; ++i)
                wait.wait(i);
            out = std::min(out, now_ns() - begin);
        }
        return out;
    };
    constexpr uint32_t kAwake = IdleCosts::kAwakeRounds;
    return {.spin_ns = shortest(0, kAwake - 1),
            .short_ns = shortest(kAwake, kAwake),
            .long_ns = shortest(2 * kAwake, 2 * kAwake)};
}

/// What completing the receipts takes on one thread.
uint64_t blooms_ns(const execute::BlockResult& result) {
    std::vector<Receipt> receipts = result.receipts;
    LogsBloom total;
    const uint64_t begin = now_ns();
    fill_logs_blooms(receipts, total);
    return now_ns() - begin;
}

}  // namespace

CostMeter::CostMeter(uint32_t rounds)
    : rounds_(rounds), one_thread_(1), two_threads_(2), idle_(measured_idle()) {}

Result<MeasuredBlock> CostMeter::measure(const execute::BlockInput& input, const StateView& parent,
                                         const LanePlan& plan) {
    const auto expected = execute::execute_block_serial(input, parent);
    if (!expected) return expected.error();
    std::vector<BlockCosts> costs;
    std::vector<uint64_t> serial, one;
    MeasuredBlock out;
    out.two_threads_ns = UINT64_MAX;
    out.runs_serially = execute::plan_width(plan) < execute::kPlanWidthMin;
    BlockTimeline timeline;
    execute::ParallelStatistics statistics;
    for (uint32_t round = 0; round <= rounds_; ++round) {
        const auto serial_times =
            timed(*expected, [&] { return execute::execute_block_serial(input, parent); });
        if (!serial_times) return serial_times.error();
        const auto one_times = timed(*expected, [&] {
            return one_thread_.execute(input, parent, plan, &statistics, &timeline);
        });
        if (!one_times) return one_times.error();
        const auto two_times = timed(*expected, [&] {
            return out.runs_serially ? execute::execute_block_serial(input, parent)
                                     : two_threads_.execute(input, parent, plan, &statistics);
        });
        if (!two_times) return two_times.error();
        if (round == 0) continue;  // warm-up
        serial.push_back(serial_times->thread_cpu_ns);
        one.push_back(one_times->thread_cpu_ns);
        costs.push_back(costs_of(timeline, blooms_ns(*expected)));
        costs.back().idle = idle_;
        if (two_times->wall_ns < out.two_threads_ns) {
            out.two_threads_ns = two_times->wall_ns;
            out.two_threads_cpu_ns = two_times->process_cpu_ns;
            out.two_threads_aborts = out.runs_serially ? 0 : statistics.aborts;
        }
    }
    out.costs = third_of(costs);
    out.serial_ns = quantile(serial, 2);
    out.one_thread_ns = quantile(one, 2);
    return out;
}

BlockCosts costs_of(const BlockTimeline& timeline, uint64_t blooms_ns) {
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
    const uint64_t after = timeline.total_ns - last_end;
    out.blooms_ns = std::min(after, blooms_ns);
    out.after_ns = after - out.blooms_ns;
    const uint64_t between = last_end - timeline.before_ns;
    out.take_ns =
        static_cast<uint32_t>((between - std::min(between, inside)) / timeline.transactions.size());
    return out;
}

BlockCosts third_of(const std::vector<BlockCosts>& rounds) {
    SWITCHYARD_ASSERT(!rounds.empty());
    BlockCosts out;
    out.before_ns = third_by(rounds, [](const BlockCosts& c) { return c.before_ns; });
    out.idle = rounds[0].idle;
    out.blooms_ns = third_by(rounds, [](const BlockCosts& c) { return c.blooms_ns; });
    out.after_ns = third_by(rounds, [](const BlockCosts& c) { return c.after_ns; });
    out.take_ns = third_by(rounds, [](const BlockCosts& c) { return c.take_ns; });
    out.transactions.resize(rounds[0].transactions.size());
    for (size_t i = 0; i < out.transactions.size(); ++i) {
        const auto cost = [&](uint32_t TransactionCosts::*member) {
            return third_by(rounds, [&](const BlockCosts& c) { return c.transactions[i].*member; });
        };
        out.transactions[i] = {.execute_ns = cost(&TransactionCosts::execute_ns),
                               .commit_ns = cost(&TransactionCosts::commit_ns),
                               .rerun_ns = cost(&TransactionCosts::rerun_ns)};
    }
    return out;
}

}  // namespace switchyard::simulate
