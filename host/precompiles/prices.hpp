// SPDX-License-Identifier: Apache-2.0
// What a call of each precompile costs under each revision, apart from MODEXP (modexp.hpp).
#pragma once

#include "host/chain/revision.hpp"
#include "host/core/bytes.hpp"

namespace switchyard::precompiles {

/// A price that no gas limit pays.
inline constexpr uint64_t kUnaffordable = UINT64_MAX;

/// Yellow Paper, appendix E. All are safe for any length of input and look at no more of it than
/// the price depends on.
[[nodiscard]] uint64_t ecrecover_price(BytesView input, Revision revision);
[[nodiscard]] uint64_t sha256_price(BytesView input, Revision revision);
[[nodiscard]] uint64_t ripemd160_price(BytesView input, Revision revision);
[[nodiscard]] uint64_t identity_price(BytesView input, Revision revision);

/// EIP-196 and EIP-197, cheaper from Istanbul on (EIP-1108).
[[nodiscard]] uint64_t bn254_add_price(BytesView input, Revision revision);
[[nodiscard]] uint64_t bn254_mul_price(BytesView input, Revision revision);
[[nodiscard]] uint64_t bn254_pairing_price(BytesView input, Revision revision);

/// EIP-152: one gas per round. 0 for input of the wrong length, which the call refuses anyway.
[[nodiscard]] uint64_t blake2f_price(BytesView input, Revision revision);

/// EIP-4844.
[[nodiscard]] uint64_t point_evaluation_price(BytesView input, Revision revision);

/// EIP-2537. Input that is not a whole number of items is priced by its whole items; the call
/// refuses it.
[[nodiscard]] uint64_t bls_g1_add_price(BytesView input, Revision revision);
[[nodiscard]] uint64_t bls_g1_msm_price(BytesView input, Revision revision);
[[nodiscard]] uint64_t bls_g2_add_price(BytesView input, Revision revision);
[[nodiscard]] uint64_t bls_g2_msm_price(BytesView input, Revision revision);
[[nodiscard]] uint64_t bls_pairing_price(BytesView input, Revision revision);
[[nodiscard]] uint64_t bls_map_fp_to_g1_price(BytesView input, Revision revision);
[[nodiscard]] uint64_t bls_map_fp2_to_g2_price(BytesView input, Revision revision);

/// EIP-7951.
[[nodiscard]] uint64_t p256_verify_price(BytesView input, Revision revision);

}  // namespace switchyard::precompiles
