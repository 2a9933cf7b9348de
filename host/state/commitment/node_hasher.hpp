// SPDX-License-Identifier: Apache-2.0
// Hashes the nodes of many pages and branches in groups that fill the vectors.
#pragma once

#include <array>
#include <span>
#include <vector>

#include "host/state/commitment/branch.hpp"
#include "host/state/commitment/page.hpp"
#include "simd/keccak256.hpp"

namespace switchyard::commitment {

/// Nodes wait by the number of rate blocks that they have, and a group is hashed as soon as there
/// are enough: they are still in the first-level cache then, and no vector lane waits for a longer
/// message. One thread. Allocates nothing once lists have grown.
class NodeHasher {
  public:
    struct PageJob {
        Page* page;
        ValueKind kind;  ///< what it holds
    };
    /// A branch record: the extension before it begins at nibble `from` (`branch->depth`: none).
    struct BranchJob {
        const Branch* branch;
        size_t from;
        Target target;
    };

    NodeHasher();
    NodeHasher(const NodeHasher&) = delete;
    NodeHasher& operator=(const NodeHasher&) = delete;

    /// Makes every reference that the pages lack: leaves first, then the branches, deepest first.
    void hash_pages(std::span<const PageJob> pages);
    /// Makes the references of branches of which none is below another.
    void hash_branches(std::span<const BranchJob> jobs);

  private:
    struct InnerJob {
        Page* page;
        uint8_t inner;
    };
    struct ExtensionJob {
        const uint8_t* key;
        size_t from;
        size_t to;
        Target target;
        Reference child;
    };
    /// Nodes that are hashed by one call: a vector of AVX-512, or two of AVX2.
    static constexpr size_t kGroup = 8;
    /// Rate blocks of the longest node.
    static constexpr size_t kBlocksMax = 4;
    struct Slot {
        alignas(64) std::array<uint8_t, kPaddedNodeBytesMax> bytes;
    };
    /// Nodes of one number of blocks.
    struct Waiting {
        std::array<simd::PaddedMessage, kGroup> messages;
        std::array<Slot*, kGroup> slots;
        size_t count = 0;
    };

    /// Where the next node is encoded.
    [[nodiscard]] uint8_t* buffer() { return slot_->bytes.data(); }
    /// Takes the node that `buffer` holds. The target has its size at once, and its bytes after
    /// `flush`. False: the node is shorter than a hash.
    bool add(BytesView encoded, Target target);
    /// The same for a node that lies elsewhere, stays there until `flush`, and is no shorter.
    void add_padded(const simd::PaddedMessage& message, Target target);
    void flush();
    void hash_stale_leaves(const PageJob& job);
    void list_stale_branches(Page& page);
    void hash_inner(size_t depth);
    /// The target of a node: its own, or the place of a child of an extension that is made after
    /// it.
    Target extended(const uint8_t* key, size_t from, size_t to, Target target);
    void hash_extensions();

    std::vector<Slot> slots_;
    Slot* slot_;
    std::array<Waiting, kBlocksMax> waiting_;
    std::array<std::vector<InnerJob>, kKeyNibbles> inner_;
    std::vector<ExtensionJob> extensions_;
};

/// The root hash that `root`, a node without parent, stands for.
[[nodiscard]] Bytes32 root_hash(BytesView root);

}  // namespace switchyard::commitment
