// SPDX-License-Identifier: Apache-2.0
// The state of a block in flight: for each account and slot, what each transaction made of it,
// readable by the transactions after it.
#pragma once

#include <atomic>
#include <memory>
#include <shared_mutex>
#include <unordered_map>
#include <vector>

#include "host/chain/revision.hpp"
#include "host/execute/parallel/arena.hpp"
#include "host/execute/parallel/cells.hpp"
#include "host/state/flat_index.hpp"
#include "host/state/state_view.hpp"

namespace switchyard::execute {

/// What a block's `VersionedState` is made for.
struct VersionedBlock {
    const StateView* base = nullptr;  ///< before transaction 0; bears reads from all workers
    Revision revision = Revision::Frontier;
    Address beneficiary;
    uint32_t transactions = 0;
    /// A slot that is never kept, but read from `base` each time (DeferredParentHash).
    std::optional<std::pair<Address, Uint256>> volatile_slot{};
};

/// Multi-version memory over a base view (Block-STM, Gelashvili et al. 2022, section 3.1, without
/// its estimates: the lane plan takes their place).
///
/// A version is what a transaction that is not final yet published, under its index. A reader at
/// index i sees, for each account and slot, the versions below i on top of the final value. What it
/// sees may still change, until all transactions below i are final; whoever uses it earlier
/// validates its reads later. When a transaction becomes final its versions go into the final
/// values and are used again: the block in flight stays small enough for a core's cache, however
/// long the block is.
///
/// Each account and slot is a cell in a hash table that only grows, with the base's value read
/// once, so that a look-up takes no lock and a second look at the same cell is a pointer.
///
/// Fees: a credit to the beneficiary that is nothing else is not published but summed up when its
/// transaction becomes final, since otherwise every transaction would write to one cell.
///
/// The worker's number, below the count given to the constructor, says whose memory is taken: no
/// two threads may use one number at a time. Members are safe from any thread unless they say
/// otherwise.
class VersionedState {
  public:
    explicit VersionedState(uint32_t workers);

    /// Forgets the block before. Not thread-safe.
    void begin(const VersionedBlock& block);

    /// The cells that a transaction read, in the order of its `ReadSet`, and the versions that it
    /// published. Reusable.
    struct Touched {
        template <typename Cell, typename Version>
        struct Publication {
            Cell* cell;
            Version* version;
        };
        std::vector<AccountCell*> accounts;
        std::vector<SlotCell*> slots;  ///< null: the volatile slot
        std::vector<Publication<AccountCell, AccountVersion>> account_versions;
        std::vector<Publication<SlotCell, SlotVersion>> slot_versions;
        Uint256 fee;  ///< the beneficiary's, if its change is not among the versions

        void clear() {
            accounts.clear();
            slots.clear();
            account_versions.clear();
            slot_versions.clear();
            fee = {};
        }
    };

    /// The state as transaction `index` sees it, for one worker.
    class View final : public StateView {
      public:
        View(VersionedState& state, uint32_t worker) : state_(&state), worker_(worker) {}
        /// From here on the view is that of `index` and, if it is not null, notes in `touched` the
        /// cell of each account and slot asked for.
        void begin(uint32_t index, Touched* touched) {
            index_ = index;
            touched_ = touched;
            last_account_ = nullptr;
        }
        [[nodiscard]] std::optional<Account> account(const Address& address) const override;
        [[nodiscard]] Uint256 storage(const Address& address, const Uint256& key) const override;
        [[nodiscard]] CodePointer code(const Bytes32& code_hash) const override;
        [[nodiscard]] bool has_storage(const Address& address) const override;

      private:
        VersionedState* state_;
        uint32_t worker_;
        uint32_t index_ = 0;
        Touched* touched_ = nullptr;
        mutable AccountCell* last_account_ = nullptr;  ///< whose slots were asked for last
    };

    /// Makes the effects of transaction `index` visible to the transactions after it; `touched` is
    /// what it read, and gets what was published. One thread for each index at a time.
    void publish(uint32_t worker, uint32_t index, const StateChanges& changes, Touched& touched);
    /// Takes back what `publish` made visible.
    void withdraw(uint32_t worker, Touched& touched);

    /// Whether everything that transaction `index` read is what stands there. `touched` is of the
    /// same execution. Exact if all transactions below are settled.
    [[nodiscard]] bool reads_hold(uint32_t worker, uint32_t index, const ReadSet& reads,
                                  const Touched& touched);

