// SPDX-License-Identifier: Apache-2.0
// The state of a block in flight: for each account and slot, what each transaction made of it,
// readable by the transactions after it.
#pragma once

#include <array>
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
/// A version is the index of the transaction that published it. A reader at index i sees, for each
/// account and slot, the highest version below i, and the base below that. What it sees may still
/// change, until all transactions below i are final; whoever uses it earlier validates its reads
/// later. Each account and slot is a cell in a hash table that only grows, with the base's value
/// read once, so that a look-up takes no lock and a second look at the same cell is a pointer.
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

    /// Cells that a transaction read, in the order of its `ReadSet`, and the account versions that
    /// it published. Reusable.
    struct Touched {
        std::vector<AccountCell*> accounts;
        std::vector<SlotCell*> slots;  ///< null: the volatile slot
        std::vector<AccountVersion*> published;
        Uint256 fee;  ///< the beneficiary's, if its change is not among `published`

        void clear() {
            accounts.clear();
            slots.clear();
            published.clear();
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
    };

    /// Makes the effects of transaction `index` visible to the transactions after it; `touched` is
    /// what it read, and gets what was published. One thread for each index at a time.
    void publish(uint32_t worker, uint32_t index, const StateChanges& changes, Touched& touched);
    /// Takes back what `publish` made visible. `changes` is what was published for `index`.
    void withdraw(uint32_t worker, uint32_t index, const StateChanges& changes, Touched& touched);

    /// Whether everything that transaction `index` read is what stands there. `touched` is of the
    /// same execution. Exact if all transactions below are settled.
    [[nodiscard]] bool reads_hold(uint32_t worker, uint32_t index, const ReadSet& reads,
                                  const Touched& touched);

    /// A transaction whose effects are published is final. In ascending order of index; one thread
    /// at a time, each after the one before.
    void settle(const StateChanges& changes, const Touched& touched);

    /// The net effect of everything settled, in the canonical form of `StateChanges`. First
    /// `sort_part` for each part from 0 to `workers - 1`, each on any thread; nobody else is at
    /// work.
    void sort_part(uint32_t part);
    void changes(StateChanges& out);

  private:
    friend class View;

    /// For sorting without a look at the cell.
    struct SlotPosition {
        uint64_t address_prefix;
        uint64_t key_prefix;
        const SlotCell* cell;
        [[nodiscard]] bool operator<(const SlotPosition& other) const;
    };

    /// Account cells and slot cells of one worker, in the order in which it made them.
    struct alignas(64) Worker {
        Arena arena;
        std::vector<AccountCell*> accounts;
        std::vector<SlotCell*> slots;
        std::vector<SlotPosition> sorted_slots;  ///< those with versions; by `sort_part`
        /// Code behind control blocks of this worker's own: to count references of a contract that
        /// everybody calls would move its cache line between cores with every call.
        std::unordered_map<Bytes32, CodePointer> codes;
    };
    /// Chains of cells, one from each bucket. A cell is put in front and never taken out.
    template <typename Cell>
    class Table {
      public:
        void begin(size_t bucket_count);
        template <typename IsKey>
        [[nodiscard]] Cell* find(uint64_t hash, IsKey is_key) const {
            Cell* cell = buckets_[hash & mask_].load(std::memory_order_acquire);
            while (cell != nullptr && !(cell->hash == hash && is_key(*cell)))
                cell = cell->next;
            return cell;
        }
        /// Puts `made` in, unless another thread was faster: then gives that thread's cell.
        template <typename IsKey>
        [[nodiscard]] Cell* insert(Cell* made, IsKey is_key);
        /// Whether `holds` is true of some cell.
        template <typename Holds>
        [[nodiscard]] bool any_of(Holds holds) const {
            for (size_t i = 0; i <= mask_; ++i)
                for (const Cell* cell = buckets_[i].load(std::memory_order_acquire);
                     cell != nullptr; cell = cell->next)
                    if (holds(*cell)) return true;
            return false;
        }

      private:
        std::unique_ptr<std::atomic<Cell*>[]> buckets_;
        size_t allocated_ = 0;
        size_t mask_ = 0;
    };
    [[nodiscard]] AccountCell& account_cell(uint32_t worker, const Address& address);
    [[nodiscard]] AccountCell* find_account(const Address& address) const;
    [[nodiscard]] SlotCell& slot_cell(uint32_t worker, const Address& address, const Uint256& key);
    [[nodiscard]] std::optional<Account> value_before(const AccountCell& cell,
                                                      uint32_t index) const;
    [[nodiscard]] Uint256 value_before(const SlotCell& cell, uint32_t index) const;
    /// The highest index below `index` that cleared the account's storage.
    [[nodiscard]] static std::optional<uint32_t> cleared_before(const AccountCell& cell,
                                                                uint32_t index);
    [[nodiscard]] bool has_storage_before(const Address& address, uint32_t index) const;
    [[nodiscard]] AccountCell& touched_account(uint32_t worker, const Address& address,
                                               const Touched& touched);
    [[nodiscard]] SlotCell& touched_slot(uint32_t worker, const Address& address,
                                         const Uint256& key, const Touched& touched);
    [[nodiscard]] bool is_volatile(const Address& address, const Uint256& key) const {
        return has_volatile_slot_ && key == volatile_slot_.second &&
               address == volatile_slot_.first;
    }
    [[nodiscard]] bool is_fee(const AccountChange& change) const;
    [[nodiscard]] bool shows_in_account(const AccountChange& change) const;
    [[nodiscard]] Uint256 fees() const;
    void set_fees(const Uint256& fees);
    void append_change(const AccountCell& cell, std::span<const SlotPosition> slots,
                       StateChanges& out) const;

    const StateView* base_ = nullptr;
    Revision revision_ = Revision::Frontier;
    Address beneficiary_;
    bool has_volatile_slot_ = false;
    std::pair<Address, Uint256> volatile_slot_;
    uint64_t hash_seed_ = process_hash_seed();
    Table<AccountCell> account_table_;
    Table<SlotCell> slot_table_;
    std::vector<Worker> workers_;
    /// Storage clears published so far: while there is none, which is nearly always, a slot needs
    /// no look at its account.
    std::atomic<uint32_t> clears_published_{0};
    /// Of settled transactions, since the beneficiary's newest settled version. Whoever reads it
    /// before its turn may see half of a change; that is a wrong read like any other.
    std::array<std::atomic<uint64_t>, 4> fees_{};
    std::atomic<bool> codes_published_{false};
    mutable std::shared_mutex codes_mutex_;
    std::unordered_map<Bytes32, CodePointer> codes_;
    std::unordered_map<Bytes32, CodePointer> settled_codes_;
};

}  // namespace switchyard::execute
