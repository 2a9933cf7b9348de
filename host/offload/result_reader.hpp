// SPDX-License-Identifier: Apache-2.0
// From the card's output buffer to a plan, trusting nothing in it.
#pragma once

#include <cstdint>
#include <span>

#include "hls/conflict_detector/conflict_detector.hpp"
#include "host/core/result.hpp"
#include "host/offload/card_failure.hpp"
#include "host/offload/lane_plan.hpp"

namespace switchyard::offload {

/// Checks that `output` answers `request` (magic, version, status, every echoed field, the check
/// value, each record's transaction and sequence) and appends its records, whose first is
/// transaction `first_transaction`, to `plan`. Returns the accesses that overflowed their bucket.
/// The caller still validates the finished plan's shape.
/// Errors: Corrupt, saying which field is wrong; `plan` is then unspecified.
[[nodiscard]] Result<uint32_t> read_part(std::span<const hls::Word> output,
                                         const abi::BatchHeader& request,
                                         uint32_t first_transaction, LanePlan& plan);

/// What `read_part` found wrong with `output`, by its header: nothing new in the buffer (empty, or
/// the answer to an earlier part), an answer with another sequence, or damage.
[[nodiscard]] CardFailure kind_of_damage(std::span<const hls::Word> output,
                                         const abi::BatchHeader& request);

}  // namespace switchyard::offload
