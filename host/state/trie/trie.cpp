// SPDX-License-Identifier: Apache-2.0
#include "host/state/trie/trie.hpp"

#include <algorithm>

namespace switchyard::trie {
namespace {

struct Key {
    Nibbles nibbles;
    size_t length = 0;

    explicit Key(BytesView bytes) : length(2 * bytes.size()) {
        SWITCHYARD_ASSERT(!bytes.empty() && bytes.size() <= kKeyBytesMax);
        std::copy(bytes.begin(), bytes.end(), nibbles.bytes.begin());
    }
};

/// The first place of [begin, end) at which the two differ, or `end`.
size_t mismatch(const Nibbles& a, const Nibbles& b, size_t begin, size_t end) {
    while (begin < end && a.at(begin) == b.at(begin))
        ++begin;
    return begin;
}

}  // namespace

Trie::Trie(const Bytes32& root, const NodeReader& reader) : reader_(&reader) {
    if (root == kEmptyRoot) return;
    root_ = new_node(NodeKind::Unresolved, 0, 0);
    nodes_[root_].reference = root.bytes;
    nodes_[root_].reference_size = 32;
}

// --- The arena

NodeId Trie::new_node(NodeKind kind, size_t begin, size_t end) {
    NodeId id = 0;
    if (free_nodes_.empty()) {
        SWITCHYARD_ASSERT(nodes_.size() < kNoNode);
        id = static_cast<NodeId>(nodes_.size());
        nodes_.emplace_back();
    } else {
        id = free_nodes_.back();
        free_nodes_.pop_back();
    }
    Node& node = nodes_[id];
    node.kind = kind;
    node.begin = static_cast<uint8_t>(begin);
    node.end = static_cast<uint8_t>(end);
    return id;
}

NodeId Trie::new_leaf(const Nibbles& key, size_t begin, size_t end, BytesView value) {
    const NodeId id = new_node(NodeKind::Leaf, begin, end);
    nodes_[id].path = key;
    nodes_[id].value.assign(value.begin(), value.end());
    return id;
}

NodeId Trie::new_branch(size_t depth) {
    const NodeId id = new_node(NodeKind::Branch, depth, depth);
    if (free_branches_.empty()) {
        nodes_[id].child = static_cast<uint32_t>(branches_.size());
        branches_.emplace_back();
    } else {
        nodes_[id].child = free_branches_.back();
        free_branches_.pop_back();
    }
    children(id).fill(kNoNode);
    return id;
}

void Trie::free_node(NodeId id) {
    if (nodes_[id].kind == NodeKind::Branch) free_branches_.push_back(nodes_[id].child);
    nodes_[id] = Node{};
    free_nodes_.push_back(id);
}

NodeId Trie::child_at(Link link) const {
    if (link.parent == kNoNode) return root_;
    const Node& parent = nodes_[link.parent];
    return parent.kind == NodeKind::Branch ? children(link.parent)[link.nibble] : parent.child;
}

void Trie::set_child(Link link, NodeId child) {
    if (link.parent == kNoNode)
        root_ = child;
    else if (nodes_[link.parent].kind == NodeKind::Branch)
        children(link.parent)[link.nibble] = child;
    else
        nodes_[link.parent].child = child;
}

void Trie::mark_dirty(const Ancestors& ancestors) {
    for (size_t i = 0; i < ancestors.count; ++i)
        nodes_[ancestors.ids[i]].reference_size = 0;
}

// --- Reading

Result<std::optional<BytesView>> Trie::get(BytesView key_bytes) {
    const Key key(key_bytes);
    const std::optional<BytesView> absent;
    NodeId id = root_;
    size_t depth = 0;
    while (id != kNoNode) {
        if (Result<void> resolved = resolve(id, depth); !resolved) return resolved.error();
        const Node& node = nodes_[id];
        const size_t shared = std::min<size_t>(node.end, key.length);
        if (mismatch(node.path, key.nibbles, depth, shared) != node.end) return absent;
        depth = node.end;
        if (node.kind == NodeKind::Extension) {
            id = node.child;
        } else if (depth == key.length) {
            if (node.value.empty()) return absent;
            return std::optional<BytesView>(node.value);
        } else if (node.kind == NodeKind::Branch) {
            id = children(id)[key.nibbles.at(depth++)];
        } else {
            return absent;
        }
    }
    return absent;
}

// --- Inserting

Result<void> Trie::put(BytesView key_bytes, BytesView value) {
    SWITCHYARD_ASSERT(!value.empty());
    const Key key(key_bytes);
    Ancestors ancestors;
    Link link;
    size_t depth = 0;
    for (;;) {
        const NodeId id = child_at(link);
        if (id == kNoNode) {
            set_child(link, new_leaf(key.nibbles, depth, key.length, value));
            break;
        }
        if (Result<void> resolved = resolve(id, depth); !resolved) return resolved;
        Node& node = nodes_[id];
        const size_t shared = std::min<size_t>(node.end, key.length);
        const size_t at = mismatch(node.path, key.nibbles, depth, shared);
        if (at == node.end && at == key.length && node.kind != NodeKind::Extension) {
            if (equal(node.value, value)) return {};
            node.value.assign(value.begin(), value.end());
            node.reference_size = 0;
            break;
        }
        if (at != node.end || node.kind == NodeKind::Leaf) {
            split(link, id, at, key.nibbles, key.length, value);
            break;
        }
        ancestors.push(id);
        depth = at;
        link = {id, 0};
        if (node.kind == NodeKind::Branch) link.nibble = key.nibbles.at(depth++);
    }
    mark_dirty(ancestors);
    return {};
}

/// Puts a branch at place `at` of the path of leaf or extension `id`, which `link` holds, and hangs
/// what was there and the new value below it.
void Trie::split(Link link, NodeId id, size_t at, const Nibbles& key, size_t length,
                 BytesView value) {
    const size_t depth = nodes_[id].begin;
    const NodeId branch = new_branch(at);
    if (nodes_[id].kind == NodeKind::Leaf && nodes_[id].end == at) {
        nodes_[branch].value = std::move(nodes_[id].value);
        free_node(id);
    } else {
        Node& old = nodes_[id];
        const uint8_t nibble = old.path.at(at);
        if (old.kind == NodeKind::Extension && old.end == at + 1) {
            children(branch)[nibble] = old.child;
            free_node(id);
        } else {
            children(branch)[nibble] = id;
            old.begin = static_cast<uint8_t>(at + 1);
            old.reference_size = 0;
        }
    }
    if (length == at) {
        nodes_[branch].value.assign(value.begin(), value.end());
    } else {
        const NodeId leaf = new_leaf(key, at + 1, length, value);
        children(branch)[key.at(at)] = leaf;
    }
    if (at == depth) return set_child(link, branch);
    const NodeId extension = new_node(NodeKind::Extension, depth, at);
    nodes_[extension].path = key;
    nodes_[extension].child = branch;
    set_child(link, extension);
}

// --- Removing

Result<void> Trie::erase(BytesView key_bytes) {
    const Key key(key_bytes);
    Ancestors ancestors;
    NodeId id = root_;
    size_t depth = 0;
    while (id != kNoNode) {
        if (Result<void> resolved = resolve(id, depth); !resolved) return resolved;
        const Node& node = nodes_[id];
        const size_t shared = std::min<size_t>(node.end, key.length);
        if (mismatch(node.path, key.nibbles, depth, shared) != node.end) return {};
        depth = node.end;
        if (node.kind != NodeKind::Extension && depth == key.length)
            return node.value.empty() ? Result<void>{} : remove_below(ancestors, id);
        if (node.kind == NodeKind::Leaf) return {};
        ancestors.push(id);
        id = node.kind == NodeKind::Extension ? node.child : children(id)[key.nibbles.at(depth++)];
    }
    return {};
}

/// Removes the value of `id`, a leaf or a branch, whose ancestors are given. Reads what it needs
/// before it changes anything.
Result<void> Trie::remove_below(const Ancestors& ancestors, NodeId id) {
    const bool is_leaf = nodes_[id].kind == NodeKind::Leaf;
    if (is_leaf && ancestors.count == 0) {
        free_node(id);
        root_ = kNoNode;
        return {};
    }
    // A leaf's parent is a branch: an extension never leads to a leaf.
    Ancestors above = ancestors;
    const NodeId branch = is_leaf ? above.ids[--above.count] : id;

    size_t left = 0;
    uint8_t only = 0;
    for (uint8_t n = 0; n < 16; ++n) {
        const NodeId child = children(branch)[n];
        if (child == kNoNode || child == id) continue;
        ++left;
        only = n;
    }
    const bool keeps_value = is_leaf && !nodes_[branch].value.empty();
    const NodeId only_child = children(branch)[only];
    if (left == 1 && !keeps_value)
        if (Result<void> resolved = resolve(only_child, nodes_[branch].end + size_t{1}); !resolved)
            return resolved;

    mark_dirty(above);
    nodes_[branch].reference_size = 0;
    if (is_leaf) {
        for (NodeId& child : children(branch))
            if (child == id) child = kNoNode;
        free_node(id);
    } else {
        nodes_[branch].value.clear();
    }
    if (left == 0)
        collapse(above, branch, kNoNode, 0);
    else if (left == 1 && !keeps_value)
        collapse(above, branch, only_child, only);
    return {};
}

/// Replaces a branch that has one child and no value, or a value and no child (`only_child` is
/// kNoNode), by a node with a path, and joins that with an extension above.
void Trie::collapse(const Ancestors& ancestors, NodeId branch, NodeId only_child, uint8_t nibble) {
    const uint8_t depth = nodes_[branch].begin;
    NodeId merged = only_child;
    if (only_child == kNoNode) {
        merged = new_node(NodeKind::Leaf, depth, depth);
        nodes_[merged].value = std::move(nodes_[branch].value);
    } else {
        if (nodes_[only_child].kind == NodeKind::Branch) {
            merged = new_node(NodeKind::Extension, depth, depth + size_t{1});
            nodes_[merged].child = only_child;
        }
        nodes_[merged].begin = depth;
        nodes_[merged].path.set(depth, nibble);
        nodes_[merged].reference_size = 0;
    }
    free_node(branch);

    size_t above = ancestors.count;
    if (above > 0 && nodes_[ancestors.ids[above - 1]].kind == NodeKind::Extension) {
        const NodeId extension = ancestors.ids[--above];
        absorb_prefix(merged, nodes_[extension]);
        free_node(extension);
    }
    if (above == 0) {
        root_ = merged;
        return;
    }
    // The parent is a branch: found by what it held, because a path does not hold the nibble before
    // it.
    const NodeId replaced = above < ancestors.count ? ancestors.ids[above] : branch;
    for (NodeId& child : children(ancestors.ids[above - 1]))
        if (child == replaced) child = merged;
}

void Trie::absorb_prefix(NodeId id, const Node& prefix) {
    Node& node = nodes_[id];
    for (size_t i = prefix.begin; i < prefix.end; ++i)
        node.path.set(i, prefix.path.at(i));
    node.begin = prefix.begin;
}

// --- Walking

Result<void> Trie::for_each(const std::function<void(BytesView, BytesView)>& visit) {
    Nibbles key;
    if (root_ == kNoNode) return {};
    if (Result<void> resolved = resolve(root_, 0); !resolved) return resolved;
    return visit_below(root_, key, visit);
}

Result<void> Trie::visit_below(NodeId id, Nibbles& key,
                               const std::function<void(BytesView, BytesView)>& visit) {
    for (size_t i = nodes_[id].begin; i < nodes_[id].end; ++i)
        key.set(i, nodes_[id].path.at(i));
    const size_t end = nodes_[id].end;
    if (!nodes_[id].value.empty() && end % 2 == 0)
        visit(BytesView(key.bytes).first(end / 2), nodes_[id].value);
    if (nodes_[id].kind == NodeKind::Extension) {
        const NodeId child = nodes_[id].child;
        if (Result<void> resolved = resolve(child, end); !resolved) return resolved;
        return visit_below(child, key, visit);
    }
    if (nodes_[id].kind != NodeKind::Branch) return {};
    for (uint8_t n = 0; n < 16; ++n) {
        const NodeId child = children(id)[n];
        if (child == kNoNode) continue;
        key.set(end, n);
        if (Result<void> resolved = resolve(child, end + 1); !resolved) return resolved;
        if (Result<void> visited = visit_below(child, key, visit); !visited) return visited;
    }
    return {};
}

}  // namespace switchyard::trie
