// SPDX-License-Identifier: Apache-2.0
#include "host/offload/card_failure.hpp"

namespace switchyard {

std::string_view to_string(CardFailure failure) {
    switch (failure) {
        case CardFailure::Hang:
            return "hang";
        case CardFailure::ErrorState:
            return "error state";
        case CardFailure::NoAnswer:
            return "no answer";
        case CardFailure::WrongSequence:
            return "wrong sequence";
        case CardFailure::CorruptAnswer:
            return "corrupt answer";
        case CardFailure::MalformedPlan:
            return "malformed plan";
        case CardFailure::WrongPlan:
            return "wrong plan";
        case CardFailure::Slow:
            return "slow";
    }
    return "unknown";
}

}  // namespace switchyard
