// SPDX-License-Identifier: Apache-2.0
// The traced machines of Frontier, Homestead and Tangerine Whistle.
#include "host/evm/traced/traced_machine.hpp"

namespace switchyard::evm {

template std::unique_ptr<AnyMachine> make_traced_machine<Revision::Frontier>(Tracer&,
                                                                             Interruption*);
template std::unique_ptr<AnyMachine> make_traced_machine<Revision::Homestead>(Tracer&,
                                                                              Interruption*);
template std::unique_ptr<AnyMachine> make_traced_machine<Revision::TangerineWhistle>(Tracer&,
                                                                                     Interruption*);

}  // namespace switchyard::evm
