// SPDX-License-Identifier: Apache-2.0
#include "host/offload/failover/order_check.hpp"

#include <algorithm>

namespace switchyard::offload {

void OrderCheck::follow_waits(const LanePlan& plan) {
    const uint32_t width = plan.lane_count();
    finished_.assign(size_t{plan.transaction_count()} * width, 0);
    lanes_.resize(std::max<size_t>(lanes_.size(), width));
    for (auto& lane : lanes_)
        lane.clear();
    for (uint32_t i = 0; i < plan.transaction_count(); ++i) {
        const auto [own_lane, place] = plan.assignment(i);
        uint32_t* const row = finished_.data() + size_t{i} * width;
        for (uint32_t l = 0; l < width; ++l) {
            const uint32_t count = l == own_lane ? place : plan.waits(i)[l];
            if (count == 0 || count <= row[l]) continue;
            const uint32_t last = lanes_[l][count - 1];
            const uint32_t* const through = finished_.data() + size_t{last} * width;
            for (uint32_t m = 0; m < width; ++m)
                row[m] = std::max(row[m], through[m]);
            row[l] = std::max(row[l], count);
        }
        lanes_[own_lane].push_back(i);
    }
}

/// One access for each key: a transaction that touches a key in two ways conflicts with
/// everything that a write conflicts with.
void OrderCheck::merge_kinds(std::span<const KeyAccess> accesses) {
    accesses_.assign(accesses.begin(), accesses.end());
    std::ranges::sort(accesses_, {}, &KeyAccess::key);
    size_t kept = 0;
    for (const KeyAccess& access : accesses_) {
        if (kept > 0 && accesses_[kept - 1].key == access.key) {
            if (accesses_[kept - 1].kind != access.kind)
                accesses_[kept - 1].kind = AccessKind::Write;
        } else {
            accesses_[kept++] = access;
        }
    }
    accesses_.resize(kept);
}

bool OrderCheck::ordered(const LanePlan& plan, uint32_t earlier, uint32_t later) const {
    const auto [lane, place] = plan.assignment(earlier);
    return finished_[size_t{later} * plan.lane_count() + lane] > place;
}

std::optional<UnorderedPair> OrderCheck::find_unordered(const AccessBatch& batch,
                                                        const LanePlan& plan) {
    SWITCHYARD_ASSERT(plan.transaction_count() == batch.transaction_count());
    follow_waits(plan);
    keys_.clear();
    for (uint32_t i = 0; i < batch.transaction_count(); ++i) {
        merge_kinds(batch.keys(i));
        for (const KeyAccess& access : accesses_) {
            auto [entry, fresh] = keys_.try_emplace(access.key);
            Key& key = entry->second;
            if (fresh) key.kind = access.kind;
            if (conflict(key.kind, access.kind)) {
                key.before.swap(key.current);
                key.current.clear();
                key.kind = access.kind;
            }
            for (const uint32_t earlier : key.before)
                if (!ordered(plan, earlier, i)) return UnorderedPair{earlier, i};
            // Within a lane the later transaction stands for the earlier ones.
            const auto same_lane = std::ranges::find_if(key.current, [&](uint32_t member) {
                return plan.assignment(member).lane == plan.assignment(i).lane;
            });
            if (same_lane == key.current.end())
                key.current.push_back(i);
            else
                *same_lane = i;
        }
    }
    return std::nullopt;
}

}  // namespace switchyard::offload
