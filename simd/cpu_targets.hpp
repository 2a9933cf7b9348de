// SPDX-License-Identifier: Apache-2.0
// Which instruction sets the kernels were compiled for, which this CPU can run, and which is used.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace switchyard::simd {

/// Highway's name of the target that the kernels run on: "AVX3" (AVX-512), "AVX2", "SSE4", "SSSE3",
/// "NEON", or "SCALAR"/"EMU128" where there is nothing better. The string is static.
[[nodiscard]] std::string_view active_target();

/// Names of the targets that are compiled in, best first.
[[nodiscard]] std::vector<std::string> compiled_targets();

/// Names of the targets that are compiled in and that this CPU can run, best first; never empty.
/// Not changed by `force_target`.
[[nodiscard]] std::vector<std::string> supported_targets();

/// Makes every kernel of this process run on the named target, for tests and benchmarks; returns
/// false, and changes nothing, when `name` is not one of `supported_targets()`. An empty name goes
/// back to the best one. Affects all threads: call it while no kernel runs.
bool force_target(std::string_view name);

}  // namespace switchyard::simd
