// SPDX-License-Identifier: Apache-2.0
#include "host/state/snapshot/format.hpp"

#include <algorithm>
#include <string_view>

#include "host/core/checksum/crc32c.hpp"
#include "host/state/journal/little_endian.hpp"

namespace switchyard::snapshot {
namespace {

using journal::load_le;
using journal::store_le;

constexpr std::string_view kMagic = "SWSNAPSH";
constexpr uint32_t kVersion = 1;
constexpr size_t kHeaderCrc = kHeaderBytes - 4;
constexpr std::string_view kNameBegin = "shard-";
constexpr std::string_view kNameEnd = ".snap";

bool in_limits(const ShardHeader& header) {
    const SnapshotInfo& info = header.info;
    if (info.data_shards == 0 || info.data_shards > kDataShardsMax || info.parity_shards == 0 ||
        info.parity_shards > kParityShardsMax || header.shard >= info.shards())
        return false;
    if (info.stripe_bytes == 0 || info.stripe_bytes > kStripeBytesMax || info.stripes == 0 ||
        info.stripes > UINT32_MAX || info.row_bytes > info.stripes * info.stripe_bytes)
        return false;
    if (info.compressed_bytes > info.stripes * compressed_bytes_max(info.stripe_bytes))
        return false;
    const uint64_t chunk_max =
        kChunkHeaderBytes + chunk_bytes(compressed_bytes_max(info.stripe_bytes), info.data_shards);
    return info.shard_bytes >= 2 * kHeaderBytes + info.stripes * kChunkHeaderBytes &&
           info.shard_bytes <= 2 * kHeaderBytes + info.stripes * chunk_max;
}

/// The checksum of a chunk's header binds it to its shard and snapshot.
uint32_t chunk_header_crc(const ShardHeader& shard, BytesView bytes) {
    uint8_t number[2];
    store_le(number, static_cast<uint16_t>(shard.shard));
    return crc32c(bytes, crc32c(number, crc32c(shard.info.id)));
}

}  // namespace

std::string shard_name(uint32_t shard) {
    const std::string digits = std::to_string(shard);
    return std::string(kNameBegin) + std::string(digits.size() < 2 ? 1 : 0, '0') + digits +
           std::string(kNameEnd);
}

std::optional<uint32_t> shard_of_name(const std::string& name) {
    for (uint32_t shard = 0; shard < kDataShardsMax + kParityShardsMax; ++shard)
        if (name == shard_name(shard)) return shard;
    return std::nullopt;
}

void encode_header(const ShardHeader& header, uint8_t* out) {
    const SnapshotInfo& info = header.info;
    std::fill_n(out, kHeaderBytes, uint8_t{0});
    std::copy(kMagic.begin(), kMagic.end(), out);
    store_le<uint32_t>(out + 8, kVersion);
    store_le(out + 12, static_cast<uint16_t>(info.data_shards));
    store_le(out + 14, static_cast<uint16_t>(info.parity_shards));
    store_le(out + 16, static_cast<uint16_t>(header.shard));
    store_le<uint32_t>(out + 20, info.stripe_bytes);
    std::copy(info.id.begin(), info.id.end(), out + 24);
    store_le<uint64_t>(out + 40, info.block.number);
    std::copy(info.block.hash.begin(), info.block.hash.end(), out + 48);
    std::copy(info.block.state_root.begin(), info.block.state_root.end(), out + 80);
    store_le<uint64_t>(out + 112, info.counts.accounts);
    store_le<uint64_t>(out + 120, info.counts.slots);
    store_le<uint64_t>(out + 128, info.counts.codes);
    store_le<uint64_t>(out + 136, info.stripes);
    store_le<uint64_t>(out + 144, info.row_bytes);
    store_le<uint64_t>(out + 152, info.compressed_bytes);
    store_le<uint64_t>(out + 160, info.shard_bytes);
    store_le<uint32_t>(out + kHeaderCrc, crc32c(BytesView(out, kHeaderCrc)));
}

Result<ShardHeader> decode_header(BytesView bytes) {
    if (bytes.size() < kHeaderBytes || !std::equal(kMagic.begin(), kMagic.end(), bytes.begin()))
        return Error{ErrorCode::Corrupt, "no header of a snapshot's shard"};
    const uint8_t* in = bytes.data();
    if (load_le<uint32_t>(in + kHeaderCrc) != crc32c(bytes.first(kHeaderCrc)))
        return Error{ErrorCode::Corrupt, "the header is damaged"};
    const auto version = load_le<uint32_t>(in + 8);
    if (version != kVersion)
        return Error{ErrorCode::Unsupported, "format version " + std::to_string(version) +
                                                 "; this build reads version " +
                                                 std::to_string(kVersion)};
    ShardHeader out;
    SnapshotInfo& info = out.info;
    info.data_shards = load_le<uint16_t>(in + 12);
    info.parity_shards = load_le<uint16_t>(in + 14);
    out.shard = load_le<uint16_t>(in + 16);
    info.stripe_bytes = load_le<uint32_t>(in + 20);
    info.id = fixed_bytes_unchecked<16>(bytes.subspan(24, 16));
    info.block.number = load_le<uint64_t>(in + 40);
    info.block.hash = fixed_bytes_unchecked<32>(bytes.subspan(48, 32));
    info.block.state_root = fixed_bytes_unchecked<32>(bytes.subspan(80, 32));
    info.counts.accounts = load_le<uint64_t>(in + 112);
    info.counts.slots = load_le<uint64_t>(in + 120);
    info.counts.codes = load_le<uint64_t>(in + 128);
    info.stripes = load_le<uint64_t>(in + 136);
    info.row_bytes = load_le<uint64_t>(in + 144);
    info.compressed_bytes = load_le<uint64_t>(in + 152);
    info.shard_bytes = load_le<uint64_t>(in + 160);
    if (load_le<uint16_t>(in + 18) != 0 || load_le<uint32_t>(in + 168) != 0 || !in_limits(out))
        return Error{ErrorCode::Corrupt, "the header has fields that no snapshot has"};
    return out;
}

void encode_chunk_header(const ShardHeader& shard, const ChunkHeader& chunk, uint8_t* out) {
    store_le<uint32_t>(out, chunk.stripe);
    store_le(out + 4,
             static_cast<uint32_t>(chunk_bytes(chunk.compressed_bytes, shard.info.data_shards)));
    store_le<uint32_t>(out + 8, chunk.compressed_bytes);
    store_le<uint32_t>(out + 12, chunk.row_bytes);
    store_le<uint32_t>(out + 16, chunk.data_crc);
    store_le<uint32_t>(out + 20, chunk_header_crc(shard, BytesView(out, 20)));
}

std::optional<ChunkHeader> decode_chunk_header(const ShardHeader& shard, uint64_t stripe,
                                               BytesView bytes) {
    if (bytes.size() < kChunkHeaderBytes) return std::nullopt;
    const uint8_t* in = bytes.data();
    if (load_le<uint32_t>(in + 20) != chunk_header_crc(shard, bytes.first(20))) return std::nullopt;
    ChunkHeader out;
    out.stripe = load_le<uint32_t>(in);
    out.compressed_bytes = load_le<uint32_t>(in + 8);
    out.row_bytes = load_le<uint32_t>(in + 12);
    out.data_crc = load_le<uint32_t>(in + 16);
    if (out.stripe != stripe || out.row_bytes > shard.info.stripe_bytes ||
        out.compressed_bytes > compressed_bytes_max(out.row_bytes) ||
        load_le<uint32_t>(in + 4) != chunk_bytes(out.compressed_bytes, shard.info.data_shards))
        return std::nullopt;
    return out;
}

}  // namespace switchyard::snapshot
