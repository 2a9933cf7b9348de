// SPDX-License-Identifier: Apache-2.0
// What stands between C callers and the library: statuses for errors, checks of what comes in,
// structs whose size the caller states.
#pragma once

#include <cstring>
#include <exception>
#include <initializer_list>
#include <new>
#include <optional>
#include <string>

#include "host/c/handles.hpp"
#include "host/c/switchyard.h"

namespace switchyard::c {

/// How a call ended.
struct Outcome {
    switchyard_status status = SWITCHYARD_OK;
    std::string message;

    Outcome() = default;
    Outcome(switchyard_status of, std::string text) : status(of), message(std::move(text)) {}
    Outcome(const Error& error);
};

/// Keeps the message for `switchyard_error_message`; gives the status. Allocates nothing.
switchyard_status report(const char* function, switchyard_status status,
                         const char* message) noexcept;

/// Runs the body of the C function `function`; no exception leaves it.
template <typename Body>
[[nodiscard]] switchyard_status guarded(const char* function, const Body& body) noexcept {
    try {
        const Outcome outcome = body();
        if (outcome.status == SWITCHYARD_OK) return SWITCHYARD_OK;
        return report(function, outcome.status, outcome.message.c_str());
    } catch (const std::bad_alloc&) {
        return report(function, SWITCHYARD_OUT_OF_MEMORY, "out of memory");
    } catch (const std::exception& thrown) {
        return report(function, SWITCHYARD_INTERNAL, thrown.what());
    } catch (...) {
        return report(function, SWITCHYARD_INTERNAL, "an unknown exception");
    }
}

struct Argument {
    const char* name;
    const void* pointer;
};
/// Names the first argument that is NULL.
[[nodiscard]] std::optional<Outcome> refuse_null(std::initializer_list<Argument> arguments);

[[nodiscard]] Outcome no_such_handle(const char* kind);

/// A caller's struct, of whatever size its header has, over `out`, which holds the defaults.
/// `first_size` is what the interface's first version had.
[[nodiscard]] std::optional<Outcome> read_sized(const void* from, size_t first_size, void* out,
                                                size_t size);
/// Checks the size that the caller states at the start of a struct for results.
[[nodiscard]] std::optional<Outcome> check_sized(const void* to, size_t first_size);
/// Writes `from`, all but its struct_size, as far as the caller's struct reaches.
void write_sized(const void* from, size_t size, void* to);

[[nodiscard]] inline switchyard_word word_of(const Bytes32& value) {
    switchyard_word out;
    std::memcpy(out.bytes, value.data(), sizeof out.bytes);
    return out;
}
[[nodiscard]] inline switchyard_word word_of(const Uint256& value) {
    return word_of(to_bytes32(value));
}
[[nodiscard]] inline switchyard_address address_of(const Address& value) {
    switchyard_address out;
    std::memcpy(out.bytes, value.data(), sizeof out.bytes);
    return out;
}
[[nodiscard]] inline Bytes32 bytes32_of(const switchyard_word& value) {
    return fixed_bytes_unchecked<32>(value.bytes);
}
[[nodiscard]] inline Address address_of(const switchyard_address& value) {
    return fixed_bytes_unchecked<20>(value.bytes);
}

/// A new handle for a block.
[[nodiscard]] inline switchyard_block* hand_out(node::BlockPointer block) {
    return blocks().add(std::make_shared<BlockEntry>(std::move(block)));
}

}  // namespace switchyard::c
