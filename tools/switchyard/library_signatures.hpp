// SPDX-License-Identifier: Apache-2.0
// Signatures made by libsecp256k1 and its recovery of addresses: the baseline of two benchmarks.
#pragma once

#include <secp256k1.h>

#include <memory>
#include <random>

#include "simd/secp256k1/recover/recover_batch.hpp"

namespace switchyard::tool {

struct DestroySecp256k1Context {
    void operator()(secp256k1_context* context) const { secp256k1_context_destroy(context); }
};
using Secp256k1Context = std::unique_ptr<secp256k1_context, DestroySecp256k1Context>;

/// A random hash signed with a random key.
[[nodiscard]] simd::RecoverInput sign_with_library(const secp256k1_context* context,
                                                   std::mt19937_64& random);

/// The address that signed, with our Keccak-256; all zero when there is none.
[[nodiscard]] simd::AddressBytes recover_with_library(const secp256k1_context* context,
                                                      const simd::RecoverInput& input);

}  // namespace switchyard::tool
