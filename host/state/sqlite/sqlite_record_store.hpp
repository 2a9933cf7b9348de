// SPDX-License-Identifier: Apache-2.0
// The records of the state trie in one SQLite database file.
//
//   trie        owner BLOB (empty: the account trie; else the 32-byte hashed address), path BLOB (a
//               byte for each nibble) (both: key), record BLOB
//               (host/state/commitment/record_codec.hpp)
//   trie_root   id INTEGER (0), root BLOB (32 bytes), block INTEGER: after the last checkpoint
//
// The pragma application_id is 0x53575452, user_version is the version of this format, 2. Beside
// the file stand SQLite's -wal and -shm, and an empty file `<name>.lock` that the process which
// uses the store holds. The `sqlite3` command can read it meanwhile.
#pragma once

#include <filesystem>
#include <memory>

#include "host/state/commitment/record_store.hpp"

namespace switchyard::sqlite {

struct RecordStoreOptions {
    /// Memory for the database's own pages.
    size_t page_cache_bytes = size_t{64} << 20;
    /// Whether a checkpoint is on the disk when `write` returns. Without it a crash of the machine
    /// may lose the last checkpoints, one after another, and damages nothing.
    bool durable = true;
};

/// Opens or creates the store. `InvalidInput`: the file is something else; `Unsupported`: of
/// another version; `Corrupt`: damaged; `Unavailable`: it is in use by another process; `Io`: the
/// operating system said no. The records are checked by whom reads them.
///
/// One thread may read while another one writes; what is read then is of before or after the write.
[[nodiscard]] Result<std::unique_ptr<commitment::RecordStore>> open_record_store(
    const std::filesystem::path& path, const RecordStoreOptions& options = {});

}  // namespace switchyard::sqlite
