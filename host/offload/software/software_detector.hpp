// SPDX-License-Identifier: Apache-2.0
// The conflict detector for machines without a card.
#pragma once

#include <memory>

#include "host/offload/conflict_detector.hpp"

namespace switchyard::offload {

/// Plans in `submit`, on the calling thread; `collect` hands over what is there. Its table is
/// exact: a plan is the golden model's with `ModelTable::Exact`, and so the card's wherever no
/// bucket of the card overflows. `hash_seed` is used as it is and has no influence on plans.
///
/// Once it has seen the largest block, and `collect` has been given plans that have, neither call
/// allocates.
[[nodiscard]] std::unique_ptr<ConflictDetector> make_software_detector(uint64_t hash_seed);

}  // namespace switchyard::offload
