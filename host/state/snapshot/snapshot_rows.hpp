// SPDX-License-Identifier: Apache-2.0
// The rows of a snapshot.
#pragma once

#include "host/state/rebuild/row_chunks.hpp"
#include "host/state/snapshot/deflate.hpp"
#include "host/state/snapshot/row_codec.hpp"
#include "host/state/snapshot/shard_set.hpp"

namespace switchyard::snapshot {

/// Reads from the first stripe on. Errors are `Corrupt`, with the stripe, for what more shards have
/// lost than may be, and for rows that no state has; after the last code the counts have been
/// compared with the header. That the code of every account is there is not checked here. `shards`
/// must outlive the object.
class SnapshotRows final : public StateRows {
  public:
    /// `progress`: stripes read, of all.
    explicit SnapshotRows(ShardSet& shards, RowsProgress progress = {})
        : shards_(shards), progress_(std::move(progress)) {}

    [[nodiscard]] Result<bool> next_account(AccountRow& row) override;
    [[nodiscard]] Result<bool> next_slot(StorageChange& slot) override;
    [[nodiscard]] Result<bool> next_code(CodeRow& row) override;

  private:
    [[nodiscard]] Result<void> peek();
    [[nodiscard]] Result<void> read_stripe();

    ShardSet& shards_;
    RowsProgress progress_;
    Inflater inflater_;
    RowDecoder decoder_;
    Bytes rows_;
    uint64_t stripes_ = 0;
    RowDecoder::Kind row_ = RowDecoder::Kind::PieceEnd;  ///< that was not given yet
};

}  // namespace switchyard::snapshot
