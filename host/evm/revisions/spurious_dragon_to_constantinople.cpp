// SPDX-License-Identifier: Apache-2.0
// The machines of Spurious Dragon, Byzantium and Constantinople.
#include "host/evm/machine.hpp"

namespace switchyard::evm {

template <>
std::unique_ptr<AnyMachine> make_machine<Revision::SpuriousDragon>() {
    return std::make_unique<Machine<Revision::SpuriousDragon>>();
}

template <>
std::unique_ptr<AnyMachine> make_machine<Revision::Byzantium>() {
    return std::make_unique<Machine<Revision::Byzantium>>();
}

template <>
std::unique_ptr<AnyMachine> make_machine<Revision::Constantinople>() {
    return std::make_unique<Machine<Revision::Constantinople>>();
}

}  // namespace switchyard::evm
