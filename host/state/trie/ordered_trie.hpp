// SPDX-License-Identifier: Apache-2.0
// The roots in a header that stand for lists: transactions, receipts, withdrawals.
#pragma once

#include <span>

#include "host/core/bytes.hpp"

namespace switchyard::trie {

/// The root of the trie that maps rlp(i) to `values[i]` (Yellow Paper, section 4.4.2). Values are
/// not empty. Safe from any thread.
[[nodiscard]] Bytes32 ordered_trie_root(std::span<const Bytes> values);

}  // namespace switchyard::trie
