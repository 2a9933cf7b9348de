// SPDX-License-Identifier: Apache-2.0
// The observed machines of Frontier, Homestead and Tangerine Whistle.
#include "host/evm/observed/observed_machine.hpp"

namespace switchyard::evm {

template std::unique_ptr<AnyMachine> make_observed_machine<Revision::Frontier>(ObservationTarget&);
template std::unique_ptr<AnyMachine> make_observed_machine<Revision::Homestead>(ObservationTarget&);
template std::unique_ptr<AnyMachine> make_observed_machine<Revision::TangerineWhistle>(
    ObservationTarget&);

}  // namespace switchyard::evm
