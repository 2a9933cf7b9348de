// SPDX-License-Identifier: Apache-2.0
// What a request that failed answers: code, message and, for some, data.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <variant>

#include "host/core/assert.hpp"

namespace switchyard::rpc {

/// Codes of JSON-RPC 2.0 (section 5.1), and those that go-ethereum adds; clients branch on them.
namespace code {
inline constexpr int kParseError = -32700;
inline constexpr int kInvalidRequest = -32600;
inline constexpr int kMethodNotFound = -32601;
inline constexpr int kInvalidParams = -32602;
inline constexpr int kInternal = -32603;
inline constexpr int kServer = -32000;  ///< whatever has no code of its own
inline constexpr int kTimeout = -32002;
inline constexpr int kResponseTooLarge = -32003;
inline constexpr int kBusy = -32005;  ///< a limit of the server is reached; try again (EIP-1474)
inline constexpr int kReverted = 3;   ///< execution reverted; `data` is what it returned
}  // namespace code

struct RpcError {
    int code = code::kServer;
    std::string message;
    std::string data;  ///< JSON text of one value; empty for none
};

/// Of a handler: nothing when it wrote its result.
using Failure = std::optional<RpcError>;

/// A value or why there is none, for the parts of handlers. Shaped like `Result`.
template <typename T>
class [[nodiscard]] Answer {
  public:
    Answer(T value) : content_(std::in_place_index<0>, std::move(value)) {}
    Answer(RpcError error) : content_(std::in_place_index<1>, std::move(error)) {}

    [[nodiscard]] bool has_value() const { return content_.index() == 0; }
    explicit operator bool() const { return has_value(); }
    [[nodiscard]] T& operator*() & {
        SWITCHYARD_ASSERT(has_value());
        return *std::get_if<0>(&content_);
    }
    [[nodiscard]] const T& operator*() const& {
        SWITCHYARD_ASSERT(has_value());
        return *std::get_if<0>(&content_);
    }
    [[nodiscard]] T&& operator*() && { return std::move(**this); }
    [[nodiscard]] T* operator->() { return &**this; }
    [[nodiscard]] const T* operator->() const { return &**this; }
    [[nodiscard]] const RpcError& error() const {
        SWITCHYARD_ASSERT(!has_value());
        return *std::get_if<1>(&content_);
    }

  private:
    std::variant<T, RpcError> content_;
};

}  // namespace switchyard::rpc
