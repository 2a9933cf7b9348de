// SPDX-License-Identifier: Apache-2.0
// Whether the carry chains of ADX run here.
#pragma once

#if defined(__x86_64__)

namespace switchyard::simd::curve {

/// Whether this processor has MULX, ADCX and ADOX. False until it is set before main, which only
/// costs time.
inline const bool kHasAdx = __builtin_cpu_supports("bmi2") && __builtin_cpu_supports("adx");

}  // namespace switchyard::simd::curve

#endif  // defined(__x86_64__)
