// SPDX-License-Identifier: Apache-2.0
#include "host/state/rebuild/rebuild_state.hpp"

#include <algorithm>

#include "host/state/commitment/state_commitment.hpp"

namespace switchyard {
namespace {

// Rows come by address, so that each touches a page of the trie that no other row of the chunk
// does, and its share of the branches above.
constexpr size_t kTouchedBytes = 8192;
constexpr size_t kChunkRowsMin = 1000;

size_t chunk_rows(const RebuildOptions& options) {
    if (options.chunk_rows != 0) return std::max<size_t>(options.chunk_rows, 2);
    return std::max(options.cache_bytes / kTouchedBytes, kChunkRowsMin);
}

}  // namespace

Result<RebuiltState> rebuild_state(StateRows& rows, commitment::RecordStore& records,
                                   const RebuildOptions& options, const RowsProgress& progress) {
    const auto before = records.root();
    if (!before) return before.error();
    if (*before)
        return Error{ErrorCode::InvalidInput, "the record store for a rebuild is not empty"};
    auto tries = commitment::StateCommitment::open(records, {.cache_bytes = options.cache_bytes});
    if (!tries) return tries.error();
    RowChunks chunks(rows, chunk_rows(options), 0);
    StateChanges chunk;
    for (;;) {
        const Result<bool> more = chunks.next(chunk);
        if (!more) return more.error();
        if (!*more) break;
        if (const auto root = tries->apply(chunk); !root) return root.error();
        // Records that wait for a checkpoint cannot leave memory.
        if (tries->dirty_bytes() > options.cache_bytes / 2)
            if (Result<void> done = tries->checkpoint(options.block); !done) return done.error();
        if (progress) progress(rows_progress_at(chunks.last_address()), kRowsProgressTotal);
    }
    if (Result<void> done = tries->checkpoint(options.block); !done) return done.error();
    RebuiltState out{tries->root(), chunks.counts()};
    for (;; ++out.counts.codes) {
        CodeRow code;
        const Result<bool> more = rows.next_code(code);
        if (!more) return more.error();
        if (!*more) return out;
    }
}

}  // namespace switchyard
