// SPDX-License-Identifier: Apache-2.0
// Signatures by the million: random, signed, and hostile ones among them.
#pragma once

#include <cstddef>
#include <random>
#include <span>
#include <vector>

#include "simd/secp256k1/recover/recover_batch.hpp"

namespace switchyard::soak {

/// Makes the same signatures from the same seed. Not thread-safe; one for each thread.
class SignatureMill {
  public:
    explicit SignatureMill(uint64_t seed);

    /// Overwrites `inputs`: half are random (r, s, z, v), of which half have no point; half were
    /// signed by libsecp256k1; then one in a hundred is made hostile. Returns how many were.
    size_t fill(std::span<simd::RecoverInput> inputs);

    /// A number in [1, limit], for the sizes of batches.
    [[nodiscard]] size_t size_up_to(size_t limit) { return 1 + random_() % limit; }

  private:
    void make_random(simd::RecoverInput& input);
    void make_hostile(simd::RecoverInput& input);

    std::mt19937_64 random_;
    /// Additions of equal and opposite points; R small multiples of G.
    std::vector<simd::RecoverInput> exceptional_;
};

}  // namespace switchyard::soak
