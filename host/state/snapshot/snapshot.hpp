// SPDX-License-Identifier: Apache-2.0
// Copies of a whole state that survive the loss of some of their files.
#pragma once

#include <filesystem>
#include <optional>

#include "host/state/rebuild/rebuild_state.hpp"
#include "host/state/snapshot/shard_set.hpp"

namespace switchyard::snapshot {

struct CreateOptions {
    uint32_t data_shards = 8;    ///< 1 to 64
    uint32_t parity_shards = 2;  ///< 1 to 32: as many shards may be lost
    uint32_t stripe_bytes =
        4 << 20;  ///< of rows, 4096 to 2^25; a stripe ends with the row that passes it
};

/// Writes the state after `block`, whose rows are `rows`, as a snapshot into the new folder
/// `folder`. The folder appears when every file is complete and synced, or not at all. Memory:
/// about six times `stripe_bytes`. Errors: `InvalidInput` when the folder exists and is not empty,
/// or for an option out of range; `Unavailable` while another process makes the same snapshot;
/// `LimitExceeded` for a code longer than 2^24 bytes; `Io`; those of `rows`.
[[nodiscard]] Result<SnapshotInfo> create_snapshot(StateRows& rows, const StoredBlock& block,
                                                   const std::filesystem::path& folder,
                                                   const CreateOptions& options = {},
                                                   const RowsProgress& progress = {});

struct SnapshotReport {
    SnapshotInfo info;
    std::vector<ShardReport> shards;
    std::vector<std::string> foreign;  ///< files that belong to no place in this snapshot
    uint64_t lost_stripes = 0;         ///< with fewer sound chunks than needed
    std::optional<Error> first_loss;
    bool deep = false;             ///< whether the rows were read and their root computed
    std::optional<Error> content;  ///< what is wrong with them

    /// Everything that was saved can be had.
    [[nodiscard]] bool restorable() const { return lost_stripes == 0 && !content; }
    /// Nothing is damaged or missing.
    [[nodiscard]] bool sound() const;
};

struct VerifyOptions {
    /// Also decompresses the rows, checks that the code of every account is there, and computes the
    /// state root.
    bool deep = false;
    /// A folder for the trie while that lasts; empty: the system's.
    std::filesystem::path scratch = {};
    RebuildOptions rebuild = {};
};

/// Reads every byte of the snapshot and says what is damaged. Errors as `ShardSet::open`; damage is
/// no error.
[[nodiscard]] Result<SnapshotReport> verify_snapshot(const std::filesystem::path& folder,
                                                     const VerifyOptions& options = {},
                                                     const RowsProgress& progress = {});

struct RestoreOptions {
    uint32_t store_shards = 4;  ///< of the new store
    size_t chunk_rows = 200'000;
    RebuildOptions rebuild = {};
};

/// Makes a store of the snapshot in the new folder `store`: the flat state in `store`/flat
/// (`sqlite/sharded_store.hpp`), the records of its trie in `store`/trie.db. The folder appears
/// when the state root computed from what was written there is that of the snapshot's header, or
/// not at all. Errors: `InvalidInput` when the folder exists and is not empty; `Corrupt` when too
/// much is lost; `Mismatch` for another root; `Unavailable`, `Io`.
[[nodiscard]] Result<SnapshotInfo> restore_snapshot(const std::filesystem::path& folder,
                                                    const std::filesystem::path& store,
                                                    const RestoreOptions& options = {},
                                                    const RowsProgress& progress = {});

/// Writes shards that are missing or damaged anew, each under another name until it is complete.
/// Gives the names of those that were written. Errors: `Corrupt` when too much is lost, nothing has
/// changed then; `InvalidInput` when a foreign file has the name of a shard to be written; `Io`.
[[nodiscard]] Result<std::vector<std::string>> repair_snapshot(const std::filesystem::path& folder,
                                                               const RowsProgress& progress = {});

}  // namespace switchyard::snapshot
