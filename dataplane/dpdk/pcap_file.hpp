// SPDX-License-Identifier: Apache-2.0
// Checks a capture file before DPDK opens it, because its driver takes a damaged file for a short
// one.
#pragma once

#include <string>

#include "host/core/result.hpp"

namespace switchyard::dataplane::dpdk {

/// Walks a classic pcap file (draft-ietf-opsawg-pcap; either byte order, microseconds or
/// nanoseconds) from record to record. Returns the number of packets. NotFound, Io; InvalidInput
/// when it is no such file, not of Ethernet, or has a packet above 65,535 bytes; Corrupt when it
/// ends within a record.
[[nodiscard]] Result<uint64_t> check_pcap_file(const std::string& path);

}  // namespace switchyard::dataplane::dpdk
