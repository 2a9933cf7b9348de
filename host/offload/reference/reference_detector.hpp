// SPDX-License-Identifier: Apache-2.0
// The obvious conflict detector: the oracle that every other backend is tested against.
#pragma once

#include <memory>

#include "host/offload/conflict_detector.hpp"

namespace switchyard::offload {

/// Runs the kernel's golden model (hls/conflict_detector/golden_model.hpp) at once, in `submit`.
/// For reading and for tests rather than speed. `hash_seed` is used as it is.
[[nodiscard]] std::unique_ptr<ConflictDetector> make_reference_detector(uint64_t hash_seed);

}  // namespace switchyard::offload
