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
    }
    return "unknown";
}

}  // namespace switchyard::dataplane
