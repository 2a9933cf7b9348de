// SPDX-License-Identifier: Apache-2.0
// A port that records what another one receives.
#pragma once

#include <memory>
#include <string>

#include "dataplane/port.hpp"
#include "host/core/result.hpp"

namespace switchyard::dataplane {

/// Passes everything through to `port`, which must outlive it, and writes each received frame to a
/// capture file (`CaptureWriter`) with the time of its burst. Writing is on the receive thread: it
/// costs a copy, and now and then a wait for the disk; use it to look, not at full rate. One
/// receive queue. The file is complete when the recorder is destroyed. Io when the file cannot be
/// written.
[[nodiscard]] Result<std::unique_ptr<Port>> record_port(Port& port, const std::string& path);

}  // namespace switchyard::dataplane
