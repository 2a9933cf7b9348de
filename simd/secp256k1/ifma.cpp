// SPDX-License-Identifier: Apache-2.0
#include "simd/secp256k1/ifma.hpp"

#include <hwy/highway.h>

#include "simd/cpu_targets.hpp"

namespace switchyard::simd {

bool ifma_is_missing() {
#if (HWY_TARGETS & HWY_AVX3) && (HWY_TARGETS & HWY_AVX2)
    static const bool missing = !__builtin_cpu_supports("avx512ifma");
    return missing && active_target() == hwy::TargetName(HWY_AVX3);
#else
    return false;
#endif
}

}  // namespace switchyard::simd
