// SPDX-License-Identifier: Apache-2.0
// The interruptible machines of Spurious Dragon, Byzantium and Constantinople.
#include "host/evm/interruptible/interruptible_machine.hpp"

namespace switchyard::evm {

template std::unique_ptr<AnyMachine> make_interruptible_machine<Revision::SpuriousDragon>(
    Interruption&);
template std::unique_ptr<AnyMachine> make_interruptible_machine<Revision::Byzantium>(Interruption&);
template std::unique_ptr<AnyMachine> make_interruptible_machine<Revision::Constantinople>(
    Interruption&);

}  // namespace switchyard::evm
