// SPDX-License-Identifier: Apache-2.0
// A block of nothing but payments, executed account by account.
#pragma once

#include <atomic>
#include <functional>
#include <span>
#include <vector>

#include "host/execute/block_execution.hpp"
#include "host/state/flat_index.hpp"

namespace switchyard::execute {

/// Executes blocks in which every transaction is a plain payment that succeeds: value without data
/// to an account without code.
///
/// What such a transaction does to an account is settled before it runs, so that accounts can be
/// taken one by one. First the block is cut into ranges: each transaction is looked at by itself,
/// and leaves a debit and a credit for the two parts of the address space in which its accounts
/// lie. Then each part goes through its debits and credits in the order of the block, exactly.
/// Nothing of one part depends on another one: no versions, no validation of reads. The first
/// transaction that turns out to be something else (code at the recipient, too small a balance, a
/// wrong nonce, a payment from the beneficiary) ends the attempt, and nothing has happened: the
/// caller executes the block as any other.
///
/// Keeps its memory from block to block. The parts of one call run on threads of the caller's
/// choice; one call at a time.
class PaymentBlock {
  public:
    /// Calls `job(worker)` for each worker from 0 on, each once, on threads of their own or one
    /// after the other, and returns when all have returned.
    using RunWorkers = std::function<void(const std::function<void(uint32_t)>& job)>;

    /// Whether the block looks like one: by its rules and by what its transactions say of
    /// themselves. Reads the transactions up to the first that is no payment. False for a while
    /// after blocks that turned out to be none: an attempt that fails costs time.
    [[nodiscard]] bool may_be(const BlockInput& input);

    /// Executes the transactions over `before`, which bears reads from all threads, and puts their
    /// receipts and gas into `result`. False: the block is none of payments, and `result` is as it
    /// was. `run` has `workers` workers. Precondition: `may_be(input)`.
    [[nodiscard]] bool execute(const BlockInput& input, const StateView& before, uint32_t workers,
                               const RunWorkers& run, BlockResult& result);

    /// The state after `execute`; valid until the next one.
    [[nodiscard]] const StateView& after() const { return after_; }

    /// The block's net effect over `parent`, canonical: that of its payments between `first`, the
    /// changes from `parent` to `before`, and `last`, those from `after` on.
    void changes(const StateView& parent, const StateChanges& first, const StateChanges& last,
                 const RunWorkers& run, StateChanges& out);

  private:
    struct Entry {
        Address address;
        bool existed = false;
        bool is_apart = false;  ///< changed outside the payments as well
        Account before;
        uint64_t nonce = 0;
        Uint256 balance;

        /// An account that was not there is made by its first change.
        [[nodiscard]] bool is_changed() const {
            return nonce != before.nonce || balance != before.balance;
        }
    };
    /// What a transaction does to one account.
    struct Step {
        uint64_t hash = 0;  ///< of the address
        uint64_t nonce = 0;
        Uint256 amount;
        Uint256 needed;  ///< the least that the balance has to be; of a debit
        Address address;
        bool is_debit = false;
    };
    /// What a range of the block leaves for each part.
    struct alignas(64) Range {
        std::vector<std::vector<Step>> steps;  ///< by part
        Uint256 fees;
    };
    /// For sorting with few looks at what is sorted.
    struct Position {
        uint64_t prefix;
        uint32_t index;
    };
    /// The accounts of one part of the address space.
    struct alignas(64) Part {
        std::vector<Entry> entries;
        FlatIndex index;
        std::vector<Position> order;  ///< of the entries that changed, ascending by address
        size_t apart = 0;             ///< of these, changed outside the payments as well
    };
    class After final : public StateView {
      public:
        explicit After(const PaymentBlock& block) : block_(block) {}
        [[nodiscard]] std::optional<Account> account(const Address& address) const override;
        [[nodiscard]] Uint256 storage(const Address& address, const Uint256& key) const override {
            return block_.before_->storage(address, key);
        }
        [[nodiscard]] CodePointer code(const Bytes32& code_hash) const override {
            return block_.before_->code(code_hash);
        }
        [[nodiscard]] bool has_storage(const Address& address) const override {
            return block_.before_->has_storage(address);
        }

      private:
        const PaymentBlock& block_;
    };

    [[nodiscard]] uint32_t part_of(const Address& address) const;
    [[nodiscard]] Entry* find(const Address& address);
    [[nodiscard]] const Entry* find(const Address& address) const;
    [[nodiscard]] Entry& entry(Part& part, const Address& address, uint64_t hash) const;
    void look_at(uint32_t range);
    [[nodiscard]] bool look_at(Range& range, size_t index) const;
    void pay(uint32_t part);
    [[nodiscard]] bool pay(Part& part, const Step& step) const;
    [[nodiscard]] bool credit_fees();
    void sort(Part& part) const;
    void fill_receipts(std::span<Receipt> receipts) const;
    void set_apart(const Address& address, StateChanges& paid);
    void write_changes(uint32_t part, std::span<const AccountChange> apart, uint32_t storage_end,
                       std::span<AccountChange> out) const;
    /// Calls `job` for each number below `count`, by whichever worker is free.
    void share_out(const RunWorkers& run, uint32_t count, const std::function<void(uint32_t)>& job);

    const BlockInput* input_ = nullptr;
    const StateView* before_ = nullptr;
    evm::BlockContext block_;
    uint64_t hash_seed_ = process_hash_seed();
    uint32_t part_count_ = 0;
    uint32_t range_count_ = 0;
    std::vector<Part> parts_;
    std::vector<Range> ranges_;
    std::atomic<uint32_t> next_{0};  ///< of what is shared out
    std::atomic<bool> is_none_{false};
    After after_{*this};
    uint32_t to_skip_ = 0;  ///< blocks that look like ones
    uint32_t backoff_ = 0;
};

}  // namespace switchyard::execute
