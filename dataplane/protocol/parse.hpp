// SPDX-License-Identifier: Apache-2.0
// Reads frames: a pure function from bytes to what they carry or to the reason for refusing them.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "dataplane/protocol/wire.hpp"
#include "host/core/bytes.hpp"

namespace switchyard::dataplane {

struct ParseConfig {
    uint16_t udp_port = kDefaultUdpPort;
    uint32_t ipv4 = 0;  ///< take only frames to this address (host order); 0 takes any
};

/// Where one transaction stands within `ParsedFrame::body`, and whether a sender hint stands
/// before it.
struct TransactionRecord {
    uint16_t offset;
    uint16_t length;
    bool has_sender_hint;
};

/// What an accepted frame carries. Views point into the parsed bytes. About 1.5 KiB: keep one per
/// thread and reuse it.
struct ParsedFrame {
    FrameKind kind = FrameKind::Transactions;
    uint32_t source_ipv4 = 0;  ///< host order; 0 from `parse_datagram`
    uint16_t source_port = 0;
    uint64_t session = 0;
    uint64_t sequence = 0;
    uint64_t transaction = 0;  ///< number of the first one here, or of the fragmented one
    BytesView body;            ///< after the header

    /// Kind Transactions: the first `count` of `records`.
    uint16_t count = 0;
    std::array<TransactionRecord, kTransactionsPerFrameMax> records;

    /// Kind Fragment.
    uint32_t fragment_total = 0;
    uint32_t fragment_offset = 0;
    uint16_t fragment_index = 0;
    uint16_t fragment_count = 0;
    uint32_t fragment_size = 0;  ///< S: the size of every piece but the last
    BytesView piece;

    [[nodiscard]] BytesView record(size_t index) const {
        return body.subspan(records[index].offset, records[index].length);
    }
    /// The sender hint of record `index`: 20 bytes, or empty when it has none.
    [[nodiscard]] BytesView sender_hint(size_t index) const {
        if (!records[index].has_sender_hint) return {};
        return body.subspan(records[index].offset - kSenderHintBytes, kSenderHintBytes);
    }

    // Leaves `records` without values on purpose: they would be written for nothing.
    ParsedFrame() {}  // NOLINT
};

/// Reads an Ethernet frame. Bytes after the IP packet (Ethernet padding) are ignored. Fills `out`
/// and returns `None`, or returns the first reason found, and then `out` means nothing.
/// Never reads outside `frame`, allocates nothing, keeps no state.
///
/// The IPv4 header checksum is verified. The UDP checksum is not: CRC32C covers all that follows.
[[nodiscard]] FrameError parse_frame(BytesView frame, const ParseConfig& config, ParsedFrame& out);

/// The same for the payload of a UDP datagram, from a plain socket.
[[nodiscard]] FrameError parse_datagram(BytesView payload, ParsedFrame& out);

}  // namespace switchyard::dataplane
