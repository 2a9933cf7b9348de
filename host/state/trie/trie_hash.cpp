// SPDX-License-Identifier: Apache-2.0
// From dirty nodes to roots: level by level, in batches.
#include "host/chain/hash.hpp"
#include "host/state/trie/trie.hpp"
#include "simd/keccak256.hpp"

namespace switchyard::trie {

/// The dirty nodes of some tries, by their distance from the root. A child's reference is part of
/// its parent's encoding, so that a level is hashed when all deeper ones are.
struct Trie::Hasher {
    struct Place {
        Trie* trie;
        NodeId id;
    };
    std::vector<std::vector<Place>> levels;
    Bytes encodings;
    std::vector<size_t> ends;
    std::vector<Place> hashed;
    Bytes digests;

    void add(Place place, size_t level) {
        if (levels.size() <= level) levels.resize(level + 1);
        levels[level].push_back(place);
    }

    /// Breadth first: each level's dirty children make the next.
    void collect() {
        for (size_t level = 0; level < levels.size(); ++level) {
            for (size_t i = 0; i < levels[level].size(); ++i) {
                const auto [trie, id] = levels[level][i];
                const Node& node = trie->nodes_[id];
                const auto visit = [&, t = trie](NodeId child) {
                    if (child != kNoNode && t->nodes_[child].reference_size == 0)
                        add({t, child}, level + 1);
                };
                if (node.kind == NodeKind::Extension) visit(node.child);
                if (node.kind == NodeKind::Branch)
                    for (const NodeId child : trie->children(id))
                        visit(child);
            }
        }
    }

    void hash(const std::vector<Place>& level, NodeSink* sink) {
        encodings.clear();
        ends.clear();
        hashed.clear();
        for (const auto [trie, id] : level) {
            const size_t begin = encodings.size();
            trie->encode(id, encodings);
            const BytesView encoded = BytesView(encodings).subspan(begin);
            if (encoded.size() >= 32) {
                ends.push_back(encodings.size());
                hashed.push_back({trie, id});
                continue;
            }
            Node& node = trie->nodes_[id];
            std::copy(encoded.begin(), encoded.end(), node.reference.begin());
            node.reference_size = static_cast<uint8_t>(encoded.size());
            encodings.resize(begin);
        }
        digests.resize(32 * hashed.size());
        simd::keccak256_batch(encodings, ends, digests);
        for (size_t i = 0, begin = 0; i < hashed.size(); begin = ends[i++]) {
            const auto digest = fixed_bytes_unchecked<32>(BytesView(digests).subspan(32 * i, 32));
            Node& node = hashed[i].trie->nodes_[hashed[i].id];
            node.reference = digest.bytes;
            node.reference_size = 32;
            if (sink != nullptr)
                sink->write(digest, BytesView(encodings).subspan(begin, ends[i] - begin));
        }
    }
};

void Trie::hash_all(std::span<Trie* const> tries, NodeSink* sink) {
    Hasher hasher;
    for (Trie* trie : tries)
        if (trie->root_ != kNoNode && trie->nodes_[trie->root_].reference_size == 0)
            hasher.add({trie, trie->root_}, 0);
    hasher.collect();
    for (size_t level = hasher.levels.size(); level-- > 0;)
        hasher.hash(hasher.levels[level], sink);
    if (sink == nullptr || hasher.levels.empty()) return;
    // A root is referred to by its hash even where its encoding is shorter than that.
    for (const auto [trie, id] : hasher.levels[0]) {
        const Node& node = trie->nodes_[id];
        const BytesView encoded = BytesView(node.reference).first(node.reference_size);
        if (encoded.size() < 32) sink->write(keccak256(encoded), encoded);
    }
}

Bytes32 Trie::root() {
    if (root_ == kNoNode) return kEmptyRoot;
    Trie* const self = this;
    hash_all({&self, 1});
    const Node& node = nodes_[root_];
    if (node.reference_size == 32) return Bytes32{node.reference};
    return keccak256(BytesView(node.reference).first(node.reference_size));
}

}  // namespace switchyard::trie
