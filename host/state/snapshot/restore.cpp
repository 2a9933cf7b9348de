// SPDX-License-Identifier: Apache-2.0
#include "host/core/hex.hpp"
#include "host/state/snapshot/snapshot.hpp"
#include "host/state/snapshot/snapshot_rows.hpp"
#include "host/state/sqlite/sharded_store.hpp"
#include "host/state/sqlite/sqlite_record_store.hpp"
#include "host/state/sqlite/state_reader.hpp"

namespace switchyard::snapshot {
namespace {

namespace fs = std::filesystem;

constexpr size_t kCodeChunkBytes = 32 << 20;

// The block is in the store from the first chunk on. That is no danger: until all of it was checked
// the store has not its name.
Result<void> write_rows(SnapshotRows& rows, const SnapshotInfo& info, const fs::path& folder,
                        const RestoreOptions& options) {
    sqlite::ShardedStoreOptions store_options;
    store_options.shards = options.store_shards;
    auto store = sqlite::ShardedStore::open(folder, store_options);
    if (!store) return store.error();
    const flat::CheckpointBlock block{info.block, nullptr};
    RowChunks chunks(rows, options.chunk_rows, kCodeChunkBytes);
    StateChanges chunk;
    const auto write = [&] { return (*store)->write({{&block, 1}, &chunk, info.block.number}); };
    bool more_accounts = true;
    for (bool first = true;; first = false) {
        Result<bool> more = more_accounts ? chunks.next(chunk) : chunks.next_codes(chunk);
        if (more && !*more && more_accounts) {
            more_accounts = false;
            more = chunks.next_codes(chunk);
        }
        if (!more) return more.error();
        if (!*more && !first) return {};
        if (Result<void> written = write(); !written) return written;  // an empty state, too
        if (!*more) return {};
    }
}

Result<void> check_store(const fs::path& folder, const SnapshotInfo& info,
                         const RestoreOptions& options, const RowsProgress& progress) {
    auto reader = sqlite::StateReader::open(folder / "flat");
    if (!reader) return reader.error();
    auto records = sqlite::open_record_store(folder / "trie.db");
    if (!records) return records.error();
    RebuildOptions rebuild = options.rebuild;
    rebuild.block = info.block.number;
    const auto built = rebuild_state(**reader, **records, rebuild, progress);
    if (!built) return built.error();
    if (built->root != info.block.state_root)
        return Error{ErrorCode::Mismatch, "the state root of what was restored is " +
                                              to_hex(built->root) + ", the snapshot's is " +
                                              to_hex(info.block.state_root)};
    if (built->counts != info.counts || (*reader)->block() != info.block)
        return Error{ErrorCode::Mismatch, "what was restored is not what the header says"};
    return {};
}

}  // namespace

Result<SnapshotInfo> restore_snapshot(const fs::path& folder, const fs::path& store,
                                      const RestoreOptions& options, const RowsProgress& progress) {
    auto shards = ShardSet::open(folder);
    if (!shards) return shards.error();
    const SnapshotInfo info = (*shards)->info();
    auto target = NewFolder::create(store, ".restoring");
    if (!target) return target.error();
    // Both halves take about as long.
    SnapshotRows rows(**shards, [&](uint64_t done, uint64_t total) {
        if (progress) progress(done, 2 * total);
    });
    Result<void> done = write_rows(rows, info, target->path() / "flat", options);
    if (done)
        done = check_store(target->path(), info, options, [&](uint64_t at, uint64_t total) {
            if (progress) progress(total + at, 2 * total);
        });
    if (done) done = target->publish();
    if (!done) return done.error();
    return info;
}

}  // namespace switchyard::snapshot
