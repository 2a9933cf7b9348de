// SPDX-License-Identifier: Apache-2.0
// The observed machines of Cancun, Prague and Osaka.
#include "host/evm/observed/observed_machine.hpp"

namespace switchyard::evm {

template std::unique_ptr<AnyMachine> make_observed_machine<Revision::Cancun>(ObservationTarget&);
template std::unique_ptr<AnyMachine> make_observed_machine<Revision::Prague>(ObservationTarget&);
template std::unique_ptr<AnyMachine> make_observed_machine<Revision::Osaka>(ObservationTarget&);

}  // namespace switchyard::evm
