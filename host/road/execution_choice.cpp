// SPDX-License-Identifier: Apache-2.0
#include "host/road/execution_choice.hpp"

#include <algorithm>

namespace switchyard {

namespace {

/// Medians and means of the 9,200 transactions of 44 mainnet blocks, on one core of a Zen 4.
constexpr uint64_t kTransactionNs = 640;
constexpr double kCallNs = 15'000;

/// By the lanes that took `lanes_ns` for the rest of a block. They save half at most; how long the
/// rest would have taken serially is not known that well.
uint64_t saved_ns(const BlockProgress& progress, const LaneCosts& costs, uint64_t lanes_ns) {
    const auto serial_ns = static_cast<uint64_t>(expected_times(progress, costs).serial_ns);
    const uint64_t believed = std::min(serial_ns, lanes_ns + lanes_ns / 2);
    return believed - std::min(believed, lanes_ns);
}

}  // namespace

uint64_t expected_work(const Transaction& transaction, uint64_t gas) {
    constexpr uint64_t kPercentOfNsForGas = 28;
    const uint64_t intrinsic = 21'000 + 16 * transaction.data.size();
    return kTransactionNs + (gas - std::min(gas, intrinsic)) * kPercentOfNsForGas / 100;
}

ExpectedTimes expected_times(const BlockProgress& progress, const LaneCosts& costs) {
    const uint64_t left = progress.transactions - progress.executed;
    if (progress.executed == 0 || progress.executed_work == 0 || left == 0) return {};
    const auto number = static_cast<double>(left);
    const auto work_left = static_cast<double>(progress.work - progress.executed_work);
    ExpectedTimes out;
    out.serial_ns = static_cast<double>(progress.executed_ns) * work_left /
                    static_cast<double>(progress.executed_work);
    const double unknown = 1 - static_cast<double>(progress.known_work) / work_left;
    const double work = out.serial_ns * (1 + costs.stretch + costs.unknown_stretch * unknown) +
                        costs.transaction * number;
    // List scheduling (Graham 1966): no later than the work shared out evenly and the largest piece
    // of it behind that; nor sooner than the plan's heaviest chain.
    const double threads = progress.threads;
    const double largest =
        std::min(1.0, static_cast<double>(progress.largest_work) / work_left) * work;
    out.lanes_ns = costs.start + costs.take_over * static_cast<double>(progress.executed) +
                   std::max(work / std::max(progress.width, 1.0),
                            work / threads + largest * (1 - 1 / threads));
    return out;
}

bool lanes_pay(const BlockProgress& progress, const LaneCosts& costs) {
    const ExpectedTimes times = expected_times(progress, costs);
    return times.lanes_ns < (1 - costs.gain_min) * times.serial_ns;
}

uint64_t learning_budget(const BlockProgress& progress, const LaneCosts& costs, uint64_t block_ns,
                         uint64_t lanes_ns) {
    return block_ns / 100 + saved_ns(progress, costs, lanes_ns) / 5;
}

uint64_t rehearsal_budget(const BlockProgress& progress, const LaneCosts& costs,
                          uint64_t lanes_ns) {
    return saved_ns(progress, costs, lanes_ns) / 3;
}

bool plan_pays(const BlockStart& start, const LaneCosts& costs) {
    /// Lanes take so much of each transaction for themselves; of a call more, since it may run
    /// twice.
    constexpr double kPaymentLaneNs = 800;
    constexpr double kCallLaneNs = 1'500;
    /// Of the first few calls one may be very long: so many are believed to have been seen before,
    /// and no more is believed of the mean.
    constexpr double kCallsBefore = 8;
    constexpr double kMeanCallMaxNs = 30'000;
    const auto executed_ns = static_cast<double>(start.executed_ns);
    if (start.executed == 0 || executed_ns < costs.look_min) return false;
    const auto payments = static_cast<double>(start.executed - start.executed_calls);
    const auto calls = static_cast<double>(start.executed_calls);
    const double payment_ns =
        start.executed_calls == 0 ? executed_ns / payments : static_cast<double>(kTransactionNs);
    const double seen_ns =
        (std::max(0.0, executed_ns - payments * payment_ns) + kCallsBefore * kCallNs) /
        (calls + kCallsBefore);
    const double call_ns = std::min({seen_ns, kMeanCallMaxNs, start.call_work_max});
    const auto left = static_cast<double>(start.transactions - start.executed);
    const double payments_left = std::max(0.0, left - start.calls_left);
    return start.calls_left * std::max(0.0, call_ns - kCallLaneNs) +
               payments_left * std::max(0.0, payment_ns - kPaymentLaneNs) >=
           costs.plan_min;
}

bool learning_pays(uint64_t transactions, double serial_ns) {
    constexpr double kTransactionMinNs = 3'000;
    return serial_ns >= kTransactionMinNs * static_cast<double>(transactions);
}

}  // namespace switchyard
