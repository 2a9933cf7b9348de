// SPDX-License-Identifier: Apache-2.0
// The interruptible machines of Cancun, Prague and Osaka.
#include "host/evm/interruptible/interruptible_machine.hpp"

namespace switchyard::evm {

template std::unique_ptr<AnyMachine> make_interruptible_machine<Revision::Cancun>(Interruption&);
template std::unique_ptr<AnyMachine> make_interruptible_machine<Revision::Prague>(Interruption&);
template std::unique_ptr<AnyMachine> make_interruptible_machine<Revision::Osaka>(Interruption&);

}  // namespace switchyard::evm
