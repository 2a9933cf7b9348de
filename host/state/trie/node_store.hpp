// SPDX-License-Identifier: Apache-2.0
// Where trie nodes come from and go to: by the Keccak-256 of their encoding.
#pragma once

#include <span>

#include "host/core/bytes.hpp"
#include "host/state/flat_index.hpp"

namespace switchyard::trie {

/// Gives the encoding of stored nodes. A `Trie` reads from its own thread only.
class NodeReader {
  public:
    virtual ~NodeReader() = default;
    /// Writes the encoding of the node with this hash to `encoded` (its old content is gone); false
    /// when the node is not known. The trie checks the hash of what it is given.
    [[nodiscard]] virtual bool read(const Bytes32& hash, Bytes& encoded) const = 0;
};

/// Takes the nodes that a root refers to as they get their hash.
class NodeSink {
  public:
    virtual ~NodeSink() = default;
    virtual void write(const Bytes32& hash, BytesView encoded) = 0;
};

/// Nodes in memory: a block's witness, or the store of a test.
class MemoryNodes final : public NodeReader, public NodeSink {
  public:
    MemoryNodes() = default;
    /// Indexes encodings in any order, each by its hash.
    explicit MemoryNodes(std::span<const Bytes> encoded);

    [[nodiscard]] bool read(const Bytes32& hash, Bytes& encoded) const override;
    void write(const Bytes32& hash, BytesView encoded) override;
    void erase(const Bytes32& hash) { nodes_.erase(hash); }
    [[nodiscard]] const std::vector<FlatMap<Bytes32, Bytes>::Entry>& entries() const {
        return nodes_.entries();
    }

  private:
    FlatMap<Bytes32, Bytes> nodes_;
};

}  // namespace switchyard::trie
