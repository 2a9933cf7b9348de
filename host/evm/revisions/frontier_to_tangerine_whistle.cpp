// SPDX-License-Identifier: Apache-2.0
// The machines of Frontier, Homestead and Tangerine Whistle.
#include "host/evm/machine.hpp"

namespace switchyard::evm {

template <>
std::unique_ptr<AnyMachine> make_machine<Revision::Frontier>() {
    return std::make_unique<Machine<Revision::Frontier>>();
}

template <>
std::unique_ptr<AnyMachine> make_machine<Revision::Homestead>() {
    return std::make_unique<Machine<Revision::Homestead>>();
}

template <>
std::unique_ptr<AnyMachine> make_machine<Revision::TangerineWhistle>() {
    return std::make_unique<Machine<Revision::TangerineWhistle>>();
}

}  // namespace switchyard::evm
