// SPDX-License-Identifier: Apache-2.0
// Many tries, made of records of which some are in memory: the account trie and storage tries.
#pragma once

#include "host/state/commitment/node_hasher.hpp"
#include "host/state/commitment/record_cache.hpp"
#include "host/state/commitment/record_codec.hpp"
#include "host/state/commitment/record_store.hpp"
#include "host/state/commitment/trie_op.hpp"

namespace switchyard::commitment {

/// What a batch of operations does to a trie.
struct TrieBatch {
    TrieId trie = kNoTrie;
    Bytes32 root = trie::kEmptyRoot;  ///< as it is before; where it is read from when not in memory
    std::span<const TrieOp> ops;      ///< ascending by key, each key once
};

/// Where operations go: what `load` finds out and `apply` follows.
struct TriePlan {
    /// Those that go to one page.
    struct Step {
        const TrieOp* op;  ///< the first
        uint32_t count;
        RecordId record;
        const uint8_t* page;  ///< `Page::address`, to ask memory for it ahead of its turn
    };
    std::vector<Step> steps;              ///< ascending by `op`
    std::vector<const TrieOp*> off_page;  ///< operations whose keys lead to no page

    void clear() {
        steps.clear();
        off_page.clear();
    }
};

/// Changes tries in two steps: `load` reads every record that the operations will need, whatever
/// they turn out to do, and may fail; `apply` then changes the tries in memory and cannot fail. So
/// a failing store leaves everything as it was. One thread.
///
/// Where records begin and end depends on the history of a trie, and roots do not: a page that
/// outgrows `page_leaves` becomes a branch over pages, and a branch whose leaves fall to half of
/// that becomes a page.
class TrieForest {
  public:
    /// `page_leaves`: 1 to `kPageLeavesLimit`. `store` must outlive the forest.
    TrieForest(RecordStore& store, size_t page_leaves);

    /// Reads what `apply` of these batches, or `find` and `for_path` of their keys, needs.
    /// `Corrupt`: a record is missing, damaged or not the one that its parent refers to;
    /// `LimitExceeded`: a trie would have 2^32 leaves; else the store's error. Tries are unchanged.
    [[nodiscard]] Result<void> load(std::span<const TrieBatch> batches, TriePlan& plan);
    /// Precondition: `load` of the same batches succeeded, and nothing was changed or evicted
    /// since.
    void apply(std::span<const TrieBatch> batches, TriePlan& plan);

    /// The root hash of a trie that is empty or was loaded.
    [[nodiscard]] Bytes32 root(TrieId trie) const;
    /// The short form of a value. Precondition: `load` of the key. Valid until the next change.
    [[nodiscard]] std::optional<BytesView> find(TrieId trie, const Bytes32& key) const;
    /// Appends the nodes on the way to `key`, root first; the way may end before it (a proof of
    /// absence). Nodes shorter than 32 bytes, unless the root, stand in their parents. Same
    /// precondition.
    void prove(TrieId trie, const Bytes32& key, std::vector<Bytes>& nodes) const;

    /// Forgets a storage trie, here and at the next checkpoint in the store.
    void erase_trie(const Bytes32& owner);
    /// Hands everything that changed to the store. After an error it is all still here.
    [[nodiscard]] Result<void> checkpoint(const StoredRoot& root);

    [[nodiscard]] RecordCache& cache() { return cache_; }
    [[nodiscard]] const RecordCache& cache() const { return cache_; }

  private:
    using Ops = std::span<const TrieOp>;
    /// A record to be read.
    struct Wanted {
        RecordKey key;
        TrieId trie = kNoTrie;
        RecordId parent = kNoRecord;
        uint8_t nibble = 0;
        Reference expected;
        Ops ops;
    };

    void visit(RecordId id, Ops ops);
    void add_off_page(Ops ops);
    [[nodiscard]] Result<void> read_wanted(std::vector<Wanted>& wanted);
    [[nodiscard]] Result<void> check_loaded(std::span<const Wanted> wanted,
                                            std::span<const RecordId> ids);

    void change_in_place(const TriePlan& plan);
    void change_in_place(const TriePlan::Step& step);
    void touch_path(RecordId page);
    void change_structure(const TrieBatch& batch);
    RecordId update(RecordId id, Ops ops, bool& changed);
    RecordId rebuild_page(RecordId id, Ops ops, bool& changed);
    RecordId update_branch(RecordId id, Ops ops, bool& changed);
    RecordId split_extension(RecordId id, size_t at);
    RecordId merge(RecordId id);
    RecordId collapse(RecordId id);
    RecordId build(TrieId trie, size_t depth, std::span<const LeafSource> sources);
    RecordId build(TrieId trie, size_t depth, Ops ops);
    [[nodiscard]] BytesView new_value(const TrieOp& op, std::optional<BytesView> old,
                                      uint8_t* buffer) const;
    void touch(RecordId id);
    void remove(RecordId id);
    /// Frees a record and what is in memory below it; with `rows`, their rows go as well.
    void remove_below(RecordId id, bool rows);
    void gather(RecordId id);
    [[nodiscard]] Target target_of(const Record& record);
    void hash_pages();
    void hash_touched();
    [[nodiscard]] size_t merge_leaves() const { return page_leaves_ / 2; }

    RecordStore* store_;
    size_t page_leaves_;
    RecordCache cache_;
    NodeHasher hasher_;
    std::vector<Wanted> wanted_;
    TriePlan* plan_ = nullptr;             ///< of the `load` in progress
    std::vector<const TrieOp*> not_done_;  ///< operations that make and remove leaves
    std::vector<TrieOp> structural_;       ///< those of one trie
    std::vector<RecordId> touched_pages_;
    std::vector<NodeHasher::PageJob> pages_to_hash_;
    std::vector<RecordId> touched_branches_;
    std::vector<LeafSource> sources_;
    std::vector<uint8_t> values_;
    std::vector<RecordKey> erased_;
    std::vector<Bytes32> erased_owners_;
};

}  // namespace switchyard::commitment
