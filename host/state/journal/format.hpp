// SPDX-License-Identifier: Apache-2.0
// The journal's files, byte by byte.
//
// A journal is a folder of segments. A segment is a file `journal-<first>.swj`, where <first> is
// the number of its first record in 20 decimal digits; it has its final size from the start, and
// what is not yet written is zero. All integers are little-endian; CRC is CRC32C (RFC 3720,
// appendix B.4).
//
// Segment header, 64 bytes:
//
//   offset size  field
//        0    8  magic      "SWJRNL\r\n"
//        8    4  version    1
//       12    4  zero
//       16   16  store      the identity of the store, random, chosen when the store was created
//       32    8  first      number of the first record, as in the file's name; not 0
//       40    4  previous   `check` of the record before the first (see there)
//       44    4  zero
//       48    8  bytes      size of the file
//       56    4  zero
//       60    4  crc        CRC of bytes 0 to 59
//
// Records follow one another from offset 64 on. A record is 40 bytes of header, the payload, and
// zeros up to the next multiple of 8:
//
//        0    4  check      CRC of bytes 4 to 39, continuing from the CRC of `store`
//        4    4  previous   `check` of the record before, also across segments; 0 for the first
//                           record of a journal
//        8    8  number     one more than that of the record before; the first of a journal is 1
//       16    8  acknowledged  the last record that was acknowledged when this one was written;
//                           less than `number`
//       24    4  length    bytes of payload, at most kPayloadBytesMax
//       28    4  kind      1 mark, 2 block, 3 begin, 4 pool; never 0
//       32    4  payload   CRC of the payload
//       36    4  zero
//       40       payload
//
// A mark (kind 1) has no payload. It is written after a sync, and says so: every record up to
// `acknowledged` reached the disk. A block (kind 2) is the encoding of `block_record.hpp`. A begin
// (kind 3) has no payload; a store writes it into a new journal, so that one without any segment is
// known to have lost them. Records of a pool (kind 4) have a journal of their own; their payload is
// `host/pool/pool_journal.hpp`'s.
//
// `check` covers the payload through its CRC and the record before through `previous`: a record
// that stands in the place of another, from the same journal or one before, does not continue the
// chain. It starts from the store's random identity, so that nobody who chooses bytes of a payload
// (contract code, storage) can make a record inside of it. The last record is followed by zeros to
// the end of the file.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "host/core/bytes.hpp"
#include "host/core/result.hpp"

namespace switchyard::journal {

/// The identity of a store: 16 random bytes.
using StoreId = FixedBytes<16>;

inline constexpr size_t kSegmentHeaderBytes = 64;
inline constexpr size_t kRecordHeaderBytes = 40;
inline constexpr size_t kRecordAlignment = 8;

/// A block's effects take most bytes for its gas as writes of slots that were not zero: 65 bytes
/// for 5,000 gas (EIP-2929). A block of 60 M gas stays below 1 MiB; this is room for 20 G gas, and
/// for a genesis of a few million accounts.
inline constexpr size_t kPayloadBytesMax = size_t{256} << 20;
inline constexpr uint64_t kSegmentBytesMin = 4096;
inline constexpr uint64_t kSegmentBytesMax = uint64_t{256} << 20;
/// A segment holds at least one record, whatever its size.
inline constexpr uint64_t kFileBytesMax =
    kSegmentHeaderBytes + kPayloadBytesMax + 3 * kRecordHeaderBytes;

enum class RecordKind : uint32_t { Mark = 1, Block = 2, Begin = 3, Pool = 4 };

struct SegmentHeader {
    StoreId store;
    uint64_t first = 0;
    uint32_t previous = 0;
    uint64_t bytes = 0;
};

struct RecordHeader {
    uint32_t check = 0;
    uint32_t previous = 0;
    uint64_t number = 0;
    uint64_t acknowledged = 0;
    uint32_t length = 0;
    RecordKind kind = RecordKind::Mark;
    uint32_t payload_crc = 0;
};

/// Bytes of a record in the file with a payload of `length` bytes.
[[nodiscard]] constexpr uint64_t record_bytes(uint64_t length) {
    return kRecordHeaderBytes +
           (length + kRecordAlignment - 1) / kRecordAlignment * kRecordAlignment;
}

/// What the checks of a store's records start from.
[[nodiscard]] uint32_t record_seed(const StoreId& store);

/// Appends the 64 bytes to `out`.
void encode_segment_header(const SegmentHeader& header, Bytes& out);
/// `Corrupt` with what is wrong, without the file's name; `Unsupported` for another version.
/// `bytes` may be longer than the header.
[[nodiscard]] Result<SegmentHeader> decode_segment_header(BytesView bytes);

/// Computes `header.check` and writes the 40 bytes to `out`, which has room for them.
void encode_record_header(RecordHeader& header, uint32_t seed, uint8_t* out);
/// No value unless the check holds and the fields are within their bounds. `bytes` may be longer
/// than the header; the payload is not looked at.
[[nodiscard]] std::optional<RecordHeader> decode_record_header(BytesView bytes, uint32_t seed);

[[nodiscard]] std::string segment_name(uint64_t first);
/// The first record's number in a segment's name; no value for any other name.
[[nodiscard]] std::optional<uint64_t> parse_segment_name(std::string_view name);

}  // namespace switchyard::journal
