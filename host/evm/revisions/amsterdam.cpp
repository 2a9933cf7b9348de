// SPDX-License-Identifier: Apache-2.0
// The machine of Amsterdam.
#include "host/evm/machine.hpp"

namespace switchyard::evm {

template <>
std::unique_ptr<AnyMachine> make_machine<Revision::Amsterdam>() {
    return std::make_unique<Machine<Revision::Amsterdam>>();
}

}  // namespace switchyard::evm
