// SPDX-License-Identifier: Apache-2.0
// The observed machines of Spurious Dragon, Byzantium and Constantinople.
#include "host/evm/observed/observed_machine.hpp"

namespace switchyard::evm {

template std::unique_ptr<AnyMachine> make_observed_machine<Revision::SpuriousDragon>(
    ObservationTarget&);
template std::unique_ptr<AnyMachine> make_observed_machine<Revision::Byzantium>(ObservationTarget&);
template std::unique_ptr<AnyMachine> make_observed_machine<Revision::Constantinople>(
    ObservationTarget&);

}  // namespace switchyard::evm
