// SPDX-License-Identifier: Apache-2.0
#include "tools/simulate/lane_model.hpp"

#include <algorithm>

#include "host/execute/parallel/lane_queue.hpp"

namespace switchyard::simulate {
LaneModel::LaneModel(const LanePlan& plan, uint32_t workers)
    : count_(plan.transaction_count()),
      row_length_(execute::LaneQueues::row_length(plan.lane_count(), workers)),
      aside_max_(execute::LaneQueues::aside_max(plan.lane_count(), workers)),
      unmet_(count_, 0),
      waiting_(count_) {
    // A lane runs in its order, so that waiting for `n` of them is waiting for its n-th.
    std::vector<std::vector<uint32_t>> lanes(plan.lane_count());
    for (uint32_t position = 0; position < count_; ++position) {
        const auto waits = plan.waits(position);
        const LaneAssignment own = plan.assignment(position);
        for (uint32_t l = 0; l < plan.lane_count(); ++l) {
            const uint32_t wanted = l == own.lane ? std::max(waits[l], own.place) : waits[l];
            if (wanted == 0) continue;
            waiting_[lanes[l][wanted - 1]].push_back(position);
            ++unmet_[position];
        }
        lanes[own.lane].push_back(position);
    }
}

std::optional<uint32_t> LaneModel::next_position(Share& share) {
    if (share.row_next == share.row_end) {
        if (next_ >= count_) return std::nullopt;
        share.row_next = next_;
        share.row_end = std::min(next_ + row_length_, count_);
        next_ = share.row_end;
    }
    return share.row_next++;
}

std::optional<uint32_t> LaneModel::try_take(Share& share) {
    for (auto at = share.aside.begin(); at != share.aside.end(); ++at) {
        if (unmet_[*at] != 0) continue;
        const uint32_t position = *at;
        share.aside.erase(at);
        return position;
    }
    while (share.aside.size() < aside_max_) {
        const auto position = next_position(share);
        if (!position || unmet_[*position] == 0) return position;
        share.aside.push_back(*position);
    }
    return std::nullopt;
}

void LaneModel::finish(uint32_t position) {
    for (const uint32_t other : waiting_[position])
        --unmet_[other];
}

}  // namespace switchyard::simulate
