// SPDX-License-Identifier: Apache-2.0
// Which receive queue a flow belongs to, as a card with RSS and our symmetric key decides it.
#pragma once

#include <bit>
#include <cstdint>

#include "dataplane/protocol/link.hpp"

namespace switchyard::dataplane {

/// Sixteen bits, again and again, are the key of the Toeplitz hash (Woo and Park, "Scalable TCP
/// Session Monitoring with Symmetric Receive-side Scaling", 2012).
inline constexpr uint16_t kFlowKey = 0x6D5A;

/// The Toeplitz hash under that key, of addresses and UDP ports, its lower 16 bits; the upper 16
/// are the same. As the key repeats itself, so does each word's part, and the words can be added
/// first.
[[nodiscard]] inline uint16_t flow_hash(const LinkHeaders& link, uint16_t destination_port) {
    uint64_t words = 0;
    if (link.source.ip.is_v4()) {
        words = uint64_t{link.source.ip.to_v4()} ^ link.destination.to_v4();
    } else {
        words =
            link.source.ip.high ^ link.source.ip.low ^ link.destination.high ^ link.destination.low;
        words ^= words >> 32;
    }
    words ^= words >> 16;
    const auto word = static_cast<uint16_t>(words ^ link.source.port ^ destination_port);
    uint16_t out = 0;
    for (int bit = 0; bit < 16; ++bit)
        if ((word >> (15 - bit) & 1) != 0) out ^= std::rotl(kFlowKey, bit);
    return out;
}

}  // namespace switchyard::dataplane
