// SPDX-License-Identifier: Apache-2.0
// Which RLP trees are transactions, headers and blocks, written as patterns: the second opinion on
// what the decoders accept.
#pragma once

#include <string_view>

#include "tests/fuzz/rlp_tree.hpp"

namespace switchyard::fuzz {

/// Whether `tree` matches `pattern`, one item of which each character stands for:
///
///     x q w  an integer of at most 32, 64, 256 bits, without leading zeros
///     y p  an integer below 256, below 2
///     v    the v of a legacy signature: 27, 28, or 35 + 2 * (a chain id of 64 bits) + parity
///     b    any string; a h n l: a string of 20, 32, 8, 256 bytes; A: of 20 or 0 bytes
///     t    a transaction as it stands in a block
///     (..) a list of these items; after '?' items may be left off from the end
///     [.]  a list of any number of this item
[[nodiscard]] bool matches(const RlpTree& tree, std::string_view pattern);

/// Whether the bytes are the canonical encoding of a transaction (EIP-155, 2718, 2930, 1559, 4844,
/// 7702).
[[nodiscard]] bool is_transaction(BytesView encoded);

/// Yellow Paper, section 4.4, with EIP-1559, 4895, 4844, 4788, 7685, 7928, 7843.
inline constexpr std::string_view kHeaderPattern = "(hhahhhlwqqqqbhn?whqqhhhq)";
/// A header, transactions, ommers and, from Shanghai on, withdrawals (EIP-4895).
[[nodiscard]] bool is_block(BytesView encoded);

/// EIP-7928: the form, and that addresses, slots and indices ascend, that a slot does not stand
/// among the changed and the read, and that a changed slot has a value.
[[nodiscard]] bool is_block_access_list(BytesView encoded);

}  // namespace switchyard::fuzz
