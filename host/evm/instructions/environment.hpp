// SPDX-License-Identifier: Apache-2.0
// Instructions that read the message, the transaction, the block and other accounts (0x30 to 0x4b).
#pragma once

#include "host/evm/context.hpp"
#include "host/evm/instructions/copy_word.hpp"
#include "host/evm/instructions/memory_access.hpp"

namespace switchyard::evm::instructions {

SWITCHYARD_EVM_INLINE void address(Frame& frame, Uint256* top) {
    copy_word(top[1], to_uint256(frame.message.recipient));
}
SWITCHYARD_EVM_INLINE void caller(Frame& frame, Uint256* top) {
    copy_word(top[1], to_uint256(frame.message.sender));
}
SWITCHYARD_EVM_INLINE void call_value(Frame& frame, Uint256* top) {
    top[1] = frame.message.value;
}
SWITCHYARD_EVM_INLINE void code_size(Frame& frame, Uint256* top) {
    top[1] = Uint256{frame.code->size()};
}
SWITCHYARD_EVM_INLINE void return_data_size(Frame& frame, Uint256* top) {
    top[1] = Uint256{frame.return_data.size()};
}
SWITCHYARD_EVM_INLINE void call_data_size(Frame& frame, Uint256* top) {
    top[1] = Uint256{frame.call_data.size()};
}

SWITCHYARD_EVM_INLINE void call_data_load(Frame& frame, Uint256* top) {
    const BytesView input = frame.call_data;
    const uint64_t offset = top[0].saturated();
    if (input.size() >= 32 && offset <= input.size() - 32) [[likely]] {
        top[0] = load_big_endian(input.data() + offset);
        return;
    }
    Bytes32 word;
    copy_padded(word.data(), input, top[0], 32);
    top[0] = to_uint256(word);
}

inline void origin(TransactionScope& scope, Uint256* top) {
    copy_word(top[1], to_uint256(scope.transaction->origin));
}
inline void gas_price(TransactionScope& scope, Uint256* top) {
    top[1] = scope.transaction->gas_price;
}
inline void coinbase(TransactionScope& scope, Uint256* top) {
    copy_word(top[1], to_uint256(scope.block->beneficiary));
}
inline void timestamp(TransactionScope& scope, Uint256* top) {
    top[1] = Uint256{scope.block->timestamp};
}
inline void number(TransactionScope& scope, Uint256* top) {
    top[1] = Uint256{scope.block->number};
}
inline void gas_limit(TransactionScope& scope, Uint256* top) {
    top[1] = Uint256{scope.block->gas_limit};
}
inline void chain_id(TransactionScope& scope, Uint256* top) {
    top[1] = Uint256{scope.block->chain_id};
}
inline void base_fee(TransactionScope& scope, Uint256* top) {
    top[1] = scope.block->base_fee;
}
inline void blob_base_fee(TransactionScope& scope, Uint256* top) {
    top[1] = scope.block->blob_base_fee;
}
inline void slot_number(TransactionScope& scope, Uint256* top) {  // EIP-7843
    top[1] = Uint256{scope.block->slot_number};
}
/// DIFFICULTY, from EIP-4399 on PREVRANDAO.
template <Revision R>
void prev_randao(TransactionScope& scope, Uint256* top) {
    top[1] = R >= Revision::Paris ? to_uint256(scope.block->prev_randao) : scope.block->difficulty;
}
inline void blob_hash(TransactionScope& scope, Uint256* top) {
    const auto hashes = scope.transaction->blob_hashes;
    const uint64_t index = top[0].saturated();
    top[0] = index < hashes.size() ? to_uint256(hashes[index]) : Uint256{};
}
inline void self_balance(TransactionScope& scope, Frame& frame, Uint256* top) {
    top[1] = scope.state->balance(frame.message.recipient);
}

/// BLOCKHASH: of the 256 blocks before the current one; 0 for any other number.
[[gnu::noinline]] inline void block_hash(TransactionScope& scope, Uint256* top) {
    const BlockContext& block = *scope.block;
    const uint64_t wanted = top[0].saturated();
    const bool in_window = wanted < block.number && block.number - wanted <= kBlockHashWindow;
    top[0] = in_window && block.hashes != nullptr ? to_uint256(block.hashes->block_hash(wanted))
                                                  : Uint256{};
}

/// EIP-2929: warms `address`; what its first access costs above the table's warm price.
template <Revision R>
[[nodiscard]] uint64_t cold_account_surcharge(TransactionState& state, const Address& address) {
    if constexpr (R >= Revision::Berlin) {
        if (!state.warm_account(address)) return gas::kColdAccount - gas::kWarm;
    }
    return 0;
}

template <Revision R>
[[gnu::noinline]] Outcome balance(TransactionScope& scope, Frame& frame, Uint256* top,
                                  uint64_t gas) {
    const Address account = to_address(top[0]);
    const uint64_t cost = cold_account_surcharge<R>(*scope.state, account);
    if (gas < cost) return fail(frame, Status::OutOfGas);
    top[0] = scope.state->balance(account);
    return {gas - cost, Signal::Continue};
}

/// EXTCODESIZE, EXTCODECOPY and EXTCODEHASH see a delegation designator itself (EIP-7702).
template <Revision R>
[[gnu::noinline]] Outcome external_code_size(TransactionScope& scope, Frame& frame, Uint256* top,
                                             uint64_t gas) {
    const Address account = to_address(top[0]);
    const uint64_t cost = cold_account_surcharge<R>(*scope.state, account);
    if (gas < cost) return fail(frame, Status::OutOfGas);
    top[0] = Uint256{scope.state->code(account)->size()};
    return {gas - cost, Signal::Continue};
}

/// EXTCODEHASH (EIP-1052): 0 for an account that does not exist or is empty.
template <Revision R>
[[gnu::noinline]] Outcome external_code_hash(TransactionScope& scope, Frame& frame, Uint256* top,
                                             uint64_t gas) {
    const Address account = to_address(top[0]);
    const uint64_t cost = cold_account_surcharge<R>(*scope.state, account);
    if (gas < cost) return fail(frame, Status::OutOfGas);
    top[0] =
        scope.state->is_empty(account) ? Uint256{} : to_uint256(scope.state->code_hash(account));
    return {gas - cost, Signal::Continue};
}

/// EXTCODECOPY: of account `top[0]`, to memory `top[-1]`, from code offset `top[-2]`, `top[-3]`
/// bytes.
template <Revision R>
[[gnu::noinline]] Outcome external_code_copy(TransactionScope& scope, Frame& frame, Uint256* top,
                                             uint64_t gas) {
    if (!charge_copy(frame, top[-1], top[-3], gas::kCopyWord, gas))
        return fail(frame, Status::OutOfGas);
    const Address account = to_address(top[0]);
    const uint64_t cost = cold_account_surcharge<R>(*scope.state, account);
    if (gas < cost) return fail(frame, Status::OutOfGas);
    if (!top[-3].is_zero()) {
        const CodePointer code = scope.state->code(account);
        copy_padded(frame.memory.data() + top[-1].limb[0], code->bytes(), top[-2], top[-3].limb[0]);
    } else if constexpr (R >= Revision::Amsterdam) {
        scope.state->access(account);  // EIP-7928
    }
    return {gas - cost, Signal::Continue};
}

}  // namespace switchyard::evm::instructions
