// SPDX-License-Identifier: Apache-2.0
// Reads datagrams: pure functions from bytes to what they carry or to the reason for refusing them.
#pragma once

#include <array>
#include <cstdint>

#include "dataplane/protocol/wire.hpp"
#include "host/core/bytes.hpp"

namespace switchyard::dataplane {

/// The header of a datagram. `body` and `extension` point into the parsed bytes.
struct DatagramHeader : DatagramFields {
    uint8_t version = 0;
    BytesView extension;
    BytesView body;

    [[nodiscard]] bool in_group() const { return position != kNoPosition; }
};

/// Where one transaction stands within the body, whether a sender hint stands before it, and its
/// number less `first`.
struct TransactionRecord {
    uint16_t offset;
    uint16_t length;
    uint16_t number;
    bool has_sender_hint;
};

/// A piece of a large transaction.
struct FragmentPiece {
    uint64_t transaction = 0;
    uint32_t total = 0;
    uint32_t offset = 0;
    uint16_t index = 0;
    uint16_t count = 0;
    uint32_t size = 0;  ///< S: the size of every piece but the last
    BytesView bytes;
};

/// What an accepted body carries; only the members of its kind have values. Views point into the
/// parsed bytes. About 2.5 KiB: keep one per thread and reuse it.
struct ParsedBody {
    BytesView body;

    // Transactions: the first `count` of `records`.
    uint64_t first = 0;  ///< also of Query and Report
    uint16_t count = 0;  ///< also of Query and Report
    std::array<TransactionRecord, kTransactionsPerFrameMax> records;

    FragmentPiece fragment;

    // Parity.
    uint8_t group_data = 0;
    uint8_t group_parity = 0;
    BytesView shard;

    // Hello, Versions; Welcome.
    uint8_t version_min = 0;
    uint8_t version_max = 0;
    uint32_t window = 0;
    uint16_t datagram_bytes = 0;

    // Report; Reset.
    uint64_t limit = 0;
    uint64_t highest_sequence = 0;
    BytesView states;
    ResetReason reason{};

    [[nodiscard]] BytesView record(size_t index) const {
        return body.subspan(records[index].offset, records[index].length);
    }
    [[nodiscard]] uint64_t number(size_t index) const { return first + records[index].number; }
    /// The sender hint of record `index`: 20 bytes, or empty when it has none.
    [[nodiscard]] BytesView sender_hint(size_t index) const {
        if (!records[index].has_sender_hint) return {};
        return body.subspan(records[index].offset - kSenderHintBytes, kSenderHintBytes);
    }

    // Leaves `records` without values on purpose: they would be written for nothing.
    ParsedBody() {}  // NOLINT
};

/// Reads the header of a UDP payload: everything but the checksum, so that a receiver can refuse
/// strangers before it spends time on the bytes. A datagram of another version is `BadVersion` with
/// `version`, `kind` and `session` set when it is as long as a header. Never reads outside
/// `payload`, allocates nothing, keeps no state.
[[nodiscard]] FrameError parse_header(BytesView payload, DatagramHeader& out);

/// Compares the CRC32C. `payload` was accepted by `parse_header`.
[[nodiscard]] bool checksum_holds(BytesView payload);

/// Reads a body of kind `kind`. Never reads outside `body`.
[[nodiscard]] FrameError parse_body(FrameKind kind, BytesView body, ParsedBody& out);

/// All three in this order.
[[nodiscard]] FrameError parse_datagram(BytesView payload, DatagramHeader& header,
                                        ParsedBody& body);

}  // namespace switchyard::dataplane
