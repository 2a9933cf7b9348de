// SPDX-License-Identifier: Apache-2.0
// How EIP-2537 and EIP-4844 write BLS12-381's elements and points as bytes.
#pragma once

#include <optional>

#include "host/core/bytes.hpp"
#include "host/precompiles/curve/bls12_381.hpp"

namespace switchyard::precompiles {

/// EIP-2537: an element of Fp is 64 bytes, big-endian, the first 16 zero; c0 before c1, x before y;
/// (0, 0) is the point at infinity.
inline constexpr size_t kFpBytes = 64;
inline constexpr size_t kG1Bytes = 128;
inline constexpr size_t kG2Bytes = 256;

/// No value for an element that is not below the modulus.
[[nodiscard]] std::optional<curve::Bls12381::Fp> read_fp(const uint8_t* data);
[[nodiscard]] std::optional<curve::Bls12381::F2> read_fp2(const uint8_t* data);
/// No value for a point that is not on its curve. The subgroup is not checked.
[[nodiscard]] std::optional<curve::Bls12381::G1> read_g1(const uint8_t* data);
[[nodiscard]] std::optional<curve::Bls12381::G2> read_g2(const uint8_t* data);
/// Replaces `out`.
void write_point(const curve::Bls12381::G1& point, Bytes& out);
void write_point(const curve::Bls12381::G2& point, Bytes& out);

/// The 48-byte form of the consensus specifications (the ZCash serialization): x, big-endian, with
/// three flags in the top bits of the first byte: compressed, infinity, y is the larger root. No
/// value unless canonical, on the curve and in the subgroup.
[[nodiscard]] std::optional<curve::Bls12381::G1> read_compressed_g1(
    std::span<const uint8_t, 48> data);
/// The inverse; adds to `out`.
void append_compressed(const curve::Bls12381::G1& point, Bytes& out);

}  // namespace switchyard::precompiles
