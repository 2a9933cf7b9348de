// SPDX-License-Identifier: Apache-2.0
// What execution may ask of a state, and what it gives back: the border between execution and
// storage.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "host/state/account.hpp"

namespace switchyard {

/// Read access to the accounts at one point of the chain.
///
/// Implementations state whether they are safe from several threads; those given to the parallel
/// executor must be. Reads cannot fail: a store that cannot answer reports through its own channel
/// and stops the block before it is acknowledged.
class StateView {
  public:
    virtual ~StateView() = default;
    /// No value: the account does not exist.
    [[nodiscard]] virtual std::optional<Account> account(const Address& address) const = 0;
    /// 0 for a slot that was never written.
    [[nodiscard]] virtual Uint256 storage(const Address& address, const Uint256& key) const = 0;
    /// The code whose Keccak-256 is `code_hash`, which must be the hash of an account of this view;
    /// never null.
    [[nodiscard]] virtual CodePointer code(const Bytes32& code_hash) const = 0;
    /// Whether any slot of the account is not zero (EIP-7610 refuses to create over it).
    [[nodiscard]] virtual bool has_storage(const Address& address) const = 0;
};

/// A storage slot and its new value; 0 deletes the slot.
struct StorageChange {
    Uint256 key;
    Uint256 value;
    bool operator==(const StorageChange&) const = default;
};

/// What becomes of one account in a transaction or a block. Each field is written or kept on its
/// own, so that changes to different fields of one account do not disturb each other.
struct AccountChange {
    Address address;
    /// The account afterwards; no value: deleted, together with its storage. Fields of the account
    /// that are not written hold what the view gave, or nothing.
    std::optional<Account> account;
    /// `account->balance` is to be added (modulo 2^256) to the balance that stands before, 0 for an
    /// absent account; 0 to add means that the balance is kept.
    bool balance_is_delta = false;
    bool nonce_written = true;
    bool code_written = true;
    /// The storage that stood before is gone (self-destruct, or creation over it); what follows in
    /// `storage_of` then starts from nothing.
    bool storage_cleared = false;
    uint32_t storage_begin = 0;  ///< first of its slots in `StateChanges::storage`
    uint32_t storage_count = 0;
    /// Of a transaction that merges: the last so many of its slots hold what is to be added (modulo
    /// 2^256) to the value that stands before, instead of the value.
    uint32_t storage_added = 0;

    [[nodiscard]] bool is_added(size_t slot) const { return slot + storage_added >= storage_count; }
    bool operator==(const AccountChange&) const = default;
};

/// New code and its Keccak-256.
struct CodeChange {
    Bytes32 hash;
    CodePointer code;
    bool operator==(const CodeChange& other) const { return hash == other.hash; }
};

/// What a transaction accessed in the sense of EIP-7928: every account and slot that it read or
/// wrote, in reverted frames as well. Each stands once, in no particular order.
struct AccessSet {
    struct Account {
        Address address;
        uint32_t slots_begin = 0;  ///< first of its slots in `AccessSet::slots`
        uint32_t slot_count = 0;
        bool operator==(const Account&) const = default;
    };
    std::vector<Account> accounts;
    std::vector<Uint256> slots;  ///< grouped by account

    [[nodiscard]] std::span<const Uint256> slots_of(const Account& account) const {
        return std::span(slots).subspan(account.slots_begin, account.slot_count);
    }
    void clear() {
        accounts.clear();
        slots.clear();
    }
    bool operator==(const AccessSet&) const = default;
};

/// The net effect of a transaction or of a whole block on the state. Flat, so that an object which
/// is used again allocates nothing.
///
/// A block's changes (`BlockState::changes`) hold absolute values only: every field written, no
/// deltas, no change that changes nothing, accounts ascending by address and slots by key, so that
/// two equal effects compare equal.
struct StateChanges {
    std::vector<AccountChange> accounts;  ///< each address once
    std::vector<StorageChange> storage;   ///< the slots of all accounts, grouped by account
    std::vector<CodeChange> codes;
    AccessSet accesses;  ///< of a transaction, from Amsterdam on; else empty

    [[nodiscard]] std::span<const StorageChange> storage_of(const AccountChange& account) const {
        return std::span(storage).subspan(account.storage_begin, account.storage_count);
    }
    /// The change of `address` or null. Linear: for tests and reports.
    [[nodiscard]] const AccountChange* find(const Address& address) const;
    [[nodiscard]] bool empty() const { return accounts.empty(); }
    void clear() {
        accounts.clear();
        storage.clear();
        codes.clear();
        accesses.clear();
    }
    bool operator==(const StateChanges&) const = default;
};

/// Which parts of an account a transaction's outcome depended on.
enum class AccountField : uint8_t {
    Balance = 1,  ///< the exact balance
    Nonce = 2,
    CodeHash = 4,
    Existence = 8,    ///< whether the account exists, and whether it is empty (EIP-161)
    HasStorage = 16,  ///< the answer of `StateView::has_storage`
    /// That the balance is `AccountRead::balance_at_least` or more. What a transaction that asked
    /// for nothing else does to the balance is the same whatever it is: a delta.
    BalanceAtLeast = 32,
};

/// What one transaction saw of the state before it. If every entry still holds when all earlier
/// transactions are final, the transaction's effects are those of serial execution.
struct ReadSet {
    struct AccountRead {
        Address address;
        std::optional<Account> account;  ///< as the view gave it
        uint8_t fields = 0;        ///< `AccountField` bits; 0: loaded, but nothing depends on it
        bool has_storage = false;  ///< meaningful with `AccountField::HasStorage`
        Uint256 balance_at_least;  ///< with `AccountField::BalanceAtLeast`

        [[nodiscard]] bool depends_on(AccountField field) const {
            return (fields & static_cast<uint8_t>(field)) != 0;
        }
        /// Whether `now` gives the same answers in every field depended on, `HasStorage` apart.
        [[nodiscard]] bool holds(const std::optional<Account>& now) const;
    };
    static constexpr uint32_t kExact = UINT32_MAX;
    struct StorageRead {
        Address address;
        uint32_t bounds = kExact;  ///< in `ReadSet::bounds`; `kExact`: the value itself counts
        Uint256 key;
        Uint256 value;
    };
    /// What a slot's value may be, both ends with it.
    struct StorageBounds {
        Uint256 min;
        Uint256 max = ~Uint256{};
        bool operator==(const StorageBounds&) const = default;
    };
    std::vector<AccountRead> accounts;  ///< each address once
    std::vector<StorageRead> storage;   ///< each slot once
    std::vector<StorageBounds> bounds;

    /// Whether the outcome is the same with `now` in the place of the value read.
    [[nodiscard]] bool holds(const StorageRead& read, const Uint256& now) const {
        if (read.bounds == kExact) return now == read.value;
        return bounds[read.bounds].min <= now && now <= bounds[read.bounds].max;
    }
    void clear() {
        accounts.clear();
        storage.clear();
        bounds.clear();
    }
};

/// Whether everything in `reads` still holds in `view`.
[[nodiscard]] bool reads_hold(const ReadSet& reads, const StateView& view);

/// The account that `change` makes of `before`. Precondition: `change.account` has a value.
[[nodiscard]] Account changed_account(const std::optional<Account>& before,
                                      const AccountChange& change);

}  // namespace switchyard
