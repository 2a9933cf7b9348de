// SPDX-License-Identifier: Apache-2.0
#include "host/precompiles/point_evaluation.hpp"

#include <algorithm>
#include <array>

#include "host/precompiles/bls12_381_encoding.hpp"
#include "host/precompiles/calls.hpp"
#include "host/precompiles/curve/prepared_pairing.hpp"
#include "host/precompiles/curve/trusted_setup.hpp"
#include "host/precompiles/openssl/digest.hpp"

namespace switchyard::precompiles {

using curve::Bls12381;
using Fp = Bls12381::Fp;

bool verify_kzg_proof(std::span<const uint8_t, 48> commitment, const Bytes32& z_bytes,
                      const Bytes32& y_bytes, std::span<const uint8_t, 48> proof) {
    const auto z = curve::load_limbs<4>(z_bytes.data());
    const auto y = curve::load_limbs<4>(y_bytes.data());
    if (!curve::less(z, Bls12381::kOrder) || !curve::less(y, Bls12381::kOrder)) return false;
    const auto c = read_compressed_g1(commitment);
    if (!c) return false;
    const auto q = read_compressed_g1(proof);
    if (!q) return false;

    // e(C - [y] G1, G2) = e(Q, [tau - z] G2), rearranged so that both points of G2 are constants:
    // e(C - [y] G1 + [z] Q, G2) e(-Q, [tau] G2) = 1.
    std::array<curve::ScalarPoint<Fp, 2>, 4> terms;
    const auto y_terms = curve::split_multiple(curve::bls12_381_g1_generator().negated(), y);
    const auto z_terms = curve::split_multiple(*q, z);
    std::copy(z_terms.begin(), z_terms.end(),
              std::copy(y_terms.begin(), y_terms.end(), terms.begin()));
    const auto left =
        curve::multi_scalar(std::span<const curve::ScalarPoint<Fp, 2>>{terms}).add(*c).to_affine();
    static const curve::PreparedPoint<Bls12381> generator{curve::kG2Generator};
    static const curve::PreparedPoint<Bls12381> tau{curve::kTrustedSetupTauG2};
    std::array<curve::PreparedInput<Bls12381>, 2> pairs;
    size_t count = 0;
    if (!left.is_infinity()) pairs[count++] = {left, &generator};
    if (!q->is_infinity()) pairs[count++] = {q->negated(), &tau};
    return curve::prepared_product_is_one(
        std::span<const curve::PreparedInput<Bls12381>>{pairs}.first(count));
}

/// Versioned hash, z, y, commitment, proof; the answer is the number of field elements of a blob
/// and the group order.
Outcome call_point_evaluation(BytesView input, Revision, Bytes& out) {
    constexpr uint8_t kVersionedHashVersionKzg = 0x01;
    constexpr uint64_t kFieldElementsPerBlob = 4096;
    if (input.size() != 192) return Outcome::Failure;
    const auto commitment = input.subspan<96, 48>();
    auto versioned_hash = sha256(commitment);
    if (!versioned_hash) return Outcome::Unsupported;
    (*versioned_hash)[0] = kVersionedHashVersionKzg;
    if (!equal(BytesView{versioned_hash->bytes}, input.first(32))) return Outcome::Failure;

    const auto z = fixed_bytes_unchecked<32>(input.subspan<32, 32>());
    const auto y = fixed_bytes_unchecked<32>(input.subspan<64, 32>());
    if (!verify_kzg_proof(commitment, z, y, input.subspan<144, 48>())) return Outcome::Failure;
    out.assign(64, 0);
    curve::store_limbs(curve::Limbs<4>{kFieldElementsPerBlob}, out.data());
    curve::store_limbs(Bls12381::kOrder, out.data() + 32);
    return Outcome::Success;
}

}  // namespace switchyard::precompiles
