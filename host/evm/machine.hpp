// SPDX-License-Identifier: Apache-2.0
// The driver of a transaction: runs frames until the first one is over, without native recursion.
#pragma once

#include "host/evm/any_machine.hpp"
#include "host/evm/interpreter.hpp"

namespace switchyard::evm {

/// An EVM of revision `R`. A sub-call suspends its frame and lets the loop below run the next one:
/// the native stack stays as deep as for one frame, whatever the call depth.
template <Revision R, class Instrumentation = NoInstrumentation>
class Machine final : public AnyMachine {
  public:
    Machine() = default;
    explicit Machine(Instrumentation instrumentation) {
        context_.instrumentation = std::move(instrumentation);
    }

    [[nodiscard]] CallResult execute(const BlockContext& block,
                                     const TransactionContext& transaction, const Message& message,
                                     TransactionState& state) override {
        context_.block = &block;
        context_.transaction = &transaction;
        context_.state = &state;
        context_.unsupported_precompile = {};
        context_.recent_hashes.clear();
        if constexpr (R >= Revision::Amsterdam)
            context_.state_gas = {cost_per_state_byte(block.gas_limit), message.state_gas, 0};
        Frame& first = context_.frames.at(message.depth);
        first.message = message;
        first.stack_bottom = context_.frames.stack_bottom();
        const CallResult refused = admit_message(first);
        if (refused.status != Status::Success) return refused;

        if (start_message<R>(context_, first)) run_from(first);
        return take_result(first);
    }

    [[nodiscard]] Address unsupported_precompile() const override {
        return context_.unsupported_precompile;
    }
    [[nodiscard]] Instrumentation& instrumentation() { return context_.instrumentation; }

  private:
    using Context = evm::Context<Instrumentation>;

    /// What the caller of a sub-call does in `instructions/`: the checks before the first message,
    /// and its code.
    [[nodiscard]] CallResult admit_message(Frame& frame) {
        TransactionState& state = *context_.state;
        Message& message = frame.message;
        const bool moves_value =
            message.kind != MessageKind::DelegateCall && !message.value.is_zero();
        if (moves_value && !state.has_balance(message.sender, message.value))
            return refused(Status::InsufficientBalance, message.gas, message);
        if (!frame.is_creation()) {
            auto target = instructions::resolve_call_target<R>(context_, message.code_address);
            instructions::follow_delegation(state, target);
            frame.code = std::move(target.code);
            return {};
        }
        // The caller has counted the sender's nonce up already.
        message.recipient = message.kind == MessageKind::Create2
                                ? create2_address(message.sender, message.salt, message.input)
                                : create_address(message.sender, state.nonce(message.sender) - 1);
        message.code_address = message.recipient;
        if constexpr (R >= Revision::Berlin) state.warm_account(message.recipient);
        if (instructions::collides(state, message.recipient))
            return refused(Status::CreateCollision, 0, message);
        frame.code = std::make_shared<const Code>(to_bytes(message.input));
        return {};
    }

    /// The result of a message that does not start; the reservoir comes back whole (EIP-8037).
    [[nodiscard]] static CallResult refused(Status status, uint64_t gas_left,
                                            const Message& message) {
        CallResult result;
        result.status = status;
        result.gas_left = gas_left;
        result.state_gas_left = message.state_gas;
        return result;
    }

    void run_from(Frame& first) {
        Frame* frame = &first;
        for (;;) {
            if (interpret<R>(context_, *frame) == Signal::EnterFrame) {
                frame = &context_.frames.at(frame->message.depth + 1);
                continue;
            }
            if (has_no_result(frame->status)) {
                context_.state->revert_to(first.snapshot);
                first.status = frame->status;
                first.gas = 0;
                first.output = {};
                return;
            }
            finish_message<R>(context_, *frame);
            if (frame == &first) return;
            Frame& parent = context_.frames.at(frame->message.depth - 1);
            parent.gas = deliver_result<R>(context_, parent, *frame, parent.top, parent.gas);
            frame = &parent;
        }
    }

    [[nodiscard]] CallResult take_result(Frame& first) {
        CallResult result;
        result.status = first.status;
        result.gas_left = first.gas;
        if constexpr (R >= Revision::Amsterdam) {
            if (first.status == Status::Success)
                result.state_gas_used = first.state_gas.used;
            else
                context_.state_gas.reservoir += first.state_gas.used;
            result.state_gas_left = context_.state_gas.reservoir;
            result.state_gas_spilled = context_.state_gas.spilled;
        }
        result.output = to_bytes(first.output);
        if (first.is_creation() && first.status == Status::Success)
            result.created = first.message.recipient;
        context_.frames.release();
        return result;
    }

    Context context_;
};

}  // namespace switchyard::evm
