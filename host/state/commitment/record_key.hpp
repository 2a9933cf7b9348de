// SPDX-License-Identifier: Apache-2.0
// Where a record stands: which trie, and below which nibbles.
#pragma once

#include <string>

#include "host/state/commitment/nibbles.hpp"

namespace switchyard::commitment {

/// Owner of the account trie: no hash of an address that anybody can find is zero.
inline constexpr Bytes32 kAccountTrie{};

/// The place of a record: the subtree of one trie whose keys begin with these nibbles.
struct RecordKey {
    Bytes32 owner;  ///< the hashed address that a storage trie belongs to, or `kAccountTrie`
    Bytes32 path;   ///< `depth` nibbles, then zeros
    uint8_t depth = 0;

    auto operator<=>(const RecordKey&) const = default;
};

/// For messages: "accounts/1f0" or "STORAGE OWNER/1f0".
[[nodiscard]] std::string to_string(const RecordKey& key);

}  // namespace switchyard::commitment
