// SPDX-License-Identifier: Apache-2.0
// Hashes the nodes of many pages and branches in batches.
#pragma once

#include <array>
#include <span>
#include <vector>

#include "host/state/commitment/branch.hpp"
#include "host/state/commitment/page.hpp"

namespace switchyard::commitment {

/// Keeps its buffers between calls; after the first large block it allocates nothing. One thread.
class NodeHasher {
  public:
    /// A branch record: the extension before it begins at nibble `from` (`branch->depth`: none).
    struct BranchJob {
        const Branch* branch;
        size_t from;
        Target target;
    };

    NodeHasher();
    /// Makes every reference that the pages lack: the leaves of some hundred pages together, then
    /// their branches, deepest first. `kinds[i]` is what `pages[i]` holds.
    void hash_pages(std::span<Page* const> pages, std::span<const ValueKind> kinds);
    /// Makes the references of branches of which none is below another.
    void hash_branches(std::span<const BranchJob> jobs);

  private:
    struct PageJob {
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

    void add(BytesView encoded, Target target);
    void flush();
    void hash_leaves(std::span<Page* const> pages, std::span<const ValueKind> kinds);
    void hash_inner(size_t depth);
    /// The target of a node: its own, or the place of a child of an extension that is made after
    /// it.
    Target extended(const uint8_t* key, size_t from, size_t to, Target target);
    void hash_extensions();

    std::vector<uint8_t> encodings_;
    size_t used_ = 0;
    std::vector<BytesView> messages_;
    std::vector<Target> targets_;
    std::vector<uint8_t> digests_;
    std::array<std::vector<PageJob>, kKeyNibbles> inner_;
    std::vector<ExtensionJob> extensions_;
};

/// The root hash that `root`, a node without parent, stands for.
[[nodiscard]] Bytes32 root_hash(BytesView root);

}  // namespace switchyard::commitment
