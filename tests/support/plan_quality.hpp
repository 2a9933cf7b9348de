// SPDX-License-Identifier: Apache-2.0
// How long a plan takes, and how long any plan must take. Knows no detector.
#pragma once

#include <cstdint>

#include "host/offload/access_batch.hpp"
#include "host/offload/lane_plan.hpp"

namespace switchyard::test {

/// When the last transaction ends if each lane runs without a pause but for the plan's waits, and a
/// transaction takes its gas (at least 1). Precondition: the plan is of `batch` and its shape
/// valid.
[[nodiscard]] uint64_t makespan(const AccessBatch& batch, const LanePlan& plan);

/// The heaviest chain of transactions that conflict one with the next.
[[nodiscard]] uint64_t critical_path(const AccessBatch& batch);
/// All gas, divided over `lanes`, rounded up.
[[nodiscard]] uint64_t work_per_lane(const AccessBatch& batch, uint32_t lanes);

/// What no plan on `lanes` lanes can be below, whoever made it: of all transactions that cannot
/// start before a time `head` and are followed by chains of at least `tail`, the work per lane
/// comes between the two (Carlier: The one-machine sequencing problem, 1982, carried over to
/// several machines); the largest of these sums, over every `head` and `tail` that occur. Never
/// below the critical path and the work per lane. Quadratic.
[[nodiscard]] uint64_t makespan_bound(const AccessBatch& batch, uint32_t lanes);

}  // namespace switchyard::test
