// SPDX-License-Identifier: Apache-2.0
// The memory of recover_batch().
#pragma once

#include <array>

#include "simd/secp256k1/recover/kernel.hpp"
#include "simd/secp256k1/scalar.hpp"

namespace switchyard::simd {

/// One per thread; make it with std::make_unique_for_overwrite or in static storage, not on a
/// stack. A user needs nothing of what is in it: a chunk on its way.
struct RecoverWorkspace {
    std::array<U256, kChunkSignatures> z;
    std::array<U256, kChunkSignatures> r;
    std::array<U256, kChunkSignatures> s;
    std::array<RecoveryScalars, kChunkSignatures> scalars;
    KernelInput input;
    KernelOutput output;
    KernelMemory kernel;
};

}  // namespace switchyard::simd
