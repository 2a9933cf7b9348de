// SPDX-License-Identifier: Apache-2.0
// Reading the records that operations will need, before anything changes.
#include <algorithm>

#include "host/state/commitment/trie_forest.hpp"

namespace switchyard::commitment {
namespace {

/// The operations whose keys go through the branch: the others diverge inside its extension.
std::span<const TrieOp> through(const Branch& branch, size_t depth, std::span<const TrieOp> ops) {
    if (branch.depth == depth) return ops;
    const auto misses = [&](const TrieOp& op) {
        return common_nibbles(op.key.data(), branch.key.data()) < branch.depth;
    };
    while (!ops.empty() && misses(ops.front()))
        ops = ops.subspan(1);
    while (!ops.empty() && misses(ops.back()))
        ops = ops.first(ops.size() - 1);
    return ops;
}

}  // namespace

Result<void> TrieForest::load(std::span<const TrieBatch> batches, TriePlan& plan) {
    plan_ = &plan;
    std::vector<Wanted>& wanted = wanted_;
    wanted.clear();
    for (const TrieBatch& batch : batches) {
        const RecordId root = cache_.trie(batch.trie).root;
        if (root != kNoRecord)
            visit(root, batch.ops);
        else if (batch.root != trie::kEmptyRoot)
            wanted.push_back({{cache_.trie(batch.trie).owner, {}, 0},
                              batch.trie,
                              kNoRecord,
                              0,
                              {batch.root, 32},
                              batch.ops});
    }
    bool in_order = true;
    // Each round is one level of records further down, at most the nibbles of a key.
    while (!wanted.empty()) {
        std::vector<Wanted> level;
        level.swap(wanted);
        in_order = false;
        if (Result<void> read = read_wanted(level); !read) return read;
    }
    if (!in_order)
        std::sort(plan.steps.begin(), plan.steps.end(),
                  [](const auto& a, const auto& b) { return a.op < b.op; });
    for (const TrieBatch& batch : batches) {
        const RecordId root = cache_.trie(batch.trie).root;
        const uint64_t before = root == kNoRecord ? 0 : cache_.at(root).leaf_count();
        if (before + batch.ops.size() > UINT32_MAX)
            return Error{ErrorCode::LimitExceeded, "a trie with more than 2^32 - 1 leaves"};
    }
    return {};
}

void TrieForest::add_off_page(Ops ops) {
    for (const TrieOp& op : ops)
        if (!op.erases()) plan_->off_page.push_back(&op);
}

/// Asks for what is missing below `id`: the children that operations go to, and all of them where a
/// branch may become a page or be left with one child. What it asks for is decided by the leaf
/// counts, as if every erased key existed.
void TrieForest::visit(RecordId id, Ops ops) {
    Record& record = cache_.at(id);
    record.referenced = true;
    if (record.kind == Record::Kind::Page) {
        if (!ops.empty())
            plan_->steps.push_back(
                {ops.data(), static_cast<uint32_t>(ops.size()), id, record.page.address()});
        return;
    }
    const Branch& branch = *record.branch;
    const Ops inside = through(branch, record.depth, ops);
    const auto before = static_cast<size_t>(inside.data() - ops.data());
    add_off_page(ops.first(before));
    add_off_page(ops.subspan(before + inside.size()));
    ops = inside;
    std::array<Ops, 16> groups;
    uint64_t left = 0;   // leaves that certainly remain
    size_t certain = 0;  // children that certainly remain or come to be
    for (size_t i = 0, nibble = 0; nibble < 16; ++nibble) {
        const size_t begin = i;
        uint64_t erases = 0;
        for (; i < ops.size() && nibble_at(ops[i].key.data(), branch.depth) == nibble; ++i)
            erases += ops[i].erases() ? 1 : 0;
        groups[nibble] = ops.subspan(begin, i - begin);
        if (begin != i) cache_.prefetch(branch.children[nibble]);
        const uint64_t stay =
            branch.counts[nibble] - std::min<uint64_t>(branch.counts[nibble], erases);
        left += stay;
        if (stay != 0 || groups[nibble].size() > erases) ++certain;
    }
    const bool all = left <= merge_leaves() || certain <= 1;
    for (uint8_t nibble = 0; nibble < 16; ++nibble) {
        if (nibble < 15 && !groups[nibble + 1].empty())
            cache_.prefetch_branch(branch.children[nibble + 1]);
        if (branch.counts[nibble] == 0) {
            add_off_page(groups[nibble]);
            continue;
        }
        if (groups[nibble].empty() && !all) continue;
        if (branch.children[nibble] != kNoRecord) {
            visit(branch.children[nibble], groups[nibble]);
            continue;
        }
        Bytes32 path = first_nibbles(branch.key, branch.depth);
        const size_t shift = branch.depth % 2 == 0 ? 4 : 0;
        path[branch.depth / 2] |= static_cast<uint8_t>(nibble << shift);
        wanted_.push_back(
            {{cache_.trie(record.trie).owner, path, static_cast<uint8_t>(branch.depth + 1)},
             record.trie,
             id,
             nibble,
             {branch.references[nibble], branch.reference_sizes[nibble]},
             groups[nibble]});
    }
}

Result<void> TrieForest::read_wanted(std::vector<Wanted>& wanted) {
    std::vector<RecordKey> keys;
    keys.reserve(wanted.size());
    for (const Wanted& one : wanted)
        keys.push_back(one.key);
    std::vector<RecordId> ids(wanted.size(), kNoRecord);
    Result<void> result;
    const Result<void> read = store_->read(keys, [&](size_t i, BytesView bytes) {
        if (!result || ids[i] != kNoRecord) return;
        auto record =
            decode_record(keys[i], cache_.trie(wanted[i].trie).kind, bytes, cache_.arena());
        if (!record)
            result = record.error();
        else if (record->branch)
            ids[i] = cache_.add(wanted[i].trie, keys[i].depth, std::move(record->branch));
        else
            ids[i] = cache_.add(wanted[i].trie, keys[i].depth, std::move(record->page));
    });
    if (result && !read) result = read;
    for (size_t i = 0; i < wanted.size() && result; ++i)
        if (ids[i] == kNoRecord)
            result = Error{ErrorCode::Corrupt, "trie record " + to_string(keys[i]) + ": missing"};
    if (result) result = check_loaded(wanted, ids);
    if (!result) {
        for (const RecordId id : ids)
            if (id != kNoRecord) cache_.release(id);
        cache_.reuse_released();
        return result;
    }
    for (size_t i = 0; i < wanted.size(); ++i) {
        cache_.mark_clean(ids[i]);
        cache_.link(wanted[i].parent, wanted[i].nibble, ids[i]);
        visit(ids[i], wanted[i].ops);
    }
    return {};
}

/// Compares the records with what their parents know of them, and gives roots their reference.
Result<void> TrieForest::check_loaded(std::span<const Wanted> wanted,
                                      std::span<const RecordId> ids) {
    std::vector<NodeHasher::PageJob> pages;
    std::vector<NodeHasher::BranchJob> branches;
    std::vector<Reference> references(ids.size());
    for (size_t i = 0; i < ids.size(); ++i) {
        Record& record = cache_.at(ids[i]);
        if (record.kind == Record::Kind::Page) {
            pages.push_back({&record.page, cache_.trie(record.trie).kind});
        } else {
            branches.push_back({record.branch.get(),
                                record.depth,
                                {references[i].bytes.data(), &references[i].size}});
        }
    }
    hasher_.hash_pages(pages);
    hasher_.hash_branches(branches);
    for (size_t i = 0; i < ids.size(); ++i) {
        const Record& record = cache_.at(ids[i]);
        if (record.kind == Record::Kind::Page) {
            const BytesView root = record.page.root();
            std::copy(root.begin(), root.end(), references[i].bytes.begin());
            references[i].size = static_cast<uint8_t>(root.size());
        }
        const Wanted& one = wanted[i];
        const bool is_root = one.parent == kNoRecord;
        bool same = is_root ? root_hash(references[i].view()) == one.expected.bytes
                            : equal(references[i].view(), one.expected.view());
        if (same && !is_root)
            same = record.leaf_count() == cache_.at(one.parent).branch->counts[one.nibble];
        if (!same)
            return Error{ErrorCode::Corrupt, "trie record " + to_string(one.key) +
                                                 ": not the one that its parent refers to"};
        if (is_root) cache_.trie(one.trie).reference = references[i];
    }
    return {};
}

}  // namespace switchyard::commitment
