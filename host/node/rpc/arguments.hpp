// SPDX-License-Identifier: Apache-2.0
// Reads a call's parameters as the values that the execution-apis name.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "host/core/bytes.hpp"
#include "host/core/uint256.hpp"
#include "host/node/json/hex_codec.hpp"
#include "host/node/rpc/method.hpp"
#include "host/node/rpc/rpc_error.hpp"

namespace switchyard::rpc {

/// The first parameter that does not fit is remembered as the error; values read after it are
/// zero. So a handler reads all that it needs and asks once. An `optional_` value may be left out
/// or null.
///
///     Arguments arguments(params, 2);
///     const Address address = arguments.address(0);
///     if (auto failure = arguments.failure()) return failure;
class Arguments {
  public:
    /// More than `at_most` parameters are an error, as for go-ethereum.
    Arguments(const Params& params, size_t at_most);

    [[nodiscard]] Address address(size_t index);
    [[nodiscard]] Bytes32 hash(size_t index);
    [[nodiscard]] uint64_t quantity(size_t index);
    [[nodiscard]] Uint256 word(size_t index);
    [[nodiscard]] Bytes data(size_t index, size_t bytes_max);
    [[nodiscard]] std::string_view string(size_t index);
    [[nodiscard]] bool boolean(size_t index);
    /// An object or array, or whatever stands there; present and not null.
    [[nodiscard]] json::Element element(size_t index);

    [[nodiscard]] std::optional<uint64_t> optional_quantity(size_t index);
    [[nodiscard]] std::optional<std::string_view> optional_string(size_t index);
    [[nodiscard]] bool optional_boolean(size_t index, bool otherwise);
    /// Absent also for null.
    [[nodiscard]] json::Element optional_element(size_t index);

    /// `what` is wrong with parameter `index`; kept if it is the first fault.
    void refuse(size_t index, std::string_view what);
    [[nodiscard]] const Failure& failure() const { return failure_; }

  private:
    [[nodiscard]] bool is_given(size_t index) const;
    [[nodiscard]] std::string_view text(size_t index);
    /// The fault of `given`, in go-ethereum's words, which name its types; `bytes` is the value's
    /// size, 0 for any.
    void check(size_t index, json::HexFault fault, std::string_view type, std::string_view given,
               size_t bytes);

    const Params& params_;
    Failure failure_;
};

/// -32602, as every parameter that does not fit answers.
[[nodiscard]] RpcError invalid_params(std::string message);

}  // namespace switchyard::rpc
