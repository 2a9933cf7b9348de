// SPDX-License-Identifier: Apache-2.0
// Makes a machine that writes down what its transactions hash and whom they call.
#pragma once

#include <memory>

#include "host/evm/machine.hpp"
#include "host/evm/observed/observing.hpp"

namespace switchyard::evm {

/// `target` must outlive the machine.
template <Revision R>
[[nodiscard]] std::unique_ptr<AnyMachine> make_observed_machine(ObservationTarget& target) {
    return std::make_unique<Machine<R, Observing>>(Observing(target, kInstructionRules<R>));
}

}  // namespace switchyard::evm