    /// A transaction whose effects are published is final. In ascending order of index; one thread
    /// at a time, each after the one before.
    void settle(uint32_t worker, const StateChanges& changes, Touched& touched);

    /// Puts the fees into the beneficiary's account. After the last transaction; nobody else is at
    /// work.
    void settle_fees();

    /// Fetches an account that will be asked for into this core's cache: some time before
    /// `prefetch_cell`, where its cell is found, and some time before use, the cell.
    void prefetch_bucket(const Address& address) const {
        account_table_.prefetch_bucket(flat_hash(address, hash_seed_));
    }
    void prefetch_cell(const Address& address) const {
        account_table_.prefetch_cell(flat_hash(address, hash_seed_));
    }

    /// The net effect of everything settled, in the canonical form of `StateChanges`, by as many
    /// threads as there are. In this order, and nobody else is at work: `sort_part` for each part
    /// from 0 to `workers - 1`, each on any thread; `begin_changes`, which says how many ranges
    /// are written; `write_changes` for each of these, each on any thread; `end_changes`.
    void sort_part(uint32_t part);
    void begin_changes(uint32_t ranges, StateChanges& out);
    void write_changes(uint32_t range, StateChanges& out);
    void end_changes(StateChanges& out);

  private:
    friend class View;

    /// Of cells that changed: for sorting without a look at them.
    struct SlotPosition {
        uint64_t address_prefix;
        uint64_t key_prefix;
        const AccountCell* owner;
        const SlotCell* cell;
        [[nodiscard]] bool operator<(const SlotPosition& other) const;
    };
    struct AccountPosition {
        uint64_t prefix;
        const AccountCell* cell;
        [[nodiscard]] bool operator<(const AccountPosition& other) const;
    };

    /// Chains of cells, one from each bucket. A cell is put in front and never taken out. The low
    /// bits of a bucket, which the address of a cell leaves free, say which of six kinds of hashes
    /// its chain may have: most look-ups of what is not there touch no cell.
    template <typename Cell>
    class Table {
        static constexpr uintptr_t kKinds = 6;
        static constexpr uintptr_t kKindBits = alignof(Cell) - 1;
        static_assert((uintptr_t{1} << kKinds) <= alignof(Cell));

      public:
        void begin(size_t bucket_count);
        template <typename IsKey>
        [[nodiscard]] Cell* find(uint64_t hash, IsKey is_key) const {
            const uintptr_t bucket = buckets_[hash & mask_].load(std::memory_order_acquire);
            if ((bucket & kind_of(hash)) == 0) return nullptr;
            Cell* cell = first_of(bucket);
            while (cell != nullptr && !is_key(*cell))
                cell = cell->next;
            return cell;
        }
        /// Puts `made` in, unless another thread was faster: then gives that thread's cell.
        template <typename IsKey>
        [[nodiscard]] Cell* insert(uint64_t hash, Cell* made, IsKey is_key);
        void prefetch_bucket(uint64_t hash) const { __builtin_prefetch(&buckets_[hash & mask_]); }
        void prefetch_cell(uint64_t hash) const {
            const uintptr_t bucket = buckets_[hash & mask_].load(std::memory_order_relaxed);
            if ((bucket & kind_of(hash)) == 0) return;
            const auto* const cell = reinterpret_cast<const char*>(first_of(bucket));
            for (size_t at = 0; at < sizeof(Cell); at += 64)
                __builtin_prefetch(cell + at);
        }
        /// Whether `holds` is true of some cell.
        template <typename Holds>
        [[nodiscard]] bool any_of(Holds holds) const {
            for (size_t i = 0; i <= mask_; ++i)
                for (Cell* cell = first_of(buckets_[i].load(std::memory_order_acquire));
                     cell != nullptr; cell = cell->next)
                    if (holds(*cell)) return true;
            return false;
        }

      private:
        [[nodiscard]] static uintptr_t kind_of(uint64_t hash) {
            return uintptr_t{1} << ((hash >> 56) * kKinds >> 8);
        }
        [[nodiscard]] static Cell* first_of(uintptr_t bucket) {
            return reinterpret_cast<Cell*>(bucket & ~kKindBits);
        }

