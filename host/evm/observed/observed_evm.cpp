// SPDX-License-Identifier: Apache-2.0
#include "host/evm/any_machine.hpp"

namespace switchyard::evm {

/// Defined in `observed_machine.hpp`, and compiled beside this, a few revisions to a source.
template <Revision R>
[[nodiscard]] std::unique_ptr<AnyMachine> make_observed_machine(ObservationTarget& target);

Evm::Evm(Revision revision, ObservationTarget& target)
    : machine_(make_for(revision, [&]<Revision R>() { return make_observed_machine<R>(target); })) {
}

}  // namespace switchyard::evm
