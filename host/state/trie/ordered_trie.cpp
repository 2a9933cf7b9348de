// SPDX-License-Identifier: Apache-2.0
#include "host/state/trie/ordered_trie.hpp"

#include "host/chain/rlp.hpp"
#include "host/state/trie/trie.hpp"

namespace switchyard::trie {

Bytes32 ordered_trie_root(std::span<const Bytes> values) {
    Trie trie;
    Bytes key;
    for (size_t i = 0; i < values.size(); ++i) {
        key.clear();
        rlp::Encoder(key).uint64(i);
        // A trie without a reader has every node, so that nothing can be missing.
        SWITCHYARD_ASSERT(trie.put(key, values[i]).has_value());
    }
    return trie.root();
}

}  // namespace switchyard::trie
