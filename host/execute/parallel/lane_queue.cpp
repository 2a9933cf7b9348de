// SPDX-License-Identifier: Apache-2.0
#include "host/execute/parallel/lane_queue.hpp"

#include <algorithm>

namespace switchyard::execute {
namespace {

constexpr uint32_t kRowMax = 16;
/// Set aside by a worker that goes on: enough to get past a group that waits for one other, but
/// what one worker has set aside no other can take, so that many workers set little aside.
constexpr uint32_t kAsideMin = 2;
constexpr uint32_t kAsideMax = 24;

}  // namespace

/// With longer rows the next of a lane would often wait in another worker's row.
uint32_t LaneQueues::row_length(uint32_t lanes, uint32_t workers) {
    return std::clamp(lanes / (2 * workers), 1U, kRowMax);
}

uint32_t LaneQueues::aside_max(uint32_t lanes, uint32_t workers) {
    return std::clamp(lanes / workers, kAsideMin, kAsideMax);
}

void LaneQueues::begin(const LanePlan& plan, PickOrder order, uint32_t workers, uint32_t first) {
    plan_ = &plan;
    order_ = order;
    count_ = plan.transaction_count();
    lane_count_ = plan.lane_count();
    row_length_ = row_length(lane_count_, workers);
    aside_max_ =
        order == PickOrder::EarliestFirst ? aside_max(lane_count_, workers) : Share::kCapacity;
    for (auto& done : done_)
        done.store(0, std::memory_order_relaxed);
    uint32_t next = 0;
    for (; next < count_ && plan.transaction_at(next) < first; ++next) {
        const LaneAssignment done = plan.assignment(next);
        done_[done.lane].store(done.place + 1, std::memory_order_relaxed);
    }
    next_.store(next, std::memory_order_relaxed);
}

void LaneQueues::look_again(Share& share) const {
    for (uint32_t l = 0; l < lane_count_; ++l)
        share.seen_[l] = done_[l].load(std::memory_order_acquire);
}

bool LaneQueues::is_ready(Share& share, uint32_t position) const {
    const LaneAssignment own = plan_->assignment(position);
    const auto waits = plan_->waits(position);
    const auto holds = [&] {
        if (share.seen_[own.lane] < own.place) return false;
        uint32_t missing = 0;  // without a branch: the loop runs in vectors
        for (uint32_t l = 0; l < lane_count_; ++l)
            missing |= static_cast<uint32_t>(share.seen_[l] < waits[l]);
        return missing == 0;
    };
    if (holds()) return true;
    look_again(share);
    return holds();
}

std::optional<uint32_t> LaneQueues::next_position(Share& share) {
    if (share.row_next_ == share.row_end_) {
        if (next_.load(std::memory_order_relaxed) >= count_) return std::nullopt;
        const uint32_t begin = next_.fetch_add(row_length_, std::memory_order_relaxed);
        if (begin >= count_) return std::nullopt;
        share.row_next_ = begin;
        share.row_end_ = std::min(begin + row_length_, count_);
    }
    return share.row_next_++;
}

std::optional<LaneSlot> LaneQueues::try_take(Share& share) {
    auto& aside = share.positions_;
    const auto take = [&](uint32_t at) {
        const uint32_t position = aside[at];
        std::copy(aside.begin() + at + 1, aside.begin() + share.size_, aside.begin() + at);
        --share.size_;
        return slot_of(position);
    };
    if (order_ == PickOrder::LatestFirst) {
        while (share.size_ < aside_max_) {
            const auto position = next_position(share);
            if (!position) break;
            aside[share.size_++] = *position;
        }
        for (uint32_t i = share.size_; i-- > 0;)
            if (is_ready(share, aside[i])) return take(i);
        return std::nullopt;
    }
    for (uint32_t i = 0; i < share.size_; ++i)
        if (is_ready(share, aside[i])) return take(i);
    while (share.size_ < aside_max_) {
        const auto position = next_position(share);
        if (!position) return std::nullopt;
        if (is_ready(share, *position)) return slot_of(*position);
        aside[share.size_++] = *position;
    }
    return std::nullopt;
}

void LaneQueues::finish(Share& share, LaneSlot slot) {
    const uint32_t done = plan_->assignment(slot.position).place + 1;
    share.seen_[slot.lane] = done;
    done_[slot.lane].store(done, std::memory_order_release);
}

}  // namespace switchyard::execute
