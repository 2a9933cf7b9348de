// SPDX-License-Identifier: Apache-2.0
// The state that execution reads: memory of a stated size over a store that may be larger.
#pragma once

#include <atomic>
#include <condition_variable>
#include <thread>

#include "host/state/flat/overlay.hpp"
#include "host/state/flat/state_cache.hpp"
#include "host/state/flat/undo.hpp"
#include "host/state/flat/writer_first_lock.hpp"

namespace switchyard::flat {

struct FlatConfig {
    /// For what blocks have changed since the last checkpoint, for what the checkpoint under way
    /// writes, and for their undo records. One block may go beyond it.
    size_t overlay_bytes = 256 << 20;
    size_t cache_bytes = 256 << 20;           ///< of accounts and slots that the store holds
    size_t code_cache_bytes = 64 << 20;       ///< of code that the store holds
    size_t history_bytes = 64 << 20;          ///< of undo records that are kept for read views
    size_t undo_record_bytes = 256 << 20;     ///< a block with a longer record has no way back
    uint64_t undo_blocks = 1024;              ///< that can be taken back
    uint64_t checkpoint_blocks = UINT64_MAX;  ///< a checkpoint begins after as many at the latest
    /// Called on the thread of checkpoints before blocks up to this number are written, to wait for
    /// what has to be durable before them. An error is the checkpoint's.
    std::function<Result<void>(uint64_t block)> before_write{};
};

/// The state after an earlier block.
class BlockView : public StateView {
  public:
    [[nodiscard]] virtual uint64_t block() const = 0;
    /// Why reads were not answered, at first. What was read before a failure was seen means
    /// nothing. `NotFound`: the block has left the window that is kept in memory.
    [[nodiscard]] virtual std::optional<Error> failure() const = 0;
};

/// Accounts, storage and code as of the last block that was committed.
///
/// Reads (`StateView`, `for_each_slot`) come from any number of threads while none of `apply`,
/// `seal`, `begin_checkpoint`, `wait_checkpoint`, `rewind` runs; those come from one thread at a
/// time. A checkpoint under way disturbs no read. `prefetch`, `view_at` and the views that it gives
/// may run beside all of these but `rewind`.
class FlatState final : public EnumerableView {
  public:
    /// Stands on what `store` holds.
    FlatState(std::unique_ptr<FlatStore> store, const FlatConfig& config);
    /// Ends the checkpoint under way; blocks after it are not written.
    ~FlatState() override;
    FlatState(const FlatState&) = delete;
    FlatState& operator=(const FlatState&) = delete;

    [[nodiscard]] std::optional<Account> account(const Address& address) const override;
    [[nodiscard]] Uint256 storage(const Address& address, const Uint256& key) const override;
    [[nodiscard]] CodePointer code(const Bytes32& code_hash) const override;
    /// Exact, also where blocks have zeroed slots.
    [[nodiscard]] bool has_storage(const Address& address) const override;
    void for_each_slot(const Address& address, const SlotVisitor& visit) const override;

    /// The first error of a read, which then gave a wrong answer: what was computed since the last
    /// look is worth nothing. Stays; `commit` refuses with it. Safe from any thread.
    [[nodiscard]] std::optional<Error> failure() const;

    /// Of the last commit; no value in a new store.
    [[nodiscard]] const std::optional<StoredBlock>& last_block() const { return last_block_; }
    /// The block that the store is at: up to there, nobody needs to keep blocks to replay.
    [[nodiscard]] std::optional<StoredBlock> stored_block() const;
    /// While there is a value, the state is not whole and must not be read until the blocks up to
    /// this one have been committed (`FlatStore::replay_needed_to`).
    [[nodiscard]] std::optional<uint64_t> replay_needed_to() const;

    /// Makes the effects of a block visible. In memory: keeping them over a crash is up to the
    /// caller, who replays the blocks after `stored_block`. Waits for the checkpoint under way when
    /// memory has reached its limit. The number must follow the last block's and fit into 63 bits,
    /// code must be given or known, and the last block must be sealed (`InvalidInput`). After an
    /// error nothing has changed.
    [[nodiscard]] Result<void> apply(uint64_t number, const StateChanges& changes);
    /// Hash and root of the block applied last; until they are known no checkpoint begins. Begins
    /// one when it is due.
    void seal(const StoredBlock& block);
    /// Both, where hash and root are known from the start.
    [[nodiscard]] Result<void> commit(const StoredBlock& block, const StateChanges& changes);
    /// Memory for blocks is short: the next commit may have to wait. Callers pass it on as
    /// back-pressure. Safe from any thread.
    [[nodiscard]] bool pressure() const { return pressure_.load(std::memory_order_relaxed); }

    /// Begins to write what was committed since the last checkpoint. False: one is under way, or
    /// there is nothing to write, or the last block is not sealed.
    bool begin_checkpoint();
    /// The last block of the checkpoint under way, whose end nobody has seen yet.
    [[nodiscard]] std::optional<uint64_t> writing_to() const;
    /// Returns when the store is at `block` or later. `Unavailable` when no checkpoint under way
    /// leads there; the error of one that failed. From any thread.
    [[nodiscard]] Result<void> wait_stored(uint64_t block);
    /// Waits for the checkpoint under way; its error, after which it is begun again by the next
    /// commit or call.
    [[nodiscard]] Result<void> wait_checkpoint();
    /// Everything that was committed is in the store when this returns.
    [[nodiscard]] Result<void> checkpoint();

