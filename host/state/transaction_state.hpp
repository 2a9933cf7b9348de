// SPDX-License-Identifier: Apache-2.0
// The state as one transaction sees and changes it: reads through a StateView, a journal for
// reverts, EIP-2929 warmth, logs, refunds.
#pragma once

#include <span>
#include <vector>

#include "host/chain/receipt.hpp"
#include "host/chain/revision.hpp"
#include "host/state/flat_index.hpp"
#include "host/state/state_view.hpp"

namespace switchyard {

/// Journaled access to a state during one transaction.
///
/// Every query records which part of the account it made the outcome depend on (`ReadSet`); a
/// credit with `add_balance` alone does not depend on the balance, and a debit no more than on its
/// being enough, so that those of different transactions commute. One thread. Reusable over
/// transactions through `begin`, which keeps the memory.
///
/// Every query and every change of an account or slot is also an access in the sense of EIP-7928,
/// warming apart: who may not access yet, for want of gas, must not ask.
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
    /// Whether the balance is `amount` or more. If it is, the outcome depends on no more than that.
    [[nodiscard]] bool has_balance(const Address& address, const Uint256& amount);
    [[nodiscard]] uint64_t nonce(const Address& address);
    [[nodiscard]] Bytes32 code_hash(
        const Address& address);  ///< kEmptyCodeHash for an absent account
    [[nodiscard]] CodePointer code(
        const Address& address);  ///< never null; empty code for an absent account
    [[nodiscard]] bool has_storage(const Address& address);  ///< EIP-7610
    /// An access that neither asks nor changes anything.
    void access(const Address& address) { accessed(address); }

    void add_balance(const Address& address,
                     const Uint256& amount);  ///< creates the account; marks it touched, 0 too
    /// Precondition: the caller made sure that the balance is `amount` or more, by `has_balance` or
    /// `balance`.
    void subtract_balance(const Address& address, const Uint256& amount);
    void set_nonce(const Address& address, uint64_t nonce);
    void set_code(const Address& address, Bytes code);
    /// EIP-161: an account that is touched and empty at the end is deleted. Before Spurious Dragon:
    /// creates it if absent.
    ///
    /// Touches revert with the frame, save one: that of the empty RIPEMD-160 precompile (address
    /// 3). In mainnet block 2,675,119 a call to it ran out of gas, and the clients kept its touch,
    /// so that the account was deleted; the rule is theirs since (EIP-161's text does not have it).
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

    /// The accounts marked for deletion, ascending. What they were before is still to be asked for.
    [[nodiscard]] std::vector<Address> self_destructed() const;
    /// Of an account created in this transaction: its slots that are not 0, and the bytes of its
    /// code; 0 for any other account.
    [[nodiscard]] uint64_t created_slots(const Address& address) const;
    [[nodiscard]] uint64_t created_code_size(const Address& address) const;

    // --- Storage
    [[nodiscard]] Uint256 storage(const Address& address, const Uint256& key);
    /// The value before this transaction (EIP-2200 "original value").
    [[nodiscard]] Uint256 original_storage(const Address& address, const Uint256& key);
    void set_storage(const Address& address, const Uint256& key, const Uint256& value);
    // --- Slots that transactions may add to in any order. By itself a transaction depends on the
    // exact value of every slot that it loads. A machine that follows what becomes of a loaded word
    // may open a slot: it then answers for it that the outcome is the same for every value within
    // the bounds that it gives, and that what it stores there has the loaded word as a summand.
    /// The number of a slot that was loaded from the view; none: it was not, or it belongs to a
    /// contract created here.
    [[nodiscard]] std::optional<uint32_t> view_slot(const Address& address,
                                                    const Uint256& key) const;
    /// Precondition: `slot` has been loaded by the running instruction, for the first time.
    void open_slot(uint32_t slot);
    [[nodiscard]] bool is_open(uint32_t slot) const {
        return reads_.storage[slots_[slot].read].bounds != ReadSet::kExact;
    }
    /// The value before the transaction, of a loaded slot.
    [[nodiscard]] const Uint256& view_value(uint32_t slot) const { return slots_[slot].view_value; }
    /// The outcome depends on the value before the transaction being `min` to `max`. No effect on a
    /// slot that is not open.
    void bound_slot(uint32_t slot, const Uint256& min, const Uint256& max);
    /// The outcome depends on the exact value after all.
    void close_slot(uint32_t slot) { reads_.storage[slots_[slot].read].bounds = ReadSet::kExact; }

    [[nodiscard]] Uint256 transient_storage(const Address& address,
                                            const Uint256& key) const;  ///< EIP-1153
    void set_transient_storage(const Address& address, const Uint256& key, const Uint256& value);

    // --- EIP-2929 warmth. Each returns whether it was warm before.
    /// Accounts that are warm from the start to the end, the precompiles; borrowed until the next
    /// `begin`. Costs nothing for each of them.
    void set_always_warm(std::span<const Address> addresses) { always_warm_ = addresses; }
    bool warm_account(const Address& address);
    bool warm_storage(const Address& address, const Uint256& key);
    [[nodiscard]] bool is_warm_account(const Address& address) const;
    [[nodiscard]] bool is_warm_storage(const Address& address, const Uint256& key) const;

