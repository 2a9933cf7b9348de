// SPDX-License-Identifier: Apache-2.0
// A chain's state: what execution reads, its root, and what outlives the process.
#pragma once

#include <deque>
#include <filesystem>
#include <memory>

#include "host/state/commitment/background_record_store.hpp"
#include "host/state/flat/flat_state.hpp"
#include "host/state/journal/journal.hpp"
#include "host/state/sqlite/sharded_store.hpp"
#include "host/state/store/journal_generations.hpp"
#include "host/state/store/root_thread.hpp"

namespace switchyard {

struct StateStoreOptions {
    flat::FlatConfig flat{};
    sqlite::ShardedStoreOptions shards{};
    commitment::CommitmentOptions trie{};
    size_t trie_page_cache_bytes = size_t{64} << 20;  ///< of SQLite, for the trie's records
    journal::SyncPolicy policy = journal::SyncPolicy::Block;
    std::chrono::milliseconds sync_interval{100};  ///< of `SyncPolicy::Interval`
    uint64_t segment_bytes = uint64_t{64} << 20;   ///< of the journal
    /// Blocks that the journal keeps because no checkpoint holds them, in bytes: a checkpoint
    /// begins at half of it, `pressure` turns on at three quarters, at the limit `apply` waits.
    uint64_t backlog_bytes = uint64_t{1} << 30;
    /// `journal::RecoveryOptions::cut_damage`: what the journal lost is given up.
    bool cut_damage = false;
    /// A store of blocks without a journal is one whose journal was lost; or one that was restored
    /// from a snapshot, where this has to be set.
    bool accept_missing_journal = false;
};

/// What opening a store found.
struct StoreRecovery {
    uint64_t replayed = 0;                        ///< blocks from the journal
    std::optional<journal::JournalCut> cut;       ///< what was cut off it
    std::optional<uint64_t> trie_caught_up_from;  ///< the block that the trie was at, if behind
};

/// Journal, flat state and state trie of one chain, in one folder:
///
///   journal-N/   what was acknowledged and no checkpoint holds (host/state/journal)
///   flat/        accounts, storage, code, blocks, undo records (host/state/sqlite)
///   trie.db      the state trie (host/state/sqlite/sqlite_record_store.hpp)
///
/// A block goes in by `apply`, which makes its effects visible and begins its root on another
/// thread, `root`, `seal`, once hash and root are known, and `wait_durable`, after which it may be
/// acknowledged. At most one block is not sealed, so that the next may execute, but not be applied,
/// before the root of the last is known.
///
/// All members come from one thread at a time, except where they say more; reads of `view` come
/// from any number of threads while none of `apply`, `seal`, `pressure`, `checkpoint` and `rewind`
/// runs. One process at a time has a store.
///
/// An error of `root`, `seal` or `wait_durable`, or of `rewind` but `NotFound`, is final: every
/// call gives it again, and what was acknowledged is found by opening the store anew.
class StateStore {
  public:
    /// Opens the store in `folder`, or creates one there (its parent must exist), and replays the
    /// journal. When this returns, flat state and trie stand at the last block of the journal and
    /// agree with the root that it was sealed with. Cost: what was not in the last checkpoint.
    ///
    /// Errors: those of `ShardedStore::open`, `Journal::open` and `open_record_store`, and
    /// `Corrupt` when the parts do not fit together; the message says what to do.
    [[nodiscard]] static Result<std::unique_ptr<StateStore>> open(
        const std::filesystem::path& folder, const StateStoreOptions& options = {});
    /// Ends writes under way. Acknowledged blocks that no checkpoint holds stay in the journal.
    ~StateStore();
    StateStore(const StateStore&) = delete;
    StateStore& operator=(const StateStore&) = delete;

    [[nodiscard]] const StoreRecovery& recovery() const { return recovery_; }

