// SPDX-License-Identifier: Apache-2.0
// The machines of London, Paris and Shanghai.
#include "host/evm/machine.hpp"

namespace switchyard::evm {

template <>
std::unique_ptr<AnyMachine> make_machine<Revision::London>() {
    return std::make_unique<Machine<Revision::London>>();
}

template <>
std::unique_ptr<AnyMachine> make_machine<Revision::Paris>() {
    return std::make_unique<Machine<Revision::Paris>>();
}

template <>
std::unique_ptr<AnyMachine> make_machine<Revision::Shanghai>() {
    return std::make_unique<Machine<Revision::Shanghai>>();
}

}  // namespace switchyard::evm
