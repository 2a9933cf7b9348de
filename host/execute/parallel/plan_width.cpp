// SPDX-License-Identifier: Apache-2.0
#include "host/execute/parallel/plan_width.hpp"

#include <algorithm>
#include <vector>

namespace switchyard::execute {
namespace {

/// Transactions from which a plan that is wide so far is believed.
constexpr uint32_t kLook = 256;
constexpr double kWide = 1.5;

}  // namespace

double plan_width(const LanePlan& plan) {
    const uint32_t count = plan.transaction_count();
    const uint32_t lanes = plan.lane_count();
    // For each lane and place the length of the longest chain that ends there.
    std::vector<std::vector<uint32_t>> ends(lanes);
    uint32_t longest = 0;
    for (uint32_t i = 0; i < count; ++i) {
        const uint32_t own = plan.assignment(i).lane;
        const auto waits = plan.waits(i);
        uint32_t before = ends[own].empty() ? 0 : ends[own].back();
        for (uint32_t l = 0; l < lanes; ++l)
            if (waits[l] != 0) before = std::max(before, ends[l][waits[l] - 1]);
        ends[own].push_back(before + 1);
        longest = std::max(longest, before + 1);
        if (i + 1 == kLook && i + 1 >= kWide * longest) return (i + 1.0) / longest;
    }
    return longest == 0 ? 1 : static_cast<double>(count) / longest;
}

}  // namespace switchyard::execute
