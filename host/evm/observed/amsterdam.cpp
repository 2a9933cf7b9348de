// SPDX-License-Identifier: Apache-2.0
// The observed machine of Amsterdam.
#include "host/evm/observed/observed_machine.hpp"

namespace switchyard::evm {

template std::unique_ptr<AnyMachine> make_observed_machine<Revision::Amsterdam>(ObservationTarget&);

}  // namespace switchyard::evm
