// SPDX-License-Identifier: Apache-2.0
// A blob as a polynomial, and what is known of it at secret places. Inside host/precompiles only.
#pragma once

#include <optional>
#include <vector>

#include "host/precompiles/blob_proofs.hpp"
#include "host/precompiles/curve/bls12_381.hpp"

namespace switchyard::precompiles {

struct BlobScalarParams {
    static constexpr auto kModulus = curve::Bls12381::kOrder;
};
/// The scalars of the groups. No square roots: the order is 1 modulo 4.
using Scalar = curve::Field<BlobScalarParams>;

inline constexpr size_t kCellElements = 64;

/// A primitive root of unity of this order, a power of two.
[[nodiscard]] Scalar root_of_unity(uint64_t order);

/// The elements of a blob; no value: it is none.
[[nodiscard]] std::optional<std::vector<Scalar>> read_blob(BytesView blob);

/// The coefficients of the polynomial whose values at the roots of unity, in bit-reversed order, a
/// blob holds: the inverse transform of Cooley and Tukey, which takes just that order.
void to_coefficients(std::vector<Scalar>& values);

/// The number of `bits` bits read backwards (`reverse_bits` of the consensus specifications).
[[nodiscard]] constexpr uint64_t reverse_bits(uint64_t value, int bits) {
    uint64_t out = 0;
    for (int i = 0; i < bits; ++i)
        out |= (value >> i & 1) << (bits - 1 - i);
    return out;
}
inline constexpr int kCellBits = 7;  ///< of the number of a cell
static_assert(kCellsPerBlob == size_t{1} << kCellBits);

/// [tau^i] G1 of the trusted setup; `i` below `kBlobElements`. Takes 60 us.
[[nodiscard]] curve::Bls12381::G1 setup_point(size_t i);

}  // namespace switchyard::precompiles
