// SPDX-License-Identifier: Apache-2.0
// The point evaluation precompile: verifies a KZG proof (EIP-4844).
#pragma once

#include <span>

#include "host/core/bytes.hpp"

namespace switchyard::precompiles {

/// Whether `proof` shows that the polynomial of `commitment` takes the value `y` at `z`, both
/// big-endian and below the group order: `verify_kzg_proof` of the consensus specifications
/// (deneb/polynomial-commitments.md). False too for anything malformed. Safe from any thread.
[[nodiscard]] bool verify_kzg_proof(std::span<const uint8_t, 48> commitment, const Bytes32& z,
                                    const Bytes32& y, std::span<const uint8_t, 48> proof);

}  // namespace switchyard::precompiles
