// SPDX-License-Identifier: Apache-2.0
// The interruptible machines of London, Paris and Shanghai.
#include "host/evm/interruptible/interruptible_machine.hpp"

namespace switchyard::evm {

template std::unique_ptr<AnyMachine> make_interruptible_machine<Revision::London>(Interruption&);
template std::unique_ptr<AnyMachine> make_interruptible_machine<Revision::Paris>(Interruption&);
template std::unique_ptr<AnyMachine> make_interruptible_machine<Revision::Shanghai>(Interruption&);

}  // namespace switchyard::evm
