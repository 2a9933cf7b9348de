// SPDX-License-Identifier: Apache-2.0
// All rows of a sharded store as of one block, while its owner goes on writing.
#pragma once

#include <filesystem>
#include <memory>

#include "host/state/stored_block.hpp"
#include "host/state/state_rows.hpp"

namespace switchyard::sqlite {

struct StateReaderOptions {
    uint64_t cache_bytes = 64 << 20;  ///< of SQLite's page caches, all files together
    /// How long to wait for a moment at which all shards stand at one block.
    uint32_t wait_ms = 30'000;
};

/// The state of a sharded store's last checkpoint (`sharded_store.hpp`). Opens the files to read,
/// in any process, does not take the lock, and holds a read transaction on each until it is
/// destroyed. Meanwhile the owner may write, and the logs (`-wal`) grow by what it writes.
///
/// The rows are those after `block()`. One case escapes: while blocks are replayed over shards that
/// a crash has left apart without undo records (`FlatStore::replay_needed_to`), the last checkpoint
/// of the replay may be caught half way. The state root tells; `rebuild_state` computes it.
class StateReader : public StateRows {
  public:
    /// `folder` is the one with `main.db`. `NotFound`: there is no store, or no block in it;
    /// `Unavailable`: the shards stood at different blocks for `wait_ms` (a checkpoint under way,
    /// or one that a crash cut off: opening the store mends that); `Corrupt`, `InvalidInput`,
    /// `Unsupported`, `Io` as `ShardedStore::open`.
    [[nodiscard]] static Result<std::unique_ptr<StateReader>> open(
        const std::filesystem::path& folder, const StateReaderOptions& options = {});

    [[nodiscard]] virtual const StoredBlock& block() const = 0;
    [[nodiscard]] virtual uint32_t shards() const = 0;
};

}  // namespace switchyard::sqlite
