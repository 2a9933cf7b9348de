// SPDX-License-Identifier: Apache-2.0
// Proves that a plan is safe for the accesses it was made from. Shares nothing with any detector:
// it compares pairs of transactions, and follows waits as an executor would.
#pragma once

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "host/offload/access_batch.hpp"
#include "host/offload/lane_plan.hpp"

namespace switchyard::test {

/// For each transaction and lane, how many transactions of that lane are certain to be finished
/// before it starts: its own waits, the transaction before it in its lane, and, transitively,
/// whatever those were sure of.
[[nodiscard]] inline std::vector<std::vector<uint32_t>> certain_predecessors(const LanePlan& plan) {
    std::vector<std::vector<uint32_t>> certain(plan.transaction_count(),
                                               std::vector<uint32_t>(plan.lane_count(), 0));
    std::vector<std::vector<uint32_t>> lane_members(plan.lane_count());
    for (uint32_t j = 0; j < plan.transaction_count(); ++j) {
        const auto [lane, place] = plan.assignment(j);
        for (uint32_t l = 0; l < plan.lane_count(); ++l) {
            const uint32_t finished = l == lane ? place : plan.waits(j)[l];
            if (finished == 0) continue;
            certain[j][l] = std::max(certain[j][l], finished);
            const uint32_t last = lane_members[l][finished - 1];
            for (uint32_t m = 0; m < plan.lane_count(); ++m)
                certain[j][m] = std::max(certain[j][m], certain[last][m]);
        }
        lane_members[lane].push_back(j);
    }
    return certain;
}

/// Empty if every two conflicting transactions are ordered as in the block; else the first pair
/// that is not. Precondition: the plan's shape is valid.
[[nodiscard]] inline std::string unordered_conflict(const AccessBatch& batch,
                                                    const LanePlan& plan) {
    if (plan.transaction_count() != batch.transaction_count())
        return "the plan has " + std::to_string(plan.transaction_count()) + " transactions";
    const auto certain = certain_predecessors(plan);
    struct Earlier {
        uint32_t transaction;
        AccessKind kind;
    };
    std::map<uint64_t, std::vector<Earlier>> by_key;
    for (uint32_t j = 0; j < batch.transaction_count(); ++j)
        for (const KeyAccess& access : batch.keys(j)) {
            auto& earlier = by_key[access.key];
            for (const auto& [i, kind] : earlier) {
                const auto [lane, place] = plan.assignment(i);
                if (i != j && conflict(kind, access.kind) && certain[j][lane] <= place)
                    return "transactions " + std::to_string(i) + " and " + std::to_string(j) +
                           " conflict and are not ordered";
            }
            if (earlier.empty() || earlier.back().transaction != j ||
                earlier.back().kind != access.kind)
                earlier.push_back({j, access.kind});
        }
    return {};
}

/// Follows the plan with one step per lane and round, as an executor would; true if every
/// transaction gets its turn.
[[nodiscard]] inline bool runs_to_the_end(const LanePlan& plan) {
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
