// SPDX-License-Identifier: Apache-2.0
// The state at every point of a block, as the block's access list tells it (EIP-7928).
#pragma once

#include <optional>
#include <vector>

#include "host/chain/block_access_list.hpp"
#include "host/state/flat_index.hpp"
#include "host/state/state_view.hpp"

namespace switchyard::execute {

/// For each account and slot of a list, what each part of the block finds there: the value of the
/// last entry before its index, or else what the parent state has.
///
/// Whether the list tells the truth is somebody else's question (`EffectsCheck`). If it does, every
/// view is the state of serial execution at that index, and no part of the block has to wait for
/// another.
///
/// Made in two steps, for a new block over the same memory: `begin`, then each job of `run_job`
/// once, on any threads. After that all other members are safe from any thread, and nothing that
/// they give allocates.
class AccessListState {
  public:
    /// `list` must have passed `check_list_shape`; both are borrowed. The parent has to bear reads
    /// from the threads of the jobs.
    void begin(const BlockAccessList& list, const StateView& parent);
    /// Indexing, hashing code, and reading everything that the list names from the parent.
    [[nodiscard]] uint32_t job_count() const;
    void run_job(uint32_t job);

    [[nodiscard]] const BlockAccessList& list() const { return *list_; }
    [[nodiscard]] const StateView& parent() const { return *parent_; }

    /// Position in the list's accounts, or `FlatIndex::kNone`.
    [[nodiscard]] uint32_t find_account(const Address& address) const {
        return account_index_.find(flat_hash(address, hash_seed_), [&](uint32_t i) {
            return list_->accounts[i].address == address;
        });
    }
    /// A slot of the account at `account`: position in the list's changed slots, or their number
    /// plus the position among the reads; `FlatIndex::kNone`: the list does not know it.
    [[nodiscard]] uint32_t find_slot(uint32_t account, const Uint256& key) const {
        return slot_index_.find(flat_hash(key, hash_seed_ + account), [&](uint32_t slot) {
            return key_of(slot) == key && holds_slot(account, slot);
        });
    }
    [[nodiscard]] bool is_changed(uint32_t slot) const { return slot < list_->slots.size(); }

    [[nodiscard]] const Uint256& key_of(uint32_t slot) const {
        const size_t changed = list_->slots.size();
        return slot < changed ? list_->slots[slot].key : list_->reads[slot - changed];
    }

    /// What stands before the part of the block with this index; `UINT32_MAX`: after the block. An
    /// account that the block has left without nonce, balance and code does not exist (EIP-161).
    [[nodiscard]] std::optional<Account> account_before(uint32_t account, uint32_t index) const;
    /// The same from the entries that say so; null: there is none of the kind.
    [[nodiscard]] std::optional<Account> account_from(
        uint32_t account, const BlockAccessList::Change<Uint256>* balance,
        const BlockAccessList::Change<uint64_t>* nonce,
        const BlockAccessList::Change<Bytes>* code) const;
    [[nodiscard]] Uint256 storage_before(uint32_t slot, uint32_t index) const;
    [[nodiscard]] const std::optional<Account>& parent_account(uint32_t account) const {
        return parent_accounts_[account];
    }
    [[nodiscard]] const Uint256& parent_storage(uint32_t slot) const {
        return parent_storage_[slot];
    }
    /// The hash of `list().codes[i].value`.
    [[nodiscard]] const Bytes32& code_hash(uint32_t i) const { return code_hashes_[i]; }
    /// Code of the list; null: the list has none with this hash.
    [[nodiscard]] const CodePointer* find_code(const Bytes32& hash) const;
    /// Code of the list or of the parent.
    [[nodiscard]] CodePointer code(const Bytes32& hash) const;
    /// Whether the account may not be created over (EIP-7610).
    [[nodiscard]] bool has_storage_before(uint32_t account, uint32_t index) const;

    /// The list's code, ascending by hash, each once: as `StateChanges` has it.
    [[nodiscard]] std::vector<CodeChange> codes() const;

