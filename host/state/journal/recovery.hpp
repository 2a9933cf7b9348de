// SPDX-License-Identifier: Apache-2.0
// Reads a journal back after any end of the process or of the machine.
#pragma once

#include <functional>

#include "host/state/journal/segment_reader.hpp"
#include "host/state/journal/segment_writer.hpp"

namespace switchyard::journal {

struct RecoveryOptions {
    StoreId store;
    /// The first record that the caller needs: one more than the last that its checkpoint holds. 0:
    /// whatever there is. Segments before the one with this record are not read.
    uint64_t replay_from = 0;
    /// Whether a folder without segments is a new journal, which then begins with record
    /// `replay_from` (or 1), or an error (`NotFound`).
    bool create = true;
    /// An operator's decision after `Corrupt`: cut at the damage, set the damaged segment and those
    /// behind it aside as `<name>.damaged`, and go on without what stood there.
    bool cut_damage = false;
};

/// What was cut off a journal.
struct JournalCut {
    std::string segment;         ///< path of the file
    uint64_t offset = 0;         ///< of the first byte that is no longer used
    uint64_t record = 0;         ///< number of the first record that is not there
    std::string expected;        ///< what was expected at `offset`
    uint64_t whole_records = 0;  ///< among what was cut; never acknowledged, unless `damage`
    uint64_t segments_set_aside = 0;
    bool damage = false;  ///< cut by `cut_damage`; else a torn tail
};

struct RecoveryReport {
    uint64_t first = 0;    ///< number of the first record in the journal
    uint64_t next = 1;     ///< number of the record to come
    uint64_t records = 0;  ///< given to the caller
    std::optional<JournalCut> cut;
    bool rewritten = false;  ///< the last segment was written anew, see `recover`
};

/// One line for the log about `cut`.
[[nodiscard]] std::string to_string(const JournalCut& cut);

/// Takes a record that is no mark. An error ends the recovery with that error.
using Replay = std::function<Result<void>(const RecordView& record)>;

/// A journal that can be written.
struct RecoveredJournal {
    RecoveryReport report;
    ChainPosition position;
    /// The last record that is no mark. A mark at the end may not be on the disk.
    uint64_t durable = 0;
    std::vector<SegmentInfo> segments;
    OpenSegment current;
};

/// Gives every record from `replay_from` on to `replay`, in order, and leaves a journal that ends
/// with the last of them.
///
/// Where the last segment holds a record that no mark behind it declares synced, or a torn tail, it
/// is written anew as a copy that ends with the last record, synced and put in its place: after a
/// failed sync the page cache may show what the disk does not hold. Only then are its records given
/// to `replay`, so that nothing that is made of a record outlives it.
///
/// Errors: `Corrupt` with segment, offset, what was expected and what to do (`replay` has by then
/// seen the records of the segments before); `Unsupported` for another version or kind of record; `NotFound`;
/// `Io`; the error of `replay`.
[[nodiscard]] Result<RecoveredJournal> recover(Folder& folder, const RecoveryOptions& options,
                                               const Replay& replay);

}  // namespace switchyard::journal
