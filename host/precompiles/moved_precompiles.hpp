// SPDX-License-Identifier: Apache-2.0
// Precompiles that stand elsewhere, for simulations (`movePrecompileToAddress`, and overrides of
// their addresses).
#pragma once

#include <map>
#include <optional>

#include "host/chain/revision.hpp"
#include "host/core/bytes.hpp"

namespace switchyard::precompiles {

/// Which precompile answers at an address. A plain value.
class MovedPrecompiles {
  public:
    /// The original address of the precompile at `address`; none: there is none.
    [[nodiscard]] std::optional<Address> at(const Address& address, Revision revision) const;
    void put(const Address& address, const Address& original) { places_[address] = original; }
    void remove(const Address& address) { places_[address] = std::nullopt; }
    [[nodiscard]] bool empty() const { return places_.empty(); }

  private:
    std::map<Address, std::optional<Address>> places_;
};

}  // namespace switchyard::precompiles
