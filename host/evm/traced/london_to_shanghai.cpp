// SPDX-License-Identifier: Apache-2.0
// The traced machines of London, Paris and Shanghai.
#include "host/evm/traced/traced_machine.hpp"

namespace switchyard::evm {

template std::unique_ptr<AnyMachine> make_traced_machine<Revision::London>(Tracer&, Interruption*);
template std::unique_ptr<AnyMachine> make_traced_machine<Revision::Paris>(Tracer&, Interruption*);
template std::unique_ptr<AnyMachine> make_traced_machine<Revision::Shanghai>(Tracer&,
                                                                             Interruption*);

}  // namespace switchyard::evm
