// SPDX-License-Identifier: Apache-2.0
// The obvious conflict detector: the oracle that every other backend is tested against.
#pragma once

#include <memory>

#include "host/offload/conflict_detector.hpp"

namespace switchyard::offload {

/// Written from the rules in hls/conflict_detector/README.md with standard containers, for reading
/// rather than speed, and independent of the kernel's code. `hash_seed` must not be 0 by accident:
/// it is used as it is.
[[nodiscard]] std::unique_ptr<ConflictDetector> make_reference_detector(uint64_t hash_seed);

}  // namespace switchyard::offload
