// SPDX-License-Identifier: Apache-2.0
// Whether the processor has the multiply-add that the kernels of AVX3 are compiled with.
#pragma once

namespace switchyard::simd {

/// Whether the kernels of AVX2 are to run although AVX-512 is the active target: AVX3 is compiled
/// with IFMA, which AVX-512 CPUs before Ice Lake (and Cannon Lake) lack. Thread-safe.
[[nodiscard]] bool ifma_is_missing();

}  // namespace switchyard::simd
