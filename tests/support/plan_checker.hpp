// SPDX-License-Identifier: Apache-2.0
// Proves that a plan is safe for the accesses it was made from. Shares nothing with any detector:
// it follows waits as an executor would, and looks at what conflicts.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "host/offload/access_batch.hpp"
#include "host/offload/lane_plan.hpp"

namespace switchyard::test {

/// For each transaction and lane, how many transactions of that lane are certain to be finished
/// before it starts: its own waits, the transaction before it in its lane, and, transitively,
/// whatever those were sure of. Row-major, `plan.lane_count()` to a transaction. Precondition: the
/// plan's shape is valid.
[[nodiscard]] std::vector<uint32_t> certain_predecessors(const LanePlan& plan);

/// Empty if every two conflicting transactions are ordered as in the block; else one pair that is
/// not. Precondition: the plan's shape is valid.
///
/// Complete: a lane finishes its transactions in order, so that of the earlier accesses of one kind
/// to a key in one lane, to be behind the last is to be behind all. What is looked at is therefore
/// the last one for each key, kind and lane, and not every pair: the largest batch takes a second.
[[nodiscard]] std::string unordered_conflict(const AccessBatch& batch, const LanePlan& plan);

/// Follows the plan with one step per lane and round, as an executor would; true if every
/// transaction gets its turn.
[[nodiscard]] bool runs_to_the_end(const LanePlan& plan);

}  // namespace switchyard::test
