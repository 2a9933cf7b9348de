// SPDX-License-Identifier: Apache-2.0
// The files of a journal that is being written: batches of records into segments of fixed size.
#pragma once

#include <mutex>

#include "host/state/journal/folder.hpp"
#include "host/state/journal/format.hpp"

namespace switchyard::journal {

struct SegmentInfo {
    uint64_t first = 0;  ///< number of its first record
    uint64_t bytes = 0;  ///< size of the file
};

/// A segment that is open to be written.
struct OpenSegment {
    std::unique_ptr<File> file;
    uint64_t used = 0;   ///< bytes of header and records
    uint64_t bytes = 0;  ///< size of the file
};

/// Creates `name` (temporary, or a file set aside) with `content` followed by zeros up to `bytes`,
/// and syncs it. After an error the file may be there, with any content.
[[nodiscard]] Result<std::unique_ptr<File>> create_filled(Folder& folder, const std::string& name,
                                                          BytesView content, uint64_t bytes);

/// Writes zeros ahead so that a sync has only data to write, no sizes and no block maps, and gives
/// a segment its name when it is whole on the disk: a name implies a header.
///
/// `write` and `sync` belong to one thread, `release` to another; `segments` is safe from any.
/// After an error of `write` or `sync` neither may be called again.
class SegmentWriter {
  public:
    /// The folder outlives the writer. `segments` ascend and are what recovery left; `current`, if
    /// its file is open, is the last of them.
    SegmentWriter(Folder& folder, const StoreId& store, uint64_t segment_bytes,
                  std::vector<SegmentInfo> segments, OpenSegment current);

    /// Appends whole records, as a `RecordChain` made them; begins new segments where they do not
    /// fit. What stands in all segments but the last is synced.
    [[nodiscard]] Result<void> write(BytesView records);
    /// Everything written is durable when this returns without an error.
    [[nodiscard]] Result<void> sync();

    /// Removes the segments that hold no record behind `up_to`, the oldest first, each removal
    /// durable before the next, so that no loss of power leaves a gap; never the segment being
    /// written. Then makes a spare segment, so that the writing thread need not.
    [[nodiscard]] Result<void> release(uint64_t up_to);

    [[nodiscard]] std::vector<SegmentInfo> segments() const;

  private:
    [[nodiscard]] Result<void> begin_segment(BytesView first_record);
    /// `bytes` zeros on the disk, named kNewName.
    [[nodiscard]] Result<std::unique_ptr<File>> new_file(uint64_t bytes);
    void prepare_spare();

    Folder& folder_;
    const StoreId store_;
    const uint64_t segment_bytes_;
    OpenSegment current_;
    /// Written since the last sync, perhaps by an earlier process.
    bool dirty_ = true;

    mutable std::mutex segments_mutex_;
    std::vector<SegmentInfo> segments_;
    std::mutex spare_mutex_;
    std::unique_ptr<File> spare_;  ///< `segment_bytes_` zeros on the disk, named kSpareName
};

/// Names of files that are not yet segments; recovery removes them.
inline constexpr std::string_view kSpareName = "journal-spare.tmp";
inline constexpr std::string_view kNewName = "journal-new.tmp";

}  // namespace switchyard::journal
