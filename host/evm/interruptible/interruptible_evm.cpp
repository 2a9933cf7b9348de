// SPDX-License-Identifier: Apache-2.0
#include "host/evm/any_machine.hpp"

namespace switchyard::evm {

/// Defined in `interruptible_machine.hpp`, and compiled beside this, a few revisions to a source.
template <Revision R>
[[nodiscard]] std::unique_ptr<AnyMachine> make_interruptible_machine(Interruption& interruption);

Evm::Evm(Revision revision, Interruption& interruption)
    : machine_(make_for(
          revision, [&]<Revision R>() { return make_interruptible_machine<R>(interruption); })) {}

}  // namespace switchyard::evm
