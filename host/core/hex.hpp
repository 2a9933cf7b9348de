// SPDX-License-Identifier: Apache-2.0
// Hexadecimal text as JSON-RPC and the test formats write it.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "host/core/bytes.hpp"

namespace switchyard {

/// Lower-case hex with the prefix `0x`; `0x` alone for no bytes.
[[nodiscard]] std::string to_hex(BytesView bytes);

/// Bytes from hex of even length, with or without `0x`, either case. No value if a digit is wrong
/// or one is missing.
[[nodiscard]] std::optional<Bytes> from_hex(std::string_view text);

/// Exactly `N` bytes from hex; no value if the length differs.
template <size_t N>
[[nodiscard]] std::optional<FixedBytes<N>> fixed_from_hex(std::string_view text) {
    const auto bytes = from_hex(text);
    if (!bytes || bytes->size() != N) return std::nullopt;
    return fixed_bytes_unchecked<N>(*bytes);
}

}  // namespace switchyard
