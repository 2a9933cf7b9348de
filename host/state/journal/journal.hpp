// SPDX-License-Identifier: Apache-2.0
// The block journal: an append-only log whose records are durable before they are acknowledged.
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "host/state/journal/record_chain.hpp"
#include "host/state/journal/recovery.hpp"

namespace switchyard::journal {

/// When a record counts as durable, and so what may be lost of what was acknowledged.
enum class SyncPolicy {
    Block,     ///< as soon as it is synced: nothing is lost
    Interval,  ///< the same with at most one sync per interval: acknowledged later, nothing lost
    Off,       ///< when the operating system has it: nothing at the death of the process; at a loss
               ///< of power what it had not written out, at most the segment being written
};

struct JournalOptions {
    RecoveryOptions recovery;
    SyncPolicy policy = SyncPolicy::Block;
    std::chrono::milliseconds interval{100};  ///< of `SyncPolicy::Interval`
    /// Size of a segment, kSegmentBytesMin to kSegmentBytesMax. A larger record has a segment to
    /// itself.
    uint64_t segment_bytes = uint64_t{64} << 20;
    /// Records that may wait in memory to be written, in bytes, before `append` waits for room.
    uint64_t pending_bytes_max = uint64_t{64} << 20;
};

struct JournalStatus {
    uint64_t appended = 0;       ///< number of the last record
    uint64_t durable = 0;        ///< all records up to this one are durable under the policy
    uint64_t pending_bytes = 0;  ///< appended and not yet given to the operating system
    uint64_t segments = 0;
    uint64_t segment_bytes = 0;  ///< of all segments: what a checkpoint and `release` would free
    uint64_t syncs = 0;          ///< that made records durable
};

/// Safe from any number of threads. A thread of its own writes and syncs; what is appended while it
/// syncs shares the next sync (group commit; DeWitt et al., Implementation Techniques for Main
/// Memory Database Systems, SIGMOD 1984, section 5.2).
///
/// After a failed write or sync the journal is poisoned: nothing more becomes durable, every
/// `append` and every wait for what is not yet durable gives the error, and only opening it again,
/// which reads what is there, tells what survived.
class Journal {
  public:
    /// Recovers what `folder` holds (see `recover`), then takes records. One journal at a time uses
    /// a folder. `InvalidInput` for options out of their bounds; else the errors of `recover`.
    [[nodiscard]] static Result<std::unique_ptr<Journal>> open(std::unique_ptr<Folder> folder,
                                                               const JournalOptions& options,
                                                               const Replay& replay);
    /// Closes; an error has then nowhere to go.
    ~Journal();
    Journal(const Journal&) = delete;
    Journal& operator=(const Journal&) = delete;

    [[nodiscard]] const RecoveryReport& recovery() const { return report_; }

    /// Copies the payload and returns the record's number without waiting for the disk; waits only
    /// while `pending_bytes_max` are pending. Numbers ascend, with gaps (marks are records, too).
    /// Not for `RecordKind::Mark`. `LimitExceeded` above kPayloadBytesMax.
    [[nodiscard]] Result<uint64_t> append(RecordKind kind, BytesView payload);

    /// Returns when the record is durable under the policy. `InvalidInput` for a record that was
    /// not appended.
    [[nodiscard]] Result<void> wait_durable(uint64_t number);

    /// Returns when the record is on the disk, under every policy: for what must not get there
    /// before it. `InvalidInput` for a record that was not appended.
    [[nodiscard]] Result<void> sync(uint64_t number);

    /// Removes whole segments without a record behind `up_to`, which a durable checkpoint has made
    /// superfluous. Waits for the disk: for the thread that makes checkpoints. One thread at a
    /// time.
    [[nodiscard]] Result<void> release(uint64_t up_to);

    /// Makes all records durable on the disk, under every policy, and ends the thread. Nothing may
    /// be appended afterwards (`Unavailable`). One thread; the second time gives the same answer.
    [[nodiscard]] Result<void> close();

    [[nodiscard]] JournalStatus status() const;

  private:
    Journal(std::unique_ptr<Folder> folder, const JournalOptions& options,
            RecoveredJournal recovered);

    void run();
    void write_pending(std::unique_lock<std::mutex>& lock);
    void write_mark(std::unique_lock<std::mutex>& lock);
    void fail(const Error& error);

    const std::unique_ptr<Folder> folder_;
    const JournalOptions options_;
    const RecoveryReport report_;
    SegmentWriter writer_;
    Bytes writing_;  ///< of the thread

    mutable std::mutex mutex_;
    std::condition_variable work_;  ///< for the thread: something is pending or wanted, or the end
    std::condition_variable durable_changed_;  ///< or `synced_`
    std::condition_variable room_;             ///< `pending_` was taken
    RecordChain chain_;
    Bytes pending_;
    uint64_t appended_;
    uint64_t durable_;
    uint64_t synced_;      ///< all records up to this one are on the disk
    uint64_t wanted_ = 0;  ///< up to here somebody waits for that
    uint64_t marked_;      ///< `synced_` when the last mark was made
    uint64_t syncs_ = 0;
    bool closing_ = false;
    std::optional<Error> failure_;

    std::thread thread_;  ///< last: it uses everything above
};

}  // namespace switchyard::journal
