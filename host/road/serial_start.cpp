// SPDX-License-Identifier: Apache-2.0
// The part of a block's road that begins serially, and goes over to lanes where they pay.
#include <algorithm>
#include <atomic>
#include <chrono>
#include <functional>

#include "host/execute/parallel/plan_width.hpp"
#include "host/road/block_road.hpp"

namespace switchyard {
namespace {

uint64_t now_ns() {
    return static_cast<uint64_t>(std::chrono::steady_clock::now().time_since_epoch() /
                                 std::chrono::nanoseconds(1));
}

bool is_call(const SignedTransaction& transaction) {
    return !transaction.transaction.data.empty() || transaction.transaction.is_create();
}

/// Looks at the block while it executes without a plan, in ever longer steps.
class Outlook {
  public:
    Outlook(std::span<const SignedTransaction> transactions, const LaneCosts& costs,
            uint64_t begin_ns)
        : transactions_(transactions), costs_(costs), begin_ns_(begin_ns) {}

    [[nodiscard]] bool is_time(size_t executed) const { return executed == next_; }
    /// Whether a plan pays. Precondition: it is time.
    [[nodiscard]] bool plan_pays(size_t executed) {
        next_ *= 2;
        const uint64_t executed_ns = now_ns() - begin_ns_;
        if (static_cast<double>(executed_ns) < costs_.look_min) return false;
        for (; counted_ < executed; ++counted_)
            executed_calls_ += is_call(transactions_[counted_]) ? 1 : 0;
        if (share_ < 0) sample();
        const size_t count = transactions_.size();
        return switchyard::plan_pays({.transactions = count,
                                      .executed = executed,
                                      .executed_calls = executed_calls_,
                                      .executed_ns = executed_ns,
                                      .calls_left = share_ * static_cast<double>(count - executed),
                                      .call_work_max = call_work_max_},
                                     costs_);
    }

  private:
    /// Looks at a few that stand all over the block.
    void sample() {
        constexpr size_t kLooks = 256;
        const size_t step = std::max<size_t>(1, transactions_.size() / kLooks);
        double looks = 0;
        double calls = 0;
        double work = 0;
        for (size_t i = 0; i < transactions_.size(); i += step, ++looks) {
            if (!is_call(transactions_[i])) continue;
            const Transaction& call = transactions_[i].transaction;
            ++calls;
            work += static_cast<double>(expected_work(call, call.gas_limit));
        }
        share_ = calls / std::max(looks, 1.0);
        call_work_max_ = work / std::max(calls, 1.0);
    }

    std::span<const SignedTransaction> transactions_;
    const LaneCosts& costs_;
    uint64_t begin_ns_;
    size_t next_ = 4;
    size_t counted_ = 0;
    size_t executed_calls_ = 0;
    double share_ = -1;  ///< of calls among all; below 0: not looked yet
    double call_work_max_ = 0;
};

/// One job at a time on another thread, whose end a scope does not leave without.
class Beside {
  public:
    explicit Beside(execute::ParallelExecutor& executor) : executor_(executor) {}
    ~Beside() { end(); }
    Beside(const Beside&) = delete;
    Beside& operator=(const Beside&) = delete;

    /// False: there is no other thread.
    bool begin(std::function<void(uint32_t)> job) {
        job_ = std::move(job);
        is_begun_ = executor_.begin_beside(job_);
        return is_begun_;
    }
    void end() {
        if (is_begun_) executor_.end_beside();
        is_begun_ = false;
    }

