// SPDX-License-Identifier: Apache-2.0
// The traced machines of Petersburg, Istanbul and Berlin.
#include "host/evm/traced/traced_machine.hpp"

namespace switchyard::evm {

template std::unique_ptr<AnyMachine> make_traced_machine<Revision::Petersburg>(Tracer&,
                                                                               Interruption*);
template std::unique_ptr<AnyMachine> make_traced_machine<Revision::Istanbul>(Tracer&,
                                                                             Interruption*);
template std::unique_ptr<AnyMachine> make_traced_machine<Revision::Berlin>(Tracer&, Interruption*);

}  // namespace switchyard::evm
