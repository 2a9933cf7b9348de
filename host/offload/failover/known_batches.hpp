// SPDX-License-Identifier: Apache-2.0
// Batches whose plans are known: what a card must answer before it is trusted.
#pragma once

#include <functional>
#include <string_view>
#include <vector>

#include "host/offload/conflict_detector.hpp"

namespace switchyard::offload {

struct KnownBatch {
    std::string_view name;  ///< a literal
    AccessBatch batch;
    uint32_t lanes = 1;
    LanePlan plan;
};

/// The edges of the detector's rules in small batches (about 2,000 transactions in all; more of
/// them than a card has slots, so that every slot answers), with the plans of `oracle`, which must
/// have the hash seed of the card that will be asked. Errors: those of `oracle`.
[[nodiscard]] Result<std::vector<KnownBatch>> make_known_batches(ConflictDetector& oracle);

/// What one batch came to.
struct KnownBatchOutcome {
    const KnownBatch& known;
    std::chrono::nanoseconds time;
    Result<void> result;  ///< Mismatch: another plan than the known one, and where
};

/// Asks `detector` for the plan of each batch, one after another, each with `patience` at most.
/// `report` is told every outcome; the first that is not good ends the matter with `stop_early`.
/// True if all were good.
bool try_known_batches(ConflictDetector& detector, const std::vector<KnownBatch>& batches,
                       std::chrono::milliseconds patience, bool stop_early,
                       const std::function<void(const KnownBatchOutcome&)>& report);

}  // namespace switchyard::offload
