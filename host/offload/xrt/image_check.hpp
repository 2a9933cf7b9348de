// SPDX-License-Identifier: Apache-2.0
// Whether an image is one of ours. Only for the sources of this folder: it names an XRT type.
#pragma once

#include <experimental/xrt_xclbin.h>

#include <string>

#include "host/core/result.hpp"

namespace switchyard::offload {

/// Checks that XRT found the kernel, and its arguments where firmware/abi says they are. Throws
/// what XRT throws. Errors: InvalidInput.
[[nodiscard]] Result<void> check_kernel(const xrt::xclbin& image);

/// The same of an image for a card, which must not be one for emulation. `path` is for the message.
[[nodiscard]] Result<void> check_image(const xrt::xclbin& image, const std::string& path);

}  // namespace switchyard::offload