    /// The state after the block applied last. Look at `view().failure()` before what was computed
    /// from it is used; `apply` does.
    [[nodiscard]] const flat::FlatState& view() const { return *flat_; }
    /// The last sealed block; no value in a new store.
    [[nodiscard]] const std::optional<StoredBlock>& last_block() const { return last_block_; }
    /// A sealed block that is not after the last; no value when the store has none of that number.
    [[nodiscard]] Result<std::optional<StoredBlock>> block_at(uint64_t number) const {
        return flat_->block_at(number);
    }

    /// Makes a block's effects visible in `view`, and begins its root. The number must follow the
    /// last block's (the first may have any), which must be sealed; `changes` are those of a whole
    /// block (`BlockState::changes`). Waits for a checkpoint where memory or the journal have
    /// reached their limits. After an error nothing has changed.
    [[nodiscard]] Result<void> apply(uint64_t number, StateChanges changes);
    /// Begins the root of the block that follows, whose effects are expected to be `changes`,
    /// before it is applied: `apply` with the same changes goes on with it. Nothing becomes
    /// visible, and reads of `view` may run beside it. Nothing happens where the same root has
    /// begun; another one is dropped. `Unavailable` while a block is not sealed, `InvalidInput` for
    /// a number that does not follow, `LimitExceeded` for changes that could not be taken back, for
    /// want of room in the trie's cache (`checkpoint` makes it) or in an undo record: no root has
    /// begun then.
    [[nodiscard]] Result<void> begin_root(uint64_t number, StateChanges changes);
    /// Waits for the root begun last. `InvalidInput`: none was. Another error is not final: a block
    /// may be applied.
    [[nodiscard]] Result<Bytes32> begun_root();
    /// The block will not come: the trie goes back to the block before. Waits.
    [[nodiscard]] Result<void> drop_root();
    /// Waits for the root of the state after the block applied last. May come from another thread
    /// while none of `apply`, `seal`, `checkpoint` and `rewind` runs.
    [[nodiscard]] Result<Bytes32> root();
    /// Gives the block applied last its hash, and appends it to the journal without waiting for the
    /// disk. `InvalidInput` for another number, or a root that is not `root()`'s; nothing has
    /// changed then.
    [[nodiscard]] Result<void> seal(const StoredBlock& block);
    /// Returns when a sealed block is durable under the policy. From any thread, also beside the
    /// other members.
    [[nodiscard]] Result<void> wait_durable(uint64_t number);
    /// All four steps. `InvalidInput` when the effects do not lead to the block's root; the store
    /// has then failed.
    [[nodiscard]] Result<void> commit(const StoredBlock& block, StateChanges changes);

    /// Memory or the journal's budget are short: no more transactions should be let in. Moves on
    /// what has been written meanwhile, so it should be asked also while no block comes.
    [[nodiscard]] bool pressure();
    /// Everything sealed is in flat/ and trie.db when this returns. Needs no call.
    [[nodiscard]] Result<void> checkpoint();

    /// Proofs of an account and of slots (EIP-1186) in the state after the last sealed block.
    /// `Unavailable` while a block is applied that is not sealed, or a root was begun.
    [[nodiscard]] Result<commitment::AccountProof> prove(const Address& address,
                                                         std::span<const Uint256> keys = {});
    /// The same in the state that the root begun last is of (`begin_root`). Waits for that root.
    /// `InvalidInput`: none was begun.
    [[nodiscard]] Result<commitment::AccountProof> prove_begun(const Address& address,
                                                               std::span<const Uint256> keys = {});
    /// Reads these into the flat state's cache. From any thread, beside everything but `rewind`.
    void prefetch(std::span<const Address> accounts, std::span<const flat::SlotKey> slots) const {
        flat_->prefetch(accounts, slots);
    }
    /// See `FlatState::view_at`.
    [[nodiscard]] Result<std::unique_ptr<flat::BlockView>> view_at(uint64_t block) const {
        return flat_->view_at(block);
    }