        std::unique_ptr<std::atomic<uintptr_t>[]> buckets_;
        size_t allocated_ = 0;
        size_t mask_ = 0;
    };
    /// Account cells and slot cells of one worker, in the order in which it made them.
    struct alignas(64) Worker {
        Arena arena;
        std::vector<AccountCell*> accounts;
        std::vector<SlotCell*> slots;
        std::vector<AccountVersion*> free_account_versions;
        std::vector<SlotVersion*> free_slot_versions;
        // By `sort_part`.
        std::vector<SlotPosition> sorted_slots;        ///< those that changed
        std::vector<AccountPosition> sorted_accounts;  ///< those that changed, or may by a slot
        /// Code behind control blocks of this worker's own: to count references of a contract that
        /// everybody calls would move its cache line between cores with every call.
        std::unordered_map<Bytes32, CodePointer> codes;

        [[nodiscard]] SlotVersion* slot_version(uint32_t index, const Uint256& value,
                                                bool is_added);
        [[nodiscard]] AccountVersion* account_version(uint32_t index, const AccountEffect& effect);
    };

    [[nodiscard]] AccountCell& account_cell(uint32_t worker, const Address& address);
    [[nodiscard]] AccountCell* find_account(const Address& address) const;
    [[nodiscard]] SlotCell& slot_cell(uint32_t worker, AccountCell& owner, const Uint256& key);
    [[nodiscard]] AccountCell& touched_account(uint32_t worker, const Address& address,
                                               const Touched& touched);
    [[nodiscard]] SlotCell& touched_slot(uint32_t worker, AccountCell& owner, const Uint256& key,
                                         const Touched& touched);

    [[nodiscard]] std::optional<Account> value_before(const AccountCell& cell,
                                                      uint32_t index) const;
    [[nodiscard]] static Uint256 value_before(const SlotCell& cell, uint32_t index);
    [[nodiscard]] static Uint256 versions_before(const SlotCell& cell, uint32_t index);
    [[nodiscard]] static AccountValue versions_before(const AccountCell& cell, uint32_t index);
    /// The highest index below `index` of a version that clears the account's storage.
    [[nodiscard]] static std::optional<uint32_t> cleared_before(const AccountCell& cell,
                                                                uint32_t index);
    [[nodiscard]] bool account_holds(const AccountCell& cell, uint32_t index,
                                     const ReadSet::AccountRead& read) const;
    [[nodiscard]] bool has_storage_before(const Address& address, uint32_t index) const;
    void settle_account(AccountCell& cell, AccountVersion* version);
    void forget_storage(AccountCell& owner);

    [[nodiscard]] bool is_volatile(const Address& address, const Uint256& key) const {
        return has_volatile_slot_ && key == volatile_slot_.second &&
               address == volatile_slot_.first;
    }
    [[nodiscard]] bool is_fee(const AccountChange& change) const;
    [[nodiscard]] bool shows_in_account(const AccountChange& change) const;
    void write_slots(uint32_t range, StateChanges& out) const;
    void write_accounts(uint32_t range, StateChanges& out);
    [[nodiscard]] size_t slots_up_to(const AccountCell& cell, bool and_its_own) const;

    const StateView* base_ = nullptr;
    Revision revision_ = Revision::Frontier;
    Address beneficiary_;
    bool has_volatile_slot_ = false;
    std::pair<Address, Uint256> volatile_slot_;
    uint64_t hash_seed_ = process_hash_seed();
    Table<AccountCell> account_table_;
    Table<SlotCell> slot_table_;
    std::vector<Worker> workers_;
    /// Where each worker's sorted cells are cut into ranges: range r of worker w is what lies
    /// between `cuts[r][w]` and `cuts[r + 1][w]`.
    using Cuts = std::vector<std::vector<size_t>>;
    Cuts slot_cuts_;
    Cuts account_cuts_;
    /// Of each range: which of the accounts written turned out not to have changed.
    std::vector<std::vector<size_t>> unchanged_;
    /// Of settled transactions, since the beneficiary's last change of another kind. Whoever reads
    /// it before its turn may see half of a change; that is a wrong read like any other.
    SharedWords<Uint256> fees_;
    std::atomic<bool> codes_published_{false};
    mutable std::shared_mutex codes_mutex_;
    std::unordered_map<Bytes32, CodePointer> codes_;
    std::unordered_map<Bytes32, CodePointer> settled_codes_;
};

}  // namespace switchyard::execute
