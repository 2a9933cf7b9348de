// SPDX-License-Identifier: Apache-2.0
#include "host/state/snapshot/stripe_writer.hpp"

#include <algorithm>
#include <array>

#include "host/core/checksum/crc32c.hpp"

namespace switchyard::snapshot {

StripeWriter::StripeWriter(const SnapshotInfo& info)
    : info_(info), code_(info.data_shards, info.parity_shards), chunks_(info.shards()) {
    info_.stripe_bytes = 0;
    info_.stripes = 0;
    info_.row_bytes = 0;
    info_.compressed_bytes = 0;
    info_.shard_bytes = kHeaderBytes;
}

Result<std::unique_ptr<StripeWriter>> StripeWriter::create(const std::filesystem::path& folder,
                                                           const SnapshotInfo& info) {
    std::unique_ptr<StripeWriter> out(new StripeWriter(info));
    constexpr std::array<uint8_t, kHeaderBytes> no_header{};
    for (uint32_t i = 0; i < info.shards(); ++i) {
        auto file = OutputFile::create(folder / shard_name(i));
        if (!file) return file.error();
        if (Result<void> done = file->append(no_header); !done) return done.error();
        out->files_.push_back(std::move(*file));
    }
    return out;
}

Result<void> StripeWriter::write(BytesView rows) {
    SWITCHYARD_ASSERT(!rows.empty() && rows.size() <= kStripeBytesMax);
    if (info_.stripes == UINT32_MAX)
        return Error{ErrorCode::LimitExceeded, "a snapshot has at most 2^32 - 1 stripes"};
    const uint32_t k = info_.data_shards;
    const size_t room = compressed_bytes_max(rows.size());
    compressed_.resize(std::max(compressed_.size(), size_t{chunk_bytes(room, k) * k}));
    const Result<size_t> size = deflater_.compress(rows, std::span(compressed_).first(room));
    if (!size) return size.error();
    const size_t chunk = chunk_bytes(*size, k);
    std::fill(compressed_.data() + *size, compressed_.data() + chunk * k, uint8_t{0});
    parity_.resize(std::max(parity_.size(), chunk * info_.parity_shards));
    for (uint32_t i = 0; i < info_.shards(); ++i)
        chunks_[i] = i < k ? compressed_.data() + chunk * i : parity_.data() + chunk * (i - k);
    code_.encode(chunks_, chunk);
    for (uint32_t i = 0; i < info_.shards(); ++i) {
        const BytesView data(chunks_[i], chunk);
        std::array<uint8_t, kChunkHeaderBytes> header;
        encode_chunk_header({info_, i},
                            {static_cast<uint32_t>(info_.stripes), static_cast<uint32_t>(*size),
                             static_cast<uint32_t>(rows.size()), crc32c(data)},
                            header.data());
        Result<void> done = files_[i].append(header);
        if (done) done = files_[i].append(data);
        if (!done) return done;
    }
    ++info_.stripes;
    info_.stripe_bytes = std::max(info_.stripe_bytes, static_cast<uint32_t>(rows.size()));
    info_.row_bytes += rows.size();
    info_.compressed_bytes += *size;
    info_.shard_bytes += kChunkHeaderBytes + chunk;
    return {};
}

Result<SnapshotInfo> StripeWriter::finish(const StateCounts& counts) {
    info_.counts = counts;
    info_.shard_bytes += kHeaderBytes;
    for (uint32_t i = 0; i < info_.shards(); ++i) {
        std::array<uint8_t, kHeaderBytes> header;
        encode_header({info_, i}, header.data());
        Result<void> done = files_[i].append(header);
        if (done) done = files_[i].overwrite_begin(header);
        if (done) done = files_[i].sync();
        if (!done) return done.error();
    }
    files_.clear();
    return info_;
}

}  // namespace switchyard::snapshot