    /// Keeps the undo records of this block and of those after it in the store, whatever
    /// `FlatConfig::undo_blocks` says, from the next checkpoint on; the last call counts. Safe from
    /// any thread.
    void keep_undo_from(uint64_t block) { undo_kept_from_.store(block, std::memory_order_relaxed); }

    /// Reads what a block will ask for into the cache, code included.
    void prefetch(std::span<const Address> accounts, std::span<const SlotKey> slots) const;

    /// The state after `block`, which is the last or an earlier one; blocks may be committed while
    /// it is read. Costs no memory while its block is among the latest (`history_bytes`); for an
    /// earlier one the undo records up to there are read into the view, as many as fit into
    /// `history_bytes` (`LimitExceeded`). A read takes a shared lock once or twice, and a search
    /// in each block since. `NotFound` for a block without a way back. This must outlive the view.
    [[nodiscard]] Result<std::unique_ptr<BlockView>> view_at(uint64_t block) const;

    /// A sealed block that is not after the last; no value when there is none of that number.
    [[nodiscard]] Result<std::optional<StoredBlock>> block_at(uint64_t number) const;
    /// The way back from a block that is in the store; null when it is not kept.
    [[nodiscard]] Result<std::shared_ptr<const StateChanges>> undo_at(uint64_t block) const {
        return store_->undo(block);
    }

    /// Takes blocks back, so that `block` is the last. `NotFound` if the undo records do not reach
    /// that far; nothing has changed then. After any other error open the store again. Blocks that
    /// the caller keeps for replay must be given up before.
    [[nodiscard]] Result<void> rewind(uint64_t block);

    struct Memory {
        size_t overlay = 0;  ///< what `FlatConfig::overlay_bytes` limits
        size_t cache = 0;
        size_t history = 0;
    };
    [[nodiscard]] Memory memory() const;

  private:
    class HistoryView;
    enum class Writing { Nothing, UnderWay, Done };

    [[nodiscard]] std::optional<std::optional<Account>> overlay_account(const Address& a) const;
    [[nodiscard]] std::optional<Uint256> overlay_slot(const Address& a, const Uint256& key) const;
    [[nodiscard]] const CodePointer* overlay_code(const Bytes32& hash) const;
    [[nodiscard]] Result<std::optional<Account>> account_below(const Address& address) const;
    [[nodiscard]] Result<Uint256> slot_below(const Address& address, const Uint256& key) const;
    [[nodiscard]] Result<CodePointer> code_below(const Bytes32& hash) const;
    [[nodiscard]] Result<void> visit_slots(const Address& address, const SlotVisitor& visit) const;
    template <typename T>
    [[nodiscard]] T answer(Result<T> result) const;
    void fail(const Error& error) const;

    [[nodiscard]] Result<void> check_number(uint64_t number) const;
    [[nodiscard]] Result<void> check_code(const StateChanges& changes) const;
    [[nodiscard]] Result<void> make_room();
    [[nodiscard]] Result<void> drop_written();
    void start_writing();
    void update_pressure();
    [[nodiscard]] size_t overlay_bytes() const;
    void checkpoint_thread();
    [[nodiscard]] Result<void> write_frozen();
    void fill_cache(const StateChanges& changes) const;
    [[nodiscard]] Result<void> forget_cleared(const StateChanges& changes) const;

    const FlatConfig config_;
    std::unique_ptr<FlatStore> store_;
    mutable StateCache cache_;

    /// Guards the members below against readers that run beside commits.
    mutable WriterFirstLock layers_lock_;
    std::unique_ptr<Overlay> active_;
    std::unique_ptr<Overlay> frozen_;  ///< what a checkpoint writes; else null
    UndoHistory history_;
    std::optional<StoredBlock> last_block_;
    bool is_sealed_ = true;  ///< hash and root of the last block are known
    std::optional<StoredBlock> stored_block_;
    /// Counts the checkpoints that began or whose end was seen: a value that was read from the
    /// store before may be out of date.
    uint64_t epoch_ = 0;
    uint64_t rewinds_ = 0;

    std::vector<CheckpointBlock> frozen_blocks_;
    size_t frozen_bytes_ = 0;
    std::optional<uint64_t> replay_needed_to_;
    std::atomic<bool> pressure_{false};
    std::atomic<uint64_t> undo_kept_from_{UINT64_MAX};

    mutable std::mutex failure_mutex_;
    mutable std::optional<Error> failure_;
    mutable std::atomic<bool> failed_{false};

    std::mutex writing_mutex_;
    std::condition_variable writing_changed_;
    Writing writing_ = Writing::Nothing;
    Result<void> written_;
    std::optional<uint64_t> written_to_;  ///< the block that the store is at
    std::unique_ptr<Overlay> retired_;    ///< to be destroyed on the checkpoint thread
    bool stop_ = false;
    std::thread writer_;
};

}  // namespace switchyard::flat
