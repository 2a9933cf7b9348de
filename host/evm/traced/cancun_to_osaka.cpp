// SPDX-License-Identifier: Apache-2.0
// The traced machines of Cancun, Prague and Osaka.
#include "host/evm/traced/traced_machine.hpp"

namespace switchyard::evm {

template std::unique_ptr<AnyMachine> make_traced_machine<Revision::Cancun>(Tracer&, Interruption*);
template std::unique_ptr<AnyMachine> make_traced_machine<Revision::Prague>(Tracer&, Interruption*);
template std::unique_ptr<AnyMachine> make_traced_machine<Revision::Osaka>(Tracer&, Interruption*);

}  // namespace switchyard::evm
