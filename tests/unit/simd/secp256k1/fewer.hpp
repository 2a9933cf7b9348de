// SPDX-License-Identifier: Apache-2.0
// By how much the tests of the kernels do less with sanitizers, under which the kernels run many
// times slower; fewer signatures still take every path.
#pragma once

#include <cstddef>

namespace switchyard::simd {

#ifdef SWITCHYARD_SIMD_OUTLINE
inline constexpr size_t kFewer = 8;
#else
inline constexpr size_t kFewer = 1;
#endif

}  // namespace switchyard::simd
