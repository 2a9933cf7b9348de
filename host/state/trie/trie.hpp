// SPDX-License-Identifier: Apache-2.0
// The Merkle Patricia trie: from keys and values to a root (Yellow Paper, appendix D).
#pragma once

#include <functional>
#include <optional>
#include <span>

#include "host/core/result.hpp"
#include "host/state/trie/node.hpp"
#include "host/state/trie/node_store.hpp"

namespace switchyard::trie {

/// The root of a trie without keys: Keccak-256 of RLP's empty string.
inline constexpr Bytes32 kEmptyRoot{{0x56, 0xe8, 0x1f, 0x17, 0x1b, 0xcc, 0x55, 0xa6,
                                     0xff, 0x83, 0x45, 0xe6, 0x92, 0xc0, 0xf8, 0x6e,
                                     0x5b, 0x48, 0xe0, 0x1b, 0x99, 0x6c, 0xad, 0xc0,
                                     0x01, 0x62, 0x2f, 0xb5, 0xe3, 0x63, 0xb4, 0x21}};

/// A trie whose nodes are read when they are needed, and stay. What lies beside the touched keys
/// remains a hash, so that a block's witness is enough to change the keys it covers.
///
/// A node that is needed and unknown is an error (`NotFound`), and one that does not decode or has
/// another hash is `Corrupt`; the trie is then as it was before the call. One thread.
class Trie {
  public:
    /// An empty trie.
    Trie() = default;
    /// The trie with this root; `reader` must outlive it.
    Trie(const Bytes32& root, const NodeReader& reader);

    /// The value of `key`; no value when absent. Valid until the next change. Keys have 1 to
    /// `kKeyBytesMax` bytes here and below.
    [[nodiscard]] Result<std::optional<BytesView>> get(BytesView key);
    /// Inserts or replaces. Precondition: `value` is not empty.
    [[nodiscard]] Result<void> put(BytesView key, BytesView value);
    /// Removes; an absent key is no error. Where a branch is left with one child, that child is
    /// read.
    [[nodiscard]] Result<void> erase(BytesView key);

    /// Hashes what changed and gives the root.
    [[nodiscard]] Bytes32 root();
    [[nodiscard]] bool empty() const { return root_ == kNoNode; }

    /// Calls `visit` for each key (of whole bytes) and value in ascending order of keys.
    [[nodiscard]] Result<void> for_each(const std::function<void(BytesView, BytesView)>& visit);

    /// Hashes the dirty nodes of many tries together, one batch for each level, deepest first:
    /// many small storage tries fill the vector lanes as one large trie does. `sink` (may be null)
    /// takes every node whose hash is new, and every root.
    static void hash_all(std::span<Trie* const> tries, NodeSink* sink = nullptr);

  private:
    /// Where a child hangs: in the root (`parent` is kNoNode), an extension or a branch.
    struct Link {
        NodeId parent = kNoNode;
        uint8_t nibble = 0;
    };
    /// The nodes from the root to a place, to be marked dirty when something changes there.
    struct Ancestors {
        std::array<NodeId, kKeyNibblesMax + 1> ids;
        size_t count = 0;
        void push(NodeId id) { ids[count++] = id; }
    };
    struct Hasher;

    [[nodiscard]] NodeId child_at(Link link) const;
    void set_child(Link link, NodeId child);
    NodeId new_node(NodeKind kind, size_t begin, size_t end);
    NodeId new_leaf(const Nibbles& key, size_t begin, size_t end, BytesView value);
    NodeId new_branch(size_t depth);
    void free_node(NodeId id);
    Children& children(NodeId id) { return branches_[nodes_[id].child]; }
    [[nodiscard]] const Children& children(NodeId id) const { return branches_[nodes_[id].child]; }
    void mark_dirty(const Ancestors& ancestors);

    void split(Link link, NodeId id, size_t at, const Nibbles& key, size_t length, BytesView value);
    Result<void> remove_below(const Ancestors& ancestors, NodeId id);
    void collapse(const Ancestors& ancestors, NodeId branch, NodeId only_child, uint8_t nibble);
    void absorb_prefix(NodeId id, const Node& prefix);

    /// Makes sure that `id`, whose path starts at `depth`, is not `Unresolved`.
    Result<void> resolve(NodeId id, size_t depth);
    bool decode(NodeId id, BytesView encoded, size_t depth);
    bool decode_child(BytesView encoded, size_t depth, NodeId& child);
    void encode(NodeId id, Bytes& out) const;
    void append_reference(NodeId id, Bytes& out) const;
    Result<void> visit_below(NodeId id, Nibbles& key,
                             const std::function<void(BytesView, BytesView)>& visit);

    const NodeReader* reader_ = nullptr;
    NodeId root_ = kNoNode;
    std::vector<Node> nodes_;
    std::vector<Children> branches_;
    std::vector<NodeId> free_nodes_;
    std::vector<uint32_t> free_branches_;
    Bytes read_buffer_;
};

}  // namespace switchyard::trie
