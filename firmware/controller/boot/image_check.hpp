// SPDX-License-Identifier: Apache-2.0
// Whether what a slot holds is a whole image for this board.
#pragma once

#include <stdint.h>

#include "firmware/abi/firmware_image.h"
#include "firmware/controller/core/hal.hpp"

namespace switchyard::firmware {

namespace image = abi::image;

/// What an image must say to run here.
struct ImageRules {
    uint32_t board;  // image::Board
    uint32_t load_address;
};

/// Judges a header: its own checksum first, as nothing else of it counts before.
[[nodiscard]] mailbox::RejectReason check_header(const image::ImageHeader& header,
                                                 const ImageRules& rules);

/// Judges the image at `offset` of the flash, all of it; `header` becomes what was read. Reads
/// through a buffer on the stack, 256 bytes at a time. A read that fails is a wrong checksum.
[[nodiscard]] mailbox::RejectReason check_image(Flash& flash, uint32_t offset,
                                                const ImageRules& rules,
                                                image::ImageHeader& header);

/// CRC-32C over part of the flash; false when it cannot be read.
[[nodiscard]] bool flash_crc(Flash& flash, uint32_t offset, uint32_t bytes, uint32_t& crc);

}  // namespace switchyard::firmware
