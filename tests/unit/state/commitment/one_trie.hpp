// SPDX-License-Identifier: Apache-2.0
// One trie of the forest beside a sorted map, and an independent check of proofs.
#pragma once

#include <gtest/gtest.h>

#include <map>

#include "host/chain/hash.hpp"
#include "host/chain/rlp.hpp"
#include "host/state/commitment/memory_record_store.hpp"
#include "host/state/commitment/trie_forest.hpp"

namespace switchyard::commitment {

using Pairs = std::map<Bytes32, Bytes>;
/// Changes of a block; no value: erase.
using Changes = std::map<Bytes32, std::optional<Bytes>>;

inline Bytes32 rebuilt_root(const Pairs& pairs) {
    trie::Trie trie;
    for (const auto& [key, value] : pairs)
        EXPECT_TRUE(trie.put(key, value));
    return trie.root();
}

inline void apply_to(Pairs& pairs, const Changes& changes) {
    for (const auto& [key, value] : changes) {
        if (value)
            pairs[key] = *value;
        else
            pairs.erase(key);
    }
}

/// A trie of plain byte values with a store and a budget. Checkpoints when it has to.
class OneTrie {
  public:
    explicit OneTrie(size_t page_leaves, size_t budget = SIZE_MAX)
        : forest_(std::make_unique<TrieForest>(store_, page_leaves)),
          page_leaves_(page_leaves),
          budget_(budget) {}

    [[nodiscard]] Result<Bytes32> apply(const Changes& changes) {
        if (forest_->cache().dirty_bytes() > budget_) checkpoint();
        std::vector<TrieOp> ops;
        for (const auto& [key, value] : changes)
            ops.push_back(value ? TrieOp::put(key, *value) : TrieOp::erase(key));
        const TrieId trie = forest_->cache().open_trie(kOwner, ValueKind::Bytes);
        const TrieBatch batch{trie, root_, ops};
        TriePlan plan;
        const Result<void> loaded = forest_->load({&batch, 1}, plan);
        if (loaded) {
            forest_->apply({&batch, 1}, plan);
            root_ = forest_->root(trie);
        }
        finish(trie);
        if (!loaded) return loaded.error();
        return root_;
    }
    /// Reads a value, and checks the proof of it against the root.
    [[nodiscard]] Result<std::optional<Bytes>> get(const Bytes32& key, std::vector<Bytes>& proof) {
        const TrieId trie = forest_->cache().open_trie(kOwner, ValueKind::Bytes);
        const TrieOp op = TrieOp::put(key, {});
        const TrieBatch batch{trie, root_, {&op, 1}};
        TriePlan plan;
        const Result<void> loaded = forest_->load({&batch, 1}, plan);
        std::optional<Bytes> out;
        if (loaded) {
            if (const auto found = forest_->find(trie, key)) out = to_bytes(*found);
            forest_->prove(trie, key, proof);
        }
        finish(trie);
        if (!loaded) return loaded.error();
        return out;
    }
    void checkpoint() { ASSERT_TRUE(forest_->checkpoint({kAnyRoot, 0})); }
    /// Leaves memory; what was not checkpointed would be lost.
    void restart(size_t page_leaves) {
        checkpoint();
        page_leaves_ = page_leaves;
        forest_ = std::make_unique<TrieForest>(store_, page_leaves_);
    }

    [[nodiscard]] const Bytes32& root() const { return root_; }
    [[nodiscard]] MemoryRecordStore& store() { return store_; }
    [[nodiscard]] TrieForest& forest() { return *forest_; }

    static constexpr Bytes32 kOwner{{1}};
    static constexpr Bytes32 kAnyRoot{{2}};

  private:
    void finish(TrieId trie) {
        forest_->cache().close_if_empty(trie);
        forest_->cache().trim(budget_);
    }
    MemoryRecordStore store_;
    std::unique_ptr<TrieForest> forest_;
    size_t page_leaves_;
    size_t budget_;
    Bytes32 root_ = trie::kEmptyRoot;
};

/// Follows a proof by RLP and hashes alone. The value at `key` that the nodes prove under `root`,
/// nothing when they prove its absence; fails the test when they prove neither.
inline std::optional<Bytes> proved_value(const Bytes32& root, const Bytes32& key,
                                         const std::vector<Bytes>& nodes) {
    if (nodes.empty()) {
        EXPECT_EQ(root, trie::kEmptyRoot);
        return std::nullopt;
    }
    size_t used = 0;
    size_t at = 0;
    Bytes reference(root.begin(), root.end());
    bool embedded = false;
    rlp::Failure failure;
    for (int step = 0; step < 140; ++step) {
        Bytes node;
        if (embedded) {
            node = reference;
        } else {
            if (used == nodes.size()) {
                ADD_FAILURE() << "the proof ends too early";
                return std::nullopt;
            }
            node = nodes[used++];
            EXPECT_EQ(to_bytes(keccak256(node)), reference) << "a node has another hash";
        }
        std::vector<rlp::Item> items;
        rlp::Item list;
        rlp::Reader outer(node, failure);
        EXPECT_TRUE(outer.item("node", list) && list.is_list && outer.at_end());
        rlp::Reader members(list.content, failure);
        while (!members.at_end()) {
            items.emplace_back();
            EXPECT_TRUE(members.item("member", items.back()));
        }
        const auto go_to = [&](const rlp::Item& child) {
            embedded = child.is_list;
            reference = to_bytes(embedded ? child.encoded : child.content);
        };
        if (items.size() == 17) {
            const rlp::Item& child = items[nibble_at(key.data(), at++)];
            if (!child.is_list && child.content.empty()) {
                EXPECT_EQ(used, nodes.size());
                return std::nullopt;
            }
            go_to(child);
            continue;
        }
        EXPECT_EQ(items.size(), 2U);
        const BytesView path = items[0].content;
        const bool leaf = (path[0] & 0x20) != 0;
        bool same = true;
        for (size_t i = (path[0] & 0x10) != 0 ? 1 : 2; i < 2 * path.size(); ++i)
            same = same && at < 64 && nibble_at(path.data(), i) == nibble_at(key.data(), at++);
        if (!same || leaf) {
            EXPECT_EQ(used, nodes.size());
            if (!same) return std::nullopt;
            EXPECT_EQ(at, 64U);
            return to_bytes(items[1].content);
        }
        go_to(items[1]);
    }
    ADD_FAILURE() << "the proof does not end";
    return std::nullopt;
}

}  // namespace switchyard::commitment
