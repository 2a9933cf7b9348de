// SPDX-License-Identifier: Apache-2.0
// The observed machines of Petersburg, Istanbul and Berlin.
#include "host/evm/observed/observed_machine.hpp"

namespace switchyard::evm {

template std::unique_ptr<AnyMachine> make_observed_machine<Revision::Petersburg>(
    ObservationTarget&);
template std::unique_ptr<AnyMachine> make_observed_machine<Revision::Istanbul>(ObservationTarget&);
template std::unique_ptr<AnyMachine> make_observed_machine<Revision::Berlin>(ObservationTarget&);

}  // namespace switchyard::evm
