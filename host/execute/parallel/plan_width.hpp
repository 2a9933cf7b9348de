// SPDX-License-Identifier: Apache-2.0
// How much of a plan can run side by side.
#pragma once

#include <cstdint>
#include <span>

#include "host/offload/lane_plan.hpp"

namespace switchyard::execute {

/// What a plan has to allow at least, to make up for what versions cost.
inline constexpr double kPlanWidthMin = 1.2;

/// Transactions divided by the longest chain of them that have to wait for one another, if each
/// took the same time: what more threads than that cannot gain. 1 for a chain. Looks at no more
/// than it needs: a plan that begins wide is taken to be wide. Precondition:
/// `plan.validate_shape()`.
[[nodiscard]] double plan_width(const LanePlan& plan);

/// The same by weight: of all transactions together over that of the heaviest chain. `weights` are
/// the transactions' in the order of the block. Looks at the whole plan.
[[nodiscard]] double plan_width(const LanePlan& plan, std::span<const uint64_t> weights);

}  // namespace switchyard::execute