  private:
    execute::ParallelExecutor& executor_;
    std::function<void(uint32_t)> job_;
    bool is_begun_ = false;
};

}  // namespace

void BlockRoad::measure_plan(std::span<const SignedTransaction> transactions) {
    // Of a long block by number: to go through all chains of its plan takes a tenth of the plan.
    constexpr size_t kByWorkMax = 512;
    progress_ = {.threads = config_.threads, .transactions = transactions.size()};
    works_.clear();
    for (size_t i = 0; i < transactions.size(); ++i) {
        const uint64_t work =
            expected_work(transactions[i].transaction, batch_.gas(static_cast<uint32_t>(i)));
        works_.push_back(work);
        progress_.work += work;
        progress_.largest_work = std::max(progress_.largest_work, work);
        if (is_known(transactions, i)) progress_.known_work += work;
    }
    progress_.width = transactions.size() <= kByWorkMax ? execute::plan_width(plan_, works_)
                                                        : execute::plan_width(plan_);
}

bool BlockRoad::is_known(std::span<const SignedTransaction> transactions, size_t index) const {
    return config_.learn ? planner_.is_known(index) : transactions[index].transaction.data.empty();
}

bool BlockRoad::is_for_lanes(std::span<const SignedTransaction> transactions, size_t executed,
                             uint64_t executed_ns) {
    progress_.executed = executed;
    progress_.executed_ns = executed_ns;
    for (size_t i = 0; i < executed; ++i) {
        progress_.executed_work += works_[i];
        if (is_known(transactions, i)) progress_.known_work -= works_[i];
    }
    return lanes_pay(progress_, config_.lane_costs);
}

/// The transaction from which on the rest takes less than `ns`, at the speed of the block so far.
size_t BlockRoad::last_part(uint64_t ns) const {
    if (progress_.executed_work == 0) return 0;
    const double speed =
        static_cast<double>(progress_.executed_ns) / static_cast<double>(progress_.executed_work);
    double left = static_cast<double>(ns);
    size_t i = works_.size();
    while (i > 0 && (left -= speed * static_cast<double>(works_[i - 1])) > 0)
        --i;
    return i;
}

/// The plan is in the making, and faster than the execution: what it has hashed already saves the
/// next transaction from hashing it.
void BlockRoad::use_hashes_so_far() {
    static const evm::KnownHashes kNone;
    serial_.use(serial_.executed() < planner_.predicted() ? planner_.known_hashes() : kNone);
}

Result<execute::BlockResult> BlockRoad::execute_as_it_pays(const execute::BlockInput& input,
                                                           const StateView& parent) {
    const size_t count = input.transactions.size();
    const uint64_t begin = now_ns();
    std::atomic<bool> is_made{false};
    Result<void> planned{};
    Beside beside(executor_);
    const auto make = [&](uint32_t) {
        planned = make_plan(input, parent);
        if (planned) measure_plan(input.transactions);
        is_made.store(true, std::memory_order_release);
    };
    Outlook outlook(input.transactions, config_.lane_costs, begin);
    bool plan_begun = false;
    if (auto begun = serial_.begin(input, parent); !begun) return begun.error();
    if (auto paid = execute_payments(begin)) return std::move(*paid);
    while (!serial_.is_done()) {
        const size_t executed = serial_.executed();
        if (!plan_begun && outlook.is_time(executed) && outlook.plan_pays(executed)) {
            plan_begun = true;
            planner_.forget_predicted();
            if (!beside.begin(make)) make(0);
        }
        if (plan_begun && is_made.load(std::memory_order_acquire)) {
            beside.end();
            const uint64_t executed_ns = now_ns() - begin;
            if (planned && config_.learn) serial_.use(planner_.known_hashes());
            if (planned && is_for_lanes(input.transactions, executed, executed_ns))
                return execute_rest_over_lanes(begin);
            return execute_rest_serially(begin);
        }
        if (plan_begun) use_hashes_so_far();
        if (auto done = serial_.execute_next(); !done) return done.error();
    }
    auto result = serial_.finish();
    count_execution(count, begin);
    return result;
}

/// No value: the block is more than payments.
std::optional<Result<execute::BlockResult>> BlockRoad::execute_payments(uint64_t begin_ns) {
    // Fewer are paid before another thread is awake.
    constexpr size_t kTogetherMin = 400;
    const size_t count = serial_.input().transactions.size();
    const bool together = count >= kTogetherMin && config_.threads > 1;
    auto result = together
                      ? serial_.execute_payments(
                            config_.threads, [this](const auto& job) { executor_.run_on_all(job); })
                      : serial_.execute_payments(1, [](const auto& job) { job(0); });
    if (!result) return std::nullopt;
    if (together) statistics_.threads = config_.threads;
    count_execution(count, begin_ns);
    return result;
}

Result<execute::BlockResult> BlockRoad::execute_rest_over_lanes(uint64_t begin_ns) {
    const execute::BlockInput& input = serial_.input();
    const bool learns = learns_from(input);
    if (learns) serial_.observe(&learning_);
    merging_ = planner_.merging();
    serial_.merge(merging_);
    const uint64_t lanes_begin = now_ns();
    auto result = executor_.execute_rest(serial_, plan_, &statistics_);
    count_execution(input.transactions.size(), begin_ns);
    if (learns && result) {
        const uint64_t now = now_ns();
        const uint64_t lanes_ns = now - lanes_begin;
        learn(serial_.parent(),
              {learning_budget(progress_, config_.lane_costs, now - begin_ns, lanes_ns),
               rehearsal_budget(progress_, config_.lane_costs, lanes_ns)});
    }
    return result;
}

Result<execute::BlockResult> BlockRoad::execute_rest_serially(uint64_t begin_ns) {
    // What is left when nothing more is explained, so that the block does not wait for it in the
    // end: twice what an explanation may take, since the block's speed is known about so well.
    constexpr uint64_t kLastPartNs = 600'000;
    const execute::BlockInput& input = serial_.input();
    const double serial_ns = expected_times(progress_, config_.lane_costs).serial_ns;
    const bool may_learn = learns_from(input) && !works_.empty() &&
                           learning_pays(works_.size() - serial_.executed(), serial_ns);
    // It cannot be stopped midway, and how long it takes is not known that well.
    const auto rehearsal_ns = static_cast<uint64_t>(serial_ns / 4);
    const size_t stop_at = may_learn ? last_part(kLastPartNs) : 0;
    std::atomic<bool> stop{false};
    Beside beside(executor_);
    bool learns = false;
    if (serial_.executed() < stop_at)
        learns = beside.begin([&](uint32_t) {
            const StationTimer timer(counters_[Station::Plan], StationTimer::kSameBatch);
            learning_.learn_beside(serial_.parent(), templates_, rehearsal_ns, stop);
        });
    if (learns) serial_.observe(&learning_);
    while (!serial_.is_done()) {
        if (learns && serial_.executed() == stop_at) {
            serial_.observe(nullptr);
            stop.store(true, std::memory_order_relaxed);
        }
        if (auto done = serial_.execute_next(); !done) {
            stop.store(true, std::memory_order_relaxed);
            return done.error();
        }
    }
    auto result = serial_.finish();
    stop.store(true, std::memory_order_relaxed);
    beside.end();
    count_execution(input.transactions.size(), begin_ns);
    if (learns && result) predictions_ += learning_.statistics();
    return result;
}

void BlockRoad::count_execution(size_t transactions, uint64_t begin_ns) {
    StationCounters& counters = counters_[Station::Execute];
    ++counters.batches;
    counters.transactions += transactions;
    counters.busy_ns += now_ns() - begin_ns;
    ran_serially_ = statistics_.lanes == 1;
}

/// A few transactions are over before a clock has been read.
Result<execute::BlockResult> BlockRoad::execute_few(const execute::BlockInput& input,
                                                    const StateView& parent) {
    StationCounters& counters = counters_[Station::Execute];
    ++counters.batches;
    counters.transactions += input.transactions.size();
    ran_serially_ = true;
    return serial_.execute(input, parent);
}

}  // namespace switchyard
