// SPDX-License-Identifier: Apache-2.0
// The few inversions that the vector kernels cannot share further, in scalar code.
#pragma once

#include <span>

#include "simd/secp256k1/ref.hpp"

namespace switchyard::simd {

/// Replaces each element, below p, by its inverse modulo p, with a single inversion (Montgomery's
/// trick; Pornin, ePrint 2020/972). No element may be zero: one that is makes all results zero.
/// At most 16 elements. Thread-safe, no heap.
void invert_field_elements(std::span<ref::U256> elements);

}  // namespace switchyard::simd
