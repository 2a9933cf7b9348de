// SPDX-License-Identifier: Apache-2.0
#include "tools/simulate/executor_model.hpp"

#include <algorithm>
#include <queue>
#include <utility>

#include "host/core/assert.hpp"
#include "host/execute/parallel/abort_watch.hpp"
#include "tools/simulate/lane_model.hpp"

namespace switchyard::simulate {
namespace {

/// Short sleeps before the long ones.
constexpr uint32_t kShortSleeps = IdleCosts::kAwakeRounds;

enum class Progress : uint8_t { None, Running, Done };

class Model {
  public:
    Model(const BlockCosts& costs, const accesses::BlockAccesses& accesses, const LanePlan& plan,
          uint32_t cores)
        : costs_(costs),
          accesses_(accesses),
          plan_(plan),
          lanes_(plan, cores),
          cores_(cores),
          count_(plan.transaction_count()),
          progress_(count_, Progress::None) {
        out_.transactions.resize(count_);
    }

    ModelledBlock run() {
        now_ = costs_.before_ns;
        for (uint32_t core = 0; core < cores_.size(); ++core)
            become_idle(core);
        offer();
        last_running_ = now_;
        while (committed_ < count_) {
            SWITCHYARD_ASSERT(!events_.empty());
            const Event event = events_.top();
            events_.pop();
            if (is_outdated(event)) continue;
            account_idle(event.time);
            now_ = event.time;
            if (running_ != 0) last_running_ = now_;
            // Someone can always go on, at the latest when it has slept: else nothing would ever
            // change again. To give free what others wait for is to go on as well.
            SWITCHYARD_ASSERT(now_ - last_running_ <= longest_wait());
            handle(event);
            offer();
        }
        // The last commit wakes everybody up, and each makes its share of the blooms.
        const auto cores = static_cast<uint64_t>(cores_.size());
        out_.total_ns = now_ + (costs_.blooms_ns + cores - 1) / cores + costs_.after_ns;
        return std::move(out_);
    }

  private:
    enum class Kind : uint8_t { Executed, Committed, SleepBegins, SleepEnds };
    struct Event {
        uint64_t time;
        uint64_t sequence;  ///< decides between events of one time
        Kind kind;
        uint32_t core;
        uint32_t position = 0;   ///< Executed
        uint64_t idle_turn = 0;  ///< SleepBegins, SleepEnds
        bool operator>(const Event& other) const {
            return time != other.time ? time > other.time : sequence > other.sequence;
        }
    };
    struct Core {
        LaneModel::Share share;
        bool idle = false;
        bool asleep = false;
        uint32_t sleeps = 0;
        uint64_t idle_turn = 0;  ///< counts the times that it became idle
    };

    [[nodiscard]] uint64_t longest_wait() const {
        const IdleCosts& idle = costs_.idle;
        return idle.spin_ns == IdleCosts::kNeverSleeps
                   ? 0
                   : idle.spin_ns + std::max(idle.short_ns, idle.long_ns);
    }

    void push(uint64_t time, Kind kind, uint32_t core, uint32_t position = 0) {
        events_.push({time, sequence_++, kind, core, position, cores_[core].idle_turn});
    }

    [[nodiscard]] bool is_outdated(const Event& event) const {
        return (event.kind == Kind::SleepBegins || event.kind == Kind::SleepEnds) &&
               (!cores_[event.core].idle || cores_[event.core].idle_turn != event.idle_turn);
    }

    void handle(const Event& event) {
        Core& core = cores_[event.core];
        switch (event.kind) {
            case Kind::Executed:
                --running_;
                progress_[plan_.transaction_at(event.position)] = Progress::Done;
                lanes_.finish(event.position);
                break;
            case Kind::Committed:
                --running_;
                progress_[committed_] = Progress::Done;
                in_order_ = abort_watch_.committed(committed_++);
                if (committed_ == count_ || start_commit(event.core, commit_for_all_)) return;
                committing_ = false;
                break;
            case Kind::SleepBegins:
                core.asleep = true;
                push(now_ + costs_.idle.short_ns, Kind::SleepEnds, event.core);
                return;
            case Kind::SleepEnds:
                ++core.sleeps;
                if (!start_next(event.core))
                    push(now_ + (core.sleeps < kShortSleeps ? costs_.idle.short_ns
                                                            : costs_.idle.long_ns),
                         Kind::SleepEnds, event.core);
                return;
        }
        if (!start_next(event.core)) become_idle(event.core);
    }

    void become_idle(uint32_t number) {
        Core& core = cores_[number];
        core.idle = true;
        core.asleep = false;
        core.sleeps = 0;
        ++core.idle_turn;
        ++idle_;
        if (costs_.idle.spin_ns != IdleCosts::kNeverSleeps)
            push(now_ + costs_.idle.spin_ns, Kind::SleepBegins, number);
    }

    /// Those who look again and again see at once what changed.
    void offer() {
        if (idle_ == 0) return;
        bool any = true;
        while (any) {
            any = false;
            for (uint32_t core = 0; core < cores_.size(); ++core)
                if (cores_[core].idle && !cores_[core].asleep && start_next(core)) any = true;
            any = std::exchange(finished_, false) || any;
        }
    }

