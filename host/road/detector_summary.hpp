// SPDX-License-Identifier: Apache-2.0
// Which detector a road runs and what it has done, for people and metrics.
#pragma once

#include <string>

#include "host/road/block_road.hpp"

namespace switchyard {

/// A copy, which outlives the road.
struct DetectorSummary {
    std::string name;
    std::string description;
    DetectorKind kind = DetectorKind::Software;
    DetectorCounters counters;
    DetectorHealth health;
};

[[nodiscard]] inline DetectorSummary summary_of(const BlockRoad& road) {
    const ConflictDetector& detector = road.detector();
    return {std::string(detector.info().name), detector.info().description, detector.info().kind,
            detector.counters(), road.health()};
}

}  // namespace switchyard
