// SPDX-License-Identifier: Apache-2.0
#include "dataplane/client/client_session.hpp"

namespace switchyard::dataplane {

const char* verdict_name(Verdict verdict) {
    switch (verdict) {
        case Verdict::Accepted:
            return "accepted";
        case Verdict::Malformed:
            return "malformed";
        case Verdict::InvalidSignature:
            return "invalid_signature";
        case Verdict::WrongChain:
            return "wrong_chain";
        case Verdict::Duplicate:
            return "duplicate";
        case Verdict::NonceTooLow:
            return "nonce_too_low";
        case Verdict::InsufficientFunds:
            return "insufficient_funds";
        case Verdict::FeeTooLow:
            return "fee_too_low";
        case Verdict::GasLimitTooHigh:
            return "gas_limit_too_high";
        case Verdict::IntrinsicGasTooLow:
            return "intrinsic_gas_too_low";
        case Verdict::PoolFull:
            return "pool_full";
        case Verdict::TooLarge:
            return "too_large";
        case Verdict::Unsupported:
            return "unsupported";
        case Verdict::ReplacementUnderpriced:
            return "replacement_underpriced";
        case Verdict::NonceTooHigh:
            return "nonce_too_high";
        case Verdict::NonceIsMax:
            return "nonce_is_max";
        case Verdict::SenderLimit:
            return "sender_limit";
        case Verdict::FutureReplacesPending:
            return "future_replaces_pending";
        case Verdict::AddressReserved:
            return "address_reserved";
        case Verdict::AuthorityReserved:
            return "authority_reserved";
        case Verdict::DelegatedInFlight:
            return "delegated_in_flight";
        case Verdict::DelegatedGap:
            return "delegated_gap";
        case Verdict::TipAboveMaxFee:
            return "tip_above_max_fee";
        case Verdict::InitCodeTooLarge:
            return "init_code_too_large";
        case Verdict::SenderHasCode:
            return "sender_has_code";
        case Verdict::FloorGasTooLow:
            return "floor_gas_too_low";
        case Verdict::GasLimitAboveCap:
            return "gas_limit_above_cap";
        case Verdict::BlobsRefused:
            return "blobs_refused";
        case Verdict::SidecarMissing:
            return "sidecar_missing";
        case Verdict::SidecarInvalid:
            return "sidecar_invalid";
        case Verdict::AuthorizationsRefused:
            return "authorizations_refused";
        case Verdict::NotDurable:
            return "not_durable";
    }
    return "unknown";
}

}  // namespace switchyard::dataplane
