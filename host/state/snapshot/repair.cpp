// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>

#include "host/core/checksum/crc32c.hpp"
#include "host/state/snapshot/snapshot.hpp"

namespace switchyard::snapshot {
namespace {

namespace fs = std::filesystem;

struct NewShard {
    uint32_t shard;
    std::string name;
    OutputFile file;
};

/// Removes what was begun and not renamed.
class Temporaries {
  public:
    explicit Temporaries(fs::path folder) : folder_(std::move(folder)) {}
    ~Temporaries() {
        std::error_code ignored;
        for (const std::string& name : names)
            fs::remove(path_of(name), ignored);
    }
    Temporaries(const Temporaries&) = delete;
    Temporaries& operator=(const Temporaries&) = delete;
    [[nodiscard]] fs::path path_of(const std::string& name) const {
        return folder_ / (name + ".partial");
    }
    std::vector<std::string> names;

  private:
    fs::path folder_;
};

Result<void> write_shards(ShardSet& set, std::vector<NewShard>& out, const RowsProgress& progress) {
    std::array<uint8_t, kHeaderBytes> header;
    for (NewShard& shard : out) {
        encode_header({set.info(), shard.shard}, header.data());
        if (Result<void> done = shard.file.append(header); !done) return done;
    }
    for (uint64_t stripe = 0; !set.at_end();) {
        if (Result<void> read = set.next(ShardSet::Read::All); !read) return read;
        for (NewShard& shard : out) {
            ChunkHeader chunk = set.header();
            chunk.data_crc = crc32c(set.chunk(shard.shard));
            std::array<uint8_t, kChunkHeaderBytes> bytes;
            encode_chunk_header({set.info(), shard.shard}, chunk, bytes.data());
            Result<void> done = shard.file.append(bytes);
            if (done) done = shard.file.append(set.chunk(shard.shard));
            if (!done) return done;
        }
        if (progress) progress(++stripe + set.info().stripes, 2 * set.info().stripes);
    }
    for (NewShard& shard : out) {
        encode_header({set.info(), shard.shard}, header.data());
        Result<void> done = shard.file.append(header);
        if (done) done = shard.file.sync();
        if (!done) return done;
    }
    return {};
}

}  // namespace

Result<std::vector<std::string>> repair_snapshot(const fs::path& folder,
                                                 const RowsProgress& progress) {
    const auto report = verify_snapshot(folder, {}, [&](uint64_t done, uint64_t total) {
        if (progress) progress(done, 2 * total);
    });
    if (!report) return report.error();
    if (report->first_loss) return *report->first_loss;
    auto set = ShardSet::open(folder);
    if (!set) return set.error();
    if ((*set)->info() != report->info)
        return Error{ErrorCode::Unavailable, folder.string() + " is being changed"};
    Temporaries temporaries(folder);
    std::vector<NewShard> out;
    for (uint32_t i = 0; i < report->info.shards(); ++i) {
        const ShardReport& shard = report->shards[i];
        if (shard.state == ShardState::Ok) continue;
        // A shard that is missing takes its own name, which another file may have.
        if (shard.state == ShardState::Missing && fs::exists(folder / shard.file))
            return Error{ErrorCode::InvalidInput,
                         (folder / shard.file).string() +
                             " is not that shard of this snapshot; move it away first"};
        auto file = OutputFile::create(temporaries.path_of(shard.file));
        if (!file) return file.error();
        temporaries.names.push_back(shard.file);
        out.push_back({i, shard.file, std::move(*file)});
    }
    if (out.empty()) return std::vector<std::string>{};
    if (Result<void> done = write_shards(**set, out, progress); !done) return done.error();
    std::vector<std::string> names;
    for (const NewShard& shard : out) {
        std::error_code failed;
        fs::rename(temporaries.path_of(shard.name), folder / shard.name, failed);
        if (failed)
            return Error{ErrorCode::Io, (folder / shard.name).string() + ": " + failed.message()};
        names.push_back(shard.name);
    }
    if (Result<void> synced = sync_folder(folder); !synced) return synced.error();
    return names;
}

}  // namespace switchyard::snapshot
