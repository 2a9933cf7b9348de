// SPDX-License-Identifier: Apache-2.0
#include "host/state/snapshot/snapshot_rows.hpp"

namespace switchyard::snapshot {

using Kind = RowDecoder::Kind;

Result<void> SnapshotRows::read_stripe() {
    if (shards_.at_end()) return Error{ErrorCode::Corrupt, "the stripes end before the rows do"};
    if (Result<void> read = shards_.next(ShardSet::Read::Needed); !read) return read;
    rows_.resize(shards_.header().row_bytes);
    const Result<void> done = inflater_.decompress(shards_.compressed(), rows_);
    if (!done)
        return Error{done.error().code,
                     "stripe " + std::to_string(stripes_) + ": " + done.error().message};
    decoder_.feed(rows_);
    ++stripes_;
    if (progress_) progress_(stripes_, shards_.info().stripes);
    return {};
}

/// Makes `row_` the next row that was not given.
Result<void> SnapshotRows::peek() {
    while (row_ == Kind::PieceEnd) {
        const Result<Kind> kind = decoder_.next();
        if (!kind) return kind.error();
        row_ = *kind;
        if (row_ == Kind::PieceEnd)
            if (Result<void> read = read_stripe(); !read) return read;
        if (row_ == Kind::End && (!shards_.at_end() || decoder_.counts() != shards_.info().counts))
            return Error{ErrorCode::Corrupt, "the rows are not as many as the header says"};
    }
    return {};
}

Result<bool> SnapshotRows::next_account(AccountRow& row) {
    Result<void> peeked = peek();
    while (peeked && row_ == Kind::Slot) {
        row_ = Kind::PieceEnd;
        peeked = peek();
    }
    if (!peeked) return peeked.error();
    if (row_ != Kind::Account) return false;
    row = decoder_.account();
    row_ = Kind::PieceEnd;
    return true;
}

Result<bool> SnapshotRows::next_slot(StorageChange& slot) {
    if (Result<void> peeked = peek(); !peeked) return peeked.error();
    if (row_ != Kind::Slot) return false;
    slot = decoder_.slot();
    row_ = Kind::PieceEnd;
    return true;
}

Result<bool> SnapshotRows::next_code(CodeRow& row) {
    if (Result<void> peeked = peek(); !peeked) return peeked.error();
    if (row_ != Kind::Code) return false;
    row = decoder_.code();
    row_ = Kind::PieceEnd;
    return true;
}

}  // namespace switchyard::snapshot
