// SPDX-License-Identifier: Apache-2.0
// Keccak-256 written as the specification reads, for tests and benchmarks to compare with.
#pragma once

#include <array>
#include <cstdint>
#include <span>

namespace switchyard::simd::ref {

/// Keccak-f[1600] on 25 words, word (x, y) at index x + 5*y. Steps and names follow the Keccak
/// reference 3.0, section 1.2; the constants come from the linear feedback shift register there.
void keccak_f1600(std::span<uint64_t, 25> state);

/// Keccak-256 of `message`. Any length; thread-safe; no allocation.
[[nodiscard]] std::array<uint8_t, 32> keccak256(std::span<const uint8_t> message);

}  // namespace switchyard::simd::ref
