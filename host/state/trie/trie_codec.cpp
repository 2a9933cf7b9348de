// SPDX-License-Identifier: Apache-2.0
// Nodes to and from their RLP (Yellow Paper, appendices B, C and D).
#include "host/chain/hash.hpp"
#include "host/chain/rlp.hpp"
#include "host/core/hex.hpp"
#include "host/state/trie/trie.hpp"

namespace switchyard::trie {
namespace {

constexpr uint8_t kStringPrefix = 0x80;
constexpr uint8_t kListPrefix = 0xc0;
constexpr size_t kBranchItems = 17;

/// Bytes of an item's prefix for content of `size` bytes (longer than one byte below 0x80).
size_t prefix_size(size_t size) {
    size_t bytes = 1;
    if (size > 55)
        for (; size != 0; size >>= 8)
            ++bytes;
    return bytes;
}

void append_prefix(Bytes& out, uint8_t kind, size_t size) {
    if (size <= 55) {
        out.push_back(static_cast<uint8_t>(kind + size));
        return;
    }
    const size_t length_bytes = prefix_size(size) - 1;
    out.push_back(static_cast<uint8_t>(kind + 55 + length_bytes));
    for (size_t i = length_bytes; i-- > 0;)
        out.push_back(static_cast<uint8_t>(size >> (8 * i)));
}

bool stands_for_itself(BytesView string) {
    return string.size() == 1 && string[0] < kStringPrefix;
}

size_t string_size(BytesView string) {
    return stands_for_itself(string) ? 1 : prefix_size(string.size()) + string.size();
}

void append_string(Bytes& out, BytesView string) {
    if (!stands_for_itself(string)) append_prefix(out, kStringPrefix, string.size());
    out.insert(out.end(), string.begin(), string.end());
}

/// Hex-prefix encoding of the places [begin, end) (Yellow Paper, appendix C).
struct HexPrefix {
    std::array<uint8_t, kKeyBytesMax + 1> bytes{};
    size_t size = 0;

