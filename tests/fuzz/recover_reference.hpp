// SPDX-License-Identifier: Apache-2.0
// Sender recovery by libsecp256k1: the oracle of ours.
#pragma once

#include <optional>

#include "host/core/bytes.hpp"
#include "host/core/uint256.hpp"

namespace switchyard::fuzz {

/// The address whose key signed the Keccak-256 of `payload`; no value for a signature that
/// libsecp256k1 refuses. `y_parity` is 0 or 1.
[[nodiscard]] std::optional<Address> recover_reference(BytesView payload, const Uint256& r,
                                                       const Uint256& s, int y_parity);

}  // namespace switchyard::fuzz
