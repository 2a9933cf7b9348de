// SPDX-License-Identifier: Apache-2.0
// The state as one transaction sees and changes it: reads through a StateView, a journal for
// reverts, EIP-2929 warmth, logs, refunds.
#pragma once

#include <span>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "host/chain/receipt.hpp"
#include "host/chain/revision.hpp"
#include "host/state/state_view.hpp"

namespace switchyard {

/// Journaled access to a state during one transaction.
///
/// Every query records which part of the account it made the outcome depend on (`ReadSet`); a
/// credit with `add_balance` alone does not depend on the balance, so that credits of different
/// transactions commute. One thread. Reusable over transactions through `begin`, which keeps the
/// memory.
class TransactionState {
  public:
    TransactionState() = default;

    /// Starts a transaction over `view`, which must outlive it. Forgets everything of the one
    /// before.
    void begin(const StateView& view, Revision revision);

    // --- Accounts. An absent account reads as empty.
    [[nodiscard]] bool exists(const Address& address);  ///< depends on Existence
    [[nodiscard]] bool is_empty(
        const Address& address);  ///< EIP-161 "dead": absent or empty; depends on Existence
    [[nodiscard]] Uint256 balance(const Address& address);
    [[nodiscard]] uint64_t nonce(const Address& address);
    [[nodiscard]] Bytes32 code_hash(
        const Address& address);  ///< kEmptyCodeHash for an absent account
    [[nodiscard]] CodePointer code(
        const Address& address);  ///< never null; empty code for an absent account
    [[nodiscard]] bool has_storage(const Address& address);  ///< EIP-7610

    void add_balance(const Address& address,
                     const Uint256& amount);  ///< creates the account; marks it touched, 0 too
    /// Precondition: `balance(address) >= amount` was checked by the caller.
    void subtract_balance(const Address& address, const Uint256& amount);
    void set_nonce(const Address& address, uint64_t nonce);
    void set_code(const Address& address, Bytes code);
    /// EIP-161: an account that is touched and empty at the end is deleted. Before Spurious Dragon:
    /// creates it if absent.
    void touch(const Address& address);
    /// Makes `address` a contract created in this transaction: storage starts empty, the balance
    /// stays, nonce and code as set afterwards.
    void create_contract(const Address& address);
    [[nodiscard]] bool was_created(
        const Address& address) const;  ///< in this transaction (EIP-6780)

    /// Marks for deletion at the end. The interpreter moves the balance; with EIP-6780 it calls
    /// this only for accounts created in the same transaction. Returns whether it was not marked
    /// before (the refund before London goes once).
    bool self_destruct(const Address& address);

    // --- Storage
    [[nodiscard]] Uint256 storage(const Address& address, const Uint256& key);
    /// The value before this transaction (EIP-2200 "original value").
    [[nodiscard]] Uint256 original_storage(const Address& address, const Uint256& key);
    void set_storage(const Address& address, const Uint256& key, const Uint256& value);
    [[nodiscard]] Uint256 transient_storage(const Address& address,
                                            const Uint256& key) const;  ///< EIP-1153
    void set_transient_storage(const Address& address, const Uint256& key, const Uint256& value);

    // --- EIP-2929 warmth. Each returns whether it was warm before.
    bool warm_account(const Address& address);
    bool warm_storage(const Address& address, const Uint256& key);
    [[nodiscard]] bool is_warm_account(const Address& address) const;
    [[nodiscard]] bool is_warm_storage(const Address& address, const Uint256& key) const;

    // --- Logs and refunds (both revert with the frame)
    void add_log(Log log);
    [[nodiscard]] std::span<const Log> logs() const { return logs_; }
    void add_refund(int64_t gas);  ///< may be negative (EIP-3529, EIP-2200)
    [[nodiscard]] int64_t refund() const { return refund_; }

    // --- Reverting. Reads stay recorded: a reverted frame still decided the outcome.
    [[nodiscard]] size_t snapshot() const { return journal_.size(); }
    void revert_to(size_t snapshot);

    // --- The end
    /// Deletes self-destructed and (from Spurious Dragon) touched empty accounts, and writes the
    /// net effect to `changes`. An account whose balance was only credited gives a delta. The logs
    /// move to the caller with `take_logs`.
    void finish(StateChanges& changes);
    [[nodiscard]] std::vector<Log> take_logs() { return std::move(logs_); }
    /// Complete after `finish`. Valid until the next `begin`.
    [[nodiscard]] const ReadSet& reads() const { return reads_; }

  private:
    struct Entry;  // the implementer lays these out
    std::vector<int> journal_;
    std::vector<Log> logs_;
    ReadSet reads_;
    int64_t refund_ = 0;
};

}  // namespace switchyard
