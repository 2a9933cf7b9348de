// SPDX-License-Identifier: Apache-2.0
// The host's side of the mailbox's framing (firmware/abi/mailbox.h).
#pragma once

#include <optional>

#include "firmware/abi/mailbox.h"
#include "host/core/bytes.hpp"

namespace switchyard::controller {

namespace mailbox = abi::mailbox;

struct Frame {
    mailbox::Header header{};
    Bytes payload;
};

/// A request as it goes over the line. `payload` has at most kPayloadBytesMax bytes.
[[nodiscard]] Bytes encode_request(uint16_t sequence, mailbox::Command command, BytesView payload);

/// Puts frames together from bytes as they come. Memory is bounded by one frame.
class FrameAssembler {
  public:
    /// Takes one byte; gives a frame when it completes one that is whole.
    [[nodiscard]] std::optional<Frame> take(uint8_t byte);
    /// Frames that were not whole: line noise, or a controller's end in the middle of one.
    [[nodiscard]] uint64_t damaged() const { return damaged_; }

  private:
    Bytes frame_;
    bool overflowed_ = false;
    uint64_t damaged_ = 0;
};

}  // namespace switchyard::controller
