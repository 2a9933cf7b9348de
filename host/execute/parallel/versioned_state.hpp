// SPDX-License-Identifier: Apache-2.0
// The state of a block in flight: for each account and slot, what each transaction made of it,
// readable by the transactions after it.
#pragma once

#include <array>
#include <atomic>
#include <mutex>
#include <shared_mutex>
#include <unordered_map>
#include <vector>

#include "host/chain/revision.hpp"
#include "host/state/state_view.hpp"

namespace switchyard::execute {

/// Multi-version memory over a base view (Block-STM, Gelashvili et al. 2022, section 3.1, without
/// its estimates: the lane plan takes their place).
///
/// A version is the index of the transaction that published it. A reader at index i sees, for each
/// account and slot, the highest version below i, and the base below that. What it sees may still
/// change; whoever uses it validates its reads later. All members but `begin` are safe from any
/// thread; an index is published by one thread at a time.
class VersionedState {
  public:
    /// Forgets the block before. `base` must outlive the block and bear reads from all threads; it
    /// is the state before transaction 0.
    void begin(const StateView& base, Revision revision);

    /// Makes the effects of transaction `index` visible to the transactions after it.
    void publish(uint32_t index, const StateChanges& changes);
    /// Takes back what `publish` made visible. `changes` is equal to what was published for
    /// `index`.
    void withdraw(uint32_t index, const StateChanges& changes);

    /// The state as transaction `index` sees it. Cheap to make; refers to the versioned state.
    class View final : public StateView {
      public:
        View(const VersionedState& state, uint32_t index) : state_(state), index_(index) {}
        [[nodiscard]] std::optional<Account> account(const Address& address) const override;
        [[nodiscard]] Uint256 storage(const Address& address, const Uint256& key) const override;
        [[nodiscard]] CodePointer code(const Bytes32& code_hash) const override;
        /// A guess once the account's storage was changed in this block; the validation of reads
        /// settles it.
        [[nodiscard]] bool has_storage(const Address& address) const override;

      private:
        const VersionedState& state_;
        uint32_t index_;
    };

  private:
    struct AccountVersion {
        uint32_t index;
        AccountChange change;
    };
    struct SlotVersion {
        uint32_t index;
        Uint256 value;
    };
    struct SlotName {
        Address address;
        Uint256 key;
        bool operator==(const SlotName&) const = default;
    };
    struct SlotNameHash {
        size_t operator()(const SlotName& name) const {
            return std::hash<Address>{}(name.address) * 31 + std::hash<Uint256>{}(name.key);
        }
    };
    /// Versions ascend by index.
    struct alignas(64) AccountShard {
        mutable std::mutex mutex;
        std::unordered_map<Address, std::vector<AccountVersion>> accounts;
    };
    struct alignas(64) SlotShard {
        mutable std::mutex mutex;
        std::unordered_map<SlotName, std::vector<SlotVersion>, SlotNameHash> slots;
    };
    static constexpr size_t kShardCount = 64;

    [[nodiscard]] bool shows_in_account(const AccountChange& change) const;
    [[nodiscard]] const AccountShard& shard_of(const Address& address) const;
    [[nodiscard]] const SlotShard& shard_of(const SlotName& name) const;
    [[nodiscard]] std::optional<Account> account_before(uint32_t index,
                                                        const Address& address) const;
    [[nodiscard]] Uint256 storage_before(uint32_t index, const Address& address,
                                         const Uint256& key) const;
    /// The highest index below `index` that cleared the account's storage.
    [[nodiscard]] std::optional<uint32_t> cleared_before(uint32_t index,
                                                         const Address& address) const;

    const StateView* base_ = nullptr;
    Revision revision_ = Revision::Frontier;
    std::array<AccountShard, kShardCount> account_shards_;
    std::array<SlotShard, kShardCount> slot_shards_;
    /// Storage clears published so far: while there is none, which is nearly always, a slot needs
    /// no look at its account.
    std::atomic<uint32_t> clears_published_{0};
    mutable std::shared_mutex codes_mutex_;
    std::unordered_map<Bytes32, CodePointer> codes_;
};

}  // namespace switchyard::execute
