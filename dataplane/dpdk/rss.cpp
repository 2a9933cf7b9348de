// SPDX-License-Identifier: Apache-2.0
#include "dataplane/dpdk/rss.hpp"

#include <string>

#include "dataplane/protocol/flow_hash.hpp"
#include "host/core/assert.hpp"

namespace switchyard::dataplane::dpdk {
namespace {

constexpr uint16_t kQueuesMax = 64;
constexpr uint16_t kTableEntriesMax = 512;
constexpr uint8_t kKeyBytes = 40;

Error unsupported(const std::string& what) {
    return {ErrorCode::Unsupported, "RSS: " + what};
}

}  // namespace

Result<RssPlan> plan_rss(const RssCapabilities& card, uint16_t queues) {
    if (queues == 0 || queues > kQueuesMax)
        return Error{ErrorCode::InvalidInput, "RSS: 1 to 64 queues can be asked for"};
    if (queues > card.queues)
        return unsupported("the card has " + std::to_string(card.queues) + " receive queues, not " +
                           std::to_string(queues));
    if (!card.hashes_udp_ipv4 && !card.hashes_udp_ipv6)
        return unsupported("the card spreads nothing by UDP port; use one queue");
    if (card.table_entries != 0 && card.table_entries < queues)
        return unsupported("the card's table has " + std::to_string(card.table_entries) +
                           " entries, too few for " + std::to_string(queues) + " queues");
    if (card.table_entries > kTableEntriesMax)
        return unsupported("a table of " + std::to_string(card.table_entries) +
                           " entries; up to 512 are handled");
    RssPlan out;
    out.udp_ipv4 = card.hashes_udp_ipv4;
    out.udp_ipv6 = card.hashes_udp_ipv6;
    // The receive loop computes the same hash (`flow_hash`), for what comes on another queue.
    const size_t key_bytes = card.key_bytes == 0 ? kKeyBytes : card.key_bytes;
    for (size_t i = 0; i < key_bytes; ++i)
        out.key.push_back(static_cast<uint8_t>(i % 2 == 0 ? kFlowKey >> 8 : kFlowKey));
    for (uint16_t i = 0; i < card.table_entries; ++i)
        out.table.push_back(static_cast<uint16_t>(i % queues));
    return out;
}

uint32_t toeplitz_hash(BytesView key, BytesView input) {
    SWITCHYARD_ASSERT(key.size() >= input.size() + 4);
    uint32_t out = 0;
    uint32_t window =
        uint32_t{key[0]} << 24 | uint32_t{key[1]} << 16 | uint32_t{key[2]} << 8 | uint32_t{key[3]};
    for (size_t i = 0; i < input.size(); ++i) {
        for (unsigned bit = 0; bit < 8; ++bit) {
            if ((input[i] >> (7 - bit) & 1) != 0) out ^= window;
            window = window << 1 | (key[i + 4] >> (7 - bit) & 1u);
        }
    }
    return out;
}

}  // namespace switchyard::dataplane::dpdk
