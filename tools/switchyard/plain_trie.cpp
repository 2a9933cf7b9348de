// SPDX-License-Identifier: Apache-2.0
#include "tools/switchyard/plain_trie.hpp"

#include "host/chain/hash.hpp"
#include "host/chain/rlp.hpp"
#include "host/state/trie/trie.hpp"

namespace switchyard::tool {
namespace {

size_t nibble_of(const Bytes32& key, size_t i) {
    return i % 2 == 0 ? key[i / 2] >> 4 : key[i / 2] & 15;
}

/// The first place from `at` on where the keys differ, at most `end`.
size_t mismatch(const Bytes32& a, const Bytes32& b, size_t at, size_t end) {
    while (at < end && nibble_of(a, at) == nibble_of(b, at))
        ++at;
    return at;
}

/// The hex-prefix encoding of the nibbles [at, end).
Bytes hex_prefix(const Bytes32& key, size_t at, size_t end, bool leaf) {
    Bytes out;
    out.reserve(33);
    const size_t flags = leaf ? 0x20 : 0;
    if ((end - at) % 2 != 0)
        out.push_back(static_cast<uint8_t>(flags | 0x10 | nibble_of(key, at++)));
    else
        out.push_back(static_cast<uint8_t>(flags));
    for (; at < end; at += 2)
        out.push_back(static_cast<uint8_t>(nibble_of(key, at) << 4 | nibble_of(key, at + 1)));
    return out;
}

}  // namespace

struct PlainTrie::Node {
    enum class Kind : uint8_t { Leaf, Extension, Branch };

    explicit Node(Kind k) : kind(k) {}
    const Kind kind;
    bool dirty = true;
    uint8_t reference_size = 0;  ///< below 32: the encoding itself
    Bytes32 reference;

    virtual ~Node() = default;
    /// Appends the node's RLP; everything below it is hashed first.
    virtual void encode(rlp::Encoder& out) = 0;

    void refer(rlp::Encoder& out) const {
        if (reference_size == 32)
            out.string(reference);
        else
            out.raw(BytesView(reference).first(reference_size));
    }
};

struct PlainTrie::Leaf final : Node {
    Leaf() : Node(Kind::Leaf) {}
    Bytes32 key;
    size_t at = 0;  ///< its path begins here
    Bytes value;

    void encode(rlp::Encoder& out) override {
        const size_t list = out.begin_list();
        out.string(hex_prefix(key, at, 64, true));
        out.string(value);
        out.end_list(list);
    }
};

struct PlainTrie::Extension final : Node {
    Extension() : Node(Kind::Extension) {}
    Bytes32 key;
    size_t at = 0;
    size_t end = 0;
    Link child;

    void encode(rlp::Encoder& out) override {
        hash(*child);
        const size_t list = out.begin_list();
        out.string(hex_prefix(key, at, end, false));
        child->refer(out);
        out.end_list(list);
    }
};

struct PlainTrie::Branch final : Node {
    Branch() : Node(Kind::Branch) {}
    std::array<Link, 16> children;

    void encode(rlp::Encoder& out) override {
        for (const Link& child : children)
            if (child) hash(*child);
        const size_t list = out.begin_list();
        for (const Link& child : children) {
            if (child)
                child->refer(out);
            else
                out.string({});
        }
        out.string({});
        out.end_list(list);
    }
};

PlainTrie::PlainTrie() = default;
PlainTrie::~PlainTrie() = default;

/// A branch at `end` in place of `link`, whose path from `at` on agrees with the key's until there;
/// with an extension before it if these are not the same.
void PlainTrie::split(Link& link, size_t at, size_t end, const Bytes32& path, const Bytes32& key,
                      BytesView value) {
    auto branch = std::make_unique<Branch>();
    branch->children[nibble_of(path, end)] = std::move(link);
    put(branch->children[nibble_of(key, end)], end + 1, key, value);
    if (at == end) {
        link = std::move(branch);
        return;
    }
    auto extension = std::make_unique<Extension>();
    extension->key = key;
    extension->at = at;
    extension->end = end;
    extension->child = std::move(branch);
    link = std::move(extension);
}

void PlainTrie::put(Link& link, size_t at, const Bytes32& key, BytesView value) {
    if (!link) {
        auto leaf = std::make_unique<Leaf>();
        leaf->key = key;
        leaf->at = at;
        leaf->value.assign(value.begin(), value.end());
        link = std::move(leaf);
        return;
    }
    link->dirty = true;
    if (link->kind == Node::Kind::Branch) {
        auto& branch = static_cast<Branch&>(*link);
        put(branch.children[nibble_of(key, at)], at + 1, key, value);
    } else if (link->kind == Node::Kind::Leaf) {
        auto& leaf = static_cast<Leaf&>(*link);
        const size_t end = mismatch(leaf.key, key, at, 64);
        if (end == 64) {
            leaf.value.assign(value.begin(), value.end());
            return;
        }
        leaf.at = end + 1;
        split(link, at, end, Bytes32(leaf.key), key, value);
    } else {
        auto& extension = static_cast<Extension&>(*link);
        const size_t end = mismatch(extension.key, key, at, extension.end);
        if (end == extension.end) {
            put(extension.child, end, key, value);
            return;
        }
        const Bytes32 path = extension.key;
        if (end + 1 == extension.end)
            link = Link(std::move(extension.child));
        else
            extension.at = end + 1;
        split(link, at, end, path, key, value);
    }
}

void PlainTrie::hash(Node& node) {
    if (!node.dirty) return;
    Bytes encoded;
    encoded.reserve(544);
    rlp::Encoder encoder(encoded);
    node.encode(encoder);
    node.dirty = false;
    if (encoded.size() >= 32) {
        node.reference = keccak256(encoded);
        node.reference_size = 32;
    } else {
        std::copy(encoded.begin(), encoded.end(), node.reference.begin());
        node.reference_size = static_cast<uint8_t>(encoded.size());
    }
}

void PlainTrie::put(const Bytes32& key, BytesView value) {
    put(root_, 0, key, value);
}

Bytes32 PlainTrie::root() {
    if (!root_) return trie::kEmptyRoot;
    hash(*root_);
    return root_->reference_size == 32
               ? root_->reference
               : keccak256(BytesView(root_->reference).first(root_->reference_size));
}

}  // namespace switchyard::tool
