// SPDX-License-Identifier: Apache-2.0
// Limbs, inverses, points and digits of simd/curve, which these curves share with secp256k1, under
// their plain names.
#pragma once

#include "simd/curve/adx.hpp"
#include "simd/curve/limbs.hpp"
#include "simd/curve/modular_inverse.hpp"
#include "simd/curve/non_adjacent_form.hpp"
#include "simd/curve/point.hpp"

namespace switchyard::precompiles::curve {

using namespace simd::curve;

}  // namespace switchyard::precompiles::curve
