// SPDX-License-Identifier: Apache-2.0
#include "tests/support/plan_quality.hpp"

#include <algorithm>
#include <numeric>
#include <unordered_map>
#include <vector>

namespace switchyard::test {
namespace {

uint64_t weight(const AccessBatch& batch, uint32_t i) {
    return std::max<uint64_t>(batch.gas(i), 1);
}

/// For each transaction the heaviest chain of conflicts that leads to it, itself not counted: from
/// the block's begin, or from its end.
std::vector<uint64_t> heaviest_chains(const AccessBatch& batch, bool from_the_end) {
    struct Ends {
        uint64_t of_kind[3] = {0, 0, 0};
    };
    std::unordered_map<uint64_t, Ends> keys;
    std::vector<uint64_t> chains(batch.transaction_count(), 0);
    for (uint32_t n = 0; n < batch.transaction_count(); ++n) {
        const uint32_t i = from_the_end ? batch.transaction_count() - 1 - n : n;
        for (const KeyAccess& access : batch.keys(i))
            for (const AccessKind other : {AccessKind::Read, AccessKind::Write, AccessKind::Add})
                if (conflict(access.kind, other))
                    chains[i] =
                        std::max(chains[i], keys[access.key].of_kind[static_cast<size_t>(other)]);
        for (const KeyAccess& access : batch.keys(i)) {
            uint64_t& end = keys[access.key].of_kind[static_cast<size_t>(access.kind)];
            end = std::max(end, chains[i] + weight(batch, i));
        }
    }
    return chains;
}

uint64_t divided(uint64_t work, uint32_t lanes) {
    return (work + lanes - 1) / lanes;
}

}  // namespace

uint64_t makespan(const AccessBatch& batch, const LanePlan& plan) {
    std::vector<std::vector<uint64_t>> ends(plan.lane_count());  // of the transactions of each lane
    uint64_t last = 0;
    for (uint32_t i = 0; i < plan.transaction_count(); ++i) {
        uint64_t start = 0;
        const auto lane = plan.assignment(i).lane;
        for (uint32_t l = 0; l < plan.lane_count(); ++l) {
            const size_t finished = l == lane ? ends[l].size() : plan.waits(i)[l];
            if (finished != 0) start = std::max(start, ends[l][finished - 1]);
        }
        ends[lane].push_back(start + weight(batch, i));
        last = std::max(last, ends[lane].back());
    }
    return last;
}

uint64_t critical_path(const AccessBatch& batch) {
    const auto chains = heaviest_chains(batch, false);
    uint64_t path = 0;
    for (uint32_t i = 0; i < batch.transaction_count(); ++i)
        path = std::max(path, chains[i] + weight(batch, i));
    return path;
}

uint64_t work_per_lane(const AccessBatch& batch, uint32_t lanes) {
    uint64_t work = 0;
    for (uint32_t i = 0; i < batch.transaction_count(); ++i)
        work += weight(batch, i);
    return divided(work, lanes);
}

uint64_t makespan_bound(const AccessBatch& batch, uint32_t lanes) {
    const auto heads = heaviest_chains(batch, false);
    const auto tails = heaviest_chains(batch, true);
    std::vector<uint32_t> latest_first(batch.transaction_count());
    std::iota(latest_first.begin(), latest_first.end(), 0);
    std::ranges::sort(latest_first, std::greater{}, [&](uint32_t i) { return heads[i]; });
    uint64_t bound = std::max(critical_path(batch), work_per_lane(batch, lanes));
    for (const uint64_t tail : tails) {
        uint64_t work = 0;
        for (const uint32_t i : latest_first) {
            if (tails[i] < tail) continue;
            work += weight(batch, i);
            bound = std::max(bound, heads[i] + divided(work, lanes) + tail);
        }
    }
    return bound;
}

}  // namespace switchyard::test
