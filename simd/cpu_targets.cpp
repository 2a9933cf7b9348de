// SPDX-License-Identifier: Apache-2.0
#include "simd/cpu_targets.hpp"

#include <hwy/highway.h>

namespace switchyard::simd {
namespace {

std::vector<int64_t> split(int64_t mask) {
    std::vector<int64_t> targets;
    for (; mask != 0; mask &= mask - 1)
        targets.push_back(mask & -mask);
    return targets;
}

std::vector<std::string> names(int64_t mask) {
    std::vector<std::string> result;
    for (const int64_t target : split(mask))
        result.emplace_back(hwy::TargetName(target));
    return result;
}

/// What this CPU supports, whatever is forced; asked once, before any forcing.
int64_t supported_mask() {
    static const int64_t mask = [] {
        const int64_t found = hwy::SupportedTargets() & HWY_TARGETS;
        return found != 0 ? found : HWY_STATIC_TARGET;
    }();
    return mask;
}

int64_t& forced_mask() {
    static int64_t mask = 0;
    return mask;
}

}  // namespace

std::string_view active_target() {
    const int64_t mask = forced_mask() != 0 ? forced_mask() : supported_mask();
    return hwy::TargetName(mask & -mask);
}

std::vector<std::string> compiled_targets() {
    return names(HWY_TARGETS);
}

std::vector<std::string> supported_targets() {
    return names(supported_mask());
}

bool force_target(std::string_view name) {
    const int64_t supported = supported_mask();
    if (name.empty()) {
        forced_mask() = 0;
        hwy::SetSupportedTargetsForTest(0);
        hwy::GetChosenTarget().Update(supported);
        return true;
    }
    for (const int64_t target : split(supported)) {
        if (name != hwy::TargetName(target)) continue;
        forced_mask() = target;
        hwy::SetSupportedTargetsForTest(target);
        hwy::GetChosenTarget().Update(target);
        return true;
    }
    return false;
}

}  // namespace switchyard::simd
