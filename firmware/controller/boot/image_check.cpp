// SPDX-License-Identifier: Apache-2.0
#include "firmware/controller/boot/image_check.hpp"

#include <stddef.h>

#include "firmware/controller/core/crc32c.hpp"

namespace switchyard::firmware {

mailbox::RejectReason check_header(const image::ImageHeader& header, const ImageRules& rules) {
    if (header.header_crc != crc32c(&header, offsetof(image::ImageHeader, header_crc)) ||
        header.magic != image::kMagic || header.header_version != image::kHeaderVersion ||
        header.header_bytes != image::kHeaderBytes || header.body_bytes < 4 ||
        header.body_bytes > image::kBodyBytesMax || header.body_bytes % 4 != 0) {
        return mailbox::kRejectedHeader;
    }
    if (header.board != rules.board || header.load_address != rules.load_address) {
        return mailbox::kRejectedBoard;
    }
    const uint32_t entry_offset = header.entry_address - header.load_address;
    if (entry_offset >= header.body_bytes || entry_offset % 2 != 0) return mailbox::kRejectedHeader;
    return mailbox::kNotRejected;
}

bool flash_crc(Flash& flash, uint32_t offset, uint32_t bytes, uint32_t& crc) {
    uint8_t buffer[256];
    crc = 0;
    for (uint32_t done = 0; done < bytes;) {
        const uint32_t left = bytes - done;
        const uint32_t size = left < sizeof buffer ? left : uint32_t{sizeof buffer};
        if (!flash.read(offset + done, buffer, size)) return false;
        crc = crc32c(buffer, size, crc);
        done += size;
    }
    return true;
}

mailbox::RejectReason check_image(Flash& flash, uint32_t offset, const ImageRules& rules,
                                  image::ImageHeader& header) {
    if (!flash.read(offset, &header, sizeof header)) return mailbox::kRejectedChecksum;
    const mailbox::RejectReason reason = check_header(header, rules);
    if (reason != mailbox::kNotRejected) return reason;
    uint32_t crc = 0;
    if (!flash_crc(flash, offset + image::kHeaderBytes, header.body_bytes, crc) ||
        crc != header.body_crc) {
        return mailbox::kRejectedChecksum;
    }
    return mailbox::kNotRejected;
}

}  // namespace switchyard::firmware
