// SPDX-License-Identifier: Apache-2.0
#include "host/precompiles/moved_precompiles.hpp"

#include "host/precompiles/precompiles.hpp"

namespace switchyard::precompiles {

std::optional<Address> MovedPrecompiles::at(const Address& address, Revision revision) const {
    if (const auto moved = places_.find(address); moved != places_.end()) return moved->second;
    if (is_precompile(address, revision)) return address;
    return std::nullopt;
}

}  // namespace switchyard::precompiles
