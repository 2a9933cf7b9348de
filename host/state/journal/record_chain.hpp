// SPDX-License-Identifier: Apache-2.0
// Turns payloads into records, each continuing the one before.
#pragma once

#include "host/state/journal/segment_reader.hpp"

namespace switchyard::journal {

/// One thread at a time.
class RecordChain {
  public:
    /// `position` is what recovery found.
    RecordChain(const StoreId& store, ChainPosition position)
        : seed_(record_seed(store)), position_(position) {}

    /// Appends the record to `out` and returns its number. `payload_crc` is the payload's CRC,
    /// computed by the caller where it holds no lock. Preconditions: at most kPayloadBytesMax
    /// bytes; `acknowledged` is below the number to come.
    uint64_t append(RecordKind kind, BytesView payload, uint32_t payload_crc, uint64_t acknowledged,
                    Bytes& out);

    /// The same with no payload.
    uint64_t append_mark(uint64_t acknowledged, Bytes& out) {
        return append(RecordKind::Mark, {}, 0, acknowledged, out);
    }
    [[nodiscard]] const ChainPosition& position() const { return position_; }

  private:
    uint32_t seed_;
    ChainPosition position_;
};

}  // namespace switchyard::journal
