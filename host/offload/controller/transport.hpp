// SPDX-License-Identifier: Apache-2.0
// The line to a management controller: bytes both ways, nothing more.
#pragma once

#include <chrono>
#include <filesystem>
#include <memory>
#include <span>

#include "host/core/bytes.hpp"
#include "host/core/result.hpp"

namespace switchyard::controller {

using Clock = std::chrono::steady_clock;
using Deadline = Clock::time_point;

/// One user at a time.
class Transport {
  public:
    virtual ~Transport() = default;
    /// Waits until at least one byte is there or `until` has passed; returns how many of `to` were
    /// filled, 0 after the deadline. `Io` when the line is gone.
    [[nodiscard]] virtual Result<size_t> read(std::span<uint8_t> to, Deadline until) = 0;
    /// Sends all of `bytes`; `Timeout` when the line has not taken them by `until`.
    [[nodiscard]] virtual Result<void> write(BytesView bytes, Deadline until) = 0;
};

/// A Unix socket, as QEMU's serial port is one. Tries again until `until` while nobody listens.
[[nodiscard]] Result<std::unique_ptr<Transport>> connect_socket(const std::filesystem::path& path,
                                                                Deadline until);

/// A serial device, set to raw mode, 8 data bits, no parity, one stop bit. `baud` is one of 9600,
/// 19200, 38400, 57600, 115200, 230400, 460800, 921600. Locked against a second user.
[[nodiscard]] Result<std::unique_ptr<Transport>> open_tty(const std::filesystem::path& path,
                                                          uint32_t baud);

}  // namespace switchyard::controller
