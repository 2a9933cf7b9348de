// SPDX-License-Identifier: Apache-2.0
// Makes a machine that may be interrupted.
#pragma once

#include "host/evm/interruptible/interrupting.hpp"
#include "host/evm/machine.hpp"

namespace switchyard::evm {

/// `interruption` must outlive the machine.
template <Revision R>
[[nodiscard]] std::unique_ptr<AnyMachine> make_interruptible_machine(Interruption& interruption) {
    return std::make_unique<Machine<R, Interrupting>>(Interrupting(interruption));
}

}  // namespace switchyard::evm
