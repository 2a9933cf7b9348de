// SPDX-License-Identifier: Apache-2.0
#include "host/core/result.hpp"

namespace switchyard {

std::string_view to_string(ErrorCode code) {
    switch (code) {
        case ErrorCode::InvalidInput:
            return "invalid input";
        case ErrorCode::NotFound:
            return "not found";
        case ErrorCode::Unavailable:
            return "unavailable";
        case ErrorCode::Unsupported:
            return "not supported";
        case ErrorCode::LimitExceeded:
            return "limit exceeded";
        case ErrorCode::Io:
            return "input/output error";
        case ErrorCode::Corrupt:
            return "corrupt data";
        case ErrorCode::Timeout:
            return "timed out";
        case ErrorCode::Mismatch:
            return "mismatch";
        case ErrorCode::Internal:
            return "internal error";
    }
    return "unknown error";
}

}  // namespace switchyard
