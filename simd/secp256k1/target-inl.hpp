// SPDX-License-Identifier: Apache-2.0
// Decides, per Highway target, whether field arithmetic uses the 52-bit multiply-add (IFMA).
// Included once per Highway target, before the other secp256k1 -inl headers.

// No guard: each target defines the macros anew.
#include <hwy/highway.h>

// Highway 1.0.3 has no operation for the 52-bit multiply-add, so AVX3 opens its namespace with the
// attribute added. No function in there may carry HWY_ATTR, which would take the attribute away
// again under clang. On a CPU with AVX-512 and without IFMA the kernel of AVX2 runs, which must
// therefore be compiled; if it is not (-march set to a CPU with AVX-512), IFMA is used only when
// that CPU has it.
#undef SWITCHYARD_SIMD_IFMA
#undef SWITCHYARD_SIMD_BEFORE_NAMESPACE
#if HWY_TARGET == HWY_AVX3 && ((HWY_TARGETS & HWY_AVX2) != 0 || defined(__AVX512IFMA__))
#define SWITCHYARD_SIMD_IFMA 1
#define SWITCHYARD_SIMD_BEFORE_NAMESPACE() HWY_PUSH_ATTRIBUTES(HWY_TARGET_STR ",avx512ifma")
#else
#define SWITCHYARD_SIMD_IFMA 0
#define SWITCHYARD_SIMD_BEFORE_NAMESPACE() HWY_BEFORE_NAMESPACE()
#endif

// Multiplications of the IFMA form are worth inlining: their operands fit the registers. Under
// sanitizers every access grows checks, and inlined copies would take minutes to compile.
#undef SWITCHYARD_SIMD_FIELD_INLINE
#if defined(SWITCHYARD_SIMD_OUTLINE)
#define SWITCHYARD_SIMD_FIELD_INLINE HWY_NOINLINE inline
#else
#define SWITCHYARD_SIMD_FIELD_INLINE HWY_INLINE
#endif

// Calls what HWY_EXPORT made of `function`, or its form of AVX2 where IFMA is missing (ifma.hpp).
#undef SWITCHYARD_SIMD_DISPATCH
#if (HWY_TARGETS & HWY_AVX3) && (HWY_TARGETS & HWY_AVX2)
#define SWITCHYARD_SIMD_DISPATCH(function) \
    (ifma_is_missing() ? N_AVX2::function : HWY_DYNAMIC_DISPATCH(function))
#else
#define SWITCHYARD_SIMD_DISPATCH(function) HWY_DYNAMIC_DISPATCH(function)
#endif
