// SPDX-License-Identifier: Apache-2.0
// Where an execution asks whether it is to end: for machines that may be interrupted.
#pragma once

#include <algorithm>
#include <cstdint>

#include "host/evm/interruption.hpp"

namespace switchyard::evm {

/// Asks before each message, and where a loop jumps back, once the gas of a slice is spent there.
/// Code without a loop runs each of its instructions once, and what they cost is bounded by the
/// size that code has: so nothing runs on for longer than a slice, one code's length, and what a
/// single instruction or precompile takes.
class InterruptPoints {
  public:
    /// Some tenths of a millisecond in a tight loop, beside which a look at a clock is nothing.
    static constexpr uint64_t kSliceGas = 1 << 16;

    InterruptPoints() = default;
    /// `interruption` is borrowed; without one nothing ever ends.
    explicit InterruptPoints(Interruption& interruption) : interruption_(&interruption) {}

    /// A message of `gas` is about to start; true: it must not.
    [[nodiscard]] bool ends_at_message(uint64_t gas) { return ask(gas); }
    /// A jump back has been taken, with `gas` left in its frame; true: its frame ends here.
    [[nodiscard]] bool ends_at_jump(uint64_t gas) { return gas <= ask_at_ && ask(gas); }
    /// A message is over: its caller has a count of gas of its own, so that the next jump asks.
    void end_message() { ask_at_ = UINT64_MAX; }

  private:
    [[nodiscard, gnu::noinline]] bool ask(uint64_t gas) {
        ask_at_ = gas - std::min(gas, kSliceGas);
        return interruption_ != nullptr && interruption_->is_requested();
    }

    Interruption* interruption_ = nullptr;
    uint64_t ask_at_ = UINT64_MAX;  ///< gas left in the running frame
};

}  // namespace switchyard::evm
