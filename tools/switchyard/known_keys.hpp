// SPDX-License-Identifier: Apache-2.0
// Verification with known keys as a contender of `switchyard bench recover`.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "host/core/result.hpp"
#include "simd/secp256k1/verify/workspace.hpp"

namespace switchyard::tool {

/// A batch of signatures whose keys are known, each with its address beside it, as a node that has
/// seen the sender before stores them.
class KnownKeys {
  public:
    /// Recovers the keys. `signatures` must outlive this.
    explicit KnownKeys(std::span<const simd::RecoverInput> signatures);

    /// Gives each signature's address: draws the random coefficients from the operating system,
    /// verifies, and takes the address that is stored beside a proven key. Fails when there is no
    /// randomness or a signature is not proven.
    [[nodiscard]] Result<void> verify(std::span<simd::AddressBytes> addresses);

  private:
    std::span<const simd::RecoverInput> signatures_;
    std::vector<simd::PublicKey> keys_;
    std::vector<simd::AddressBytes> known_addresses_;
    std::vector<uint32_t> claims_;
    std::vector<simd::Coefficient> coefficients_;
    std::vector<simd::PublicKey> result_keys_;
    std::vector<simd::RecoverStatus> statuses_;
    std::vector<simd::ClaimOutcome> outcomes_;
    std::unique_ptr<simd::VerifyWorkspace> workspace_;
};

}  // namespace switchyard::tool
