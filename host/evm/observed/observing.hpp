// SPDX-License-Identifier: Apache-2.0
// The instrumentation that writes messages and hashes into an `Observation`.
#pragma once

#include "host/evm/context.hpp"
#include "host/evm/observation.hpp"

namespace switchyard::evm {

/// Takes the place of `NoInstrumentation`. No instruction is observed, so that the loop is the
/// same; a message and a KECCAK256 cost a copy.
class Observing : public NoInstrumentation {
  public:
    Observing() = default;
    explicit Observing(ObservationTarget& target) : target_(&target) {}

    void on_frame_start(TransactionScope& scope, const Frame& frame) {
        if (target_->current != nullptr)
            target_->current->add_frame(frame.message, scope.frames.at(0).message);
    }
    void on_keccak256(const Frame& /*frame*/, BytesView input, const Bytes32& hash) {
        if (target_->current != nullptr) target_->current->add_hash(input, hash);
    }

  private:
    ObservationTarget* target_ = nullptr;
};

}  // namespace switchyard::evm