  private:
    /// What one job reads from the parent: accounts, and for each of them slots by their number in
    /// it, changed ones before reads. Part of the slots only where there is one account.
    struct Load {
        uint32_t account_begin = 0;
        uint32_t account_end = 0;
        uint32_t slot_begin = 0;
        uint32_t slot_end = UINT32_MAX;
    };

    [[nodiscard]] bool holds_slot(uint32_t account, uint32_t slot) const {
        const BlockAccessList::Account& owner = list_->accounts[account];
        const auto changed = static_cast<uint32_t>(list_->slots.size());
        return slot < changed ? slot - owner.slots.begin < owner.slots.count
                              : slot - changed - owner.reads.begin < owner.reads.count;
    }
    void index_accounts();
    void index_slots();
    void load_codes();
    void divide_loads();
    void load_from_parent(const Load& load);

    const BlockAccessList* list_ = nullptr;
    const StateView* parent_ = nullptr;
    uint64_t hash_seed_ = process_hash_seed();
    std::vector<Load> loads_;
    FlatIndex account_index_;
    FlatIndex slot_index_;
    FlatIndex code_index_;  ///< of `codes_`, by hash; each hash once
    std::vector<std::optional<Account>> parent_accounts_;
    std::vector<Uint256> parent_storage_;  ///< changed slots, then reads
    std::vector<Bytes32> code_hashes_;
    std::vector<CodePointer> codes_;
};

/// Code that one thread has used in a block, under counts of references that no other thread
/// touches: the count of a contract that everybody calls would wander from core to core.
class CodeCache {
  public:
    void clear() { codes_.clear(); }
    [[nodiscard]] CodePointer get(const AccessListState& state, const Bytes32& hash);

  private:
    FlatMap<Bytes32, CodePointer> codes_;
};

/// The state before the part of a block with one index. One thread; cheap to make.
class AccessListView final : public StateView {
  public:
    /// `codes` belongs to the thread; null: there is none.
    AccessListView(const AccessListState& state, uint32_t index, CodeCache* codes = nullptr)
        : state_(state), index_(index), codes_(codes) {}
    [[nodiscard]] std::optional<Account> account(const Address& address) const override;
    [[nodiscard]] Uint256 storage(const Address& address, const Uint256& key) const override;
    [[nodiscard]] CodePointer code(const Bytes32& code_hash) const override;
    [[nodiscard]] bool has_storage(const Address& address) const override;

  private:
    const AccessListState& state_;
    const uint32_t index_;
    CodeCache* const codes_;
};

/// The first of ascending `entries` whose index is not below `index`; their number if there is
/// none. Quick where a transaction after another has an entry, as with a beneficiary.
template <typename Entry>
[[nodiscard]] uint32_t first_entry_from(std::span<const Entry> entries, uint32_t index) {
    if (entries.empty() || entries.front().index >= index) return 0;
    // Indices ascend strictly: the entry looked for is at most so far from the first one.
    size_t high = index - entries.front().index;
    if (high >= entries.size()) {
        high = entries.size();
        if (entries.back().index < index) return static_cast<uint32_t>(high);
    } else if (entries[high].index == index) {
        return static_cast<uint32_t>(high);
    }
    size_t low = 1;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (entries[middle].index < index)
            low = middle + 1;
        else
            high = middle;
    }
    return static_cast<uint32_t>(low);
}

/// What the entries in `range` have before a part of the block and at it; null: nothing.
template <typename Value>
struct EntriesAround {
    const BlockAccessList::Change<Value>* before = nullptr;
    const BlockAccessList::Change<Value>* at = nullptr;
};
template <typename Value>
[[nodiscard]] EntriesAround<Value> entries_around(
    const std::vector<BlockAccessList::Change<Value>>& all, BlockAccessList::Range range,
    uint32_t index) {
    EntriesAround<Value> out;
    if (range.count == 0) return out;
    const auto entries = BlockAccessList::of(all, range);
    const uint32_t at = first_entry_from(entries, index);
    if (at != 0) out.before = &entries[at - 1];
    if (at < entries.size() && entries[at].index == index) out.at = &entries[at];
    return out;
}

}  // namespace switchyard::execute
