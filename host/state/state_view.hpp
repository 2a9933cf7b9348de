// SPDX-License-Identifier: Apache-2.0
// What execution may ask of a state, and what it gives back: the border between execution and
// storage.
#pragma once

#include <map>
#include <optional>
#include <unordered_map>
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

/// What one account looks like after a transaction or a block.
struct AccountChange {
    /// The account afterwards; no value: deleted. Where `balance_is_delta` holds,
    /// `account->balance` is the sum to add to the balance that stands before (modulo 2^256), and
    /// nonce and code apply only if `nonce_written`, `code_written`.
    std::optional<Account> account;
    bool balance_is_delta = false;
    bool nonce_written = true;
    bool code_written = true;
    /// The storage that stood before is gone (self-destruct, or creation over it); `storage` then
    /// starts from nothing.
    bool storage_cleared = false;
    std::unordered_map<Uint256, Uint256> storage;  ///< slot to its new value; 0 deletes the slot

    bool operator==(const AccountChange&) const = default;
};

/// The net effect of a transaction or of a whole block on the state. A block's changes hold
/// absolute values only.
struct StateChanges {
    std::unordered_map<Address, AccountChange> accounts;
    std::unordered_map<Bytes32, CodePointer> codes;  ///< new code by hash

    void clear() {
        accounts.clear();
        codes.clear();
    }
};

/// Which parts of an account a transaction's outcome depended on.
enum class AccountField : uint8_t {
    Balance = 1,  ///< the exact balance
    Nonce = 2,
    CodeHash = 4,
    Existence = 8,    ///< whether the account exists, and whether it is empty (EIP-161)
    HasStorage = 16,  ///< the answer of `StateView::has_storage`
};

/// What one transaction saw of the state before it. If every entry still holds when all earlier
/// transactions are final, the transaction's effects are those of serial execution.
struct ReadSet {
    struct AccountRead {
        std::optional<Account> account;  ///< as the view gave it
        uint8_t fields = 0;        ///< `AccountField` bits; 0: loaded, but nothing depends on it
        bool has_storage = false;  ///< meaningful with `AccountField::HasStorage`
    };
    std::unordered_map<Address, AccountRead> accounts;
    struct StorageRead {
        Address address;
        Uint256 key;
        Uint256 value;
    };
    std::vector<StorageRead> storage;

    void clear() {
        accounts.clear();
        storage.clear();
    }
};

}  // namespace switchyard
