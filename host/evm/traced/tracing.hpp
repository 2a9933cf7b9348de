// SPDX-License-Identifier: Apache-2.0
// The instrumentation that hands every instruction to a `Tracer`.
#pragma once

#include <algorithm>
#include <vector>

#include "host/evm/context.hpp"
#include "host/evm/interruption.hpp"
#include "host/evm/traced/instruction_cost.hpp"
#include "host/evm/tracer.hpp"

namespace switchyard::evm {

/// Takes the place of `NoInstrumentation` in a machine of revision `R`.
///
/// An instruction's price is known when it is over: what it took from the gas counter, or, where
/// it sent a message, what was left when the message was priced. What ran out of gas is priced from
/// its operands.
template <Revision R>
class Tracing {
  public:
    static constexpr bool kObservesInstructions = true;
    static constexpr bool kMayBeInterrupted = true;

    Tracing() = default;
    /// `interruption` may be null.
    Tracing(Tracer& tracer, Interruption* interruption)
        : tracer_(&tracer), interruption_(interruption) {}

    [[nodiscard]] bool ends_at_message(const Frame& /*frame*/) { return is_interrupted(); }
    [[nodiscard]] bool ends_at_jump(const Frame& /*frame*/, uint64_t /*gas*/) {
        return is_interrupted();
    }

    void on_instruction(TransactionScope& scope, const Frame& frame, const uint8_t* pc,
                        const Uint256* top, uint64_t gas) {
        // The instruction writes over its operands, its memory and its return data.
        const std::span<const Uint256> stack(frame.stack_bottom + 1, frame.stack_size(top));
        stack_.assign(stack.begin(), stack.end());
        return_data_.assign(frame.return_data.begin(), frame.return_data.end());
        const BytesView memory{frame.memory.data(), frame.memory.size()};
        memory_.clear();
        if (tracer_->wants_memory()) memory_.assign(memory.begin(), memory.end());
        current_ = {};
        current_.pc = static_cast<uint64_t>(pc - frame.code->padded());
        current_.opcode = *pc;
        current_.depth = frame.message.depth + 1;
        current_.gas = gas;
        current_.memory_bytes = memory.size();
        current_.stack = stack_;
        current_.memory = memory_;
        current_.return_data = return_data_;
        warmth_ = warmth_before<R>(scope, frame, *pc, stack_);
        is_priced_ = false;
    }

    void on_message_priced(uint64_t gas_left) {
        priced_gas_ = gas_left;
        is_priced_ = true;
    }

    void on_instruction_end(TransactionScope& scope, const Frame& frame, uint64_t gas,
                            Signal signal) {
        const bool failed = signal == Signal::Halt && frame.status != Status::Success &&
                            frame.status != Status::Revert;
        if (signal == Signal::Halt) current_.status = frame.status;
        if (failed)
            current_.gas_cost = attempted_cost<R>(scope, frame, current_, warmth_);
        else
            current_.gas_cost = current_.gas - (is_priced_ ? priced_gas_ : gas);
        current_.refund = scope.state->refund();
        if (!is_started_) tracer_->on_instruction(current_);
        is_started_ = false;
    }

    /// A message that ends at once (a precompile, no code) starts inside its instruction, which is
    /// handed over first.
    void on_frame_start(TransactionScope& scope, const Frame& frame) {
        if (frame.message.depth != 0 && is_priced_) {
            current_.gas_cost = current_.gas - priced_gas_;
            current_.refund = scope.state->refund();
            tracer_->on_instruction(current_);
            is_started_ = true;
        }
        tracer_->on_message_start(frame.message);
    }
    void on_frame_end(const Frame& frame) {
        tracer_->on_message_end(frame.message, frame.status, frame.gas, frame.output);
    }
    void on_keccak256(const Frame& /*frame*/, BytesView /*input*/, const Bytes32& /*hash*/) {}

  private:
    /// Asked everywhere: a tracer may take long over an instruction, whatever that costs.
    [[nodiscard]] bool is_interrupted() {
        return interruption_ != nullptr && interruption_->is_requested();
    }

    Tracer* tracer_ = nullptr;
    Interruption* interruption_ = nullptr;
    TracedInstruction current_;
    std::vector<Uint256> stack_;
    Bytes memory_;
    Bytes return_data_;
    Warmth warmth_;
    uint64_t priced_gas_ = 0;
    bool is_priced_ = false;   ///< the instruction sends a message, and `priced_gas_` was left
    bool is_started_ = false;  ///< the instruction was handed over when its message started
};

}  // namespace switchyard::evm
