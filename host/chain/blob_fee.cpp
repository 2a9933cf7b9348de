// SPDX-License-Identifier: Apache-2.0
#include "host/chain/blob_fee.hpp"

#include "host/chain/wide_integer.hpp"

namespace switchyard {

Uint256 fake_exponential(uint64_t factor, uint64_t numerator, uint64_t denominator) {
    // e^178 is above 2^256. Below it, every term stays under 2^264 * denominator, so that the
    // products of the loop fit 512 bits, and the terms vanish after a few hundred rounds.
    constexpr uint64_t kExponentMax = 178;
    if (factor == 0) return {};
    if (numerator / denominator >= kExponentMax) return ~Uint256{};
    WideInteger output{Uint256{}};
    WideInteger term{Uint256{factor}};
    term.multiply(denominator);
    for (uint64_t i = 1; !term.is_zero(); ++i) {
        output.add(term);
        // The result only grows: once it cannot be stated, it is settled.
        WideInteger quotient = output;
        quotient.divide(denominator);
        if (quotient.saturated() == ~Uint256{}) return ~Uint256{};
        term.multiply(numerator);
        term.divide(denominator);
        term.divide(i);
    }
    output.divide(denominator);
    return output.saturated();
}

uint64_t next_excess_blob_gas(Revision revision, const ParentBlobGas& parent,
                              const BlobParameters& parameters) {
    using Wide = unsigned __int128;
    const auto saturate = [](Wide value) {
        return value > UINT64_MAX ? UINT64_MAX : static_cast<uint64_t>(value);
    };
    const Wide target = static_cast<Wide>(parameters.target) * kGasPerBlob;
    const Wide sum = static_cast<Wide>(parent.excess_blob_gas) + parent.blob_gas_used;
    if (sum < target) return 0;
    if (revision >= Revision::Osaka && parameters.max != 0) {
        // EIP-7918: while blobs cost less than the execution that they cause, the excess does not
        // fall.
        WideInteger reserve(parent.base_fee_per_gas);
        reserve.multiply(kBlobBaseCost);
        WideInteger price(blob_base_fee(parent.excess_blob_gas, parameters));
        price.multiply(kGasPerBlob);
        if (price < reserve) {
            const Wide kept = static_cast<Wide>(parent.blob_gas_used) *
                              (parameters.max - parameters.target) / parameters.max;
            return saturate(parent.excess_blob_gas + kept);
        }
    }
    return saturate(sum - target);
}

}  // namespace switchyard
