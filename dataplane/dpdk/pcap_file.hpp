// SPDX-License-Identifier: Apache-2.0
// Checks a capture file before DPDK opens it, because its driver takes a damaged file for a short
// one.
#pragma once

#include <string>

#include "host/core/result.hpp"

namespace switchyard::dataplane::dpdk {

/// Walks a pcap or pcapng file from packet to packet (`CaptureReader`, whose errors it has). Returns
/// their number.
[[nodiscard]] Result<uint64_t> check_pcap_file(const std::string& path);

}  // namespace switchyard::dataplane::dpdk
