// SPDX-License-Identifier: Apache-2.0
// A port that receives what was captured.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "dataplane/port.hpp"
#include "host/core/result.hpp"

namespace switchyard::dataplane {

/// Nanoseconds of a clock that only goes forward.
using ReplayClock = uint64_t (*)();
[[nodiscard]] uint64_t steady_clock_ns();

struct ReplayConfig {
    std::string path;  ///< pcap or pcapng
    /// 0: as fast as somebody receives; 1: as recorded; 2: twice as fast.
    double speed = 0;
    uint32_t buffers = 8'191;  ///< frames that may be out at a time
    ReplayClock clock = steady_clock_ns;
};

/// A port without a driver.
class ReplayPort : public Port {
  public:
    /// Why the file could not be read further; none while it can. Ask when the input has ended. The
    /// receive thread, or any after it.
    [[nodiscard]] virtual Result<void> finish() const = 0;
};

/// Opens a capture as a port with one receive queue; what is transmitted is counted and forgotten.
/// Frames are copied out of the file, a frame above kFrameBytesMax is dropped as
/// `segmented_dropped`. When no buffer is free the file waits, so that nothing is lost. The file is
/// read as it is received; where it is damaged the input ends, and `finish` has the reason. Errors:
/// those of `CaptureReader::open`; InvalidInput for a negative speed or no buffers.
[[nodiscard]] Result<std::unique_ptr<ReplayPort>> replay_port(const ReplayConfig& config);

}  // namespace switchyard::dataplane
