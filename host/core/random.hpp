// SPDX-License-Identifier: Apache-2.0
// Random bytes that nobody can predict.
#pragma once

#include <cstdint>
#include <span>

#include "host/core/result.hpp"

namespace switchyard {

/// Fills `out` from the operating system's generator (getrandom, random(7)), which is seeded before
/// it gives anything. `Unavailable` when the system has none; `out` is then all zero. Thread-safe.
[[nodiscard]] Result<void> fill_random(std::span<uint8_t> out);

}  // namespace switchyard
