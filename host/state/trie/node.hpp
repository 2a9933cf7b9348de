// SPDX-License-Identifier: Apache-2.0
// A node of the Merkle Patricia trie in memory (Yellow Paper, appendix D).
#pragma once

#include <array>
#include <cstdint>

#include "host/core/bytes.hpp"

namespace switchyard::trie {

/// Keys have at most 32 bytes, and so 64 nibbles: hashes, and RLP of indexes.
inline constexpr size_t kKeyBytesMax = 32;
inline constexpr size_t kKeyNibblesMax = 2 * kKeyBytesMax;

/// A node's position in its trie's arena.
using NodeId = uint32_t;
inline constexpr NodeId kNoNode = UINT32_MAX;

/// Nibbles of a key at the places they have in the whole key. A node's path is a range of these,
/// so that splitting a path or taking a nibble off its front moves no nibble.
struct Nibbles {
    std::array<uint8_t, kKeyBytesMax> bytes{};

    [[nodiscard]] uint8_t at(size_t i) const {
        return i % 2 == 0 ? bytes[i / 2] >> 4 : bytes[i / 2] & 15;
    }
    void set(size_t i, uint8_t nibble) {
        uint8_t& byte = bytes[i / 2];
        byte =
            static_cast<uint8_t>(i % 2 == 0 ? (byte & 15) | nibble << 4 : (byte & 0xf0) | nibble);
    }
};

enum class NodeKind : uint8_t {
    Free,        ///< an unused place in the arena
    Unresolved,  ///< only `reference`, a hash, is known
    Leaf,
    Extension,
    Branch,
};

struct Node {
    NodeKind kind = NodeKind::Free;
    /// Bytes of `reference` in use: 32 for a hash, fewer for an encoding short enough to stand in
    /// the parent itself; 0: dirty, to be encoded again.
    uint8_t reference_size = 0;
    uint8_t begin = 0;  ///< the path is [begin, end) of `path`; `begin` is also the node's depth
    uint8_t end = 0;
    uint32_t child = kNoNode;  ///< Extension: the child; Branch: its place among the branches
    Nibbles path;
    std::array<uint8_t, 32> reference{};
    Bytes value;  ///< of a leaf, or of the key that ends in a branch; empty: none
};

/// The 16 children of a branch.
using Children = std::array<NodeId, 16>;

}  // namespace switchyard::trie
