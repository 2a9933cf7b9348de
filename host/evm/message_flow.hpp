// SPDX-License-Identifier: Apache-2.0
// The life of a message around its code: start (creation, value transfer, precompiles), end (code
// deposit, revert), and the hand-over of its result to the caller (Yellow Paper, sections 7 and 8).
#pragma once

#include <algorithm>
#include <cstring>
#include <utility>

#include "host/evm/context.hpp"
#include "host/evm/value_logs.hpp"
#include "host/precompiles/moved_precompiles.hpp"
#include "host/precompiles/precompiles.hpp"

namespace switchyard::evm {

/// Whether the revision has a precompile at `address`; an inlined test of the leading bytes keeps
/// ordinary contracts from paying for the look-up.
[[nodiscard]] inline bool is_precompile(const Address& address, Revision revision) {
    uint64_t leading = 0;
    std::memcpy(&leading, address.data(), 8);
    return leading == 0 && precompiles::is_precompile(address, revision);
}
/// Whether a message to `address` runs a precompile: where they were moved, at any address.
template <Revision R>
[[nodiscard]] bool is_precompile(const TransactionScope& scope, const Address& address) {
    if (const auto* moved = scope.block->moved_precompiles; moved != nullptr) [[unlikely]]
        return moved->at(address, R).has_value();
    return is_precompile(address, R);
}

/// The account that a delegation designator names (EIP-7702); no value for any other code.
[[nodiscard]] inline std::optional<Address> delegation_target(BytesView code) {
    constexpr size_t kPrefixSize = 3;
    if (code.size() != kPrefixSize + Address::kSize || code[0] != 0xef || code[1] != 0x01 ||
        code[2] != 0x00)
        return std::nullopt;
    return fixed_bytes_unchecked<Address::kSize>(code.subspan(kPrefixSize));
}

/// Runs the precompile that `frame`'s message calls.
template <Revision R>
void run_precompile(TransactionScope& scope, Frame& frame) {
    Address address = frame.message.code_address;
    if (const auto* moved = scope.block->moved_precompiles; moved != nullptr) [[unlikely]]
        address = moved->at(address, R).value_or(address);
    auto result = precompiles::run_precompile(address, frame.message.input, frame.message.gas, R);
    switch (result.outcome) {
        case precompiles::Outcome::Success:
            frame.status = Status::Success;
            frame.gas = frame.message.gas - result.gas_used;
            frame.owned_output = std::move(result.output);
            frame.output = frame.owned_output;
            return;
        case precompiles::Outcome::OutOfGas:
            frame.status = Status::OutOfGas;
            return;
        case precompiles::Outcome::Failure:
            frame.status = Status::PrecompileFailure;
            return;
        case precompiles::Outcome::Unsupported:
            scope.unsupported_precompile = address;
            frame.status = Status::UnsupportedPrecompile;
            return;
    }
}

/// Moves the message's value and touches or makes its recipient.
template <Revision R>
void transfer_value(TransactionState& state, const Frame& frame) {
    const Message& message = frame.message;
    if (frame.is_creation()) {
        state.create_contract(message.recipient);
        if constexpr (R >= Revision::SpuriousDragon) state.set_nonce(message.recipient, 1);
    } else {
        state.touch(message.recipient);
    }
    const bool moves = message.kind != MessageKind::DelegateCall && !message.value.is_zero() &&
                       message.sender != message.recipient;
    if (!moves) return;
    state.subtract_balance(message.sender, message.value);
    state.add_balance(message.recipient, message.value);
    if constexpr (R >= Revision::Amsterdam)
        log_transfer(state, message.sender, message.recipient, message.value);
}

/// Takes the price of the code that a creation leaves; not `Status::Success`: why it cannot be.
template <Revision R>
[[nodiscard]] Status charge_code_deposit(TransactionScope& scope, Frame& frame, BytesView code) {
    if (R >= Revision::London && !code.empty() && code[0] == 0xef)
        return Status::InvalidCodePrefix;  // EIP-3541
    if (R >= Revision::SpuriousDragon && code.size() > code_bytes_max(R))
        return Status::CodeSizeExceeded;       // EIP-170
    if constexpr (R >= Revision::Amsterdam) {  // EIP-8037: its hash, and its bytes as state
        const uint64_t hash_cost = gas::kKeccakWord * ((code.size() + 31) / 32);
        if (frame.gas < hash_cost) return Status::OutOfGas;
        frame.gas -= hash_cost;
        const uint64_t state_cost = code.size() * scope.state_gas.cost_per_byte;
        if (!scope.state_gas.charge(state_cost, frame.state_gas, frame.gas))
            return Status::OutOfGas;
    } else {
        const uint64_t cost = gas::kCodeDepositByte * code.size();
        if (frame.gas < cost) return Status::OutOfGas;
        frame.gas -= cost;
    }
    return Status::Success;
}

/// Closes a frame whose status is known: reverts the state unless it succeeded, deposits the code
/// of a creation, and settles what gas and output the caller gets.
template <Revision R, class I>
void finish_message(Context<I>& context, Frame& frame) {
    TransactionState& state = *context.state;
    if (frame.status == Status::Success && frame.is_creation()) {
        const BytesView code = frame.output;
        const Status deposit = charge_code_deposit<R>(context, frame, code);
        if (deposit == Status::Success) {
            if (!code.empty()) state.set_code(frame.message.recipient, to_bytes(code));
        } else if (R >= Revision::Homestead || deposit != Status::OutOfGas) {
            frame.status = deposit;  // EIP-2; in Frontier the contract stays without code
        }
        frame.output = {};
    }
    if (frame.status != Status::Success) {
        state.revert_to(frame.snapshot);
        if (frame.status != Status::Revert) {
            frame.gas = 0;
            frame.output = {};
        }
    }
    context.instrumentation.on_frame_end(frame);
}

/// Starts the message of `frame`, whose `message`, `code` and `stack_bottom` are set. True: its
/// code has to be interpreted. False: the message is over and the frame closed, or the transaction
/// has no result (`has_no_result` of its status).
template <Revision R, class I>
[[nodiscard]] bool start_message(Context<I>& context, Frame& frame) {
    TransactionState& state = *context.state;
    frame.snapshot = state.snapshot();
    frame.memory.reset();
    frame.top = frame.stack_bottom;
    frame.gas = frame.message.gas;
    if constexpr (R >= Revision::Amsterdam) frame.state_gas = {};
    frame.return_data = {};
    frame.output = {};
    frame.status = Status::Success;
    frame.call_data = frame.is_creation() ? BytesView{} : frame.message.input;
    if constexpr (I::kMayBeInterrupted) {
        if (context.instrumentation.ends_at_message(frame)) {
            frame.status = Status::Interrupted;
            frame.gas = 0;
            return false;
        }
    }
    context.instrumentation.on_frame_start(context, frame);
    transfer_value<R>(state, frame);

    if (frame.code == nullptr)
        run_precompile<R>(context, frame);
    else if (frame.code->size() != 0) {
        frame.pc = frame.code->padded();
        return true;
    }
    finish_message<R>(context, frame);
    return false;
}

/// Hands the result of the closed frame `child` to `parent`: the word at `result`, memory, return
/// data. Returns the caller's gas with what the message gave back.
template <Revision R>
[[nodiscard]] uint64_t deliver_result(TransactionScope& scope, Frame& parent, const Frame& child,
                                      Uint256* result, uint64_t gas) {
    const bool success = child.status == Status::Success;
    if constexpr (R >= Revision::Amsterdam) {  // EIP-8037
        if (success) {
            scope.state_gas.merge(child.state_gas, parent.state_gas);
        } else {
            scope.state_gas.restore(child.state_gas);
            if (child.is_creation()) refund_new_account(scope, parent);
        }
    }
    if (child.is_creation()) {
        *result = success ? to_uint256(child.message.recipient) : Uint256{};
    } else {
        *result = Uint256{success ? 1U : 0U};
        const uint64_t size = std::min<uint64_t>(parent.output_size, child.output.size());
        if (size != 0)
            std::memcpy(parent.memory.data() + parent.output_offset, child.output.data(), size);
    }
    parent.return_data = child.output;
    return gas + child.gas;
}

}  // namespace switchyard::evm
