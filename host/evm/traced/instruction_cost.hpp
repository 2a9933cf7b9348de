// SPDX-License-Identifier: Apache-2.0
// What an instruction would have cost that failed before it was charged: its static price, and the
// dynamic part from its operands (Yellow Paper, appendix G). It only peeks at the state: a question
// that the handlers would ask is an access of the transaction, and a trace must not add one.
#pragma once

#include <algorithm>
#include <vector>

#include "host/evm/context.hpp"
#include "host/evm/instructions/storage.hpp"
#include "host/evm/message_flow.hpp"
#include "host/evm/tracer.hpp"

namespace switchyard::evm {

/// What an instruction accesses, as it was before (EIP-2929): a failed instruction leaves it warm.
struct Warmth {
    bool account = true;
    bool delegate = true;  ///< the target of the account's delegation (EIP-7702)
    bool slot = true;
};

namespace detail {

/// The operand `index` places below the top.
[[nodiscard]] inline const Uint256& operand(std::span<const Uint256> stack, size_t index) {
    return stack[stack.size() - 1 - index];
}

[[nodiscard]] constexpr bool is_call(Opcode op) {
    return op == Opcode::Call || op == Opcode::Callcode || op == Opcode::Delegatecall ||
           op == Opcode::Staticcall;
}

/// The operand that names the account which `op` accesses; -1 for none.
[[nodiscard]] constexpr int account_operand(Opcode op) {
    switch (op) {
        case Opcode::Balance:
        case Opcode::Extcodesize:
        case Opcode::Extcodecopy:
        case Opcode::Extcodehash:
        case Opcode::Selfdestruct:
            return 0;
        default:
            return is_call(op) ? 1 : -1;
    }
}

/// A range of memory in the operands `offset` and `size`; `size` -1 stands for `bytes` of them.
struct MemoryOperands {
    int offset = -1;
    int size = -1;
    uint64_t bytes = 0;
};

/// The ranges that an instruction makes memory grow for.
[[nodiscard]] constexpr std::array<MemoryOperands, 2> memory_operands(Opcode op) {
    using enum Opcode;
    switch (op) {
        case Mload:
        case Mstore:
            return {{{0, -1, 32}, {}}};
        case Mstore8:
            return {{{0, -1, 1}, {}}};
        case Keccak256:
        case Return:
        case Revert:
        case Log0:
        case Log1:
        case Log2:
        case Log3:
        case Log4:
            return {{{0, 1}, {}}};
        case Calldatacopy:
        case Codecopy:
        case Returndatacopy:
            return {{{0, 2}, {}}};
        case Mcopy:
            return {{{0, 2}, {1, 2}}};
        case Extcodecopy:
            return {{{1, 3}, {}}};
        case Create:
        case Create2:
            return {{{1, 2}, {}}};
        case Call:
        case Callcode:
            return {{{3, 4}, {5, 6}}};
        case Delegatecall:
        case Staticcall:
            return {{{2, 3}, {4, 5}}};
        default:
            return {};
    }
}

/// Where memory ends after the instruction; no value above what any gas could pay for.
[[nodiscard]] inline std::optional<uint64_t> memory_after(Opcode op,
                                                          std::span<const Uint256> stack) {
    uint64_t end = 0;
    for (const MemoryOperands& range : memory_operands(op)) {
        if (range.offset < 0) continue;
        const Uint256 size =
            range.size < 0 ? Uint256{range.bytes} : operand(stack, static_cast<size_t>(range.size));
        const MemoryEnd range_end =
            memory_end(operand(stack, static_cast<size_t>(range.offset)), size);
        if (!range_end.in_limit) return std::nullopt;
        end = std::max(end, range_end.bytes);
    }
    return end;
}

/// Prices that grow with a length. The length is within `kMemoryBytesMax`.
template <Revision R>
[[nodiscard]] uint64_t length_cost(Opcode op, std::span<const Uint256> stack) {
    using enum Opcode;
    const auto words = [&](size_t index) { return words_for(operand(stack, index).saturated()); };
    switch (op) {
        case Keccak256:
            return gas::kKeccakWord * words(1);
        case Calldatacopy:
        case Codecopy:
        case Returndatacopy:
        case Mcopy:
            return gas::kCopyWord * words(2);
        case Extcodecopy:
            return gas::kCopyWord * words(3);
        case Log0:
        case Log1:
        case Log2:
        case Log3:
        case Log4:
            return gas::kLogByte * operand(stack, 1).saturated();
        case Create:
            return R >= Revision::Shanghai ? gas::kInitCodeWord * words(2) : 0;
        case Create2:
            return (gas::kKeccakWord + (R >= Revision::Shanghai ? gas::kInitCodeWord : 0)) *
                   words(2);
        case Exp:
            return gas::exponent_byte(R) *
                   static_cast<uint64_t>((bit_length(operand(stack, 1)) + 7) / 8);
        default:
            return 0;
    }
}

/// EIP-161.
[[nodiscard]] inline bool is_dead(const TransactionState& state, const Address& address) {
    const std::optional<Account> account = state.peek_account(address);
    return !account || account->is_empty();
}

/// What SELFDESTRUCT asks in `instructions::makes_beneficiary`.
template <Revision R>
[[nodiscard]] bool beneficiary_is_new(const TransactionState& state, const Address& account,
                                      const Address& beneficiary) {
    if constexpr (R < Revision::TangerineWhistle) return false;
    if constexpr (R < Revision::SpuriousDragon) return !state.peek_account(beneficiary);
    const std::optional<Account> own = state.peek_account(account);
    return own && !own->balance.is_zero() && is_dead(state, beneficiary);
}

/// EIP-8037: what the frame's gas would have to give for `bytes` of new state.
[[nodiscard]] inline uint64_t state_gas_from_frame(const StateGas& state_gas, uint64_t bytes) {
    const uint64_t amount = bytes * state_gas.cost_per_byte;
    return amount - std::min(amount, state_gas.reservoir);
}

/// What a new account takes from the frame's gas.
template <Revision R>
[[nodiscard]] uint64_t new_account_cost(const TransactionScope& scope) {
    if constexpr (R >= Revision::Amsterdam)
        return state_gas_from_frame(scope.state_gas, kStateBytesNewAccount);
    return gas::kNewAccount;
}

template <Revision R>
[[nodiscard]] uint64_t store_cost(const TransactionScope& scope, const Address& account,
                                  const TracedInstruction& at, const Warmth& warmth) {
    const TransactionState& state = *scope.state;
    if (R >= Revision::Istanbul && at.gas <= gas::kStorageSentry) return 0;  // refused unpriced
    const Uint256& key = operand(at.stack, 0);
    const Uint256& value = operand(at.stack, 1);
    const Uint256 current = state.peek_storage(account, key);
    const uint64_t cold = warmth.slot ? 0 : gas::kColdSlot;
    instructions::StorePrice price;
    if constexpr (instructions::meters_net_storage(R))
        price = instructions::net_store_price<R>(state.peek_original_storage(account, key), current,
                                                 value);
    else
        price = instructions::gross_store_price(current, value);
    uint64_t cost = cold + price.gas;
    if (R >= Revision::Amsterdam && price.grows_state)
        cost += state_gas_from_frame(scope.state_gas, kStateBytesStorageSet);
    return cost;
}

/// Without the gas that the call hands on, which is what would have been left.
template <Revision R>
[[nodiscard]] uint64_t call_cost(const TransactionScope& scope, Opcode op,
                                 std::span<const Uint256> stack, const Warmth& warmth) {
    const TransactionState& state = *scope.state;
    const Address target = to_address(operand(stack, 1));
    const bool has_value =
        (op == Opcode::Call || op == Opcode::Callcode) && !operand(stack, 2).is_zero();
    uint64_t cost = 0;
    if constexpr (R >= Revision::Berlin)
        cost += warmth.account ? 0 : gas::kColdAccount - gas::kWarm;
    if constexpr (R >= Revision::Prague) {
        if (!is_precompile<R>(scope, target) && delegation_target(state.peek_code(target)->bytes()))
            cost += warmth.delegate ? gas::kWarm : gas::kColdAccount;
    }
    if (has_value) cost += gas::kCallValue;
    const bool makes_account =
        op == Opcode::Call && (R >= Revision::SpuriousDragon ? has_value && is_dead(state, target)
                                                             : !state.peek_account(target));
    if (makes_account) cost += new_account_cost<R>(scope);
    if constexpr (R < Revision::TangerineWhistle) {
        const uint64_t handed_on = operand(stack, 0).saturated();
        cost = handed_on > UINT64_MAX - cost ? UINT64_MAX : cost + handed_on;
    }
    return cost;
}

template <Revision R>
[[nodiscard]] uint64_t access_cost(const TransactionScope& scope, const Frame& frame,
                                   const TracedInstruction& at, const Warmth& warmth) {
    const auto op = static_cast<Opcode>(at.opcode);
    const Address& account = frame.message.recipient;
    const TransactionState& state = *scope.state;
    switch (op) {
        case Opcode::Sload:
            return warmth.slot ? 0 : gas::kColdSlot - gas::kWarm;
        case Opcode::Sstore:
            return store_cost<R>(scope, account, at, warmth);
        case Opcode::Selfdestruct: {
            const Address beneficiary = to_address(operand(at.stack, 0));
            return (warmth.account ? 0 : gas::kColdAccount) +
                   (beneficiary_is_new<R>(state, account, beneficiary) ? new_account_cost<R>(scope)
                                                                       : 0);
        }
        default:
            if (R >= Revision::Amsterdam && (op == Opcode::Create || op == Opcode::Create2))
                return new_account_cost<R>(scope);
            if (is_call(op)) return call_cost<R>(scope, op, at.stack, warmth);
            return warmth.account ? 0 : gas::kColdAccount - gas::kWarm;
    }
}

}  // namespace detail

/// What `opcode` accesses, before it runs with the operands in `stack`. Before Berlin everything
/// counts as warm.
template <Revision R>
[[nodiscard]] Warmth warmth_before(const TransactionScope& scope, const Frame& frame,
                                   uint8_t opcode, std::span<const Uint256> stack) {
    const TransactionState& state = *scope.state;
    Warmth out;
    if constexpr (R >= Revision::Berlin) {
        const auto op = static_cast<Opcode>(opcode);
        const int index = detail::account_operand(op);
        if (index >= 0 && stack.size() > static_cast<size_t>(index)) {
            const Address account = to_address(detail::operand(stack, static_cast<size_t>(index)));
            out.account = state.is_warm_account(account);
            if (R >= Revision::Prague && detail::is_call(op) && !is_precompile<R>(scope, account)) {
                if (const auto target = delegation_target(state.peek_code(account)->bytes()))
                    out.delegate = state.is_warm_account(*target);
            }
        }
        if ((op == Opcode::Sload || op == Opcode::Sstore) && !stack.empty())
            out.slot = state.is_warm_storage(frame.message.recipient, detail::operand(stack, 0));
    }
    return out;
}

/// What the failed instruction `at`, whose `status` is set, would have cost: the static price where
/// its operands are missing or this alone was too much; the same where it asks for more memory than
/// a frame can have. `scope` is as the failure left it.
template <Revision R>
[[nodiscard]] uint64_t attempted_cost(const TransactionScope& scope, const Frame& frame,
                                      const TracedInstruction& at, const Warmth& warmth) {
    const InstructionRule& rule = kInstructionRules<R>[at.opcode];
    if (!rule.available || at.status == Status::StackUnderflow ||
        at.status == Status::StackOverflow || at.gas < rule.gas)
        return rule.gas;
    const auto op = static_cast<Opcode>(at.opcode);
    const auto memory = detail::memory_after(op, at.stack);
    if (!memory) return rule.gas;
    uint64_t cost = rule.gas + detail::length_cost<R>(op, at.stack);
    if (*memory > at.memory_bytes)
        cost += memory_cost(*memory / 32) - memory_cost(at.memory_bytes / 32);
    const uint64_t access = detail::access_cost<R>(scope, frame, at, warmth);
    return access > UINT64_MAX - cost ? UINT64_MAX : cost + access;
}

}  // namespace switchyard::evm
