// SPDX-License-Identifier: Apache-2.0
#include "dataplane/dpdk/pcap_file.hpp"

#include "dataplane/capture/capture_reader.hpp"

namespace switchyard::dataplane::dpdk {

Result<uint64_t> check_pcap_file(const std::string& path) {
    auto reader = CaptureReader::open(path);
    if (!reader) return reader.error();
    for (uint64_t packets = 0;; ++packets) {
        const auto frame = reader->next();
        if (!frame) return frame.error();
        if (!*frame) return packets;
    }
}

}  // namespace switchyard::dataplane::dpdk
