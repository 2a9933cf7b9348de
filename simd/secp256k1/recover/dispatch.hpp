// SPDX-License-Identifier: Apache-2.0
// Which signatures of a chunk are worth a vector, and which go one by one.
#pragma once

#include <cstddef>

namespace switchyard::simd {

/// What a chunk costs through the vectors of a target: `chunk` once, and `group` for each group of
/// `lanes` signatures, however many of its lanes are used; in hundredths of a recovery one by one
/// with ADX. No lanes: vectors never pay. Only the ratios matter, which README.md has
/// measured.
struct VectorCost {
    size_t lanes;
    size_t chunk;
    size_t group;
};

/// recover_one on this processor, in hundredths of itself with ADX.
[[nodiscard]] size_t cost_of_one();

/// The cheapest split of `count` signatures: so many of the first through vectors, the rest one by
/// one at `one` each.
[[nodiscard]] constexpr size_t vector_share(size_t count, const VectorCost& cost, size_t one) {
    if (cost.lanes == 0) return 0;
    const size_t groups = count / cost.lanes;
    const size_t rest = count % cost.lanes;
    const size_t best_rest = rest * one < cost.group ? rest * one : cost.group;
    const size_t singly = count * one;
    // With no full group, the fixed cost is paid for the rest alone.
    if (cost.chunk + groups * cost.group + (groups == 0 ? cost.group : best_rest) >= singly)
        return 0;
    return groups != 0 && rest * one <= cost.group ? count - rest : count;
}

}  // namespace switchyard::simd
