// SPDX-License-Identifier: Apache-2.0
// Serial execution of blocks, in steps and with memory that is used again.
#pragma once

#include <optional>

#include "host/execute/block_access_list_builder.hpp"
#include "host/execute/block_execution.hpp"
#include "host/execute/payment_block.hpp"
#include "host/state/block_state.hpp"

namespace switchyard::execute {

/// `execute_block_serial` one transaction at a time, for callers that execute block after block or
/// want to leave a block to somebody else midway. Keeps its memory between blocks. One thread.
class SerialExecutor {
  public:
    /// The whole block, with the result of `execute_block_serial`; one of payments at once.
    [[nodiscard]] Result<BlockResult> execute(const BlockInput& input, const StateView& parent);

    /// Begins a block: all that comes before its transactions. What `input` refers to, and
    /// `parent`, are borrowed until `finish`. Here and below, after an error nothing but another
    /// `begin` may follow.
    [[nodiscard]] Result<void> begin(const BlockInput& input, const StateView& parent);
    /// The whole block at once, on the `workers` workers of `run`, if it is one of payments
    /// (`PaymentBlock`); no value: it is none, and stands as it began. Precondition: nothing has
    /// been executed.
    [[nodiscard]] std::optional<Result<BlockResult>> execute_payments(
        uint32_t workers, const PaymentBlock::RunWorkers& run);
    /// Executes one transaction, the next. Precondition: not `is_done()`.
    [[nodiscard]] Result<void> execute_next();
    /// What comes after the transactions. Precondition: `is_done()`.
    [[nodiscard]] Result<BlockResult> finish();

    [[nodiscard]] size_t executed() const { return executed_; }
    [[nodiscard]] bool is_done() const { return executed_ == input_.transactions.size(); }
    /// From the next transaction on, `observation` is told; null: nobody.
    void observe(BlockObservation* observation) { input_.observation = observation; }
    /// From the next transaction on, what is known of the hashes of each (`BlockInput`).
    void use(const evm::KnownHashes& hashes) { input_.known_hashes = &hashes; }
    /// From the next transaction on, which of them merge (`BlockInput`); borrowed until the end.
    void merge(std::span<const uint8_t> merging) { input_.merging = merging; }

    // For whoever takes the block over, between two transactions: what it is, and where it stands.
    // All of it is this object's and lasts until its next `begin`.
    [[nodiscard]] const BlockInput& input() const { return input_; }
    [[nodiscard]] const StateView& parent() const { return *parent_; }
    [[nodiscard]] const BlockState& state() const { return state_; }
    /// Of the transactions so far, their blooms left out (`fill_logs_blooms`).
    [[nodiscard]] BlockResult& result() { return result_; }
    /// Null: the block gives no access list.
    [[nodiscard]] BlockAccessListBuilder* access_list() {
        return makes_access_list(input_) ? &access_list_ : nullptr;
    }

  private:
    evm::Evm& evm_for(const BlockInput& input);
    void prefetch_behind(size_t index) const;

    BlockInput input_;
    const StateView* parent_ = nullptr;
    size_t executed_ = 0;
    evm::BlockContext block_;
    BlockResult result_;

    std::optional<evm::Evm> evm_;
    Revision revision_ = Revision::Frontier;
    bool is_traced_ = false;
    TracerSwitch tracer_switch_;
    ObservedEvm observed_;
    TransactionState transaction_state_;
    BlockState state_;
    StateChanges changes_;
    BlockAccessListBuilder access_list_;
    PaymentBlock payments_;
};

}  // namespace switchyard::execute
