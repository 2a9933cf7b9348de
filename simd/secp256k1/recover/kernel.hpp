// SPDX-License-Identifier: Apache-2.0
// The border between the scalar part of recovery (checks, scalars, bytes) and its vector kernel.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "simd/secp256k1/recover/dispatch.hpp"
#include "simd/secp256k1/recover/recover_batch.hpp"
#include "simd/secp256k1/tables.hpp"

namespace switchyard::simd {

/// Signatures of one chunk, which share each inversion, and of a part of it whose sums (300 kB) are
/// kept at a time: few enough for all of it to stay in the L2 cache.
inline constexpr size_t kChunkSignatures = 128;
inline constexpr size_t kSumSignatures = 64;

/// Windows of each part of u2: bits of a window, and how many.
inline constexpr size_t kPointWindow = 5;
inline constexpr size_t kPointWindows = 26;

/// What the kernel takes: for signature i, x of R in words[..][i], and the digits of u1's and u2's
/// halves (see scalar.hpp). Every x must be below p. Unused places up to the next
/// multiple of eight must hold values as valid as the used ones.
struct KernelInput {
    size_t count;
    alignas(64) uint64_t x[kFieldWords][kChunkSignatures];
    /// 1 where R's y is odd, else 0.
    alignas(64) uint64_t odd[kChunkSignatures];
    /// Digits of u2's parts for R and for lambda R.
    alignas(64) uint32_t point_digits[2][kPointWindows][kChunkSignatures];
    /// Digits of u1's low and high 128 bits.
    alignas(64) uint32_t generator_digits[2][kGeneratorWindows][kChunkSignatures];
};

/// What it gives: the key's affine coordinates in [0, p), and nonzero flags.
struct KernelOutput {
    alignas(64) uint64_t x[kFieldWords][kChunkSignatures];
    alignas(64) uint64_t y[kFieldWords][kChunkSignatures];
    alignas(64) uint64_t no_point[kChunkSignatures];
    alignas(64) uint64_t infinite[kChunkSignatures];
};

/// Tables and sums of a chunk: 450 kB with AVX-512, all of it with two vector lanes or one, whose
/// field elements are padded to a cache line. May be uninitialized; nothing in it outlives a call.
struct KernelMemory {
    alignas(64) std::byte bytes[size_t{656} * 1024];
};

/// Computes u1 G + u2 R for `input.count` signatures on the active target. Thread-safe for
/// different memory; a few kB of stack, no heap.
void recover_points(const KernelInput& input, KernelOutput& output, KernelMemory& memory);

/// Recovers `inputs.size()` keys, 1 to kChunkSignatures, in vectors of the active target. The spans
/// are those of recover_batch.
void recover_chunk(std::span<const RecoverInput> inputs, std::span<PublicKey> keys,
                   std::span<RecoverStatus> statuses, RecoverWorkspace& workspace);

/// What a chunk costs on the active target.
[[nodiscard]] VectorCost kernel_cost();

/// See recover_arithmetic().
[[nodiscard]] std::string_view kernel_arithmetic();

}  // namespace switchyard::simd
