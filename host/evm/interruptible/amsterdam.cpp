// SPDX-License-Identifier: Apache-2.0
// The interruptible machine of Amsterdam.
#include "host/evm/interruptible/interruptible_machine.hpp"

namespace switchyard::evm {

template std::unique_ptr<AnyMachine> make_interruptible_machine<Revision::Amsterdam>(Interruption&);

}  // namespace switchyard::evm
