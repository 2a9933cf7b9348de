// SPDX-License-Identifier: Apache-2.0
#include "tests/support/plan_checker.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <unordered_map>

namespace switchyard::test {
namespace {

constexpr AccessKind kKinds[] = {AccessKind::Read, AccessKind::Write, AccessKind::Add};

/// The last access of one kind to one key in one lane.
struct LastAccess {
    uint32_t lane;
    uint32_t place;
    uint32_t transaction;
};

using LastAccesses = std::array<std::vector<LastAccess>, std::size(kKinds)>;

void remember(std::vector<LastAccess>& accesses, const LastAccess& access) {
    const auto found = std::ranges::find(accesses, access.lane, &LastAccess::lane);
    if (found == accesses.end())
        accesses.push_back(access);
    else
        *found = access;
}

}  // namespace

std::vector<uint32_t> certain_predecessors(const LanePlan& plan) {
    const uint32_t lanes = plan.lane_count();
    std::vector<uint32_t> certain(size_t{plan.transaction_count()} * lanes, 0);
    std::vector<std::vector<uint32_t>> lane_members(lanes);
    for (uint32_t j = 0; j < plan.transaction_count(); ++j) {
        const auto [lane, place] = plan.assignment(j);
        uint32_t* const sure = certain.data() + size_t{j} * lanes;
        for (uint32_t l = 0; l < lanes; ++l) {
            const uint32_t finished = l == lane ? place : plan.waits(j)[l];
            if (finished == 0) continue;
            sure[l] = std::max(sure[l], finished);
            const uint32_t* const last =
                certain.data() + size_t{lane_members[l][finished - 1]} * lanes;
            for (uint32_t m = 0; m < lanes; ++m)
                sure[m] = std::max(sure[m], last[m]);
        }
        lane_members[lane].push_back(j);
    }
    return certain;
}

std::string unordered_conflict(const AccessBatch& batch, const LanePlan& plan) {
    if (plan.transaction_count() != batch.transaction_count())
        return "the plan has " + std::to_string(plan.transaction_count()) + " transactions";
    const auto certain = certain_predecessors(plan);
    std::unordered_map<uint64_t, LastAccesses> keys;
    keys.reserve(batch.access_count());
    for (uint32_t j = 0; j < batch.transaction_count(); ++j) {
        const uint32_t* const sure = certain.data() + size_t{j} * plan.lane_count();
        for (const KeyAccess& access : batch.keys(j)) {
            const auto found = keys.find(access.key);
            if (found == keys.end()) continue;
            for (const AccessKind kind : kKinds)
                if (conflict(kind, access.kind))
                    for (const LastAccess& earlier : found->second[static_cast<size_t>(kind)])
                        if (sure[earlier.lane] <= earlier.place)
                            return "transactions " + std::to_string(earlier.transaction) + " and " +
                                   std::to_string(j) + " conflict and are not ordered";
        }
        // A transaction does not conflict with itself: its accesses count for those after it.
        const auto [lane, place] = plan.assignment(j);
        for (const KeyAccess& access : batch.keys(j))
            remember(keys[access.key][static_cast<size_t>(access.kind)], {lane, place, j});
    }
    return {};
}

bool runs_to_the_end(const LanePlan& plan) {
    std::vector<std::vector<uint32_t>> lane_members(plan.lane_count());
    for (uint32_t i = 0; i < plan.transaction_count(); ++i)
        lane_members[plan.assignment(i).lane].push_back(i);
    std::vector<uint32_t> done(plan.lane_count(), 0);
    uint32_t finished = 0;
    for (bool progress = true; progress;) {
        progress = false;
        for (uint32_t l = 0; l < plan.lane_count(); ++l) {
            if (done[l] == lane_members[l].size()) continue;
            const auto waits = plan.waits(lane_members[l][done[l]]);
            bool may_start = true;
            for (uint32_t m = 0; m < plan.lane_count(); ++m)
                may_start &= done[m] >= waits[m];
            if (!may_start) continue;
            ++done[l];
            ++finished;
            progress = true;
        }
    }
    return finished == plan.transaction_count();
}

}  // namespace switchyard::test
