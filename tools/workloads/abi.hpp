// SPDX-License-Identifier: Apache-2.0
// Call data as the Solidity ABI lays it out (docs.soliditylang.org, "Contract ABI Specification").
#pragma once

#include <concepts>
#include <initializer_list>
#include <span>
#include <vector>

#include "host/core/bytes.hpp"
#include "host/core/uint256.hpp"

namespace switchyard::workloads {

/// One argument: a word, or a dynamic value.
class AbiValue {
  public:
    template <std::unsigned_integral T>
    AbiValue(T value) : word_(static_cast<uint64_t>(value)) {}
    AbiValue(const Uint256& value) : word_(value) {}
    AbiValue(const Address& value) : word_(to_uint256(value)) {}
    AbiValue(const Bytes32& value) : word_(to_uint256(value)) {}

    /// `bytes`.
    [[nodiscard]] static AbiValue bytes(BytesView value);
    /// `string`.
    [[nodiscard]] static AbiValue text(std::string_view value);
    /// A dynamic array of a type that takes one word.
    [[nodiscard]] static AbiValue array(std::span<const Uint256> values);
    [[nodiscard]] static AbiValue array(std::span<const Address> values);

  private:
    friend void append_abi(std::span<const AbiValue> values, Bytes& out);
    Uint256 word_;
    Bytes tail_;  ///< of a dynamic value: its length and its content
};

/// Appends the encoding of a tuple of `values`.
void append_abi(std::span<const AbiValue> values, Bytes& out);

/// Selector and arguments.
[[nodiscard]] Bytes abi_call(uint32_t selector, std::initializer_list<AbiValue> arguments);

}  // namespace switchyard::workloads
