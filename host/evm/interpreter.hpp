// SPDX-License-Identifier: Apache-2.0
// The interpreter loop: fetches, checks, charges and runs the instructions of one frame under one
// revision (Yellow Paper, section 9.4).
#pragma once

#include <type_traits>

#include "host/evm/context.hpp"
#include "host/evm/gas_schedule.hpp"
#include "host/evm/instructions/arithmetic.hpp"
#include "host/evm/instructions/call.hpp"
#include "host/evm/instructions/control.hpp"
#include "host/evm/instructions/create.hpp"
#include "host/evm/instructions/environment.hpp"
#include "host/evm/instructions/memory_access.hpp"
#include "host/evm/instructions/stack.hpp"
#include "host/evm/instructions/storage.hpp"

namespace switchyard::evm {

/// What the loop keeps in machine registers. Its address never leaves inlined functions.
struct Registers {
    const uint8_t* pc;
    Uint256* top;
    uint64_t gas;
};

/// Calls a handler with the arguments that its form takes. A handler that returns nothing neither
/// fails nor changes the gas.
template <auto kHandler, class I>
SWITCHYARD_EVM_INLINE Outcome run_handler(Context<I>& context, Frame& frame, const Registers& r) {
    using Handler = decltype(kHandler);
    if constexpr (std::is_invocable_v<Handler, Context<I>&, Frame&, Uint256*, uint64_t>) {
        return kHandler(context, frame, r.top, r.gas);
    } else if constexpr (std::is_invocable_v<Handler, Frame&, Uint256*, uint64_t>) {
        return kHandler(frame, r.top, r.gas);
    } else if constexpr (std::is_invocable_v<Handler, Frame&, const uint8_t*, Uint256*, uint64_t>) {
        return kHandler(frame, r.pc, r.top, r.gas);
    } else {
        if constexpr (std::is_invocable_v<Handler, Uint256*>)
            kHandler(r.top);
        else if constexpr (std::is_invocable_v<Handler, Uint256*, uint64_t>)
            kHandler(r.top, r.gas);
        else if constexpr (std::is_invocable_v<Handler, Frame&, Uint256*>)
            kHandler(frame, r.top);
        else if constexpr (std::is_invocable_v<Handler, const uint8_t*, Uint256*>)
            kHandler(r.pc, r.top);
        else if constexpr (std::is_invocable_v<Handler, Frame&, const uint8_t*, Uint256*>)
            kHandler(frame, r.pc, r.top);
        else if constexpr (std::is_invocable_v<Handler, Context<I>&, Uint256*>)
            kHandler(context, r.top);
        else
            kHandler(context, frame, r.top);
        return {r.gas, Signal::Continue};
    }
}

/// Checks the stack and takes the static price of an instruction; false: `frame.status` says why it
/// cannot run.
template <const InstructionRule& kRule>
SWITCHYARD_EVM_INLINE bool admit(Frame& frame, Registers& r) {
    if constexpr (kRule.inputs > 0) {
        if (frame.stack_size(r.top) < kRule.inputs) [[unlikely]] {
            frame.status = Status::StackUnderflow;
            return false;
        }
    }
    if constexpr (kRule.outputs > kRule.inputs) {
        if (frame.stack_size(r.top) >= kStackItemsMax) [[unlikely]] {
            frame.status = Status::StackOverflow;
            return false;
        }
    }
    if constexpr (kRule.gas > 0) {
        if (r.gas < kRule.gas) [[unlikely]] {
            frame.status = Status::OutOfGas;
            return false;
        }
        r.gas -= kRule.gas;
    }
    return true;
}

/// One instruction, and the registers moved to the next.
template <Revision R, class I, Opcode kOpcode, auto kHandler>
SWITCHYARD_EVM_INLINE Signal run_instruction(Context<I>& context, Frame& frame, Registers& r) {
    static constexpr const InstructionRule& kRule =
        kInstructionRules<R>[static_cast<uint8_t>(kOpcode)];
    if constexpr (!kRule.available) {
        frame.status = Status::InvalidInstruction;
        return Signal::Halt;
    } else {
        if (!admit<kRule>(frame, r)) return Signal::Halt;
        constexpr int kGrowth = static_cast<int>(kRule.outputs) - static_cast<int>(kRule.inputs);
        if constexpr (kOpcode == Opcode::Jump || kOpcode == Opcode::Jumpi) {
            [[maybe_unused]] const uint8_t* const from = r.pc;
            r.pc = kHandler(frame, r.pc, r.top);
            r.top += kGrowth;
            if (r.pc != nullptr) [[likely]] {
                if constexpr (I::kMayBeInterrupted) {
                    if (r.pc <= from && context.instrumentation.ends_at_jump(frame, r.gas)) {
                        frame.status = Status::Interrupted;
                        return Signal::Halt;
                    }
                }
                return Signal::Continue;
            }
            frame.status = Status::BadJumpDestination;
            return Signal::Halt;
        } else {
            const Outcome outcome = run_handler<kHandler>(context, frame, r);
            r.gas = outcome.gas;
            r.top += kGrowth;
            r.pc += 1 + kRule.immediates;
            return outcome.signal;
        }
    }
}

/// One instruction, observed if the instrumentation asks for it.
template <Revision R, class I, Opcode kOpcode, auto kHandler>
SWITCHYARD_EVM_INLINE Signal step(Context<I>& context, Frame& frame, Registers& r) {
    if constexpr (I::kObservesInstructions) {
        context.instrumentation.on_instruction(context, frame, r.pc, r.top, r.gas);
        const Signal signal = run_instruction<R, I, kOpcode, kHandler>(context, frame, r);
        context.instrumentation.on_instruction_end(context, frame, r.gas, signal);
        return signal;
    } else {
        return run_instruction<R, I, kOpcode, kHandler>(context, frame, r);
    }
}

/// Runs `frame` from where it stands until it halts or a frame above it has to run first. The code
/// ends in STOP bytes (`Code::padded`), so that the program counter needs no check.
template <Revision R, class I>
[[gnu::noinline]] Signal interpret(Context<I>& context, Frame& frame) {
    Registers r{frame.pc, frame.top, frame.gas};
    Signal signal = Signal::Continue;

#define SWITCHYARD_EVM_LABEL(value, name, ...) &&label_##name,
#define SWITCHYARD_EVM_NO_LABEL(value) &&label_unassigned,
    static constexpr const void* kLabels[256] = {
        SWITCHYARD_EVM_OPCODES(SWITCHYARD_EVM_LABEL, SWITCHYARD_EVM_NO_LABEL)};
#undef SWITCHYARD_EVM_LABEL
#undef SWITCHYARD_EVM_NO_LABEL

    goto* kLabels[*r.pc];

#define SWITCHYARD_EVM_STEP(value, name, ...)                                         \
    label_##name : signal = step<R, I, Opcode::name, __VA_ARGS__>(context, frame, r); \
    if (signal != Signal::Continue) goto leave;                                       \
    goto* kLabels[*r.pc];
#define SWITCHYARD_EVM_NO_STEP(value)
    SWITCHYARD_EVM_OPCODES(SWITCHYARD_EVM_STEP, SWITCHYARD_EVM_NO_STEP)
#undef SWITCHYARD_EVM_STEP
#undef SWITCHYARD_EVM_NO_STEP

label_unassigned:
    if constexpr (I::kObservesInstructions)
        context.instrumentation.on_instruction(context, frame, r.pc, r.top, r.gas);
    frame.status = Status::InvalidInstruction;
    signal = Signal::Halt;
    if constexpr (I::kObservesInstructions)
        context.instrumentation.on_instruction_end(context, frame, r.gas, signal);
leave:
    frame.pc = r.pc;
    frame.top = r.top;
    frame.gas = r.gas;
    return signal;
}

}  // namespace switchyard::evm
