// SPDX-License-Identifier: Apache-2.0
// The two devices behind XRT. Declares no XRT type, so that everyone may include it.
#pragma once

#include <memory>
#include <string>

#include "host/core/result.hpp"
#include "host/offload/card.hpp"
#include "host/offload/xrt/emulated_device.hpp"

namespace switchyard::offload {

/// Opens `device` through the genuine XRT library over its noop shim. Tests keep a reference to the
/// device to inject faults. Errors: Unavailable (no shim, or the process uses the other one).
[[nodiscard]] Result<std::unique_ptr<Card>> open_emulated_card(
    std::shared_ptr<EmulatedDevice> device, const CardShape& shape = {});

/// Opens the card `device_index` and loads the image at `xclbin_path`.
/// Errors: Unavailable (no card, or XRT cannot open it), InvalidInput (no image given, unreadable,
/// made for emulation, or without our kernel).
[[nodiscard]] Result<std::unique_ptr<Card>> open_card(const std::string& xclbin_path,
                                                      uint32_t device_index,
                                                      const CardShape& shape = {});

}  // namespace switchyard::offload
