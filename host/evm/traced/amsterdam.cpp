// SPDX-License-Identifier: Apache-2.0
// The traced machine of Amsterdam.
#include "host/evm/traced/traced_machine.hpp"

namespace switchyard::evm {

template std::unique_ptr<AnyMachine> make_traced_machine<Revision::Amsterdam>(Tracer&,
                                                                              Interruption*);

}  // namespace switchyard::evm
