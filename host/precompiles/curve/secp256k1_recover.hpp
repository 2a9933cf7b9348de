// SPDX-License-Identifier: Apache-2.0
// The public key that made one secp256k1 signature.
#pragma once

#include "simd/secp256k1_recover.hpp"

namespace switchyard::precompiles::curve {

/// Recovers one public key: r^-1 (s R - z G) (SEC 1, 4.1.6). Inputs, outcomes and their order are
/// those of `simd::recover_batch`, which is faster from a few signatures on; `key` is all zero
/// unless the outcome is `Ok`. Safe from any thread, no allocation; variable time.
[[nodiscard]] simd::RecoverStatus recover_public_key(const simd::RecoverInput& input,
                                                     simd::PublicKey& key);

/// The same without the instructions of ADX, for tests and for processors that lack them.
[[nodiscard]] simd::RecoverStatus recover_public_key_portable(const simd::RecoverInput& input,
                                                              simd::PublicKey& key);

}  // namespace switchyard::precompiles::curve
