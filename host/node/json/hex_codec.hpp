// SPDX-License-Identifier: Apache-2.0
// Quantities and data as JSON-RPC writes them, read as strictly as the execution-apis' schemas say.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "host/core/bytes.hpp"
#include "host/core/uint256.hpp"

namespace switchyard::json {

/// Why a text is no quantity or no data.
enum class HexFault : uint8_t {
    None,
    Empty,          ///< no text at all
    MissingPrefix,  ///< does not begin with `0x`
    EmptyQuantity,  ///< `0x` alone, where a number must stand
    LeadingZero,    ///< `0x0f`
    OddLength,      ///< data of half a byte
    BadDigit,       ///< not 0-9, a-f, A-F
    TooLarge,       ///< a quantity beyond its bits, data beyond its limit
    WrongLength,    ///< data that is not exactly as long as it must be
};

/// In the words of go-ethereum's hexutil, which clients look for.
[[nodiscard]] std::string_view to_string(HexFault fault);

/// A quantity: `0x0`, or `0x` and digits without leading zeros. Digits of either case. `value` is
/// set only when the result is `None`; the same holds for all of these.
[[nodiscard]] HexFault decode_quantity(std::string_view text, uint64_t& value);
[[nodiscard]] HexFault decode_quantity(std::string_view text, Uint256& value);

/// Data: `0x` and an even number of digits, at most `bytes_max` bytes. Replaces the content of
/// `out`, whose memory is used again.
[[nodiscard]] HexFault decode_data(std::string_view text, Bytes& out, size_t bytes_max);
/// Data that must fill `out` exactly: an address, a hash, a bloom.
[[nodiscard]] HexFault decode_fixed(std::string_view text, std::span<uint8_t> out);
/// Data into the front of `out`; `size` says how many bytes it has. For arenas: no allocation.
[[nodiscard]] HexFault decode_into(std::string_view text, std::span<uint8_t> out, size_t& size);

/// Writes `2 * bytes.size()` lower-case digits to `out`, without prefix or terminator.
void encode_digits(BytesView bytes, char* out);

}  // namespace switchyard::json