    /// Takes sealed blocks back, so that `block` is the last. `NotFound` when the undo records do
    /// not reach that far; nothing has changed then. A crash on the way leaves the store at that
    /// block or a later one.
    [[nodiscard]] Result<void> rewind(uint64_t block);

    struct Status {
        flat::FlatState::Memory memory;
        size_t trie_dirty_bytes = 0;         ///< changed since the trie's last checkpoint
        size_t trie_writing_bytes = 0;       ///< of the checkpoint under way
        uint64_t backlog_bytes = 0;          ///< of the journal, behind the last checkpoint
        std::optional<uint64_t> checkpoint;  ///< the block up to which the journal was given up
        journal::JournalStatus journal;
    };
    [[nodiscard]] Status status() const;

  private:
    class Opening;
    /// A block that is applied and not sealed, or one whose root was begun.
    struct Pending {
        uint64_t number;
        std::shared_ptr<const StateChanges> changes;  ///< the thread of roots reads them, too
        std::shared_future<Result<Bytes32>> root;
    };
    /// A block that the journal keeps.
    struct Kept {
        uint64_t block = 0;
        uint64_t record = 0;
        uint64_t bytes = 0;
    };

    StateStore(std::filesystem::path folder, const StateStoreOptions& options,
               JournalGenerations generations)
        : folder_(std::move(folder)), options_(options), generations_(std::move(generations)) {}

    [[nodiscard]] journal::JournalOptions journal_options(bool create) const;
    [[nodiscard]] Result<void> open_journal(uint64_t generation, bool create,
                                            const journal::Replay& replay);
    Error fail(const Error& error);
    [[nodiscard]] std::optional<Error> failure() const;
    [[nodiscard]] Result<void> sealed_and_sound() const;
    /// Goes on with the root that was begun, if there is one: it is this block's.
    [[nodiscard]] std::shared_future<Result<Bytes32>> root_of(const Pending& block);
    [[nodiscard]] Result<void> make_room();
    [[nodiscard]] uint64_t backlog() const;
    void keep(const Kept& kept);
    /// The last record that holds a block up to `block`. Under `kept_mutex_`.
    [[nodiscard]] std::optional<Kept> kept_up_to(uint64_t block) const;
    /// Waits until the journal on the disk has all blocks up to `block`.
    [[nodiscard]] Result<void> sync_journal(uint64_t block);
    /// Forgets records that a checkpoint has made superfluous.
    void forget_released();
    void begin_checkpoint_if_due();
    [[nodiscard]] bool is_checkpointing();
    [[nodiscard]] Result<void> finish_checkpoint();
    [[nodiscard]] Result<void> rewind_trie(uint64_t block);

    const std::filesystem::path folder_;
    const StateStoreOptions options_;
    JournalGenerations generations_;
    StoreRecovery recovery_;
    FixedBytes<16> id_;

    std::unique_ptr<flat::FlatState> flat_;
    std::unique_ptr<journal::Journal> journal_;
    /// Destroyed before the two above, which its steps use.
    std::unique_ptr<commitment::BackgroundRecordStore> records_;
    std::unique_ptr<RootThread> trie_;

    std::optional<StoredBlock> last_block_;
    std::optional<Pending> pending_;
    std::optional<Pending> early_;  ///< its effects are in the trie and not in the flat state
    mutable std::mutex failure_mutex_;
    std::optional<Error> failure_;
    Bytes record_;  ///< the encoding of a block, to be used again
    /// The trie's part of a checkpoint, until its records have been taken.
    std::optional<std::future<Result<void>>> taking_;

    mutable std::mutex kept_mutex_;             ///< guards the members below
    journal::Journal* open_journal_ = nullptr;  ///< `journal_` once it has been read
    std::deque<Kept> kept_;
    uint64_t kept_bytes_ = 0;
    std::optional<uint64_t> checkpoint_;  ///< the block that flat/ and trie.db hold at least
    std::optional<uint64_t> opened_at_;   ///< a block that was durable when the store was opened
};

}  // namespace switchyard
