// SPDX-License-Identifier: Apache-2.0
#include "host/precompiles/blob_polynomial.hpp"

#include "host/core/hex.hpp"
#include "host/precompiles/bls12_381_encoding.hpp"
#include "host/precompiles/curve/trusted_setup_cells.hpp"

namespace switchyard::precompiles {

using curve::Bls12381;
using curve::Limbs;

Scalar root_of_unity(uint64_t order) {
    constexpr uint64_t kGenerator = 7;  // of the scalars' multiplicative group
    const Limbs<4> group = curve::subtract(Bls12381::kOrder, Limbs<4>{1});
    return Scalar{kGenerator}.power(curve::divide_small(group, order));
}

std::optional<std::vector<Scalar>> read_blob(BytesView blob) {
    if (blob.size() != kBlobBytes) return std::nullopt;
    std::vector<Scalar> out;
    out.reserve(kBlobElements);
    for (size_t i = 0; i < kBlobElements; ++i) {
        const auto element = Scalar::from_bytes(blob.data() + 32 * i);
        if (!element) return std::nullopt;
        out.push_back(*element);
    }
    return out;
}

void to_coefficients(std::vector<Scalar>& values) {
    const Scalar root = root_of_unity(kBlobElements).inverse();
    for (size_t half = 1; half < kBlobElements; half *= 2) {
        const Scalar step = root.power(Limbs<1>{kBlobElements / (2 * half)});
        std::vector<Scalar> twiddles(half, Scalar::one());
        for (size_t i = 1; i < half; ++i)
            twiddles[i] = twiddles[i - 1] * step;
        for (size_t begin = 0; begin < kBlobElements; begin += 2 * half)
            for (size_t i = 0; i < half; ++i) {
                const Scalar a = values[begin + i];
                const Scalar b = values[begin + half + i] * twiddles[i];
                values[begin + i] = a + b;
                values[begin + half + i] = a - b;
            }
    }
    const Scalar scale = Scalar{kBlobElements}.inverse();
    for (Scalar& value : values)
        value *= scale;
}

Bls12381::G1 setup_point(size_t i) {
    const Bytes bytes = *from_hex(curve::kTrustedSetupMonomialG1[i]);
    return *read_compressed_g1(std::span<const uint8_t, 48>(bytes.data(), 48));
}

}  // namespace switchyard::precompiles
