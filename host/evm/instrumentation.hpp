// SPDX-License-Identifier: Apache-2.0
// The seam through which a tracer or an observer sees an execution, and the default that sees
// nothing and costs nothing.
#pragma once

#include <cstdint>

#include "host/core/bytes.hpp"
#include "host/core/uint256.hpp"

namespace switchyard::evm {

struct Frame;
struct TransactionScope;
enum class Signal : uint8_t;

/// What an instrumentation has to offer; a class with the same members takes the place of this one
/// as the machine's template parameter. The calls are made in the order of execution, on the
/// executing thread; the references are valid during the call.
struct NoInstrumentation {
    /// Whether `on_instruction` and `on_instruction_end` are called. Without them the loop carries
    /// no trace of the seam.
    static constexpr bool kObservesInstructions = false;
    /// Whether the execution may end before its time (`Status::Interrupted`). Who says so offers
    /// two more members: `bool ends_at_message(const Frame& frame)`, asked when the message of
    /// `frame` is about to start, before `on_frame_start`; and `bool ends_at_jump(const Frame&
    /// frame, uint64_t gas)`, asked when a jump back has been taken with `gas` left.
    static constexpr bool kMayBeInterrupted = false;

    /// Before the instruction at `pc` is checked and charged. `gas` is what is left; the stack is
    /// `frame.stack_bottom + 1` to `top`, lowest item first (EIP-3155's line for one instruction).
    void on_instruction(TransactionScope& /*scope*/, const Frame& /*frame*/, const uint8_t* /*pc*/,
                        const Uint256* /*top*/, uint64_t /*gas*/) {}
    /// After it. With `Signal::Halt` the frame's status says why; a failure may leave `gas` 0. With
    /// `Signal::EnterFrame` the message that it sent has started and none of its code has run.
    void on_instruction_end(TransactionScope& /*scope*/, const Frame& /*frame*/, uint64_t /*gas*/,
                            Signal /*signal*/) {}
    /// The running instruction sends a message and is charged for it: `gas_left` is what the frame
    /// keeps, for a creation with the gas that it will hand on.
    void on_message_priced(uint64_t /*gas_left*/) {}
    /// A message (call or creation) starts: before value transfer and precompile.
    void on_frame_start(TransactionScope& /*scope*/, const Frame& /*frame*/) {}
    /// A message is over; status, gas and output are final. Frames that are abandoned, since a
    /// precompile above them is not supported or the execution was interrupted, do not end.
    void on_frame_end(const Frame& /*frame*/) {}
    /// KECCAK256 gave `hash` for `input`.
    void on_keccak256(const Frame& /*frame*/, BytesView /*input*/, const Bytes32& /*hash*/) {}
};

}  // namespace switchyard::evm
