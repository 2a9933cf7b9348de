// SPDX-License-Identifier: Apache-2.0
#include "firmware/controller/core/frame_reader.hpp"

#include <string.h>

#include "firmware/controller/core/crc32c.hpp"

namespace switchyard::firmware {

bool FrameReader::take(uint8_t byte, Message& message) {
    if (byte != mailbox::kFrameEnd) {
        if (size_ < sizeof frame_) {
            frame_[size_++] = byte;
        } else {
            overflowed_ = true;
        }
        return false;
    }
    const size_t size = size_;
    const bool overflowed = overflowed_;
    size_ = 0;
    overflowed_ = false;
    if (overflowed) {
        ++counters_.too_long;
        return false;
    }
    if (size == 0) return false;
    const size_t decoded = abi::cobs_decode(frame_, size);
    if (decoded == SIZE_MAX || decoded < mailbox::kMessageBytesMin) {
        ++counters_.bad;
        return false;
    }
    uint32_t crc = 0;
    memcpy(&crc, frame_ + decoded - mailbox::kCrcBytes, sizeof crc);
    memcpy(&message.header, frame_, sizeof message.header);
    // A length that disagrees with the frame's is damage even where the CRC holds: nobody reads on.
    if (crc != crc32c(frame_, decoded - mailbox::kCrcBytes) ||
        size_t{message.header.payload_bytes} + mailbox::kMessageBytesMin != decoded) {
        ++counters_.bad;
        return false;
    }
    message.payload = frame_ + mailbox::kHeaderBytes;
    message.crc = crc;
    ++counters_.good;
    return true;
}

size_t write_frame(mailbox::Header header, const void* payload, uint8_t payload_bytes,
                   uint8_t* frame) {
    uint8_t message[mailbox::kMessageBytesMax];
    header.version = mailbox::kProtocolVersion;
    header.payload_bytes = payload_bytes;
    header.reserved = 0;
    memcpy(message, &header, sizeof header);
    if (payload_bytes != 0) memcpy(message + sizeof header, payload, payload_bytes);
    const size_t covered = sizeof header + payload_bytes;
    const uint32_t crc = crc32c(message, covered);
    memcpy(message + covered, &crc, sizeof crc);
    frame[0] = mailbox::kFrameEnd;
    const size_t encoded = abi::cobs_encode(message, covered + sizeof crc, frame + 1);
    frame[1 + encoded] = mailbox::kFrameEnd;
    return encoded + 2;
}

}  // namespace switchyard::firmware
