// SPDX-License-Identifier: Apache-2.0
#include "host/precompiles/blob_proofs.hpp"

#include <algorithm>
#include <optional>
#include <string_view>
#include <vector>

#include "host/precompiles/blob_polynomial.hpp"
#include "host/precompiles/bls12_381_encoding.hpp"
#include "host/precompiles/curve/prepared_pairing.hpp"
#include "host/precompiles/curve/trusted_setup.hpp"
#include "host/precompiles/curve/trusted_setup_cells.hpp"
#include "host/precompiles/openssl/digest.hpp"
#include "host/precompiles/point_evaluation.hpp"

namespace switchyard::precompiles {
namespace {

using curve::Bls12381;
using curve::Limbs;
using Fp = Bls12381::Fp;

using Term = curve::ScalarPoint<Fp, 4>;

/// `hash_to_bls_field` of what stands in `data`.
std::optional<Scalar> challenge_of(BytesView data) {
    const auto digest = sha256(data);
    if (!digest) return std::nullopt;
    Limbs<4> value = curve::load_limbs<4>(digest->data());
    while (!curve::less(value, Bls12381::kOrder))
        value = curve::subtract(value, Bls12381::kOrder);
    return Scalar::from_integer(value);
}

void append(Bytes& out, std::string_view text) {
    out.insert(out.end(), text.begin(), text.end());
}
void append(Bytes& out, BytesView bytes) {
    out.insert(out.end(), bytes.begin(), bytes.end());
}

/// The points [tau^i] G1 that a cell has coefficients for.
const std::vector<Bls12381::G1>& monomial_points() {
    static const std::vector<Bls12381::G1> points = [] {
        std::vector<Bls12381::G1> out;
        for (size_t i = 0; i < kCellElements; ++i)
            out.push_back(setup_point(i));
        return out;
    }();
    return points;
}

}  // namespace

Bytes32 versioned_hash_of(std::span<const uint8_t, 48> commitment) {
    auto out = sha256(commitment);
    if (!out) return {};
    (*out)[0] = 0x01;
    return *out;
}

bool verify_blob_proof(BytesView blob, std::span<const uint8_t, 48> commitment,
                       std::span<const uint8_t, 48> proof) {
    auto polynomial = read_blob(blob);
    if (!polynomial) return false;
    // compute_challenge: the domain, the number of elements in 16 bytes, the blob, the commitment.
    Bytes asked;
    append(asked, std::string_view("FSBLOBVERIFY_V1_"));
    asked.resize(asked.size() + 16);
    asked[asked.size() - 2] = kBlobElements >> 8;
    append(asked, blob);
    append(asked, commitment);
    const auto z = challenge_of(asked);
    if (!z) return false;
    to_coefficients(*polynomial);
    Scalar y;
    for (size_t i = kBlobElements; i-- > 0;)
        y = y * *z + (*polynomial)[i];
    Bytes32 z_bytes;
    Bytes32 y_bytes;
    z->to_bytes(z_bytes.data());
    y.to_bytes(y_bytes.data());
    return verify_kzg_proof(commitment, z_bytes, y_bytes, proof);
}

namespace {

/// The sums over all proofs that are checked together.
class CellCheck {
  public:
    explicit CellCheck(const Scalar& challenge) : challenge_(challenge) {}

    /// The proofs of one blob. False for anything malformed.
    bool add(std::vector<Scalar> polynomial, const CellProofs& of) {
        const auto committed = read_compressed_g1(of.commitment);
        if (!committed) return false;
        to_coefficients(polynomial);
        std::vector<Scalar> sums(kBlobElements / kCellElements);  // of r^k w_k^m, for each m
        Scalar weights;
        for (size_t k = 0; k < kCellsPerBlob; ++k) {
            const auto proof = read_compressed_g1(
                std::span<const uint8_t, 48>(of.proofs.data() + k * kKzgBytes, kKzgBytes));
            if (!proof) return false;
            const Scalar w = coset_.power(Limbs<1>{reverse_bits(k, kCellBits)});
            proof_terms_.push_back({*proof, weight_.to_integer()});
            terms_.push_back({*proof, (weight_ * w).to_integer()});
            Scalar power = weight_;
            for (Scalar& sum : sums) {
                sum += power;
                power *= w;
            }
            weights += weight_;
            weight_ *= challenge_;
        }
        terms_.push_back({*committed, weights.to_integer()});
        for (size_t j = 0; j < kCellElements; ++j)
            for (size_t m = 0; m < sums.size(); ++m)
                values_[j] += polynomial[kCellElements * m + j] * sums[m];
        return true;
    }

    [[nodiscard]] bool holds() {
        const std::vector<Bls12381::G1>& monomials = monomial_points();
        for (size_t j = 0; j < kCellElements; ++j)
            terms_.push_back({monomials[j], (-values_[j]).to_integer()});
        const auto left = curve::multi_scalar(std::span<const Term>{proof_terms_}).to_affine();
        const auto right = curve::multi_scalar(std::span<const Term>{terms_}).to_affine();
        static const curve::PreparedPoint<Bls12381> generator{curve::kG2Generator};
        static const curve::PreparedPoint<Bls12381> tau64{curve::kTrustedSetupTau64G2};
        std::array<curve::PreparedInput<Bls12381>, 2> pairs;
        size_t count = 0;
        if (!right.is_infinity()) pairs[count++] = {right, &generator};
        if (!left.is_infinity()) pairs[count++] = {left.negated(), &tau64};
        return curve::prepared_product_is_one(
            std::span<const curve::PreparedInput<Bls12381>>{pairs}.first(count));
    }

  private:
    const Scalar challenge_;
    const Scalar coset_ = root_of_unity(kCellsPerBlob);
    Scalar weight_ = Scalar::one();               // the next power of the challenge
    std::vector<Term> proof_terms_;               // the sum of r^k P_k
    std::vector<Term> terms_;                     // of r^k (C + w_k P_k)
    std::array<Scalar, kCellElements> values_{};  // of r^k I_k, by powers of X
};

}  // namespace

bool verify_cell_proofs(std::span<const CellProofs> blobs) {
    // The proofs' equations e(P_k, [tau^64] - [w_k]) = e(C - [I_k(tau)], G2) are checked together,
    // each times a power of a challenge that whoever made them could not choose: it comes from
    // everything that is to be checked.
    Bytes asked;
    append(asked, std::string_view("SWITCHYARD_CELLS"));
    for (const CellProofs& each : blobs) {
        // Parts of these lengths alone, so that no two lists of blobs give the same bytes.
        if (each.blob.size() != kBlobBytes || each.proofs.size() != kCellsPerBlob * kKzgBytes)
            return false;
        append(asked, each.blob);
        append(asked, each.commitment);
        append(asked, each.proofs);
    }
    const auto challenge = challenge_of(asked);
    if (!challenge) return false;
    CellCheck check(*challenge);
    for (const CellProofs& each : blobs) {
        auto polynomial = read_blob(each.blob);
        if (!polynomial || !check.add(*std::move(polynomial), each)) return false;
    }
    return check.holds();
}

}  // namespace switchyard::precompiles
