// SPDX-License-Identifier: Apache-2.0
// One function per precompile, all of one shape, for the table in precompiles.cpp.
#pragma once

#include "host/precompiles/precompiles.hpp"

namespace switchyard::precompiles {

/// Each takes call data of any length and appends its answer to `out`, which is empty. Each assumes
/// that its price is paid, returns `Success`, `Failure` or `Unsupported`, and is safe from any
/// thread. What is in `out` matters only after `Success`.
using Call = Outcome (*)(BytesView input, Revision revision, Bytes& out);

[[nodiscard]] Outcome call_ecrecover(BytesView input, Revision revision, Bytes& out);
[[nodiscard]] Outcome call_sha256(BytesView input, Revision revision, Bytes& out);
[[nodiscard]] Outcome call_ripemd160(BytesView input, Revision revision, Bytes& out);
[[nodiscard]] Outcome call_identity(BytesView input, Revision revision, Bytes& out);
[[nodiscard]] Outcome call_modexp(BytesView input, Revision revision, Bytes& out);
[[nodiscard]] Outcome call_bn254_add(BytesView input, Revision revision, Bytes& out);
[[nodiscard]] Outcome call_bn254_mul(BytesView input, Revision revision, Bytes& out);
[[nodiscard]] Outcome call_bn254_pairing(BytesView input, Revision revision, Bytes& out);
[[nodiscard]] Outcome call_blake2f(BytesView input, Revision revision, Bytes& out);
[[nodiscard]] Outcome call_point_evaluation(BytesView input, Revision revision, Bytes& out);
[[nodiscard]] Outcome call_bls_g1_add(BytesView input, Revision revision, Bytes& out);
[[nodiscard]] Outcome call_bls_g1_msm(BytesView input, Revision revision, Bytes& out);
[[nodiscard]] Outcome call_bls_g2_add(BytesView input, Revision revision, Bytes& out);
[[nodiscard]] Outcome call_bls_g2_msm(BytesView input, Revision revision, Bytes& out);
[[nodiscard]] Outcome call_bls_pairing(BytesView input, Revision revision, Bytes& out);
[[nodiscard]] Outcome call_bls_map_fp_to_g1(BytesView input, Revision revision, Bytes& out);
[[nodiscard]] Outcome call_bls_map_fp2_to_g2(BytesView input, Revision revision, Bytes& out);
[[nodiscard]] Outcome call_p256_verify(BytesView input, Revision revision, Bytes& out);

}  // namespace switchyard::precompiles
