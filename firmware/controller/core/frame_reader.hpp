// SPDX-License-Identifier: Apache-2.0
// From bytes of the UART to messages that are whole, and from messages to frames.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "firmware/abi/mailbox.h"

namespace switchyard::firmware {

namespace mailbox = abi::mailbox;

/// A message that passed encoding, length and CRC. `payload` points into the reader and is good
/// until its next byte.
struct Message {
    mailbox::Header header;
    const uint8_t* payload;
    uint32_t crc;
};

struct FrameCounters {
    uint32_t good = 0;
    uint32_t bad = 0;
    uint32_t too_long = 0;
};

/// Bounded: one frame of memory, constant work per byte but the last of a frame.
class FrameReader {
  public:
    /// Takes one byte; true when it completes a message, which `message` then is.
    [[nodiscard]] bool take(uint8_t byte, Message& message);
    [[nodiscard]] const FrameCounters& counters() const { return counters_; }

  private:
    uint8_t frame_[mailbox::kFrameBytesMax] = {};
    size_t size_ = 0;
    bool overflowed_ = false;
    FrameCounters counters_;
};

/// Room for a frame with a zero before and after it.
constexpr size_t kFrameRoom = mailbox::kFrameBytesMax + 2;

/// Writes the frame of a message to `frame`, which has kFrameRoom bytes; sets payload_bytes and
/// version itself. `payload_bytes` is at most kPayloadBytesMax. Returns the frame's size.
[[nodiscard]] size_t write_frame(mailbox::Header header, const void* payload, uint8_t payload_bytes,
                                 uint8_t* frame);

}  // namespace switchyard::firmware
