// SPDX-License-Identifier: Apache-2.0
// How an execution ends before its time: who served it has no time left for it.
#pragma once

namespace switchyard::evm {

/// What an execution asks now and then whether it is to end (`Evm(revision, interruption)`).
class Interruption {
  public:
    virtual ~Interruption() = default;
    /// Whether the execution is to end now, with `Status::Interrupted`. Asked on the executing
    /// thread, seldom enough that it may read a clock.
    [[nodiscard]] virtual bool is_requested() = 0;
};

}  // namespace switchyard::evm