    HexPrefix(const Nibbles& path, size_t begin, size_t end, bool is_leaf) {
        const bool odd = (end - begin) % 2 != 0;
        bytes[size++] = static_cast<uint8_t>((is_leaf ? 0x20 : 0) | (odd ? 0x10 : 0));
        if (odd) bytes[0] = static_cast<uint8_t>(bytes[0] | path.at(begin++));
        for (; begin < end; begin += 2)
            bytes[size++] = static_cast<uint8_t>(path.at(begin) << 4 | path.at(begin + 1));
    }
    [[nodiscard]] BytesView view() const { return BytesView(bytes).first(size); }
};

}  // namespace

void Trie::append_reference(NodeId id, Bytes& out) const {
    const Node& node = nodes_[id];
    if (node.reference_size == 32) out.push_back(kStringPrefix + 32);
    out.insert(out.end(), node.reference.begin(), node.reference.begin() + node.reference_size);
}

/// Appends the encoding of a node whose children have references.
void Trie::encode(NodeId id, Bytes& out) const {
    const Node& node = nodes_[id];
    const auto reference_size = [&](NodeId child) -> size_t {
        if (child == kNoNode) return 1;
        return nodes_[child].reference_size + (nodes_[child].reference_size == 32 ? 1U : 0U);
    };
    if (node.kind == NodeKind::Branch) {
        const Children& below = children(id);
        size_t size = string_size(node.value);
        for (const NodeId child : below)
            size += reference_size(child);
        append_prefix(out, kListPrefix, size);
        for (const NodeId child : below) {
            if (child == kNoNode)
                out.push_back(kStringPrefix);
            else
                append_reference(child, out);
        }
        append_string(out, node.value);
        return;
    }
    const bool is_leaf = node.kind == NodeKind::Leaf;
    SWITCHYARD_ASSERT(is_leaf || node.kind == NodeKind::Extension);
    const HexPrefix path(node.path, node.begin, node.end, is_leaf);
    append_prefix(out, kListPrefix,
                  string_size(path.view()) +
                      (is_leaf ? string_size(node.value) : reference_size(node.child)));
    append_string(out, path.view());
    if (is_leaf)
        append_string(out, node.value);
    else
        append_reference(node.child, out);
}

Result<void> Trie::resolve(NodeId id, size_t depth) {
    if (nodes_[id].kind != NodeKind::Unresolved) return {};
    const Bytes32 hash{nodes_[id].reference};
    if (reader_ == nullptr || !reader_->read(hash, read_buffer_))
        return Error{ErrorCode::NotFound, "trie node " + to_hex(hash) + " is needed and not known"};
    if (keccak256(read_buffer_) != hash)
        return Error{ErrorCode::Corrupt, "trie node " + to_hex(hash) + " has another hash"};
    if (!decode(id, read_buffer_, depth))
        return Error{ErrorCode::Corrupt, "trie node " + to_hex(hash) + " does not decode"};
    return {};
}

/// Turns `id` into the node that `encoded` describes and keeps its reference. On false the node is
/// as before.
bool Trie::decode(NodeId id, BytesView encoded, size_t depth) {
    rlp::Failure failure;
    rlp::Reader outer(encoded, failure);
    BytesView members;
    if (!outer.list("node", members) || !outer.at_end()) return false;
    rlp::Reader reader(members, failure);
    std::array<rlp::Item, kBranchItems> items;
    size_t count = 0;
    while (!reader.at_end())
        if (count == kBranchItems || !reader.item("item", items[count++])) return false;

    if (count == kBranchItems) {
        if (items[16].is_list || depth > kKeyNibblesMax) return false;
        Children below;
        for (size_t n = 0; n < 16; ++n)
            if (!decode_child(items[n].encoded, depth + 1, below[n])) return false;
        const NodeId scratch = new_branch(depth);
        children(scratch) = below;
        std::swap(nodes_[id].child, nodes_[scratch].child);
        nodes_[id].kind = NodeKind::Branch;
        nodes_[id].begin = nodes_[id].end = static_cast<uint8_t>(depth);
        nodes_[id].value = to_bytes(items[16].content);
        nodes_[scratch].kind = NodeKind::Leaf;  // its branch belongs to `id`
        free_node(scratch);
        return true;
    }

    if (count != 2 || items[0].is_list || items[0].content.empty()) return false;
    const BytesView path = items[0].content;
    const uint8_t flags = path[0] >> 4;
    const bool odd = (flags & 1) != 0;
    const bool is_leaf = (flags & 2) != 0;
    const size_t end = depth + 2 * (path.size() - 1) + (odd ? 1 : 0);
    if (flags > 3 || (!odd && (path[0] & 15) != 0) || end > kKeyNibblesMax) return false;
    if (!is_leaf && end == depth) return false;
    NodeId child = kNoNode;
    if (is_leaf) {
        if (items[1].is_list || items[1].content.empty()) return false;
    } else if (!decode_child(items[1].encoded, end, child) || child == kNoNode) {
        return false;
    }
    Node& node = nodes_[id];
    size_t place = depth;
    if (odd) node.path.set(place++, path[0] & 15);
    for (const uint8_t byte : path.subspan(1)) {
        node.path.set(place++, byte >> 4);
        node.path.set(place++, byte & 15);
    }
    node.kind = is_leaf ? NodeKind::Leaf : NodeKind::Extension;
    node.begin = static_cast<uint8_t>(depth);
    node.end = static_cast<uint8_t>(end);
    node.child = child;
    if (is_leaf) node.value = to_bytes(items[1].content);
    return true;
}

/// A child's reference: nothing, a hash, or the node itself where it is shorter than a hash.
bool Trie::decode_child(BytesView encoded, size_t depth, NodeId& child) {
    child = kNoNode;
    if (encoded.size() == 1 && encoded[0] == kStringPrefix) return true;
    const bool is_hash = encoded.size() == 33 && encoded[0] == kStringPrefix + 32;
    const bool is_node = encoded.size() < 32 && encoded[0] >= kListPrefix;
    if (!is_hash && !is_node) return false;
    const BytesView reference = is_hash ? encoded.subspan(1) : encoded;
    child = new_node(NodeKind::Unresolved, depth, depth);
    std::copy(reference.begin(), reference.end(), nodes_[child].reference.begin());
    nodes_[child].reference_size = static_cast<uint8_t>(reference.size());
    return is_hash || decode(child, reference, depth);
}

}  // namespace switchyard::trie
