// SPDX-License-Identifier: Apache-2.0
// The state root from nothing but accounts and slots.
#pragma once

#include "host/state/commitment/record_store.hpp"
#include "host/state/rebuild/row_chunks.hpp"

namespace switchyard {

struct RebuildOptions {
    size_t cache_bytes = 256 << 20;  ///< for trie records in memory between chunks
    /// Of a chunk. 0: as many as touch records of about `cache_bytes`.
    size_t chunk_rows = 0;
    uint64_t block = 0;  ///< the number that the record store keeps beside the root
};

struct RebuiltState {
    Bytes32 root;
    StateCounts counts;
};

/// Builds the tries of all rows in `records`, which must be empty (`InvalidInput`), and leaves them
/// there as a checkpoint; code is read too, so that its rows have passed their checks. Memory:
/// about twice `cache_bytes` with chunks of that size, whatever the size of the state. Errors:
/// those of `rows`, of `records`; then `records` is only good for being deleted. Source: Yellow
/// Paper, section 4.1.
[[nodiscard]] Result<RebuiltState> rebuild_state(StateRows& rows, commitment::RecordStore& records,
                                                 const RebuildOptions& options = {},
                                                 const RowsProgress& progress = {});

}  // namespace switchyard
