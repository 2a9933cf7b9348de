// SPDX-License-Identifier: Apache-2.0
// Which driver library stands under XRT in this process: the only file that names one.
#pragma once

#include <string>

#include "host/core/result.hpp"

namespace switchyard::offload {

enum class Shim { Emulation, Card };

/// Loads the shim, once per process: XRT takes one and aborts on a second, so that asking for the
/// other kind later is an error. Must come before any other call into XRT. Thread-safe.
/// Errors: Unavailable.
[[nodiscard]] Result<void> load_shim(Shim shim);

/// Empty if `load_shim(shim)` can be expected to work, else why not. Loads nothing.
[[nodiscard]] std::string reason_shim_unavailable(Shim shim);

}  // namespace switchyard::offload
