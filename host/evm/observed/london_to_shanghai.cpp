// SPDX-License-Identifier: Apache-2.0
// The observed machines of London, Paris and Shanghai.
#include "host/evm/observed/observed_machine.hpp"

namespace switchyard::evm {

template std::unique_ptr<AnyMachine> make_observed_machine<Revision::London>(ObservationTarget&);
template std::unique_ptr<AnyMachine> make_observed_machine<Revision::Paris>(ObservationTarget&);
template std::unique_ptr<AnyMachine> make_observed_machine<Revision::Shanghai>(ObservationTarget&);

}  // namespace switchyard::evm
