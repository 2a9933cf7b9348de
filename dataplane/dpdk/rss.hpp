// SPDX-License-Identifier: Apache-2.0
// Receive-side scaling: how a card spreads frames over its queues. Pure functions; no DPDK name in
// here.
#pragma once

#include <cstdint>
#include <vector>

#include "host/core/bytes.hpp"
#include "host/core/result.hpp"

namespace switchyard::dataplane::dpdk {

/// What a card reports of itself.
struct RssCapabilities {
    uint16_t queues = 1;           ///< receive queues that it has
    uint16_t table_entries = 0;    ///< of the table from hash to queue; 0: it has none to set
    uint8_t key_bytes = 0;         ///< of the hash's key; 0: 40, which most take
    bool hashes_udp_ipv4 = false;  ///< addresses and ports
    bool hashes_udp_ipv6 = false;
};

/// What it is told.
struct RssPlan {
    bool udp_ipv4 = false;
    bool udp_ipv6 = false;
    Bytes key;                    ///< a symmetric one
    std::vector<uint16_t> table;  ///< the queue of each entry, in turns; empty: the card's own
};

/// Frames of one address and port, and so those of one session, go to one queue; sessions spread
/// over all. Unsupported when the card hashes no UDP ports, or has fewer queues or entries than
/// queues are wanted. 1 to 64 queues, powers of two or not.
[[nodiscard]] Result<RssPlan> plan_rss(const RssCapabilities& card, uint16_t queues);

/// The Toeplitz hash of Microsoft's RSS over `input` (source address, destination address, source
/// port, destination port, as they stand on the wire). Precondition: `key` is 4 bytes longer than
/// `input` or more.
[[nodiscard]] uint32_t toeplitz_hash(BytesView key, BytesView input);

}  // namespace switchyard::dataplane::dpdk
