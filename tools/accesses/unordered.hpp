// SPDX-License-Identifier: Apache-2.0
// What a plan leaves to luck: transactions that need an earlier one and are not made to wait for
// it.
#pragma once

#include <cstdint>

#include "host/offload/lane_plan.hpp"
#include "tools/accesses/block_accesses.hpp"

namespace switchyard::accesses {

/// Transactions that depend on one which `plan` does not let them come after, by no way over lanes
/// and waits. Whether one of them aborts is a matter of timing; no timing makes others abort.
/// Precondition: the plan's shape is valid, and it is of this block.
[[nodiscard]] uint64_t unordered_transactions(const BlockAccesses& block, const LanePlan& plan);

}  // namespace switchyard::accesses
