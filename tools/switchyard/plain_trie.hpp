// SPDX-License-Identifier: Apache-2.0
// The baseline of `switchyard bench root`: a Merkle Patricia trie as one would write it first.
#pragma once

#include <array>
#include <memory>

#include "host/core/bytes.hpp"

namespace switchyard::tool {

/// Keys of 32 bytes in a tree of pointers, a node in an allocation of its own. A change marks the
/// way down as dirty; `root` encodes and hashes what is dirty by recursion, one node after another
/// with our scalar Keccak-256. One thread.
class PlainTrie {
  public:
    PlainTrie();
    ~PlainTrie();
    PlainTrie(const PlainTrie&) = delete;
    PlainTrie& operator=(const PlainTrie&) = delete;

    /// Inserts or replaces. `value` is not empty.
    void put(const Bytes32& key, BytesView value);
    [[nodiscard]] Bytes32 root();

  private:
    struct Node;
    struct Leaf;
    struct Extension;
    struct Branch;
    using Link = std::unique_ptr<Node>;

    static void put(Link& link, size_t at, const Bytes32& key, BytesView value);
    static void split(Link& link, size_t at, size_t end, const Bytes32& path, const Bytes32& key,
                      BytesView value);
    static void hash(Node& node);

    Link root_;
};

}  // namespace switchyard::tool
