// SPDX-License-Identifier: Apache-2.0
// The state root from nothing but accounts and slots.
#pragma once

#include "host/state/commitment/record_store.hpp"
#include "host/state/rebuild/row_chunks.hpp"

namespace switchyard {

struct RebuildOptions {
    /// For trie records in memory; about as much again for one chunk of rows and its hashes.
    size_t cache_bytes = 256 << 20;
    size_t chunk_rows = 50'000;
    uint64_t block = 0;  ///< the number that the record store keeps beside the root
};

struct RebuiltState {
    Bytes32 root;
    StateCounts counts;
};

/// Builds the tries of all rows in `records`, which must be empty (`InvalidInput`), and leaves them
/// there as a checkpoint; code is read too, so that its rows have passed their checks. Memory:
/// `cache_bytes` and one chunk, whatever the size of the state. Errors: those of `rows`, of
/// `records`; then `records` is only good for being deleted. Source: Yellow Paper, section 4.1.
[[nodiscard]] Result<RebuiltState> rebuild_state(StateRows& rows, commitment::RecordStore& records,
                                                 const RebuildOptions& options = {},
                                                 const RowsProgress& progress = {});

}  // namespace switchyard
