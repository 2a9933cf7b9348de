// SPDX-License-Identifier: Apache-2.0
#include "host/pool/refusal_text.hpp"

namespace switchyard {

std::string_view refusal_text(Verdict verdict) {
    switch (verdict) {
        case Verdict::Accepted:
            return "";
        case Verdict::Malformed:
            return "rlp: invalid transaction";  // ours: geth names the field
        case Verdict::InvalidSignature:
            return "invalid sender";
        case Verdict::WrongChain:
            return "invalid chain id for signer";
        case Verdict::Duplicate:
            return "already known";
        case Verdict::NonceTooLow:
            return "nonce too low";
        case Verdict::InsufficientFunds:
            return "insufficient funds for gas * price + value";
        case Verdict::FeeTooLow:
            return "transaction underpriced";
        case Verdict::GasLimitTooHigh:
            return "exceeds block gas limit";
        case Verdict::IntrinsicGasTooLow:
            return "intrinsic gas too low";
        case Verdict::PoolFull:
            return "txpool is full";
        case Verdict::TooLarge:
            return "oversized data";
        case Verdict::Unsupported:
            return "transaction type not supported";
        case Verdict::ReplacementUnderpriced:
            return "replacement transaction underpriced";
        case Verdict::NonceTooHigh:
            return "nonce too high";
        case Verdict::NonceIsMax:
            return "nonce has max value";
        case Verdict::SenderLimit:
            return "account limit exceeded";
        case Verdict::FutureReplacesPending:
            return "future transaction tries to replace pending";
        case Verdict::AddressReserved:
            return "address already reserved";
        case Verdict::AuthorityReserved:
            return "authority already reserved";
        case Verdict::DelegatedInFlight:
            return "in-flight transaction limit reached for delegated accounts";
        case Verdict::DelegatedGap:
            return "gapped-nonce tx from delegated accounts";
        case Verdict::TipAboveMaxFee:
            return "max priority fee per gas higher than max fee per gas";
        case Verdict::InitCodeTooLarge:
            return "max initcode size exceeded";
        case Verdict::SenderHasCode:
            return "sender not an eoa";
        case Verdict::FloorGasTooLow:
            return "insufficient gas for floor data gas cost";
        case Verdict::GasLimitAboveCap:
            return "transaction gas limit too high";
        case Verdict::BlobsRefused:
            return "invalid blobs";  // ours: geth has one text for each rule
        case Verdict::SidecarMissing:
            return "missing sidecar in blob transaction";
        case Verdict::SidecarInvalid:
            return "KZG verification error";
        case Verdict::AuthorizationsRefused:
            return "set code tx must have at least one authorization tuple";
        case Verdict::NotDurable:
            return "transaction could not be stored";  // ours
    }
    return "unknown";
}

}  // namespace switchyard
