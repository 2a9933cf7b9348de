// SPDX-License-Identifier: Apache-2.0
#include "host/execute/parallel/lane_queue.hpp"

namespace switchyard::execute {

void LaneQueues::begin(const LanePlan& plan, PickOrder order) {
    plan_ = &plan;
    order_ = order;
    lane_count_ = plan.lane_count();
    if (lane_count_ > lanes_allocated_) {
        lanes_ = std::make_unique<Lane[]>(lane_count_);
        lanes_allocated_ = lane_count_;
    }
    for (uint32_t l = 0; l < lane_count_; ++l) {
        lanes_[l].held.store(false, std::memory_order_relaxed);
        lanes_[l].done.store(0, std::memory_order_relaxed);
        lanes_[l].positions.clear();
    }
    for (uint32_t i = 0; i < plan.transaction_count(); ++i)
        lanes_[plan.assignment(i).lane].positions.push_back(i);
}

bool LaneQueues::is_ready(uint32_t position) const {
    const auto waits = plan_->waits(position);
    for (uint32_t l = 0; l < lane_count_; ++l)
        if (lanes_[l].done.load(std::memory_order_acquire) < waits[l]) return false;
    return true;
}

std::optional<LaneSlot> LaneQueues::try_take(Run& run) {
    if (run.lane != Run::kNone) {
        const Lane& lane = lanes_[run.lane];
        const uint32_t place = lane.done.load(std::memory_order_relaxed);
        if (run.length < kRunLength && order_ == PickOrder::EarliestFirst &&
            place < lane.positions.size() && is_ready(lane.positions[place])) {
            ++run.length;
            return LaneSlot{run.lane, plan_->transaction_at(lane.positions[place])};
        }
        release(run);
    }
    return take_any(run);
}

std::optional<LaneSlot> LaneQueues::take_any(Run& run) {
    struct Candidate {
        uint32_t lane;
        uint32_t position;
    };
    for (;;) {
        std::optional<Candidate> best;
        for (uint32_t l = 0; l < lane_count_; ++l) {
            Lane& lane = lanes_[l];
            if (lane.held.load(std::memory_order_relaxed)) continue;
            const uint32_t place = lane.done.load(std::memory_order_acquire);
            if (place >= lane.positions.size()) continue;
            const uint32_t position = lane.positions[place];
            const bool first =
                !best || (position < best->position) == (order_ == PickOrder::EarliestFirst);
            if (first && is_ready(position)) best = Candidate{l, position};
        }
        if (!best) return std::nullopt;
        Lane& lane = lanes_[best->lane];
        // The holder before released the lane after raising `done`: acquire here, then look again
        // whether the place is still the same.
        if (lane.held.exchange(true, std::memory_order_acquire)) continue;
        const uint32_t place = lane.done.load(std::memory_order_relaxed);
        if (place < lane.positions.size() && lane.positions[place] == best->position) {
            run = {best->lane, 1};
            return LaneSlot{best->lane, plan_->transaction_at(best->position)};
        }
        lane.held.store(false, std::memory_order_release);
    }
}

void LaneQueues::finish(LaneSlot slot) {
    Lane& lane = lanes_[slot.lane];
    lane.done.store(lane.done.load(std::memory_order_relaxed) + 1, std::memory_order_release);
}

void LaneQueues::release(Run& run) {
    if (run.lane == Run::kNone) return;
    lanes_[run.lane].held.store(false, std::memory_order_release);
    run = {};
}

}  // namespace switchyard::execute
