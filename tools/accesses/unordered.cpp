// SPDX-License-Identifier: Apache-2.0
#include "tools/accesses/unordered.hpp"

#include <algorithm>
#include <vector>

namespace switchyard::accesses {
namespace {

/// For each position of the plan and each lane: how many of that lane are finished before it
/// starts. Row-major.
std::vector<uint32_t> certain_predecessors(const LanePlan& plan) {
    const uint32_t lanes = plan.lane_count();
    std::vector<uint32_t> certain(size_t{plan.transaction_count()} * lanes, 0);
    std::vector<std::vector<uint32_t>> members(lanes);
    for (uint32_t p = 0; p < plan.transaction_count(); ++p) {
        const auto [lane, place] = plan.assignment(p);
        uint32_t* const sure = certain.data() + size_t{p} * lanes;
        for (uint32_t l = 0; l < lanes; ++l) {
            const uint32_t finished = l == lane ? place : plan.waits(p)[l];
            if (finished == 0) continue;
            sure[l] = std::max(sure[l], finished);
            const uint32_t* const last = certain.data() + size_t{members[l][finished - 1]} * lanes;
            for (uint32_t m = 0; m < lanes; ++m)
                sure[m] = std::max(sure[m], last[m]);
        }
        members[lane].push_back(p);
    }
    return certain;
}

}  // namespace

uint64_t unordered_transactions(const BlockAccesses& block, const LanePlan& plan) {
    const auto certain = certain_predecessors(plan);
    std::vector<LaneAssignment> assigned(plan.transaction_count());
    for (uint32_t p = 0; p < plan.transaction_count(); ++p)
        assigned[plan.transaction_at(p)] = plan.assignment(p);
    uint64_t count = 0;
    for (uint32_t p = 0; p < plan.transaction_count(); ++p) {
        const uint32_t* const sure = certain.data() + size_t{p} * plan.lane_count();
        const auto needs = block.dependencies_of(plan.transaction_at(p));
        const bool left = std::ranges::any_of(needs, [&](const Dependency& dependency) {
            const auto [lane, place] = assigned[dependency.on];
            return sure[lane] <= place;
        });
        count += left ? 1 : 0;
    }
    return count;
}

}  // namespace switchyard::accesses
