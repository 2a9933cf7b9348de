// SPDX-License-Identifier: Apache-2.0
#include "host/c/boundary.hpp"

#include <algorithm>
#include <cstdio>

namespace switchyard::c {
namespace {

/// No struct of this interface, in any version, is larger.
constexpr size_t kStructMax = 4096;
constexpr size_t kMessageMax = 512;

thread_local char last_message[kMessageMax] = "";

switchyard_status status_of(ErrorCode code) {
    switch (code) {
        case ErrorCode::InvalidInput:
            return SWITCHYARD_INVALID_INPUT;
        case ErrorCode::NotFound:
            return SWITCHYARD_NOT_FOUND;
        case ErrorCode::Unavailable:
            return SWITCHYARD_UNAVAILABLE;
        case ErrorCode::Unsupported:
            return SWITCHYARD_UNSUPPORTED;
        case ErrorCode::LimitExceeded:
            return SWITCHYARD_LIMIT_EXCEEDED;
        case ErrorCode::Io:
            return SWITCHYARD_IO;
        case ErrorCode::Corrupt:
            return SWITCHYARD_CORRUPT;
        case ErrorCode::Timeout:
            return SWITCHYARD_TIMEOUT;
        case ErrorCode::Mismatch:
            return SWITCHYARD_MISMATCH;
        case ErrorCode::Internal:
            break;
    }
    return SWITCHYARD_INTERNAL;
}

size_t stated_size(const void* of) {
    size_t out = 0;
    std::memcpy(&out, of, sizeof out);
    return out;
}

Outcome wrong_size(size_t stated) {
    return {SWITCHYARD_INVALID_INPUT,
            "struct_size is " + std::to_string(stated) + "; set it to sizeof the struct"};
}

}  // namespace

Outcome::Outcome(const Error& error) : status(status_of(error.code)), message(error.message) {}

switchyard_status report(const char* function, switchyard_status status,
                         const char* message) noexcept {
    std::snprintf(last_message, sizeof last_message, "%s: %s", function, message);
    return status;
}

std::optional<Outcome> refuse_null(std::initializer_list<Argument> arguments) {
    for (const Argument& item : arguments)
        if (item.pointer == nullptr)
            return Outcome{SWITCHYARD_INVALID_INPUT, std::string(item.name) + " is NULL"};
    return std::nullopt;
}

Outcome no_such_handle(const char* kind) {
    return {SWITCHYARD_INVALID_HANDLE,
            std::string("not a handle of an open ") + kind + ": NULL, given back, or another kind"};
}

std::optional<Outcome> read_sized(const void* from, size_t first_size, void* out, size_t size) {
    const size_t stated = stated_size(from);
    if (stated < first_size || stated > kStructMax) return wrong_size(stated);
    const auto* bytes = static_cast<const unsigned char*>(from);
    if (stated > size && std::any_of(bytes + size, bytes + stated, [](auto b) { return b != 0; }))
        return Outcome{SWITCHYARD_UNSUPPORTED,
                       "the struct has members that this library does not know; it is older than "
                       "the program's header"};
    std::memcpy(out, from, std::min(stated, size));
    return std::nullopt;
}

std::optional<Outcome> check_sized(const void* to, size_t first_size) {
    const size_t stated = stated_size(to);
    if (stated < first_size || stated > kStructMax) return wrong_size(stated);
    return std::nullopt;
}

void write_sized(const void* from, size_t size, void* to) {
    constexpr size_t kHead = sizeof(size_t);
    const size_t end = std::min(stated_size(to), size);
    std::memcpy(static_cast<unsigned char*>(to) + kHead,
                static_cast<const unsigned char*>(from) + kHead, end - kHead);
}

ChainTable& chains() {
    // Never destroyed: threads may call while the process ends.
    static auto* const table = new ChainTable;
    return *table;
}
BlockTable& blocks() {
    static auto* const table = new BlockTable;
    return *table;
}
SubscriptionTable& subscriptions() {
    static auto* const table = new SubscriptionTable;
    return *table;
}

}  // namespace switchyard::c

extern "C" const char* switchyard_error_message(void) {
    return switchyard::c::last_message;
}
