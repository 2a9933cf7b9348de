// SPDX-License-Identifier: Apache-2.0
#include "host/state/commitment/record_cache.hpp"

namespace switchyard::commitment {

TrieId RecordCache::find_trie(const Bytes32& owner) const {
    const TrieId* found = trie_of_.find(owner);
    return found != nullptr ? *found : kNoTrie;
}

TrieId RecordCache::open_trie(const Bytes32& owner, ValueKind kind) {
    if (const TrieId found = find_trie(owner); found != kNoTrie) return found;
    TrieId id = static_cast<TrieId>(tries_.size());
    if (free_tries_.empty()) {
        tries_.emplace_back();
    } else {
        id = free_tries_.back();
        free_tries_.pop_back();
    }
    tries_[id] = {owner, kind, kNoRecord, 0, {}};
    trie_of_[owner] = id;
    return id;
}

void RecordCache::close_if_empty(TrieId id) {
    if (id == kAccounts || tries_[id].records != 0) return;
    trie_of_.erase(tries_[id].owner);
    free_tries_.push_back(id);
}

size_t RecordCache::bytes_of(const Record& record) {
    const size_t content = record.kind == Record::Kind::Page ? record.page.bytes() : sizeof(Branch);
    return sizeof(Record) + RecordArena::rounded(content);
}

RecordId RecordCache::take_entry(TrieId trie, size_t depth, Record::Kind kind) {
    RecordId id = static_cast<RecordId>(records_.size());
    if (free_records_.empty()) {
        SWITCHYARD_ASSERT(records_.size() < kNoRecord);
        records_.emplace_back();
    } else {
        id = free_records_.back();
        free_records_.pop_back();
    }
    Record& record = records_[id];
    record.trie = trie;
    record.depth = static_cast<uint8_t>(depth);
    record.kind = kind;
    record.referenced = true;
    ++tries_[trie].records;
    ++live_;
    return id;
}

RecordId RecordCache::add(TrieId trie, size_t depth, Page page) {
    const RecordId id = take_entry(trie, depth, Record::Kind::Page);
    records_[id].page = std::move(page);
    bytes_ += bytes_of(records_[id]);
    return id;
}

RecordId RecordCache::add(TrieId trie, size_t depth, BranchPointer branch) {
    const RecordId id = take_entry(trie, depth, Record::Kind::Branch);
    records_[id].branch = std::move(branch);
    bytes_ += bytes_of(records_[id]);
    return id;
}

void RecordCache::replace_page(RecordId id, Page page) {
    Record& record = records_[id];
    bytes_ -= bytes_of(record);
    if (record.dirty) dirty_bytes_ -= bytes_of(record);
    record.page = std::move(page);
    bytes_ += bytes_of(record);
    if (record.dirty) dirty_bytes_ += bytes_of(record);
}

void RecordCache::link(RecordId parent, uint8_t nibble, RecordId child) {
    Record& record = records_[child];
    record.parent = parent;
    record.nibble = nibble;
    if (parent == kNoRecord) {
        tries_[record.trie].root = child;
        return;
    }
    Record& above = records_[parent];
    Branch& branch = *above.branch;
    branch.children[nibble] = child;
    branch.counts[nibble] = static_cast<uint32_t>(record.leaf_count());
    if (record.kind == Record::Kind::Page) branch.set_reference(nibble, record.page.root());
    ++above.loaded_children;
}

void RecordCache::unlink(RecordId id) {
    Record& record = records_[id];
    if (record.parent == kNoRecord) {
        if (tries_[record.trie].root == id) tries_[record.trie].root = kNoRecord;
        return;
    }
    Record& above = records_[record.parent];
    above.branch->children[record.nibble] = kNoRecord;
    --above.loaded_children;
    record.parent = kNoRecord;
}

void RecordCache::release(RecordId id) {
    Record& record = records_[id];
    if (record.dirty) dirty_bytes_ -= bytes_of(record);
    bytes_ -= bytes_of(record);
    --tries_[record.trie].records;
    --live_;
    record = Record{};
    released_.push_back(id);
}

void RecordCache::reuse_released() {
    free_records_.insert(free_records_.end(), released_.begin(), released_.end());
    released_.clear();
}

void RecordCache::mark_dirty(RecordId id) {
    Record& record = records_[id];
    if (!record.dirty) dirty_bytes_ += bytes_of(record);
    record.dirty = true;
}

void RecordCache::mark_clean(RecordId id) {
    Record& record = records_[id];
    if (record.dirty) dirty_bytes_ -= bytes_of(record);
    record.dirty = false;
    record.stored = true;
}

RecordKey RecordCache::key_of(RecordId id) const {
    const Record& record = records_[id];
    Bytes32 key;
    std::memcpy(key.data(), record.key(), 32);
    return {tries_[record.trie].owner, first_nibbles(key, record.depth), record.depth};
}

void RecordCache::trim(size_t budget) {
    // A round clears the marks and the next evicts; each level of a trie goes a round after the one
    // below it.
    const size_t steps_max = (kKeyNibbles + 2) * records_.size();
    size_t idle = 0;
    for (size_t step = 0; bytes_ > budget && step < steps_max; ++step) {
        if (hand_ >= records_.size()) hand_ = 0;
        const RecordId id = hand_++;
        Record& record = records_[id];
        const bool candidate =
            record.kind != Record::Kind::Free && !record.dirty && record.loaded_children == 0;
        if (candidate && !record.referenced) {
            const TrieId trie = record.trie;
            unlink(id);
            release(id);
            close_if_empty(trie);
            idle = 0;
            continue;
        }
        if (candidate) idle = 0;
        record.referenced = false;
        if (++idle > records_.size()) break;
    }
    reuse_released();
}

}  // namespace switchyard::commitment
