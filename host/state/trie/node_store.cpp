// SPDX-License-Identifier: Apache-2.0
#include "host/state/trie/node_store.hpp"

#include "simd/keccak256.hpp"

namespace switchyard::trie {

MemoryNodes::MemoryNodes(std::span<const Bytes> encoded) {
    const std::vector<BytesView> messages(encoded.begin(), encoded.end());
    Bytes digests(32 * messages.size());
    simd::keccak256_batch(messages, digests);
    for (size_t i = 0; i < messages.size(); ++i)
        write(fixed_bytes_unchecked<32>(BytesView(digests).subspan(32 * i, 32)), messages[i]);
}

bool MemoryNodes::read(const Bytes32& hash, Bytes& encoded) const {
    const Bytes* found = nodes_.find(hash);
    if (found == nullptr) return false;
    encoded = *found;
    return true;
}

void MemoryNodes::write(const Bytes32& hash, BytesView encoded) {
    nodes_[hash] = to_bytes(encoded);
}

}  // namespace switchyard::trie