    /// One turn of a worker's loop.
    bool start_next(uint32_t core) {
        if (committed_ == count_) return false;
        if (!committing_ && start_commit(core, false)) return begun(core);
        while (!in_order_) {
            const auto position = lanes_.try_take(cores_[core].share);
            if (!position) break;
            if (progress_[plan_.transaction_at(*position)] == Progress::None) {
                start_execution(core, *position);
                return begun(core);
            }
            lanes_.finish(*position);  // whoever commits has executed it
            finished_ = true;
            last_running_ = now_;
        }
        return !committing_ && start_commit(core, true) && begun(core);
    }

    bool begun(uint32_t core) {
        if (cores_[core].idle) {
            cores_[core].idle = false;
            --idle_;
        }
        return true;
    }

    void start_execution(uint32_t core, uint32_t position) {
        const uint32_t i = plan_.transaction_at(position);
        ModelledTransaction& transaction = out_.transactions[i];
        transaction.core = core;
        transaction.begin_ns = now_ + costs_.take_ns;
        transaction.end_ns = transaction.begin_ns + costs_.transactions[i].execute_ns;
        for (const accesses::Dependency& dependency : accesses_.dependencies_of(i))
            if (!is_visible(dependency.on)) transaction.aborted = true;
        progress_[i] = Progress::Running;
        out_.take_ns += costs_.take_ns;
        out_.execute_ns += costs_.transactions[i].execute_ns;
        ++started_;
        ++running_;
        push(transaction.end_ns, Kind::Executed, core, position);
    }

    /// Whether who starts at this moment sees what transaction `i` will have done in the end.
    [[nodiscard]] bool is_visible(uint32_t i) const {
        return i < committed_ || (progress_[i] == Progress::Done && !out_.transactions[i].aborted);
    }

    /// The next in block order: one's own, or anybody's.
    bool start_commit(uint32_t core, bool for_all) {
        const uint32_t i = committed_;
        ModelledTransaction& transaction = out_.transactions[i];
        const TransactionCosts& costs = costs_.transactions[i];
        uint64_t taken = costs.commit_ns;
        if (progress_[i] == Progress::Done) {
            if (!for_all && transaction.core != core) return false;
            if (transaction.aborted) {
                ++out_.aborts;
                abort_watch_.aborted();
                out_.rerun_ns += costs.rerun_ns;
                taken += costs.rerun_ns;
            }
        } else {
            if (progress_[i] != Progress::None || !for_all || !in_order_) return false;
            ++out_.in_order;
            ++started_;
            progress_[i] = Progress::Running;
            transaction.core = core;
            transaction.begin_ns = now_;
            transaction.end_ns = now_ + costs.execute_ns;
            out_.execute_ns += costs.execute_ns;
            taken += costs.execute_ns;
        }
        out_.commit_ns += costs.commit_ns;
        transaction.commit_begin_ns = std::max(now_, transaction.end_ns);
        transaction.commit_end_ns = now_ + taken;
        committing_ = true;
        commit_for_all_ = for_all;
        ++running_;
        push(transaction.commit_end_ns, Kind::Committed, core);
        return true;
    }

    void account_idle(uint64_t until) {
        (started_ < count_ ? out_.wait_ns : out_.drain_ns) += (until - now_) * idle_;
    }

    const BlockCosts& costs_;
    const accesses::BlockAccesses& accesses_;
    const LanePlan& plan_;
    LaneModel lanes_;
    std::vector<Core> cores_;
    uint32_t count_;
    std::vector<Progress> progress_;
    std::priority_queue<Event, std::vector<Event>, std::greater<>> events_;
    uint64_t sequence_ = 0;
    uint64_t now_ = 0;
    uint64_t last_running_ = 0;  ///< when something was under way
    uint32_t idle_ = 0;
    uint32_t running_ = 0;  ///< executions and commits under way
    uint32_t started_ = 0;
    uint32_t committed_ = 0;
    bool committing_ = false;
    bool commit_for_all_ = false;
    bool in_order_ = false;
    bool finished_ = false;  ///< since the last offer, without an execution
    execute::AbortWatch abort_watch_;
    ModelledBlock out_;
};

}  // namespace

ModelledBlock model_block(const BlockCosts& costs, const accesses::BlockAccesses& accesses,
                          const LanePlan& plan, uint32_t cores) {
    SWITCHYARD_ASSERT(cores >= 1);
    SWITCHYARD_ASSERT(costs.transactions.size() == plan.transaction_count() &&
                      accesses.transaction_count() == plan.transaction_count());
    return Model(costs, accesses, plan, cores).run();
}

uint64_t critical_path_ns(const BlockCosts& costs, const accesses::BlockAccesses& accesses) {
    std::vector<uint64_t> ends(costs.transactions.size(), 0);
    uint64_t longest = 0;
    for (uint32_t i = 0; i < ends.size(); ++i) {
        for (const accesses::Dependency& dependency : accesses.dependencies_of(i))
            ends[i] = std::max(ends[i], ends[dependency.on]);
        ends[i] += std::min(costs.transactions[i].execute_ns, costs.transactions[i].rerun_ns);
        longest = std::max(longest, ends[i]);
    }
    return longest;
}

uint64_t lower_bound_ns(const BlockCosts& costs, const accesses::BlockAccesses& accesses,
                        uint32_t cores) {
    const CostSums sums = sums_of(costs);
    const uint64_t work = sums.execute_ns + sums.commit_ns;
    return costs.before_ns + (costs.blooms_ns + cores - 1) / cores + costs.after_ns +
           std::max(
               {critical_path_ns(costs, accesses), (work + cores - 1) / cores, sums.commit_ns});
}

}  // namespace switchyard::simulate
