// SPDX-License-Identifier: Apache-2.0
// From field elements to points of BLS12-381's subgroups (EIP-2537, "Mapping functions"; RFC 9380).
#pragma once

#include "host/precompiles/curve/bls12_381.hpp"

namespace switchyard::precompiles::curve {

/// Simplified SWU map, isogeny and clearing of the cofactor: RFC 9380, sections 6.6.3 and 7, with
/// the suites of section 8.8. Every element has an image.
[[nodiscard]] Bls12381::G1 map_to_g1(const Bls12381::Fp& u);
[[nodiscard]] Bls12381::G2 map_to_g2(const Bls12381::F2& u);

}  // namespace switchyard::precompiles::curve
