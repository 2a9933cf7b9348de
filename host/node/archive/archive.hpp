// SPDX-License-Identifier: Apache-2.0
// Past blocks: headers, bodies, receipts, and the indexes by which clients find them.
#pragma once

#include <atomic>
#include <condition_variable>
#include <deque>
#include <shared_mutex>
#include <thread>
#include <unordered_map>

#include "host/node/archive/block_cache.hpp"
#include "host/node/archive/sqlite/archive_file.hpp"
#include "host/state/journal/journal.hpp"

namespace switchyard::node {

struct ArchiveOptions {
    journal::SyncPolicy policy = journal::SyncPolicy::Block;
    std::chrono::milliseconds sync_interval{100};  ///< of `SyncPolicy::Interval`
    uint64_t segment_bytes = uint64_t{64} << 20;   ///< of the journal
    /// Blocks that wait in memory for the database; at this `append` waits.
    size_t waiting_bytes = size_t{256} << 20;
    /// The database is written when so many steps wait, or so long after the first.
    size_t batch_steps = 256;
    std::chrono::milliseconds batch_interval{200};
    uint64_t tail_blocks = 128;  ///< of the canonical chain's end that stay in memory
    /// Blocks that are not canonical stay for so many blocks.
    uint64_t side_blocks = 1024;
    size_t cache_bytes = size_t{64} << 20;               ///< of decoded blocks
    uint64_t database_cache_bytes = uint64_t{16} << 20;  ///< of each connection
    uint32_t readers = 2;                                ///< connections
    bool cut_damage = false;                             ///< `journal::RecoveryOptions::cut_damage`
};

/// What a search for logs may cost.
struct LogLimits {
    size_t logs = 10'000;
    size_t blocks_read = 10'000;          ///< whose logs are compared one by one
    size_t index_rows = size_t{1} << 20;  ///< of one criterion; above it, the index does not help
    std::function<bool()> cancelled{};    ///< asked now and then; true ends with `Timeout`
};

/// One log with its place.
struct FoundLog {
    BlockPointer block;
    uint32_t transaction = 0;  ///< position in the block
    uint32_t log = 0;          ///< position in the transaction's receipt
    uint64_t index = 0;        ///< position in the block
};

/// The blocks of one chain, in one folder: `journal/`, and `archive.db`, which follows it.
///
/// A block goes in by `append`, becomes canonical by `log_head` and `publish`. `wait_durable` says
/// when everything before is in the journal for good; the database is written behind, in large
/// transactions, and opening reads what it lacks from the journal.
///
/// `append`, `log_head`, `publish` come from one thread at a time, everything else from any. After
/// an error of the journal or of a write these three and `wait_durable` give it again.
class Archive {
  public:
    [[nodiscard]] static Result<std::unique_ptr<Archive>> open(const std::filesystem::path& folder,
                                                               const ArchiveOptions& options = {});
    /// What waits for the database stays in the journal.
    ~Archive();
    Archive(const Archive&) = delete;
    Archive& operator=(const Archive&) = delete;

    /// Keeps a block, which is not canonical yet.
    [[nodiscard]] Result<void> append(BlockPointer block);
    /// Writes to the journal that the canonical chain changes. Nothing is visible yet.
    [[nodiscard]] Result<void> log_head(const HeadChange& change);
    /// Makes the change that was logged last visible.
    [[nodiscard]] Result<void> publish(HeadChange change);
    /// Everything appended and logged so far is durable under the policy when this returns.
    [[nodiscard]] Result<void> wait_durable();
    /// Everything published is in the database when this returns.
    [[nodiscard]] Result<void> flush();

    /// The error of a write, once there was one; the writer behind the scenes has it, too, before
    /// anybody asks for something.
    [[nodiscard]] std::optional<Error> failure() const;

    [[nodiscard]] HeadMarks marks() const;
    /// Null: not here.
    [[nodiscard]] Result<BlockPointer> block(const Bytes32& hash) const;
    [[nodiscard]] Result<std::optional<Bytes32>> canonical_hash(uint64_t number) const;
    /// The canonical block of a number; null: there is none.
    [[nodiscard]] Result<BlockPointer> canonical_block(uint64_t number) const;
    [[nodiscard]] Result<bool> is_canonical(const ArchivedBlock& block) const;
    /// Of the canonical chain.
    [[nodiscard]] Result<std::optional<TransactionPlace>> transaction(const Bytes32& hash) const;

    /// The logs of canonical blocks `from` to `to` that fit, in order. `LimitExceeded`, `Timeout`
    /// as `limits` say; `Unavailable` when the canonical chain changed below `to` meanwhile and
    /// the search should be made again.
    [[nodiscard]] Result<std::vector<FoundLog>> logs(const LogFilter& filter, uint64_t from,
                                                     uint64_t to, const LogLimits& limits) const;

  private:
    struct Waiting {
        ArchiveStep step;
        uint64_t record = 0;
        size_t bytes = 0;
    };

    Archive(const ArchiveOptions& options, std::unique_ptr<ArchiveFile> file)
        : options_(options), file_(std::move(file)), cache_(options.cache_bytes) {}

    [[nodiscard]] Result<void> replay(BytesView payload, uint64_t record);
    [[nodiscard]] Result<void> load_tail();
    [[nodiscard]] Result<uint64_t> write_record(BytesView payload);
    void enqueue(ArchiveStep step, uint64_t record, size_t bytes);
    void apply(const HeadChange& change);
    void drop_tail();
    void write_loop();
    [[nodiscard]] Result<void> write_batch(std::span<const ArchiveStep> steps, uint64_t record);
    void fail(const Error& error);

    [[nodiscard]] Result<std::vector<uint64_t>> candidates(const LogFilter& filter, uint64_t from,
                                                           uint64_t to,
                                                           const LogLimits& limits) const;

    const ArchiveOptions options_;
    std::unique_ptr<ArchiveFile> file_;
    mutable BlockCache cache_;
    std::unique_ptr<journal::Journal> journal_;
    uint64_t last_record_ = 0;

    /// Guards what readers see before the database has it.
    mutable std::shared_mutex memory_mutex_;
    std::unordered_map<Bytes32, BlockPointer> loose_;  ///< appended, not yet in the database
    /// The end of the canonical chain, without a gap. Below it the database answers.
    std::deque<BlockPointer> tail_;
    uint64_t tail_first_ = 0;  ///< number of its first block; that of the next one while empty
    uint64_t written_ = 0;     ///< the database has had the canonical chain below this number
    std::unordered_map<Bytes32, TransactionPlace> tail_transactions_;
    HeadMarks marks_;
    uint64_t replaced_ = 0;  ///< counts changes that took blocks away
    /// Of the changes that are not yet in the database: the first number that each replaces.
    std::deque<uint64_t> waiting_firsts_;

    mutable std::mutex waiting_mutex_;
    std::condition_variable waiting_changed_;
    std::deque<Waiting> waiting_;
    size_t waiting_bytes_ = 0;
    bool is_writing_ = false;
    bool flush_ = false;
    bool stop_ = false;
    std::optional<Error> failure_;
    std::thread writer_;
};

}  // namespace switchyard::node
