// SPDX-License-Identifier: Apache-2.0
// Writes the image of the emulated device: a real xclbin, except that its bitstream is empty.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace switchyard::offload {

/// The platform name that marks an image as emulation; such an image is refused on a card.
inline constexpr std::string_view kEmulationPlatform = "switchyard:emulation:conflict_detector";
inline constexpr std::string_view kKernelName = "conflict_detector";

/// An xclbin with the sections that XRT reads (memory topology, IP layout, connectivity, embedded
/// metadata with the register offsets of firmware/abi, an empty bitstream). The same bytes each
/// time. Source: the format as <xrt/xclbin.h> declares it.
[[nodiscard]] std::vector<char> make_emulation_xclbin();

}  // namespace switchyard::offload
