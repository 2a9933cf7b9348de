// SPDX-License-Identifier: Apache-2.0
// The interruptible machines of Petersburg, Istanbul and Berlin.
#include "host/evm/interruptible/interruptible_machine.hpp"

namespace switchyard::evm {

template std::unique_ptr<AnyMachine> make_interruptible_machine<Revision::Petersburg>(
    Interruption&);
template std::unique_ptr<AnyMachine> make_interruptible_machine<Revision::Istanbul>(Interruption&);
template std::unique_ptr<AnyMachine> make_interruptible_machine<Revision::Berlin>(Interruption&);

}  // namespace switchyard::evm
