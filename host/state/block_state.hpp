// SPDX-License-Identifier: Apache-2.0
// The state while a block executes: a base view and the changes of the transactions so far.
#pragma once

#include "host/state/flat_index.hpp"
#include "host/state/state_view.hpp"

namespace switchyard {

/// An overlay over a base view. `apply` takes the changes of one transaction after another, in
/// block order, and turns deltas into absolute values; reads see all that was applied. Reads are
/// safe from several threads, if the base's are, while nobody applies. Reusable through `begin`,
/// which keeps the memory.
class BlockState final : public StateView {
  public:
    BlockState() = default;
    explicit BlockState(const StateView& base) { begin(base); }

    /// Forgets everything and stands on `base`, which must outlive this and must not change.
    void begin(const StateView& base);

    [[nodiscard]] std::optional<Account> account(const Address& address) const override;
    [[nodiscard]] Uint256 storage(const Address& address, const Uint256& key) const override;
    [[nodiscard]] CodePointer code(const Bytes32& code_hash) const override;
    [[nodiscard]] bool has_storage(const Address& address) const override;

    /// Fetch an account that will be asked for into this core's cache: some time before
    /// `prefetch_account`, where it is found, and some time before use, the account.
    void prefetch_index(const Address& address) const { account_index_.prefetch(hash_of(address)); }
    void prefetch_account(const Address& address) const;

    /// Precondition: the changes came from a transaction over a view equal to this one, or whose
    /// reads hold in this one.
    void apply(const StateChanges& transaction);

    /// The net effect of everything applied, in the canonical form of `StateChanges`.
    void changes(StateChanges& out) const;

  private:
    /// With what the base has, which was read when the change came and lay in the cache: to read it
    /// again at the end of the block would mean to wait for memory.
    struct OverlayAccount {
        Address address;
        bool storage_cleared = false;            ///< the base's storage does not show through
        uint32_t storage_epoch = 0;              ///< counts the times that the storage was cleared
        uint32_t first_slot = FlatIndex::kNone;  ///< list through `OverlaySlot::next`
        std::optional<Account> account;
        std::optional<Account> base;
    };
    struct OverlaySlot {
        Uint256 key;
        Uint256 value;  ///< 0: deleted
        Uint256 base;   ///< meaningless where the account's storage was cleared
        uint32_t account = 0;
        uint32_t next = FlatIndex::kNone;
        uint32_t epoch = 0;  ///< the account's when it was written; not its own: as never written
    };
    /// For sorting with few looks at what is sorted.
    struct Position {
        uint64_t prefix;
        uint32_t index;
    };

    [[nodiscard]] uint64_t hash_of(const Address& address) const {
        return flat_hash(address, hash_seed_);
    }
    [[nodiscard]] const OverlayAccount* find_account(const Address& address, uint64_t hash) const;
    OverlayAccount& account_for_change(const Address& address, uint64_t hash);
    [[nodiscard]] uint32_t find_slot(uint32_t account, uint64_t account_hash,
                                     const Uint256& key) const;
    void write_slot(OverlayAccount& account, uint64_t account_hash, const StorageChange& change,
                    bool is_added);
    [[nodiscard]] uint32_t index_of(const OverlayAccount& account) const {
        return static_cast<uint32_t>(&account - accounts_.data());
    }
    void append_storage(const OverlayAccount& account, std::vector<Position>& order,
                        StateChanges& out) const;

    const StateView* base_ = nullptr;
    uint64_t hash_seed_ = process_hash_seed();
    std::vector<OverlayAccount> accounts_;
    FlatIndex account_index_;
    std::vector<OverlaySlot> slots_;
    FlatIndex slot_index_;
    FlatMap<Bytes32, CodePointer> codes_;
};

}  // namespace switchyard
