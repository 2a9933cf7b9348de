// SPDX-License-Identifier: Apache-2.0
#include "tools/simulate/executor_model.hpp"

#include <algorithm>
#include <queue>
#include <set>

#include "host/core/assert.hpp"

namespace switchyard::simulate {
namespace {

/// The lanes of a plan as `execute::LaneQueues` hands them out.
class Lanes {
  public:
    explicit Lanes(const LanePlan& plan) : plan_(plan), lanes_(plan.lane_count()) {
        for (uint32_t i = 0; i < plan.transaction_count(); ++i)
            lanes_[plan.assignment(i).lane].positions.push_back(i);
    }

    /// The position of the earliest transaction that may start, or none.
    std::optional<uint32_t> try_take() {
        std::optional<uint32_t> best;
        for (Lane& lane : lanes_) {
            if (lane.held || lane.done == lane.positions.size()) continue;
            const uint32_t position = lane.positions[lane.done];
            if (best && *best < position) continue;
            // What was ready once stays ready.
            lane.ready = lane.ready || is_ready(position);
            if (lane.ready) best = position;
        }
        if (best) lanes_[plan_.assignment(*best).lane].held = true;
        return best;
    }

    void finish(uint32_t position) {
        Lane& lane = lanes_[plan_.assignment(position).lane];
        ++lane.done;
        lane.held = false;
        lane.ready = false;
    }

  private:
    struct Lane {
        std::vector<uint32_t> positions;
        uint32_t done = 0;
        bool held = false;
        bool ready = false;  ///< the next one's waits are met
    };
    [[nodiscard]] bool is_ready(uint32_t position) const {
        const auto waits = plan_.waits(position);
        for (size_t l = 0; l < lanes_.size(); ++l)
            if (lanes_[l].done < waits[l]) return false;
        return true;
    }

    const LanePlan& plan_;
    std::vector<Lane> lanes_;
};

class Model {
  public:
    Model(const BlockCosts& costs, const accesses::BlockAccesses& accesses, const LanePlan& plan,
          uint32_t cores)
        : costs_(costs),
          accesses_(accesses),
          plan_(plan),
          lanes_(plan),
          cores_(cores),
          count_(plan.transaction_count()),
          executed_(count_, false) {
        out_.transactions.resize(count_);
    }

    ModelledBlock run() {
        uint64_t now = costs_.before_ns;
        for (uint32_t core = 0; core < cores_; ++core)
            idle_.insert(core);
        offer(now);
        while (!events_.empty()) {
            const Event event = events_.top();
            events_.pop();
            account_idle(now, event.time);
            now = event.time;
            if (event.is_commit)
                end_commit(event);
            else
                end_execution(event);
            // The core that ends something looks first, as it need not be woken.
            if (!start_next(event.core, now)) idle_.insert(event.core);
            offer(now);
        }
        SWITCHYARD_ASSERT(committed_ == count_);
        out_.total_ns = now + costs_.after_ns;
        return std::move(out_);
    }

  private:
    struct Event {
        uint64_t time;
        uint64_t sequence;  ///< decides between events of one time
        uint32_t core;
        uint32_t position;  ///< of a commit: the transaction
        bool is_commit;
        bool operator>(const Event& other) const {
            return time != other.time ? time > other.time : sequence > other.sequence;
        }
    };

    void offer(uint64_t now) {
        while (!idle_.empty()) {
            const uint32_t core = *idle_.begin();
            if (!start_next(core, now)) return;
            idle_.erase(core);
        }
    }

    bool start_next(uint32_t core, uint64_t now) {
        if (!committing_ && committed_ < count_ && executed_[committed_]) {
            start_commit(core, now);
            return true;
        }
        const auto position = lanes_.try_take();
        if (!position) return false;
        start_execution(core, *position, now);
        return true;
    }

    void start_execution(uint32_t core, uint32_t position, uint64_t now) {
        const uint32_t i = plan_.transaction_at(position);
        ModelledTransaction& transaction = out_.transactions[i];
        transaction.core = core;
        transaction.begin_ns = now + costs_.take_ns;
        transaction.end_ns = transaction.begin_ns + costs_.transactions[i].execute_ns;
        for (const accesses::Dependency& dependency : accesses_.dependencies_of(i))
            if (!is_visible(dependency.on)) transaction.aborted = true;
        out_.take_ns += costs_.take_ns;
        out_.execute_ns += costs_.transactions[i].execute_ns;
        ++started_;
        events_.push({transaction.end_ns, sequence_++, core, position, false});
    }

    /// Whether who starts at this moment sees what transaction `i` will have done in the end.
    [[nodiscard]] bool is_visible(uint32_t i) const {
        return i < committed_ || (executed_[i] && !out_.transactions[i].aborted);
    }

    void end_execution(const Event& event) {
        lanes_.finish(event.position);
        executed_[plan_.transaction_at(event.position)] = true;
    }

    void start_commit(uint32_t core, uint64_t now) {
        const uint32_t i = committed_;
        ModelledTransaction& transaction = out_.transactions[i];
        const uint64_t rerun_ns = transaction.aborted ? costs_.transactions[i].rerun_ns : 0;
        if (transaction.aborted) ++out_.aborts;
        out_.rerun_ns += rerun_ns;
        out_.commit_ns += costs_.transactions[i].commit_ns;
        transaction.commit_begin_ns = now;
        transaction.commit_end_ns = now + costs_.transactions[i].commit_ns + rerun_ns;
        committing_ = true;
        events_.push({transaction.commit_end_ns, sequence_++, core, i, true});
    }

    void end_commit(const Event& event) {
        committed_ = event.position + 1;
        committing_ = false;
    }

    void account_idle(uint64_t from, uint64_t to) {
        (started_ < count_ ? out_.wait_ns : out_.drain_ns) += (to - from) * idle_.size();
    }

    const BlockCosts& costs_;
    const accesses::BlockAccesses& accesses_;
    const LanePlan& plan_;
    Lanes lanes_;
    uint32_t cores_;
    uint32_t count_;
    std::vector<bool> executed_;
    std::set<uint32_t> idle_;
    std::priority_queue<Event, std::vector<Event>, std::greater<>> events_;
    uint64_t sequence_ = 0;
    uint32_t started_ = 0;
    uint32_t committed_ = 0;
    bool committing_ = false;
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
    const uint64_t work = sums.execute_ns + sums.commit_ns + sums.take_ns;
    return costs.before_ns + costs.after_ns +
           std::max(
               {critical_path_ns(costs, accesses), (work + cores - 1) / cores, sums.commit_ns});
}

}  // namespace switchyard::simulate
