// SPDX-License-Identifier: Apache-2.0
// Traces of a block's transactions, whoever executes them.
#pragma once

#include <memory>

#include "host/evm/tracer.hpp"
#include "host/execute/transaction_execution.hpp"

namespace switchyard::execute {

/// Gives every execution of a transaction its tracer, and learns which of them counted. System
/// calls are not traced.
///
/// The parallel executor may run a transaction twice, and always before it knows that the first
/// time was right; so a tracer buffers, and `commit` hands back the one whose execution became
/// final.
class BlockTracing {
  public:
    virtual ~BlockTracing() = default;
    /// The tracer of one execution of transaction `index`; null: it is not traced. Called from any
    /// thread, and again for the same index when the transaction runs again.
    [[nodiscard]] virtual std::unique_ptr<evm::Tracer> begin(size_t index) = 0;
    /// Transaction `index` is final, with what its tracer (from `begin`) saw. In block order, one
    /// call at a time, on any thread. The logs have moved from `outcome` to the receipt.
    virtual void commit(size_t index, std::unique_ptr<evm::Tracer> tracer,
                        const TransactionOutcome& outcome) = 0;
};

/// Lets one EVM serve many tracers: hands on to the one of the transaction that runs, to none in
/// between. One thread.
class TracerSwitch final : public evm::Tracer {
  public:
    void use(evm::Tracer* tracer) { current_ = tracer; }

    [[nodiscard]] bool wants_memory() const override {
        return current_ != nullptr && current_->wants_memory();
    }
    void on_message_start(const evm::Message& message) override {
        if (current_ != nullptr) current_->on_message_start(message);
    }
    void on_instruction(const evm::TracedInstruction& instruction) override {
        if (current_ != nullptr) current_->on_instruction(instruction);
    }
    void on_message_end(const evm::Message& message, evm::Status status, uint64_t gas_left,
                        BytesView output) override {
        if (current_ != nullptr) current_->on_message_end(message, status, gas_left, output);
    }

  private:
    evm::Tracer* current_ = nullptr;
};

}  // namespace switchyard::execute
