// SPDX-License-Identifier: Apache-2.0
// The interruptible machines of Frontier, Homestead and Tangerine Whistle.
#include "host/evm/interruptible/interruptible_machine.hpp"

namespace switchyard::evm {

template std::unique_ptr<AnyMachine> make_interruptible_machine<Revision::Frontier>(Interruption&);
template std::unique_ptr<AnyMachine> make_interruptible_machine<Revision::Homestead>(Interruption&);
template std::unique_ptr<AnyMachine> make_interruptible_machine<Revision::TangerineWhistle>(
    Interruption&);

}  // namespace switchyard::evm
