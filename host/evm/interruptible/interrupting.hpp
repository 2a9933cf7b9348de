// SPDX-License-Identifier: Apache-2.0
// The instrumentation that sees nothing and may end the execution.
#pragma once

#include <algorithm>
#include <array>

#include "host/evm/frame.hpp"
#include "host/evm/instrumentation.hpp"
#include "host/evm/interruption.hpp"

namespace switchyard::evm {

/// Takes the place of `NoInstrumentation`. Asks its `Interruption` before a transaction's own
/// message, and then whenever about a slice of gas is spent, where a message starts or a loop jumps
/// back.
///
/// Each frame has a mark: the gas left in it at which the next question is due. What a message
/// spends its caller has spent as well, so that a caller that goes on looks at its own mark; and a
/// message starts with what its caller may still spend until then, so that messages without a loop
/// cannot go on among themselves. Between two places that ask lies a straight run of code, whose
/// instructions run once, and never more than one precompile.
class Interrupting : public NoInstrumentation {
  public:
    static constexpr bool kMayBeInterrupted = true;
    /// Some tenths of a millisecond in a tight loop, beside which a look at a clock is nothing.
    static constexpr uint64_t kSliceGas = 1 << 16;

    Interrupting() = default;
    /// `interruption` is borrowed.
    explicit Interrupting(Interruption& interruption) : interruption_(&interruption) {}

    void on_message_priced(uint64_t gas_left) { caller_gas_ = gas_left; }
    [[nodiscard]] bool ends_at_message(const Frame& frame) {
        const uint64_t gas = frame.message.gas;
        uint64_t& mark = marks_[frame.message.depth];
        if (frame.message.depth == 0) return ask(mark, gas);
        uint64_t& caller_mark = marks_[frame.message.depth - 1];
        // A creation is priced before its gas is taken off.
        const uint64_t caller_gas = frame.is_creation() ? caller_gas_ : caller_gas_ + gas;
        if (caller_gas > caller_mark) {
            mark = gas - std::min(gas, caller_gas - caller_mark);
            return false;
        }
        caller_mark = caller_gas - std::min(caller_gas, kSliceGas);
        return ask(mark, gas);
    }
    [[nodiscard]] bool ends_at_jump(const Frame& frame, uint64_t gas) {
        uint64_t& mark = marks_[frame.message.depth];
        return gas <= mark && ask(mark, gas);
    }

  private:
    [[nodiscard, gnu::noinline]] bool ask(uint64_t& mark, uint64_t gas) {
        mark = gas - std::min(gas, kSliceGas);
        return interruption_->is_requested();
    }

    Interruption* interruption_ = nullptr;
    uint64_t caller_gas_ = 0;  ///< left when the message was priced that starts next
    std::array<uint64_t, kCallDepthMax + 1> marks_{};  ///< by depth
};

}  // namespace switchyard::evm
