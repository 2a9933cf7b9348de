// SPDX-License-Identifier: Apache-2.0
#include "host/offload/controller/frames.hpp"

#include <cstring>

#include "host/core/assert.hpp"
#include "host/core/checksum/crc32c.hpp"

namespace switchyard::controller {

Bytes encode_request(uint16_t sequence, mailbox::Command command, BytesView payload) {
    SWITCHYARD_ASSERT(payload.size() <= mailbox::kPayloadBytesMax);
    mailbox::Header header{};
    header.version = mailbox::kProtocolVersion;
    header.kind = mailbox::kRequest;
    header.sequence = sequence;
    header.code = command;
    header.payload_bytes = static_cast<uint8_t>(payload.size());
    Bytes message(sizeof header + payload.size() + mailbox::kCrcBytes);
    std::memcpy(message.data(), &header, sizeof header);
    if (!payload.empty()) {
        std::memcpy(message.data() + sizeof header, payload.data(), payload.size());
    }
    const size_t covered = sizeof header + payload.size();
    const uint32_t crc = crc32c(BytesView(message).first(covered));
    std::memcpy(message.data() + covered, &crc, sizeof crc);
    // The zero in front ends whatever noise the card's reader holds.
    Bytes frame(abi::cobs_bytes_max(message.size()) + 2);
    frame[0] = mailbox::kFrameEnd;
    const size_t size = abi::cobs_encode(message.data(), message.size(), frame.data() + 1);
    frame.resize(size + 2);
    frame.back() = mailbox::kFrameEnd;
    return frame;
}

std::optional<Frame> FrameAssembler::take(uint8_t byte) {
    if (byte != mailbox::kFrameEnd) {
        if (frame_.size() < mailbox::kFrameBytesMax) {
            frame_.push_back(byte);
        } else {
            overflowed_ = true;
        }
        return std::nullopt;
    }
    Bytes bytes;
    bytes.swap(frame_);
    const bool overflowed = overflowed_;
    overflowed_ = false;
    if (bytes.empty() && !overflowed) return std::nullopt;
    Frame frame;
    const size_t size = overflowed ? SIZE_MAX : abi::cobs_decode(bytes.data(), bytes.size());
    if (size == SIZE_MAX || size < mailbox::kMessageBytesMin) {
        ++damaged_;
        return std::nullopt;
    }
    std::memcpy(&frame.header, bytes.data(), sizeof frame.header);
    uint32_t crc = 0;
    std::memcpy(&crc, bytes.data() + size - mailbox::kCrcBytes, sizeof crc);
    if (crc != crc32c(BytesView(bytes).first(size - mailbox::kCrcBytes)) ||
        frame.header.payload_bytes + size_t{mailbox::kMessageBytesMin} != size) {
        ++damaged_;
        return std::nullopt;
    }
    const auto payload = bytes.begin() + mailbox::kHeaderBytes;
    frame.payload.assign(payload, payload + frame.header.payload_bytes);
    return frame;
}

}  // namespace switchyard::controller
