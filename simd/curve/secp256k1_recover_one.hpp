// SPDX-License-Identifier: Apache-2.0
// The public key that made one secp256k1 signature, without vectors.
#pragma once

#include "simd/secp256k1/recover/recover_batch.hpp"

namespace switchyard::simd {

/// Recovers one public key: r^-1 (s R - z G) (SEC 1, 4.1.6). Inputs, outcomes and their order are
/// those of `recover_batch`, which calls this for what fills too little of a vector; `key` is all
/// zero unless the outcome is `Ok`. Safe from any thread, no allocation; variable time.
[[nodiscard]] RecoverStatus recover_one(const RecoverInput& input, PublicKey& key);

/// The same without the instructions of ADX, for tests and for processors that lack them.
[[nodiscard]] RecoverStatus recover_one_portable(const RecoverInput& input, PublicKey& key);

}  // namespace switchyard::simd
