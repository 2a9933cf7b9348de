// SPDX-License-Identifier: Apache-2.0
// Plans that are well-formed and wrong on purpose: an executor must come to the serial result with
// any of them.
#pragma once

#include <algorithm>
#include <array>
#include <random>

#include "host/offload/lane_plan.hpp"

namespace switchyard::workloads {

/// Each transaction in a lane drawn at random, waiting for nobody outside its lane.
[[nodiscard]] inline LanePlan random_lanes_without_waits(uint32_t transactions, uint32_t lanes,
                                                         std::mt19937_64& generator) {
    LanePlan plan;
    plan.reset(lanes);
    std::array<uint32_t, kLanesMax> places{};
    for (uint32_t i = 0; i < transactions; ++i) {
        const auto lane = static_cast<uint16_t>(generator() % lanes);
        const uint32_t place = places[lane]++;
        plan.append({lane, place})[lane] = place;
    }
    return plan;
}

/// Each transaction in a lane drawn at random, waiting for random earlier transactions.
[[nodiscard]] inline LanePlan random_lanes_with_random_waits(uint32_t transactions, uint32_t lanes,
                                                             std::mt19937_64& generator) {
    LanePlan plan;
    plan.reset(lanes);
    std::array<uint32_t, kLanesMax> places{};
    for (uint32_t i = 0; i < transactions; ++i) {
        const auto lane = static_cast<uint16_t>(generator() % lanes);
        const auto waits = plan.append({lane, places[lane]});
        for (uint32_t l = 0; l < lanes; ++l)
            waits[l] = static_cast<uint32_t>(generator() % (uint64_t{places[l]} + 1));
        waits[lane] = places[lane]++;
    }
    return plan;
}

/// Round-robin over the lanes without any wait: what a detector would answer to empty predictions
/// of equal gas.
[[nodiscard]] inline LanePlan round_robin_without_waits(uint32_t transactions, uint32_t lanes) {
    LanePlan plan;
    plan.reset(lanes);
    for (uint32_t i = 0; i < transactions; ++i) {
        const LaneAssignment assignment{static_cast<uint16_t>(i % lanes), i / lanes};
        plan.append(assignment)[assignment.lane] = assignment.place;
    }
    return plan;
}

/// Everything in lane 0 of `lanes`: slow, and right.
[[nodiscard]] inline LanePlan all_in_one_lane(uint32_t transactions, uint32_t lanes) {
    LanePlan plan;
    plan.reset(lanes);
    for (uint32_t i = 0; i < transactions; ++i)
        plan.append({0, i})[0] = i;
    return plan;
}

}  // namespace switchyard::workloads
