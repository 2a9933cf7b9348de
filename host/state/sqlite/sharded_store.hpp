// SPDX-License-Identifier: Apache-2.0
// The flat state on disk: one folder of SQLite databases.
//
//   main.db       blocks  number INTEGER (key), hash BLOB (32 bytes), state_root BLOB (32 bytes)
//                 code    code_hash BLOB (32 bytes, unique), code BLOB
//                 undo    block INTEGER (key), changes BLOB (journal/block_record.hpp)
//                 store   shards INTEGER, store_id BLOB (16 random bytes): one row
//   state-00.db   accounts  address BLOB (20 bytes, key), nonce INTEGER, balance BLOB,
//   state-01.db             code_hash BLOB (32 bytes; NULL: no code)
//   ...           storage   address BLOB, slot BLOB (32 bytes) (both: key), value BLOB (not empty)
//                 shard     number INTEGER, shards INTEGER, store_id BLOB, block INTEGER: one row
//
// `sharding.hpp` says which shard holds a row. Numbers in BLOBs are big-endian without leading
// zeros, so that hex(balance) reads as one; an empty BLOB is 0. The files can be read with the
// `sqlite3` command while the store is in use; a shard shows the state after `shard.block`. The
// pragma application_id is 0x53575944, user_version is the version of this format, 2. Beside the
// files stand SQLite's -wal and -shm, and an empty file `lock` that the process which uses the
// store holds.
#pragma once

#include <filesystem>
#include <memory>

#include "host/state/flat/flat_store.hpp"

namespace switchyard::sqlite {

struct ShardedStoreOptions {
    uint32_t shards = 4;               ///< of a store that is created: 1, 2, 4 ... 64
    uint32_t readers_per_file = 2;     ///< connections that read, from 1; threads share them
    uint64_t cache_bytes = 64 << 20;   ///< of SQLite's page caches, all connections together
    uint32_t writer_threads = 0;       ///< at a checkpoint; 0: one per core, at most one per shard
    uint64_t rewind_bytes = 64 << 20;  ///< of undo records that a rewind merges before it writes
};

/// A `FlatStore` that can also be checked as a whole.
class ShardedStore : public flat::FlatStore {
  public:
    /// Opens the store in `folder`, or creates one there (and the folder, but not its parents).
    /// Shards that a crash left at different blocks are brought to the earliest by undo records.
    /// Cost: independent of the size of the state. Errors: `Corrupt` for a file that is missing,
    /// damaged or of another store; `InvalidInput` for a database of another program or a bad
    /// option; `Unsupported` for a format of another version; `Unavailable` while another process
    /// has the store open; `Io`.
    [[nodiscard]] static Result<std::unique_ptr<ShardedStore>> open(
        const std::filesystem::path& folder, const ShardedStoreOptions& options);

    /// Random, chosen when the store was created.
    [[nodiscard]] virtual FixedBytes<16> id() const = 0;
    /// Number of the first block that was ever written; no value in a new store.
    [[nodiscard]] virtual Result<std::optional<uint64_t>> first_block() const = 0;
    [[nodiscard]] virtual uint32_t shards() const = 0;
    /// Checks the structure of all pages of all files; linear in the state. Not while `write` runs.
    [[nodiscard]] virtual Result<void> check() = 0;
};

}  // namespace switchyard::sqlite
