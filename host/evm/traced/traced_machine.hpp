// SPDX-License-Identifier: Apache-2.0
// Makes a machine that hands its instructions to a tracer.
#pragma once

#include <memory>

#include "host/evm/machine.hpp"
#include "host/evm/traced/tracing.hpp"

namespace switchyard::evm {

/// Both must outlive the machine; `interruption` may be null.
template <Revision R>
[[nodiscard]] std::unique_ptr<AnyMachine> make_traced_machine(Tracer& tracer,
                                                              Interruption* interruption) {
    return std::make_unique<Machine<R, Tracing<R>>>(Tracing<R>(tracer, interruption));
}

}  // namespace switchyard::evm
