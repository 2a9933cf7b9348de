// SPDX-License-Identifier: Apache-2.0
// The machines of Cancun, Prague and Osaka.
#include "host/evm/machine.hpp"

namespace switchyard::evm {

template <>
std::unique_ptr<AnyMachine> make_machine<Revision::Cancun>() {
    return std::make_unique<Machine<Revision::Cancun>>();
}

template <>
std::unique_ptr<AnyMachine> make_machine<Revision::Prague>() {
    return std::make_unique<Machine<Revision::Prague>>();
}

template <>
std::unique_ptr<AnyMachine> make_machine<Revision::Osaka>() {
    return std::make_unique<Machine<Revision::Osaka>>();
}

}  // namespace switchyard::evm
