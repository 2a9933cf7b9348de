// SPDX-License-Identifier: Apache-2.0
// Instructions that move the program counter or end the frame (0x00, 0x56 to 0x5b, RETURN, REVERT,
// INVALID, SELFDESTRUCT).
#pragma once

#include "host/evm/context.hpp"
#include "host/evm/instructions/environment.hpp"
#include "host/evm/value_logs.hpp"

namespace switchyard::evm::instructions {

SWITCHYARD_EVM_INLINE Outcome stop(Frame& frame, Uint256* /*top*/, uint64_t gas) {
    return halt(frame, Status::Success, {}, gas);
}

/// The next program counter, or null when the destination is none (Yellow Paper, section 9.4.2).
SWITCHYARD_EVM_INLINE const uint8_t* jump(Frame& frame, const uint8_t* /*pc*/, Uint256* top) {
    const Code& code = *frame.code;
    if (!top[0].fits_uint64() || !code.is_jump_destination(top[0].limb[0])) return nullptr;
    return code.padded() + top[0].limb[0];
}
SWITCHYARD_EVM_INLINE const uint8_t* jump_if(Frame& frame, const uint8_t* pc, Uint256* top) {
    return top[-1].is_zero() ? pc + 1 : jump(frame, pc, top);
}
SWITCHYARD_EVM_INLINE void jump_destination(Uint256* /*top*/) {}

SWITCHYARD_EVM_INLINE void program_counter(Frame& frame, const uint8_t* pc, Uint256* top) {
    top[1] = Uint256{static_cast<uint64_t>(pc - frame.code->padded())};
}
SWITCHYARD_EVM_INLINE void gas_left(Uint256* top, uint64_t gas) {
    top[1] = Uint256{gas};
}

template <Status kStatus>
[[gnu::noinline]] Outcome end_with_output(Frame& frame, Uint256* top, uint64_t gas) {
    if (!expand_memory(frame.memory, memory_end(top[0], top[-1]), gas))
        return fail(frame, Status::OutOfGas);
    return halt(frame, kStatus, memory_view(frame.memory, top[0], top[-1]), gas);
}
inline constexpr auto return_success = end_with_output<Status::Success>;
inline constexpr auto return_revert = end_with_output<Status::Revert>;

inline Outcome invalid(Frame& frame, Uint256* /*top*/, uint64_t /*gas*/) {
    return fail(frame, Status::InvalidInstruction);
}

/// EIP-150 and EIP-161: what SELFDESTRUCT pays when its beneficiary has to be made.
template <Revision R>
[[nodiscard]] bool makes_beneficiary(TransactionState& state, const Address& account,
                                     const Address& beneficiary) {
    if constexpr (R >= Revision::SpuriousDragon)
        return state.is_empty(beneficiary) && !state.balance(account).is_zero();
    else if constexpr (R >= Revision::TangerineWhistle)
        return !state.exists(beneficiary);
    else
        return false;
}

template <Revision R>
[[gnu::noinline]] Outcome self_destruct(TransactionScope& scope, Frame& frame, Uint256* top,
                                        uint64_t gas) {
    if (frame.message.is_static) return fail(frame, Status::StaticModeViolation);
    TransactionState& state = *scope.state;
    const Address& account = frame.message.recipient;
    const Address beneficiary = to_address(top[0]);

    uint64_t cost = 0;
    if constexpr (R >= Revision::Berlin) {
        // EIP-2929: unlike elsewhere the whole cold price comes on top, and a warm access is free.
        if (!state.warm_account(beneficiary)) cost += gas::kColdAccount;
    }
    if (gas < cost) return fail(frame, Status::OutOfGas);
    const bool makes_account = makes_beneficiary<R>(state, account, beneficiary);
    if (R < Revision::Amsterdam && makes_account) cost += gas::kNewAccount;
    if (gas < cost) return fail(frame, Status::OutOfGas);
    gas -= cost;
    if constexpr (R >= Revision::Amsterdam) {
        if (makes_account && !charge_new_account(scope, frame, gas))
            return fail(frame, Status::OutOfGas);
    }

    const Uint256 balance = state.balance(account);
    const bool deletes = R < Revision::Cancun || state.was_created(account);  // EIP-6780
    if (account != beneficiary) {
        state.add_balance(beneficiary, balance);
        state.subtract_balance(account, balance);
        if constexpr (R >= Revision::Amsterdam) log_transfer(state, account, beneficiary, balance);
    } else if (deletes) {
        state.subtract_balance(account, balance);  // its own beneficiary: the balance is burnt
        if constexpr (R >= Revision::Amsterdam) log_burn(state, account, balance);
    }
    if (deletes && state.self_destruct(account))
        state.add_refund(static_cast<int64_t>(gas::self_destruct_refund(R)));
    return halt(frame, Status::Success, {}, gas);
}

}  // namespace switchyard::evm::instructions
