// SPDX-License-Identifier: Apache-2.0
#include "dataplane/protocol/wire.hpp"

#include <string>

namespace switchyard::dataplane {

Result<void> check_transaction(BytesView transaction, BytesView sender_hint) {
    if (transaction.empty() || transaction.size() > kTransactionBytesMax)
        return Error{ErrorCode::InvalidInput,
                     "a transaction of " + std::to_string(transaction.size()) +
                         " bytes; it takes 1 to " + std::to_string(kTransactionBytesMax)};
    if (!sender_hint.empty() && sender_hint.size() != kSenderHintBytes)
        return Error{
            ErrorCode::InvalidInput,
            "a sender hint of " + std::to_string(sender_hint.size()) + " bytes; it has 20"};
    return {};
}

std::string_view to_string(FrameError error) {
    switch (error) {
        case FrameError::None:
            return "none";
        case FrameError::Truncated:
            return "truncated";
        case FrameError::NotForUs:
            return "not_for_us";
        case FrameError::BadIpHeader:
            return "bad_ip_header";
        case FrameError::IpFragment:
            return "ip_fragment";
        case FrameError::BadUdpLength:
            return "bad_udp_length";
        case FrameError::BadMagic:
            return "bad_magic";
        case FrameError::BadVersion:
            return "bad_version";
        case FrameError::BadHeaderLength:
            return "bad_header_length";
        case FrameError::BadExtension:
            return "bad_extension";
        case FrameError::BadLength:
            return "bad_length";
        case FrameError::BadChecksum:
            return "bad_checksum";
        case FrameError::BadKind:
            return "bad_kind";
        case FrameError::BadCount:
            return "bad_count";
        case FrameError::BadSession:
            return "bad_session";
        case FrameError::BadNumber:
            return "bad_number";
        case FrameError::BadGroup:
            return "bad_group";
        case FrameError::ReservedNotZero:
            return "reserved_not_zero";
        case FrameError::BadFragment:
            return "bad_fragment";
        case FrameError::Oversized:
            return "oversized";
        case FrameError::BadUdpChecksum:
            return "bad_udp_checksum";
    }
    return "unknown";
}

std::string_view to_string(ResetReason reason) {
    switch (reason) {
        case ResetReason::UnknownSession:
            return "unknown_session";
        case ResetReason::NoRoom:
            return "no_room";
    }
    return "unknown";
}

}  // namespace switchyard::dataplane