    // --- The same answers for a tracer: nothing is recorded, neither as a read nor as an access
    // (EIP-7928), and nothing is loaded.
    [[nodiscard]] std::optional<Account> peek_account(const Address& address) const;
    [[nodiscard]] CodePointer peek_code(const Address& address) const;
    [[nodiscard]] Uint256 peek_storage(const Address& address, const Uint256& key) const;
    [[nodiscard]] Uint256 peek_original_storage(const Address& address, const Uint256& key) const;

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
    /// net effect to `changes`, from Amsterdam on with what was accessed. A balance that was asked
    /// for no more than whether it is enough gives a delta, and so does an open slot. The logs move
    /// to the caller with `take_logs`.
    void finish(StateChanges& changes);
    [[nodiscard]] std::vector<Log> take_logs() { return std::move(logs_); }
    /// Complete after `finish`. Valid until the next `begin`.
    [[nodiscard]] const ReadSet& reads() const { return reads_; }
    /// After `finish`: gives the reads away and takes the memory of `other`, whose content is lost.
    void exchange_reads(ReadSet& other) { std::swap(reads_, other); }

  private:
    /// What this transaction knows about one account. The balance is kept as the sum to add to the
    /// view's, so that a credit needs no read.
    struct AccountEntry {
        Address address;
        bool loaded = false;           ///< `reads_.accounts[read]` is valid
        bool accessed = false;         ///< EIP-7928; stays set over reverts
        bool touched = false;          ///< EIP-161; also: made to exist
        bool sticky_touched = false;   ///< survives reverts, see `touch`
        bool warm = false;             ///< EIP-2929
        bool created = false;          ///< by `create_contract` in this transaction
        bool self_destructed = false;  ///< deleted at the end
        bool debited = false;          ///< by `subtract_balance`; stays set over reverts
        bool nonce_written = false;
        uint32_t read = 0;
        uint32_t code = FlatIndex::kNone;        ///< in `new_codes_`; none: not written
        uint32_t first_slot = FlatIndex::kNone;  ///< list through `SlotEntry::next`
        uint64_t nonce = 0;                      ///< if written
        Uint256 balance_delta;
        CodePointer view_code;  ///< cache of the code that the view gave
    };
    struct SlotEntry {
        Uint256 key;
        Uint256 value;       ///< meaningful if `loaded` or `in_created`
        Uint256 view_value;  ///< before the transaction, if `loaded`
        uint32_t account = 0;
        uint32_t next = FlatIndex::kNone;
        uint32_t read = 0;  ///< in `reads_.storage`, if `loaded`
        bool loaded = false;
        bool accessed = false;    ///< EIP-7928; stays set over reverts
        bool in_created = false;  ///< `value` is that of the contract created here
        bool warm = false;
    };
    struct TransientEntry {
        Uint256 key;
        Uint256 value;
        uint32_t account = 0;
    };
    enum class Change : uint8_t {
        Touch,
        Balance,
        Nonce,
        Code,
        Create,
        SelfDestruct,
        WarmAccount,
        Storage,
        EnterCreatedStorage,
        WarmStorage,
        Transient,
        Log,
        Refund,
    };
    struct JournalEntry {
        Uint256 previous;  ///< value, or amount to take back
        uint32_t index = 0;
        Change change = Change::Touch;
        bool flag = false;
    };

    [[nodiscard]] bool is_always_warm(const Address& address) const;
    [[nodiscard]] uint32_t find_account(const Address& address) const;
    AccountEntry& entry(const Address& address);
    AccountEntry& accessed(const Address& address) {
        AccountEntry& account = entry(address);
        account.accessed = true;
        return account;
    }
    const std::optional<Account>& loaded(AccountEntry& account);
    const std::optional<Account>& loaded(AccountEntry& account, AccountField field);
    [[nodiscard]] uint64_t slot_hash(uint32_t account, const Uint256& key) const;
    [[nodiscard]] uint32_t find_slot(uint32_t account, const Uint256& key) const;
    SlotEntry& slot_entry(uint32_t account, const Uint256& key);
    SlotEntry& loaded_slot(const Address& address, const Uint256& key);
    void mark_touched(AccountEntry& account);
    bool empty_now(AccountEntry& account);
    void undo(const JournalEntry& change);
    void finish_account(AccountEntry& account, StateChanges& changes);
    void emit_storage(const AccountEntry& account, StateChanges& changes, AccountChange& change);
    void emit_deletion(const AccountEntry& account, StateChanges& changes) const;
    void emit_accesses(AccessSet& accesses) const;
    [[nodiscard]] uint32_t index_of(const AccountEntry& account) const {
        return static_cast<uint32_t>(&account - accounts_.data());
    }

    const StateView* view_ = nullptr;
    Revision revision_ = Revision::Frontier;
    uint64_t hash_seed_ = process_hash_seed();
    int64_t refund_ = 0;
    std::span<const Address> always_warm_;
    mutable uint32_t last_account_ = 0;  ///< the account asked for last, asked for again most often

    std::vector<AccountEntry> accounts_;
    FlatIndex account_index_;
    std::vector<SlotEntry> slots_;
    FlatIndex slot_index_;
    std::vector<TransientEntry> transients_;
    FlatIndex transient_index_;
    std::vector<CodeChange> new_codes_;
    std::vector<JournalEntry> journal_;
    std::vector<Log> logs_;
    ReadSet reads_;
};

}  // namespace switchyard
