// SPDX-License-Identifier: Apache-2.0
// What the instructions work on besides their frame, and how they say what happens next.
#pragma once

#include "host/evm/frame.hpp"
#include "host/evm/instrumentation.hpp"
#include "host/evm/recent_hashes.hpp"

namespace switchyard::evm {

/// What all frames of a transaction share. The pointers are set for the duration of one `execute`.
struct TransactionScope {
    const BlockContext* block = nullptr;
    const TransactionContext* transaction = nullptr;
    TransactionState* state = nullptr;
    FramePool frames;
    StateGas state_gas;  ///< from Amsterdam on
    Address unsupported_precompile;
    RecentHashes recent_hashes;
};

template <class Instrumentation>
struct Context : TransactionScope {
    Instrumentation instrumentation;
};

enum class Signal : uint8_t {
    Continue,
    EnterFrame,  ///< the frame above is ready to run; this one waits for it
    Halt,        ///< `Frame::status` says why
};

/// What an instruction that may end the frame or change the gas gives back; fits two registers.
struct Outcome {
    uint64_t gas = 0;
    Signal signal = Signal::Continue;
};

/// Ends the frame by an exceptional halt. The gas is lost when the frame is closed.
[[nodiscard, gnu::cold]] inline Outcome fail(Frame& frame, Status status) {
    frame.status = status;
    return {0, Signal::Halt};
}

/// Ends the frame with `output`, which lies in its memory.
[[nodiscard]] inline Outcome halt(Frame& frame, Status status, BytesView output, uint64_t gas) {
    frame.status = status;
    frame.output = output;
    return {gas, Signal::Halt};
}

/// EIP-8037: the price of an account that the frame makes; false if it cannot pay.
[[nodiscard]] inline bool charge_new_account(TransactionScope& scope, Frame& frame, uint64_t& gas) {
    return scope.state_gas.charge(kStateBytesNewAccount * scope.state_gas.cost_per_byte,
                                  frame.state_gas, gas);
}
/// Takes that price back: the account was not made.
inline void refund_new_account(TransactionScope& scope, Frame& frame) {
    scope.state_gas.refund(kStateBytesNewAccount * scope.state_gas.cost_per_byte, frame.state_gas);
}

}  // namespace switchyard::evm

/// For the handlers that the interpreter loop must contain: their stack pointer and gas then stay
/// in registers, also past the size at which a compiler stops to inline.
#define SWITCHYARD_EVM_INLINE [[gnu::always_inline]] inline
