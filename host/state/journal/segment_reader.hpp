// SPDX-License-Identifier: Apache-2.0
// The records in the bytes of one segment. Pure functions of bytes; no file.
#pragma once

#include "host/state/journal/format.hpp"

namespace switchyard::journal {

struct RecordView {
    RecordHeader header;
    BytesView payload;  ///< inside the segment's bytes
};

/// Where a chain of records stands.
struct ChainPosition {
    uint64_t next = 1;      ///< number of the record to come
    uint32_t previous = 0;  ///< `check` of the last record
};

/// Reads the records of a segment in order, each checked by itself and against the one before.
class SegmentReader {
  public:
    enum class Step {
        Record,  ///< `record` is the next one
        End,     ///< zeros to the end of the segment
        Damage,  ///< neither; `damage` says what was expected. The position has not moved.
    };

    /// `segment` is a whole file, its header already checked; it outlives the reader.
    SegmentReader(BytesView segment, uint32_t seed, ChainPosition position)
        : segment_(segment), seed_(seed), position_(position) {}

    [[nodiscard]] Step next();

    [[nodiscard]] const RecordView& record() const { return record_; }
    /// Behind the last record that was read.
    [[nodiscard]] size_t offset() const { return offset_; }
    [[nodiscard]] const ChainPosition& position() const { return position_; }
    [[nodiscard]] const std::string& damage() const { return damage_; }
    /// After `Damage`: the record is whole, but it is not the one that belongs here.
    [[nodiscard]] bool out_of_place() const { return out_of_place_; }

  private:
    Step damaged(std::string text);

    BytesView segment_;
    uint32_t seed_;
    ChainPosition position_;
    size_t offset_ = kSegmentHeaderBytes;
    RecordView record_;
    std::string damage_;
    bool out_of_place_ = false;
};

/// The records behind damage that are whole in themselves.
struct LaterRecords {
    uint64_t count = 0;
    size_t first_offset = 0;
    uint64_t first_number = 0;
    uint64_t acknowledged = 0;  ///< the largest that one of them names
};

/// Looks at every eighth byte from `offset` on for whole records with numbers from `number` on.
/// Time linear in the segment: payloads are read only behind a header whose check holds, and no
/// byte twice.
[[nodiscard]] LaterRecords find_later_records(BytesView segment, size_t offset, uint32_t seed,
                                              uint64_t number);

}  // namespace switchyard::journal
