// SPDX-License-Identifier: Apache-2.0
// The shard files of a folder, read as one sequence of stripes.
#pragma once

#include <vector>

#include "host/state/snapshot/erasure_code.hpp"
#include "host/state/snapshot/files.hpp"
#include "host/state/snapshot/format.hpp"

namespace switchyard::snapshot {

enum class ShardState { Ok, Damaged, Missing };

/// What was found of one shard.
struct ShardReport {
    std::string file;  ///< its name in the folder, or the one it should have
    ShardState state = ShardState::Ok;
    bool header_damaged = false;  ///< the one in front, the one at the end, or both
    bool size_wrong = false;
    uint64_t damaged_chunks = 0;
    std::vector<uint64_t> damaged_stripes;  ///< the first `kDamagedStripesMax`
};
inline constexpr size_t kDamagedStripesMax = 16;

/// Finds the shards of a snapshot by what their headers say, whatever the files are called; a file
/// without a sound header counts by its name. One thread. Memory: about twice the longest stripe.
class ShardSet {
  public:
    /// Takes the snapshot that has the most shards in `folder`; other `*.snap` files are `foreign`.
    /// `NotFound`: there is no shard; `Corrupt`: no sound header; `InvalidInput`: as many shards of
    /// one snapshot as of another; `Unsupported`: a format of another version; `Io`.
    [[nodiscard]] static Result<std::unique_ptr<ShardSet>> open(
        const std::filesystem::path& folder);

    [[nodiscard]] const SnapshotInfo& info() const { return info_; }
    [[nodiscard]] const std::vector<ShardReport>& reports() const { return reports_; }
    [[nodiscard]] const std::vector<std::string>& foreign() const { return foreign_; }

    [[nodiscard]] bool at_end() const { return stripe_ == info_.stripes; }

    enum class Read {
        Needed,  ///< parity only where data is lost
        All      ///< every chunk, and those that are lost are computed
    };
    /// Reads the next stripe and notes damage. `Corrupt` when fewer chunks are sound than needed,
    /// naming the stripe and the lost shards; the next call then goes on behind it, if any sound
    /// header tells where that is (`at_end` otherwise).
    [[nodiscard]] Result<void> next(Read read);
    /// Of the stripe that was read; valid until the next one.
    [[nodiscard]] BytesView compressed() const {
        return BytesView(buffer_).first(header_.compressed_bytes);
    }
    [[nodiscard]] const ChunkHeader& header() const { return header_; }
    [[nodiscard]] BytesView chunk(uint32_t shard) const {
        return BytesView(buffer_).subspan(chunk_bytes_ * shard, chunk_bytes_);
    }

  private:
    struct Candidate;

    explicit ShardSet(const SnapshotInfo& info);
    void place(Candidate& candidate);
    void mark(uint32_t shard);
    [[nodiscard]] bool read_chunk(uint32_t shard);
    [[nodiscard]] Error too_few() const;

    SnapshotInfo info_;
    ErasureCode code_;
    std::vector<std::optional<InputFile>> files_;
    std::vector<ShardReport> reports_;
    std::vector<std::string> foreign_;
    uint64_t stripe_ = 0;
    uint64_t offset_ = kHeaderBytes;  ///< of the next stripe in every file
    ChunkHeader header_;
    size_t chunk_bytes_ = 0;
    std::vector<std::optional<ChunkHeader>> headers_;
    std::vector<uint8_t> present_;
    std::vector<uint8_t*> chunks_;
    Bytes buffer_;
};

}  // namespace switchyard::snapshot
