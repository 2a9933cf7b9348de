// SPDX-License-Identifier: Apache-2.0
#include "tools/switchyard/known_keys.hpp"

#include <numeric>

#include "host/core/random.hpp"

namespace switchyard::tool {

KnownKeys::KnownKeys(std::span<const simd::RecoverInput> signatures)
    : signatures_(signatures),
      keys_(signatures.size()),
      known_addresses_(signatures.size()),
      claims_(signatures.size()),
      coefficients_(signatures.size()),
      result_keys_(signatures.size()),
      statuses_(signatures.size()),
      outcomes_(signatures.size()),
      workspace_(std::make_unique_for_overwrite<simd::VerifyWorkspace>()) {
    std::iota(claims_.begin(), claims_.end(), 0u);
    simd::recover_batch(signatures_, keys_, statuses_, workspace_->recovery);
    simd::recover_addresses(signatures_, known_addresses_, statuses_, workspace_->recovery);
}

Result<void> KnownKeys::verify(std::span<simd::AddressBytes> addresses) {
    if (auto drawn = fill_random(
            {coefficients_[0].data(), sizeof(simd::Coefficient) * coefficients_.size()});
        !drawn)
        return drawn;
    const simd::VerifyStatistics statistics =
        simd::verify_known({signatures_, keys_, claims_, {}, coefficients_},
                           {result_keys_, statuses_, outcomes_}, *workspace_);
    if (statistics.items_proven + statistics.items_recovered != signatures_.size())
        return Error{ErrorCode::Internal, "verification left signatures out"};
    for (size_t i = 0; i < signatures_.size(); ++i) {
        if (outcomes_[i] != simd::ClaimOutcome::Right)
            return Error{ErrorCode::Mismatch, "a known key did not verify"};
        addresses[i] = known_addresses_[claims_[i]];
    }
    return {};
}

}  // namespace switchyard::tool
