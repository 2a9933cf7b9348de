// SPDX-License-Identifier: Apache-2.0
// CREATE and CREATE2 (EIP-1014).
#pragma once

#include "host/evm/context.hpp"
#include "host/evm/instructions/call.hpp"

namespace switchyard::evm::instructions {

/// Whether a contract may not be created at `address`: it has a nonce or code (EIP-684), or storage
/// (EIP-7610).
[[nodiscard]] inline bool collides(TransactionState& state, const Address& address) {
    if (!state.exists(address)) return false;
    return state.nonce(address) != 0 || state.code_hash(address) != kEmptyCodeHash ||
           state.has_storage(address);
}

/// Fills `child` with the message that creates the contract at `address`.
inline void prepare_create(const Frame& frame, MessageKind kind, const Address& address,
                           const Uint256& value, BytesView init_code, uint64_t gas, Frame& child) {
    Message& message = child.message;
    message.kind = kind;
    message.is_static = false;
    message.depth = frame.message.depth + 1;
    message.gas = gas;
    message.recipient = address;
    message.code_address = address;
    message.sender = frame.message.recipient;
    message.input = init_code;
    message.value = value;
    child.code = std::make_shared<const Code>(to_bytes(init_code));
}

/// Charges for the init code: memory, EIP-3860's price per word, and for CREATE2 its hash.
template <Revision R, MessageKind kKind>
[[nodiscard]] bool charge_init_code(Frame& frame, const Uint256& offset, const Uint256& size,
                                    uint64_t& gas) {
    constexpr uint64_t kWord = (R >= Revision::Shanghai ? gas::kInitCodeWord : 0) +
                               (kKind == MessageKind::Create2 ? gas::kKeccakWord : 0);
    return charge_copy(frame, offset, size, kWord, gas);
}

template <Revision R, class I, MessageKind kKind>
[[gnu::noinline]] Outcome create(Context<I>& context, Frame& frame, Uint256* top, uint64_t gas) {
    constexpr bool kSalted = kKind == MessageKind::Create2;
    TransactionState& state = *context.state;
    const Address& creator = frame.message.recipient;
    const Uint256 value = top[0];
    Uint256* const result = top - (kSalted ? 3 : 2);

    if (frame.message.is_static) return fail(frame, Status::StaticModeViolation);
    if (!charge_init_code<R, kKind>(frame, top[-1], top[-2], gas))
        return fail(frame, Status::OutOfGas);
    const BytesView init_code = memory_view(frame.memory, top[-1], top[-2]);
    if (R >= Revision::Shanghai && init_code.size() > init_code_bytes_max(R))
        return fail(frame, Status::InitCodeSizeExceeded);  // EIP-3860
    if constexpr (R >= Revision::Amsterdam) {
        if (!charge_new_account(context, frame, gas)) return fail(frame, Status::OutOfGas);
    }

    context.instrumentation.on_message_priced(gas);
    uint64_t child_gas = gas;
    if constexpr (R >= Revision::TangerineWhistle) child_gas -= gas / 64;  // EIP-150
    gas -= child_gas;

    frame.return_data = {};
    const uint64_t nonce = state.nonce(creator);
    if (frame.message.depth >= kCallDepthMax || nonce == UINT64_MAX ||  // EIP-2681
        (!value.is_zero() && !state.has_balance(creator, value))) {
        if constexpr (R >= Revision::Amsterdam) refund_new_account(context, frame);
        *result = Uint256{};
        return {gas + child_gas, Signal::Continue};
    }
    const Bytes32 salt = kSalted ? to_bytes32(top[-3]) : Bytes32{};
    const Address address =
        kSalted ? create2_address(creator, salt, init_code) : create_address(creator, nonce);
    if constexpr (R >= Revision::Berlin) state.warm_account(address);
    state.set_nonce(creator, nonce + 1);
    if (collides(state, address)) {
        if constexpr (R >= Revision::Amsterdam) refund_new_account(context, frame);
        *result = Uint256{};
        return {gas, Signal::Continue};
    }
    Frame& child = context.frames.at(frame.message.depth + 1);
    prepare_create(frame, kKind, address, value, init_code, child_gas, child);
    return enter<R>(context, frame, child, result, gas);
}

}  // namespace switchyard::evm::instructions
