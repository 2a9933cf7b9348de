// SPDX-License-Identifier: Apache-2.0
// The traced machines of Spurious Dragon, Byzantium and Constantinople.
#include "host/evm/traced/traced_machine.hpp"

namespace switchyard::evm {

template std::unique_ptr<AnyMachine> make_traced_machine<Revision::SpuriousDragon>(Tracer&,
                                                                                   Interruption*);
template std::unique_ptr<AnyMachine> make_traced_machine<Revision::Byzantium>(Tracer&,
                                                                              Interruption*);
template std::unique_ptr<AnyMachine> make_traced_machine<Revision::Constantinople>(Tracer&,
                                                                                   Interruption*);

}  // namespace switchyard::evm
