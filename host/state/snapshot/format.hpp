// SPDX-License-Identifier: Apache-2.0
// A snapshot of a state: n = k + m shard files, of which any k give the state.
//
// The rows of the state (`row_codec.hpp`) are one stream of bytes, cut between rows into stripes.
// Each stripe is compressed by itself (raw DEFLATE, RFC 1951), padded with zeros and cut into k
// data chunks of equal length; m parity chunks are computed from them. Chunk i of every stripe is
// in the file of shard i, behind those of the stripes before, so that a stripe begins at the same
// offset in all files. Integers are little-endian.
//
// A shard file `shard-NN.snap`:
//
//     header, a chunk for each stripe, the header once more
//
// The header, 176 bytes, alike in all shards but for the shard's number and the checksum:
//
//   offset size  field
//        0    8  magic "SWSNAPSH"
//        8    4  version of this format, 1
//       12    2  k, data shards, 1 to 64
//       14    2  m, parity shards, 1 to 32
//       16    2  number of this shard, from 0; the data shards come first
//       18    2  0
//       20    4  row bytes of the longest stripe, at most 2^26
//       24   16  snapshot id, random
//       40    8  block number
//       48   32  block hash
//       80   32  state root
//      112    8  accounts
//      120    8  slots
//      128    8  codes
//      136    8  stripes, from 1
//      144    8  row bytes of all stripes
//      152    8  compressed bytes of all stripes
//      160    8  bytes of a shard file
//      168    4  0
//      172    4  CRC32C of bytes 0 to 171
//
// A chunk: 24 bytes, then L bytes of data, L = ceil(compressed bytes / k) rounded up to 64:
//
//        0    4  number of the stripe, from 0
//        4    4  L
//        8    4  compressed bytes of the stripe
//       12    4  row bytes of the stripe
//       16    4  CRC32C of the data
//       20    4  CRC32C of the snapshot id, the shard's number (2 bytes), and bytes 0 to 19
//
// Parity: GF(2^8) with the polynomial x^8+x^4+x^3+x^2+1 (0x11d). Byte b of parity chunk p is the
// sum over the data chunks j of c(p, j) times byte b of chunk j, with the Cauchy matrix c(p, j) = 1
// / ((k + p) xor j) (Blömer et al., An XOR-Based Erasure-Resilient Coding Scheme, ICSI TR-95-048,
// 1995): every k rows of identity and Cauchy matrix are invertible.
#pragma once

#include <optional>
#include <string>

#include "host/state/state_rows.hpp"
#include "host/state/stored_block.hpp"

namespace switchyard::snapshot {

using SnapshotId = FixedBytes<16>;

inline constexpr size_t kHeaderBytes = 176;
inline constexpr size_t kChunkHeaderBytes = 24;
inline constexpr uint32_t kDataShardsMax = 64;
inline constexpr uint32_t kParityShardsMax = 32;
inline constexpr uint32_t kStripeBytesMax = 1U << 26;  ///< of rows in a stripe
inline constexpr uint64_t kChunkAlignment = 64;

/// What the shards of one snapshot have in common.
struct SnapshotInfo {
    uint32_t data_shards = 0;
    uint32_t parity_shards = 0;
    uint32_t stripe_bytes = 0;  ///< row bytes of the longest stripe
    SnapshotId id;
    StoredBlock block;
    StateCounts counts;
    uint64_t stripes = 0;
    uint64_t row_bytes = 0;
    uint64_t compressed_bytes = 0;
    uint64_t shard_bytes = 0;  ///< of each file

    [[nodiscard]] uint32_t shards() const { return data_shards + parity_shards; }
    bool operator==(const SnapshotInfo&) const = default;
};

struct ShardHeader {
    SnapshotInfo info;
    uint32_t shard = 0;
    bool operator==(const ShardHeader&) const = default;
};

struct ChunkHeader {
    uint32_t stripe = 0;
    uint32_t compressed_bytes = 0;  ///< of the stripe, as are the next
    uint32_t row_bytes = 0;
    uint32_t data_crc = 0;
    bool operator==(const ChunkHeader&) const = default;
};

/// `shard-07.snap`.
[[nodiscard]] std::string shard_name(uint32_t shard);
/// The number in such a name.
[[nodiscard]] std::optional<uint32_t> shard_of_name(const std::string& name);

/// The most that a stripe of so many row bytes may take when compressed: DEFLATE can store what it
/// cannot shorten.
[[nodiscard]] constexpr uint64_t compressed_bytes_max(uint64_t row_bytes) {
    return row_bytes + row_bytes / 64 + 1024;
}
/// The length of a stripe's chunks.
[[nodiscard]] constexpr uint64_t chunk_bytes(uint64_t compressed_bytes, uint32_t data_shards) {
    const uint64_t even = (compressed_bytes + data_shards - 1) / data_shards;
    return (even + kChunkAlignment - 1) / kChunkAlignment * kChunkAlignment;
}

/// Writes `kHeaderBytes` to `out`.
void encode_header(const ShardHeader& header, uint8_t* out);
/// The inverse, for any bytes. `Corrupt`: no header of ours, or damaged; `Unsupported`: of another
/// version. What it gives is inside all limits stated above.
[[nodiscard]] Result<ShardHeader> decode_header(BytesView bytes);

/// Writes `kChunkHeaderBytes` to `out`.
void encode_chunk_header(const ShardHeader& shard, const ChunkHeader& chunk, uint8_t* out);
/// The inverse for the chunk of `stripe`; no value: damaged, or of another shard or snapshot.
[[nodiscard]] std::optional<ChunkHeader> decode_chunk_header(const ShardHeader& shard,
                                                             uint64_t stripe, BytesView bytes);

}  // namespace switchyard::snapshot
