// SPDX-License-Identifier: Apache-2.0
#include "host/state/snapshot/shard_set.hpp"

#include <algorithm>
#include <array>

#include "host/core/checksum/crc32c.hpp"
#include "host/core/hex.hpp"

namespace switchyard::snapshot {
namespace {

namespace fs = std::filesystem;

constexpr size_t kFilesMax = 1024;  // that are looked at in a folder

}  // namespace

struct ShardSet::Candidate {
    std::string name;
    std::optional<InputFile> file;
    std::optional<ShardHeader> front, back;

    [[nodiscard]] const std::optional<ShardHeader>& header() const { return front ? front : back; }
};

namespace {

Result<std::vector<std::string>> shard_files(const fs::path& folder) {
    std::vector<std::string> out;
    std::error_code failed;
    for (fs::directory_iterator it(folder, failed), end; !failed && it != end;
         it.increment(failed)) {
        if (it->path().extension() != ".snap" || !it->is_regular_file(failed)) continue;
        out.push_back(it->path().filename().string());
        if (out.size() > kFilesMax)
            return Error{ErrorCode::InvalidInput, folder.string() + " holds too many *.snap files"};
    }
    if (failed == std::errc::no_such_file_or_directory)
        return Error{ErrorCode::NotFound, folder.string() + ": no such folder"};
    if (failed) return Error{ErrorCode::Io, folder.string() + ": " + failed.message()};
    std::sort(out.begin(), out.end());
    return out;
}

/// The snapshot that most headers name.
Result<SnapshotInfo> most_frequent(const std::vector<SnapshotInfo>& infos, const fs::path& folder) {
    size_t best = 0;
    bool tie = false;
    SnapshotInfo out;
    for (const SnapshotInfo& info : infos) {
        const auto count = static_cast<size_t>(std::count(infos.begin(), infos.end(), info));
        if (count == best && !(info == out)) tie = true;
        if (count <= best) continue;
        best = count;
        out = info;
        tie = false;
    }
    if (tie)
        return Error{ErrorCode::InvalidInput,
                     folder.string() + " holds equally many shards of different snapshots (" +
                         to_hex(out.id) + " is one); keep one snapshot in a folder"};
    return out;
}

}  // namespace

ShardSet::ShardSet(const SnapshotInfo& info)
    : info_(info),
      code_(info.data_shards, info.parity_shards),
      files_(info.shards()),
      reports_(info.shards()),
      headers_(info.shards()),
      present_(info.shards()),
      chunks_(info.shards()) {
    for (uint32_t i = 0; i < info.shards(); ++i)
        reports_[i] = {shard_name(i), ShardState::Missing, false, false, 0, {}};
}

Result<std::unique_ptr<ShardSet>> ShardSet::open(const fs::path& folder) {
    const auto names = shard_files(folder);
    if (!names) return names.error();
    std::vector<Candidate> candidates;
    std::vector<SnapshotInfo> infos;
    std::optional<Error> unsupported;
    for (const std::string& name : *names) {
        auto& candidate = candidates.emplace_back();
        candidate.name = name;
        auto file = InputFile::open(folder / name);
        if (!file) continue;
        std::array<uint8_t, kHeaderBytes> bytes;
        const auto header_at = [&](uint64_t offset) -> std::optional<ShardHeader> {
            if (!file->read(offset, bytes)) return std::nullopt;
            const auto header = decode_header(bytes);
            if (header) return *header;
            if (header.error().code == ErrorCode::Unsupported)
                unsupported = Error{ErrorCode::Unsupported,
                                    (folder / name).string() + ": " + header.error().message};
            return std::nullopt;
        };
        candidate.front = header_at(0);
        if (file->size() >= 2 * kHeaderBytes)
            candidate.back = header_at(file->size() - kHeaderBytes);
        candidate.file = std::move(*file);
        if (candidate.header()) infos.push_back(candidate.header()->info);
    }
    if (infos.empty() && unsupported) return *unsupported;
    if (names->empty())
        return Error{ErrorCode::NotFound, folder.string() + " holds no snapshot (shard-NN.snap)"};
    if (infos.empty())
        return Error{ErrorCode::Corrupt, folder.string() + ": no shard has a sound header"};
    const auto info = most_frequent(infos, folder);
    if (!info) return info.error();
    std::unique_ptr<ShardSet> out(new ShardSet(*info));
    for (const bool by_header : {true, false})
        for (Candidate& candidate : candidates)
            if (candidate.header().has_value() == by_header) out->place(candidate);
    return out;
}

/// Gives the file its place among the shards, or none.
void ShardSet::place(Candidate& candidate) {
    const auto& header = candidate.header();
    const std::optional<uint32_t> shard = !header                 ? shard_of_name(candidate.name)
                                          : header->info == info_ ? std::optional(header->shard)
                                                                  : std::nullopt;
    if (!candidate.file || !shard || *shard >= info_.shards() || files_[*shard]) {
        if (candidate.file) foreign_.push_back(candidate.name);
        return;
    }
    ShardReport& report = reports_[*shard];
    report.file = candidate.name;
    report.header_damaged =
        !candidate.front || !candidate.back || *candidate.front != *candidate.back;
    report.size_wrong = candidate.file->size() != info_.shard_bytes;
    report.state =
        report.header_damaged || report.size_wrong ? ShardState::Damaged : ShardState::Ok;
    files_[*shard] = std::move(candidate.file);
}

void ShardSet::mark(uint32_t shard) {
    if (!files_[shard]) return;
    ShardReport& report = reports_[shard];
    report.state = ShardState::Damaged;
    ++report.damaged_chunks;
    if (report.damaged_stripes.size() < kDamagedStripesMax)
        report.damaged_stripes.push_back(stripe_);
}

bool ShardSet::read_chunk(uint32_t shard) {
    return headers_[shard] == std::optional(ChunkHeader{
                                  header_.stripe, header_.compressed_bytes, header_.row_bytes,
                                  headers_[shard] ? headers_[shard]->data_crc : 0}) &&
           files_[shard]->read(offset_ + kChunkHeaderBytes, {chunks_[shard], chunk_bytes_}) &&
           crc32c({chunks_[shard], chunk_bytes_}) == headers_[shard]->data_crc;
}

Error ShardSet::too_few() const {
    std::string lost;
    uint32_t sound = 0;
    for (uint32_t i = 0; i < info_.shards(); ++i) {
        if (present_[i] != 0)
            ++sound;
        else
            lost += (lost.empty() ? "" : ", ") + reports_[i].file +
                    (files_[i] ? " (damaged)" : " (missing)");
    }
    return {ErrorCode::Corrupt, "stripe " + std::to_string(stripe_) + ": " + std::to_string(sound) +
                                    " of " + std::to_string(info_.shards()) +
                                    " chunks are sound and " + std::to_string(info_.data_shards) +
                                    " are needed; lost: " + lost};
}

Result<void> ShardSet::next(Read read) {
    SWITCHYARD_ASSERT(!at_end());
    for (uint32_t i = 0; i < info_.shards(); ++i) {
        std::array<uint8_t, kChunkHeaderBytes> bytes;
        headers_[i].reset();
        present_[i] = 0;
        if (files_[i] && files_[i]->read(offset_, bytes))
            headers_[i] = decode_chunk_header({info_, i}, stripe_, bytes);
    }
    // The lengths that most of the shards state.
    const auto alike = [](const ChunkHeader& a, const ChunkHeader& b) {
        return a.compressed_bytes == b.compressed_bytes && a.row_bytes == b.row_bytes;
    };
    size_t votes = 0;
    for (const auto& header : headers_) {
        if (!header) continue;
        const auto count =
            static_cast<size_t>(std::count_if(headers_.begin(), headers_.end(), [&](const auto& h) {
                return h && alike(*h, *header);
            }));
        if (count > votes) {
            votes = count;
            header_ = *header;
        }
    }
    if (votes == 0) {
        for (uint32_t i = 0; i < info_.shards(); ++i)
            mark(i);
        Error error = too_few();
        stripe_ = info_.stripes;
        return error;
    }
    chunk_bytes_ = chunk_bytes(header_.compressed_bytes, info_.data_shards);
    buffer_.resize(std::max(buffer_.size(), chunk_bytes_ * info_.shards()));
    uint32_t sound = 0;
    for (uint32_t i = 0; i < info_.shards(); ++i) {
        chunks_[i] = buffer_.data() + chunk_bytes_ * i;
        if (read == Read::Needed && sound == info_.data_shards) continue;
        present_[i] = read_chunk(i) ? 1 : 0;
        sound += present_[i];
        if (present_[i] == 0) mark(i);
    }
    Result<void> done;
    const bool whole = std::all_of(present_.begin(), present_.begin() + info_.data_shards,
                                   [](uint8_t p) { return p != 0; });
    if (sound < info_.data_shards)
        done = too_few();
    else if (read == Read::All || !whole)
        done = code_.recover(chunks_, present_, chunk_bytes_);
    ++stripe_;
    offset_ += kChunkHeaderBytes + chunk_bytes_;
    return done;
}

}  // namespace switchyard::snapshot
