// SPDX-License-Identifier: Apache-2.0
// The instrumentation that sees nothing and may end the execution.
#pragma once

#include "host/evm/instrumentation.hpp"
#include "host/evm/interrupt_points.hpp"

namespace switchyard::evm {

/// Takes the place of `NoInstrumentation`. A message costs a question, a jump back a comparison.
class Interrupting : public NoInstrumentation {
  public:
    static constexpr bool kMayBeInterrupted = true;

    Interrupting() = default;
    explicit Interrupting(Interruption& interruption) : points_(interruption) {}

    [[nodiscard]] bool ends_at_message(uint64_t gas) { return points_.ends_at_message(gas); }
    [[nodiscard]] bool ends_at_jump(uint64_t gas) { return points_.ends_at_jump(gas); }
    void on_frame_end(const Frame& /*frame*/) { points_.end_message(); }

  private:
    InterruptPoints points_;
};

}  // namespace switchyard::evm
