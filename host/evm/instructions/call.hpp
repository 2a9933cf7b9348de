// SPDX-License-Identifier: Apache-2.0
// CALL, CALLCODE, DELEGATECALL (EIP-7) and STATICCALL (EIP-214).
#pragma once

#include "host/evm/context.hpp"
#include "host/evm/instructions/environment.hpp"
#include "host/evm/message_flow.hpp"

namespace switchyard::evm::instructions {

/// Starts the message in `child`, whose result goes to `result`, in `parent`'s stack. `gas` is the
/// caller's, without what the message got.
template <Revision R, class I>
[[nodiscard]] Outcome enter(Context<I>& context, Frame& parent, Frame& child, Uint256* result,
                            uint64_t gas) {
    child.stack_bottom = result;
    if (start_message<R>(context, child)) return {gas, Signal::EnterFrame};
    if (has_no_result(child.status)) return fail(parent, child.status);
    return {deliver_result<R>(context, parent, child, result, gas), Signal::Continue};
}

/// The operands of a call, from the top of the stack down; DELEGATECALL and STATICCALL have no
/// value.
template <MessageKind kKind>
struct CallOperands {
    static constexpr bool kHasValue = kKind == MessageKind::Call || kKind == MessageKind::CallCode;
    static constexpr int kRanges = kHasValue ? 3 : 2;

    Uint256* top;

    [[nodiscard]] const Uint256& gas() const { return top[0]; }
    [[nodiscard]] Address target() const { return to_address(top[-1]); }
    [[nodiscard]] Uint256 value() const { return kHasValue ? top[-2] : Uint256{}; }
    [[nodiscard]] const Uint256& input_offset() const { return top[-kRanges]; }
    [[nodiscard]] const Uint256& input_size() const { return top[-kRanges - 1]; }
    [[nodiscard]] const Uint256& output_offset() const { return top[-kRanges - 2]; }
    [[nodiscard]] const Uint256& output_size() const { return top[-kRanges - 3]; }
    [[nodiscard]] Uint256* result() const { return top - kRanges - 3; }

    /// The end of the farther of the two memory ranges.
    [[nodiscard]] MemoryEnd memory_end() const {
        const MemoryEnd input = evm::memory_end(input_offset(), input_size());
        const MemoryEnd output = evm::memory_end(output_offset(), output_size());
        return {std::max(input.bytes, output.bytes), input.in_limit && output.in_limit};
    }
};

/// Whether the call makes an account (Yellow Paper, appendix H.2; EIP-161).
template <Revision R, MessageKind kKind>
[[nodiscard]] bool makes_account(TransactionState& state, const Address& target, bool has_value) {
    if constexpr (kKind != MessageKind::Call) return false;
    return R >= Revision::SpuriousDragon ? has_value && state.is_empty(target)
                                         : !state.exists(target);
}

/// The code that the call runs, and the price of following a delegation to it (EIP-7702).
struct CallTarget {
    CodePointer code;                 ///< null for a precompile
    std::optional<Address> delegate;  ///< not accessed yet; `follow_delegation` does
    uint64_t cost = 0;
};

template <Revision R>
[[nodiscard]] CallTarget resolve_call_target(TransactionScope& scope, const Address& address) {
    TransactionState& state = *scope.state;
    if (is_precompile<R>(scope, address)) {
        if constexpr (R >= Revision::Amsterdam) state.access(address);
        return {};
    }
    CallTarget target{state.code(address), std::nullopt, 0};
    if constexpr (R >= Revision::Prague) {
        target.delegate = delegation_target(target.code->bytes());
        if (target.delegate)
            target.cost = gas::kWarm + cold_account_surcharge<R>(state, *target.delegate);
    }
    return target;
}

inline void follow_delegation(TransactionState& state, CallTarget& target) {
    if (target.delegate) target.code = state.code(*target.delegate);
}

/// Fills `child` with the message that the instruction sends.
template <MessageKind kKind>
void prepare_call(const Frame& frame, const CallOperands<kKind>& operands, const Address& target,
                  uint64_t gas, Frame& child) {
    const Message& own = frame.message;
    constexpr bool kKeepsContext = kKind == MessageKind::DelegateCall;
    constexpr bool kRunsHere = kKeepsContext || kKind == MessageKind::CallCode;
    Message& message = child.message;
    message.kind = kKind;
    message.is_static = own.is_static || kKind == MessageKind::StaticCall;
    message.depth = own.depth + 1;
    message.gas = gas;
    message.recipient = kRunsHere ? own.recipient : target;
    message.code_address = target;
    message.sender = kKeepsContext ? own.sender : own.recipient;
    message.input = memory_view(frame.memory, operands.input_offset(), operands.input_size());
    message.value = kKeepsContext ? own.value : operands.value();
}

template <Revision R, class I, MessageKind kKind>
[[gnu::noinline]] Outcome call(Context<I>& context, Frame& frame, Uint256* top, uint64_t gas) {
    const CallOperands<kKind> operands{top};
    TransactionState& state = *context.state;
    const Address target = operands.target();
    const Uint256 value = operands.value();
    const bool has_value = !value.is_zero();

    if (kKind == MessageKind::Call && has_value && frame.message.is_static)
        return fail(frame, Status::StaticModeViolation);
    if (!expand_memory(frame.memory, operands.memory_end(), gas))
        return fail(frame, Status::OutOfGas);
    // What needs no access to the target comes first: a call that cannot pay it has not accessed.
    uint64_t cost =
        cold_account_surcharge<R>(state, target) + (has_value ? gas::kCallValue : uint64_t{0});
    if (gas < cost) return fail(frame, Status::OutOfGas);
    CallTarget resolved = resolve_call_target<R>(context, target);
    cost += resolved.cost;
    if (gas < cost) return fail(frame, Status::OutOfGas);
    // Where a call that does not take place has accessed the delegate (EIP-7928) is the execution
    // specifications' choice.
    if constexpr (kKind == MessageKind::Call) follow_delegation(state, resolved);
    const bool makes = makes_account<R, kKind>(state, target, has_value);
    if (R < Revision::Amsterdam && makes) cost += gas::kNewAccount;
    if (gas < cost) return fail(frame, Status::OutOfGas);
    gas -= cost;
    if constexpr (R >= Revision::Amsterdam) {
        if (makes && !charge_new_account(context, frame, gas)) return fail(frame, Status::OutOfGas);
    }

    uint64_t child_gas = operands.gas().saturated();
    if constexpr (R >= Revision::TangerineWhistle)
        child_gas = std::min(child_gas, gas - gas / 64);  // EIP-150: all but one 64th
    else if (child_gas > gas)
        return fail(frame, Status::OutOfGas);
    gas -= child_gas;
    context.instrumentation.on_message_priced(gas);
    if (has_value) child_gas += gas::kCallStipend;

    frame.return_data = {};
    if (frame.message.depth >= kCallDepthMax ||
        (has_value && !state.has_balance(frame.message.recipient, value))) {
        *operands.result() = Uint256{};
        return {gas + child_gas, Signal::Continue};
    }
    if constexpr (kKind != MessageKind::Call) follow_delegation(state, resolved);
    frame.output_offset = operands.output_offset().limb[0];
    frame.output_size = operands.output_size().limb[0];
    Frame& child = context.frames.at(frame.message.depth + 1);
    prepare_call(frame, operands, target, child_gas, child);
    child.code = std::move(resolved.code);
    return enter<R>(context, frame, child, operands.result(), gas);
}

}  // namespace switchyard::evm::instructions
