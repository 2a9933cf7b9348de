// SPDX-License-Identifier: Apache-2.0
// Changing the tries in memory. Every function here takes and gives records that hang nowhere; who
// calls links what comes back. Nothing can fail: `load` has read whatever is needed.
#include <algorithm>

#include "host/state/commitment/trie_forest.hpp"

namespace switchyard::commitment {
namespace {

/// Pages that are hashed together, while they are still in the second-level cache.
constexpr size_t kPagesAtOnce = 128;
/// How many pages ahead of its turn each step of asking is taken. Twice as far, what came first is
/// pushed out of the first-level cache again, and a block takes 5% longer.
constexpr size_t kSearchAhead = 10;
constexpr size_t kLeavesAhead = 5;

[[nodiscard]] bool first_put(std::span<const TrieOp> ops, size_t& at) {
    for (at = 0; at < ops.size(); ++at)
        if (!ops[at].erases()) return true;
    return false;
}

}  // namespace

TrieForest::TrieForest(RecordStore& store, size_t page_leaves)
    : store_(&store), page_leaves_(std::clamp<size_t>(page_leaves, 1, kPageLeavesLimit)) {}

void TrieForest::apply(std::span<const TrieBatch> batches, TriePlan& plan) {
    not_done_ = std::move(plan.off_page);
    change_in_place(plan);
    std::sort(not_done_.begin(), not_done_.end(), std::less<>());
    for (const TrieBatch& batch : batches)
        change_structure(batch);
    plan.off_page = std::move(not_done_);
    hash_touched();
    cache_.reuse_released();
}

namespace {

/// Asks memory for what later steps of these will read.
void fetch_ahead(std::span<const TriePlan::Step> steps) {
    if (steps.size() > kSearchAhead) Page::prefetch_search(steps[kSearchAhead].page);
    if (steps.size() <= kLeavesAhead) return;
    const TriePlan::Step& step = steps[kLeavesAhead];
    Page::prefetch_leaf(step.page, step.op->key);
    if (step.op->kind == TrieOp::Kind::Account) __builtin_prefetch(step.op->account);
}

}  // namespace

/// What neither makes nor removes a leaf, which is most of a block: no branch is looked at on the
/// way, and memory is asked for pages long before their turn.
void TrieForest::change_in_place(const TriePlan& plan) {
    for (size_t i = 0; i < plan.steps.size(); ++i) {
        fetch_ahead(std::span(plan.steps).subspan(i));
        change_in_place(plan.steps[i]);
        if (touched_pages_.size() >= kPagesAtOnce) hash_pages();
    }
    hash_pages();
}

void TrieForest::change_in_place(const TriePlan::Step& step) {
    Page& page = cache_.at(step.record).page;
    const Ops ops(step.op, step.count);
    for (size_t i = 0; i < ops.size(); ++i) {
        const TrieOp& op = ops[i];
        const size_t at = page.find(op.key);
        const bool found = at < page.leaf_count();
        if (op.erases() && !found) continue;
        uint8_t buffer[kValueBytesMax];
        const BytesView old = found ? page.value(at) : BytesView();
        const BytesView value = op.erases() || !found ? BytesView() : new_value(op, old, buffer);
        if (value.size() != old.size() || !found) {
            // The rest of the page's turn comes when it is made anew.
            for (; i < ops.size(); ++i)
                not_done_.push_back(&ops[i]);
            return;
        }
        if (equal(value, old)) continue;
        std::memcpy(page.value_bytes(at), value.data(), value.size());
        page.invalidate(at);
        touch_path(step.record);
    }
}

void TrieForest::touch_path(RecordId page) {
    touch(page);
    for (RecordId id = cache_.at(page).parent; id != kNoRecord && !cache_.at(id).rehash;
         id = cache_.at(id).parent)
        touch(id);
}

void TrieForest::change_structure(const TrieBatch& batch) {
    const RecordId root = cache_.trie(batch.trie).root;
    RecordId after = kNoRecord;
    if (root == kNoRecord) {
        after = build(batch.trie, 0, batch.ops);
    } else {
        const TrieOp* const end = batch.ops.data() + batch.ops.size();
        auto next =
            std::lower_bound(not_done_.begin(), not_done_.end(), batch.ops.data(), std::less<>());
        structural_.clear();
        for (; next != not_done_.end() && std::less<>()(*next, end); ++next)
            structural_.push_back(**next);
        if (structural_.empty()) return;
        bool changed = false;
        cache_.unlink(root);
        after = update(root, structural_, changed);
    }
    if (after != kNoRecord) cache_.link(kNoRecord, 0, after);
}

BytesView TrieForest::new_value(const TrieOp& op, std::optional<BytesView> old,
                                uint8_t* buffer) const {
    if (op.kind == TrieOp::Kind::Put) return {op.value, op.size};
    const bool storage = op.account->storage_changed ? op.account->storage_root != trie::kEmptyRoot
                                                     : old && has_storage(*old);
    if (op.account->size != 0 && !storage) return {op.account->value.data(), op.account->size};
    AccountLeaf before;
    if (old) before = read_account_value(*old);
    AccountLeaf after;
    after.account =
        changed_account(old ? std::optional(before.account) : std::nullopt, *op.account->change);
    after.storage_root =
        op.account->storage_changed ? op.account->storage_root : before.storage_root;
    return {buffer, write_account_value(after, buffer)};
}

RecordId TrieForest::update(RecordId id, Ops ops, bool& changed) {
    if (cache_.at(id).kind == Record::Kind::Page) return rebuild_page(id, ops, changed);
    return update_branch(id, ops, changed);
}

RecordId TrieForest::rebuild_page(RecordId id, Ops ops, bool& changed) {
    const Page& page = cache_.at(id).page;
    sources_.clear();
    values_.resize(ops.size() * kValueBytesMax);
    size_t leaf = 0;
    bool differs = false;
    for (size_t i = 0; i < ops.size(); ++i) {
        const TrieOp& op = ops[i];
        const auto order = [&] { return std::memcmp(page.key(leaf), op.key.data(), 32); };
        while (leaf < page.leaf_count() && order() < 0)
            sources_.push_back(page.source(leaf++));
        const bool found = leaf < page.leaf_count() && order() == 0;
        if (op.erases()) {
            differs |= found;
            leaf += found ? 1 : 0;
            continue;
        }
        const std::optional<BytesView> old = found ? std::optional(page.value(leaf)) : std::nullopt;
        const BytesView value = new_value(op, old, values_.data() + i * kValueBytesMax);
        if (old && equal(*old, value)) {
            sources_.push_back(page.source(leaf++));
            continue;
        }
        differs = true;
        leaf += found ? 1 : 0;
        LeafSource source;
        source.key = op.key.data();
        source.value = value;
        sources_.push_back(source);
    }
    while (leaf < page.leaf_count())
        sources_.push_back(page.source(leaf++));
    if (!differs) return id;
    changed = true;
    if (sources_.empty()) {
        remove(id);
        return kNoRecord;
    }
    const size_t depth = cache_.at(id).depth;
    if (sources_.size() <= page_leaves_) {
        cache_.replace_page(id, Page(sources_, depth, cache_.arena(), &page));
        touch(id);
        return id;
    }
    const TrieId trie = cache_.at(id).trie;
    const RecordId grown = build(trie, depth, sources_);
    cache_.at(grown).stored = cache_.at(id).stored;
    cache_.release(id);
    return grown;
}

/// New records over sorted leaves.
RecordId TrieForest::build(TrieId trie, size_t depth, std::span<const LeafSource> sources) {
    if (sources.size() <= page_leaves_) {
        const RecordId id = cache_.add(trie, depth, Page(sources, depth, cache_.arena()));
        touch(id);
        return id;
    }
    auto branch = make_branch(cache_.arena());
    std::memcpy(branch->key.data(), sources.front().key, 32);
    const size_t at = common_nibbles(sources.front().key, sources.back().key);
    branch->depth = static_cast<uint8_t>(at);
    const RecordId id = cache_.add(trie, depth, std::move(branch));
    for (size_t i = 0; i < sources.size();) {
        const uint8_t nibble = nibble_at(sources[i].key, at);
        size_t next = i + 1;
        while (next < sources.size() && nibble_at(sources[next].key, at) == nibble)
            ++next;
        cache_.link(id, nibble, build(trie, at + 1, sources.subspan(i, next - i)));
        i = next;
    }
    touch(id);
    return id;
}

RecordId TrieForest::build(TrieId trie, size_t depth, Ops ops) {
    sources_.clear();
    values_.resize(ops.size() * kValueBytesMax);
    for (size_t i = 0; i < ops.size(); ++i) {
        if (ops[i].erases()) continue;
        LeafSource source;
        source.key = ops[i].key.data();
        source.value = new_value(ops[i], std::nullopt, values_.data() + i * kValueBytesMax);
        sources_.push_back(source);
    }
    return sources_.empty() ? kNoRecord : build(trie, depth, sources_);
}

RecordId TrieForest::update_branch(RecordId id, Ops ops, bool& changed) {
    const size_t depth = cache_.at(id).depth;
    Branch& branch = *cache_.at(id).branch;
    if (branch.depth != depth) {
        // The lowest common prefix is that of the first or of the last key, as they are sorted.
        size_t first = 0;
        if (first_put(ops, first)) {
            size_t last = ops.size() - 1;
            while (ops[last].erases())
                --last;
            const size_t at = std::min(common_nibbles(ops[first].key.data(), branch.key.data()),
                                       common_nibbles(ops[last].key.data(), branch.key.data()));
            if (at < branch.depth) {
                changed = true;
                return update_branch(split_extension(id, at), ops, changed);
            }
        }
    }
    bool any = false;
    for (size_t i = 0; i < ops.size();) {
        if (branch.depth != depth &&
            common_nibbles(ops[i].key.data(), branch.key.data()) < branch.depth) {
            ++i;  // erases what is not there
            continue;
        }
        const uint8_t nibble = nibble_at(ops[i].key.data(), branch.depth);
        size_t next = i + 1;
        while (next < ops.size() && nibble_at(ops[next].key.data(), branch.depth) == nibble &&
               (branch.depth == depth ||
                common_nibbles(ops[next].key.data(), branch.key.data()) >= branch.depth))
            ++next;
        const Ops group = ops.subspan(i, next - i);
        i = next;
        RecordId after = kNoRecord;
        bool child_changed = false;
        if (branch.counts[nibble] == 0) {
            after = build(cache_.at(id).trie, branch.depth + size_t{1}, group);
            child_changed = after != kNoRecord;
        } else {
            const RecordId child = branch.children[nibble];
            SWITCHYARD_ASSERT(child != kNoRecord);
            if (nibble < 15) cache_.prefetch_branch(branch.children[nibble + 1]);
            cache_.unlink(child);
            after = update(child, group, child_changed);
        }
        if (after != kNoRecord) {
            cache_.link(id, nibble, after);
        } else {
            branch.counts[nibble] = 0;
            branch.reference_sizes[nibble] = 0;
        }
        any |= child_changed;
    }
    // A branch that was made just now has one child until here.
    if (any) changed = true;
    const size_t children = branch.child_count();
    if (children == 0) {
        remove(id);
        return kNoRecord;
    }
    if (!any && children > 1) return id;
    if (branch.leaf_count() <= merge_leaves()) return merge(id);
    if (children == 1) return collapse(id);
    touch(id);
    return id;
}

/// A branch at nibble `at` of the extension before `id`, over `id` alone so far.
RecordId TrieForest::split_extension(RecordId id, size_t at) {
    auto above = make_branch(cache_.arena());
    above->key = cache_.at(id).branch->key;
    above->depth = static_cast<uint8_t>(at);
    const RecordId out = cache_.add(cache_.at(id).trie, cache_.at(id).depth, std::move(above));
    Record& below = cache_.at(id);
    cache_.at(out).stored = below.stored;
    below.stored = false;
    below.depth = static_cast<uint8_t>(at + 1);
    touch(id);
    cache_.link(out, nibble_at(below.key(), at), id);
    touch(out);
    return out;
}

void TrieForest::gather(RecordId id) {
    const Record& record = cache_.at(id);
    if (record.kind == Record::Kind::Page) {
        for (size_t i = 0; i < record.page.leaf_count(); ++i) {
            sources_.push_back(record.page.source(i));
            sources_.back().old_index = LeafSource::kNew;
        }
        return;
    }
    const Branch& branch = *record.branch;
    for (size_t nibble = 0; nibble < 16; ++nibble) {
        if (branch.counts[nibble] == 0) continue;
        SWITCHYARD_ASSERT(branch.children[nibble] != kNoRecord);
        gather(branch.children[nibble]);
    }
}

/// The page that a branch over few leaves becomes.
RecordId TrieForest::merge(RecordId id) {
    sources_.clear();
    gather(id);
    const Record& before = cache_.at(id);
    const bool stored = before.stored;
    const RecordId out =
        cache_.add(before.trie, before.depth, Page(sources_, before.depth, cache_.arena()));
    cache_.at(out).stored = stored;
    touch(out);
    cache_.at(id).stored = false;  // its row is the page's now
    remove_below(id, true);
    return out;
}

/// The only child takes the branch's place: its path now begins where the branch's did.
RecordId TrieForest::collapse(RecordId id) {
    const Branch& branch = *cache_.at(id).branch;
    size_t nibble = 0;
    while (branch.counts[nibble] == 0)
        ++nibble;
    const RecordId child = branch.children[nibble];
    SWITCHYARD_ASSERT(child != kNoRecord);
    cache_.unlink(child);
    Record& record = cache_.at(child);
    if (record.stored) erased_.push_back(cache_.key_of(child));
    record.stored = cache_.at(id).stored;
    record.depth = cache_.at(id).depth;
    if (record.kind == Record::Kind::Page) {
        sources_.clear();
        for (size_t i = 0; i < record.page.leaf_count(); ++i)
            sources_.push_back(record.page.source(i));
        cache_.replace_page(child, Page(sources_, record.depth, cache_.arena(), &record.page));
    }
    touch(child);
    cache_.release(id);
    return child;
}

void TrieForest::touch(RecordId id) {
    cache_.mark_dirty(id);
    Record& record = cache_.at(id);
    if (record.rehash) return;
    record.rehash = true;
    (record.kind == Record::Kind::Page ? touched_pages_ : touched_branches_).push_back(id);
}

void TrieForest::remove(RecordId id) {
    if (cache_.at(id).stored) erased_.push_back(cache_.key_of(id));
    cache_.release(id);
}

void TrieForest::remove_below(RecordId id, bool rows) {
    if (cache_.at(id).kind == Record::Kind::Branch)
        for (size_t nibble = 0; nibble < 16; ++nibble) {
            const RecordId child = cache_.at(id).branch->children[nibble];
            if (child != kNoRecord) remove_below(child, rows);
        }
    if (rows)
        remove(id);
    else
        cache_.release(id);
}

void TrieForest::erase_trie(const Bytes32& owner) {
    erased_owners_.push_back(owner);
    const TrieId trie = cache_.find_trie(owner);
    if (trie == kNoTrie || cache_.trie(trie).root == kNoRecord) return;
    remove_below(cache_.trie(trie).root, false);
    cache_.trie(trie).root = kNoRecord;
    cache_.reuse_released();
}

Target TrieForest::target_of(const Record& record) {
    if (record.parent != kNoRecord) return cache_.at(record.parent).branch->target(record.nibble);
    Reference& reference = cache_.trie(record.trie).reference;
    return {reference.bytes.data(), &reference.size};
}

void TrieForest::hash_pages() {
    const auto waits = [&](RecordId id) {
        return cache_.at(id).kind == Record::Kind::Page && cache_.at(id).rehash;
    };
    pages_to_hash_.clear();
    for (const RecordId id : touched_pages_)
        if (waits(id))
            pages_to_hash_.push_back({&cache_.at(id).page, cache_.trie(cache_.at(id).trie).kind});
    hasher_.hash_pages(pages_to_hash_);
    for (const RecordId id : touched_pages_) {
        if (!waits(id)) continue;
        Record& record = cache_.at(id);
        const BytesView root = record.page.root();
        const Target target = target_of(record);
        std::copy(root.begin(), root.end(), target.bytes);
        *target.size = static_cast<uint8_t>(root.size());
        record.rehash = false;
    }
    touched_pages_.clear();
}

void TrieForest::hash_touched() {
    hash_pages();
    std::array<std::vector<NodeHasher::BranchJob>, kKeyNibbles> levels;
    for (const RecordId id : touched_branches_) {
        Record& record = cache_.at(id);
        if (record.kind != Record::Kind::Branch || !record.rehash) continue;
        record.rehash = false;
        levels[record.branch->depth].push_back(
            {record.branch.get(), record.depth, target_of(record)});
    }
    for (size_t depth = kKeyNibbles; depth-- > 0;)
        if (!levels[depth].empty()) hasher_.hash_branches(levels[depth]);
    touched_branches_.clear();
}

}  // namespace switchyard::commitment
