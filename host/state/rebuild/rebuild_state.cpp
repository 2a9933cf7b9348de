// SPDX-License-Identifier: Apache-2.0
#include "host/state/rebuild/rebuild_state.hpp"

#include <algorithm>

#include "host/state/commitment/state_commitment.hpp"

namespace switchyard {

Result<RebuiltState> rebuild_state(StateRows& rows, commitment::RecordStore& records,
                                   const RebuildOptions& options, const RowsProgress& progress) {
    const auto before = records.root();
    if (!before) return before.error();
    if (*before)
        return Error{ErrorCode::InvalidInput, "the record store for a rebuild is not empty"};
    auto tries = commitment::StateCommitment::open(records, {.cache_bytes = options.cache_bytes});
    if (!tries) return tries.error();
    RowChunks chunks(rows, std::max<size_t>(options.chunk_rows, 2), 0);
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
