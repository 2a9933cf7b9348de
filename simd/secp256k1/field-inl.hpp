// SPDX-License-Identifier: Apache-2.0
// What every file with vectors of field elements begins with: the target's attributes, its field,
// and points in rows. Included once per Highway target, after foreach_target.h and highway.h; the
// includer ends with HWY_AFTER_NAMESPACE(), which closes the attributes that this opens.

// clang-format off
#include "simd/secp256k1/target-inl.hpp"

SWITCHYARD_SIMD_BEFORE_NAMESPACE();
namespace switchyard::simd::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;
}  // namespace switchyard::simd::HWY_NAMESPACE
#if SWITCHYARD_SIMD_IFMA
#include "simd/secp256k1/field_ifma-inl.hpp"
#else
#include "simd/secp256k1/field_mul32-inl.hpp"
#endif
#include "simd/secp256k1/packed-inl.hpp"
// clang-format on
