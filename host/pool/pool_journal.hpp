// SPDX-License-Identifier: Apache-2.0
// The pool's journal: what was accepted outlives the process.
//
// A folder with two entries: `identity`, 16 random bytes, and `log`, a journal of
// host/state/journal whose records of kind `Pool` hold one or more items, one after another:
//
//   added    1, origin (1 byte), time (8), sender (20), length (4), that many bytes of the
//            transaction's canonical encoding
//   dropped  2, the transaction's hash (32)
//
// Integers are little-endian. A later item outweighs an earlier one. What left because its nonce
// was used has no item: the state says so.
#pragma once

#include <filesystem>
#include <future>
#include <memory>
#include <vector>

#include "host/pool/pool_config.hpp"
#include "host/state/journal/journal.hpp"

namespace switchyard {

struct PoolJournalOptions {
    std::filesystem::path folder;  ///< its parent must exist
    /// When a transaction counts as durable, and so may be acknowledged.
    journal::SyncPolicy policy = journal::SyncPolicy::Block;
    std::chrono::milliseconds interval{5};  ///< of `SyncPolicy::Interval`
    uint64_t segment_bytes = uint64_t{16} << 20;
    /// Above this size, and four times what the live transactions take, the log is compacted.
    uint64_t compact_above_bytes = uint64_t{64} << 20;
    bool cut_damage = false;  ///< as of `journal::RecoveryOptions`
};

/// A transaction that the journal holds and that was not dropped.
struct JournaledTransaction {
    SignedTransaction transaction;
    Origin origin = Origin::Promised;
    uint64_t time_s = 0;
    uint64_t record = 0;
};

/// `stage_*` and `append` from one thread at a time, `wait_durable` from any.
class PoolJournal {
  public:
    /// Opens or creates; `live` receives what it holds, in the order of acceptance. Errors:
    /// `Unavailable` while another process has it, `Corrupt` with what to do, `Io`.
    [[nodiscard]] static Result<std::unique_ptr<PoolJournal>> open(
        const PoolJournalOptions& options, std::vector<JournaledTransaction>& live);
    ~PoolJournal();

    void stage_added(const SignedTransaction& transaction, Origin origin, uint64_t time_s);
    void stage_dropped(const Bytes32& hash);
    [[nodiscard]] bool has_staged() const { return !staged_.empty(); }
    /// What is staged becomes one record; its number. Does not wait for the disk.
    [[nodiscard]] Result<uint64_t> append();
    [[nodiscard]] Result<void> wait_durable(uint64_t record) { return log_->wait_durable(record); }
    /// Removes segments that hold nothing behind `up_to`, on another thread, once what is appended
    /// so far is on the disk.
    void release(uint64_t up_to);
    [[nodiscard]] journal::JournalStatus status() const { return log_->status(); }
    [[nodiscard]] const journal::RecoveryReport& recovery() const { return log_->recovery(); }
    [[nodiscard]] const PoolJournalOptions& options() const { return options_; }

  private:
    PoolJournal(const PoolJournalOptions& options, std::unique_ptr<journal::Folder> folder,
                std::unique_ptr<journal::Journal> log)
        : options_(options), folder_(std::move(folder)), log_(std::move(log)) {}

    PoolJournalOptions options_;
    std::unique_ptr<journal::Folder> folder_;  ///< holds the lock
    std::unique_ptr<journal::Journal> log_;
    Bytes staged_;
    std::future<void> releasing_;  ///< uses the log; ends before it
};

}  // namespace switchyard
