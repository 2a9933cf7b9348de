// SPDX-License-Identifier: Apache-2.0
// What verification with known keys computes once per check, not once per signature.
#pragma once

#include <cstddef>
#include <span>

#include "simd/secp256k1/verify/kernel.hpp"

namespace switchyard::simd {

/// The sum over w of 2^(width w) (low[w] + 2^shift high[w]), by Horner's rule; shift < width.
[[nodiscard]] JacobianWords combine_windows(std::span<const JacobianWords> low,
                                            std::span<const JacobianWords> high, size_t width,
                                            size_t shift);

/// a - b.
[[nodiscard]] JacobianWords subtract_points(const JacobianWords& a, const JacobianWords& b);

[[nodiscard]] bool is_infinity(const JacobianWords& a);

}  // namespace switchyard::simd
