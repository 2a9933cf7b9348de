// SPDX-License-Identifier: Apache-2.0
// The machines of Petersburg, Istanbul and Berlin.
#include "host/evm/machine.hpp"

namespace switchyard::evm {

template <>
std::unique_ptr<AnyMachine> make_machine<Revision::Petersburg>() {
    return std::make_unique<Machine<Revision::Petersburg>>();
}

template <>
std::unique_ptr<AnyMachine> make_machine<Revision::Istanbul>() {
    return std::make_unique<Machine<Revision::Istanbul>>();
}

template <>
std::unique_ptr<AnyMachine> make_machine<Revision::Berlin>() {
    return std::make_unique<Machine<Revision::Berlin>>();
}

}  // namespace switchyard::evm
