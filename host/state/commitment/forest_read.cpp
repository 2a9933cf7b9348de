// SPDX-License-Identifier: Apache-2.0
// What is asked of tries in memory: roots, values, proofs; and what goes to the store.
#include <algorithm>

#include "host/chain/hash.hpp"
#include "host/state/commitment/trie_forest.hpp"

namespace switchyard::commitment {

Bytes32 TrieForest::root(TrieId trie) const {
    const CachedTrie& cached = cache_.trie(trie);
    if (cached.root == kNoRecord) return trie::kEmptyRoot;
    return root_hash(cached.reference.view());
}

std::optional<BytesView> TrieForest::find(TrieId trie, const Bytes32& key) const {
    RecordId id = cache_.trie(trie).root;
    while (id != kNoRecord) {
        const Record& record = cache_.at(id);
        if (record.kind == Record::Kind::Page) {
            const size_t at = record.page.find(key);
            if (at == record.page.leaf_count()) return std::nullopt;
            return record.page.value(at);
        }
        const Branch& branch = *record.branch;
        if (common_nibbles(key.data(), branch.key.data()) < branch.depth) return std::nullopt;
        const uint8_t nibble = nibble_at(key.data(), branch.depth);
        if (branch.counts[nibble] == 0) return std::nullopt;
        id = branch.children[nibble];
        SWITCHYARD_ASSERT(id != kNoRecord);
    }
    return std::nullopt;
}

namespace {

/// Collects the nodes of a proof; those shorter than a hash are inside the node before.
class Proof {
  public:
    explicit Proof(std::vector<Bytes>& nodes) : nodes_(nodes), first_(nodes.size()) {}
    void add(BytesView encoded) {
        if (encoded.size() >= 32 || nodes_.size() == first_) nodes_.push_back(to_bytes(encoded));
    }

  private:
    std::vector<Bytes>& nodes_;
    size_t first_;
};

/// Adds a branch and the extension before it. Whether the key goes through the extension.
bool add_branch(Proof& proof, const Bytes32& key, const uint8_t* path, size_t from, size_t depth,
                BytesView encoded) {
    if (from != depth) {
        Bytes32 child;
        const bool hashed = encoded.size() >= 32;
        if (hashed)
            simd::keccak256(encoded, child.bytes);
        else
            std::copy(encoded.begin(), encoded.end(), child.begin());
        uint8_t buffer[kNodeBytesMax];
        proof.add(encode_extension(path, from, depth, child.data(), hashed ? 32 : encoded.size(),
                                   buffer));
        if (common_nibbles(key.data(), path) < depth) return false;
    }
    proof.add(encoded);
    return true;
}

/// The nodes inside a page.
void prove_in_page(Proof& proof, const Page& page, ValueKind kind, const Bytes32& key) {
    uint8_t buffer[kNodeBytesMax];
    const auto add_leaf = [&](size_t i) {
        proof.add(encode_leaf(page.key(i), page.from(i), kind, page.value(i), buffer));
    };
    if (page.inner_count() == 0) return add_leaf(0);
    for (size_t n = 0;;) {
        const Page::Inner& entry = page.inner(n);
        const BytesView encoded = page.encode_inner(n, buffer);
        if (!add_branch(proof, key, page.key(entry.begin), entry.from, entry.depth, encoded))
            return;
        const uint8_t nibble = nibble_at(key.data(), entry.depth);
        size_t below = n + 1;
        size_t i = entry.begin;
        while (i < entry.end) {
            const bool inner = below < entry.skip && page.inner(below).begin == i;
            if (nibble_at(page.key(i), entry.depth) == nibble) {
                if (!inner) return add_leaf(i);
                n = below;
                break;
            }
            i = inner ? page.inner(below).end : i + 1;
            if (inner) below = page.inner(below).skip;
        }
        if (i == entry.end) return;
    }
}

}  // namespace

void TrieForest::prove(TrieId trie, const Bytes32& key, std::vector<Bytes>& nodes) const {
    Proof proof(nodes);
    RecordId id = cache_.trie(trie).root;
    while (id != kNoRecord) {
        const Record& record = cache_.at(id);
        if (record.kind == Record::Kind::Page)
            return prove_in_page(proof, record.page, cache_.trie(trie).kind, key);
        const Branch& branch = *record.branch;
        uint8_t buffer[kNodeBytesMax];
        if (!add_branch(proof, key, branch.key.data(), record.depth, branch.depth,
                        branch.encode(buffer)))
            return;
        const uint8_t nibble = nibble_at(key.data(), branch.depth);
        if (branch.counts[nibble] == 0) return;
        id = branch.children[nibble];
        SWITCHYARD_ASSERT(id != kNoRecord);
    }
}

Result<void> TrieForest::checkpoint(const StoredRoot& root) {
    std::vector<std::pair<RecordKey, RecordId>> dirty;
    for (RecordId id = 0; id < cache_.end(); ++id)
        if (cache_.at(id).kind != Record::Kind::Free && cache_.at(id).dirty)
            dirty.emplace_back(cache_.key_of(id), id);
    std::sort(dirty.begin(), dirty.end());
    Bytes records;
    std::vector<size_t> ends;
    ends.reserve(dirty.size());
    for (const auto& [key, id] : dirty) {
        const Record& record = cache_.at(id);
        if (record.kind == Record::Kind::Page)
            encode_record(record.page, record.depth, records);
        else
            encode_record(*record.branch, record.depth, records);
        ends.push_back(records.size());
    }
    std::vector<RecordChanges::Put> put;
    put.reserve(dirty.size());
    for (size_t i = 0, begin = 0; i < dirty.size(); begin = ends[i++])
        put.push_back({dirty[i].first, BytesView(records).subspan(begin, ends[i] - begin)});
    std::sort(erased_.begin(), erased_.end());
    erased_.erase(std::unique(erased_.begin(), erased_.end()), erased_.end());
    if (Result<void> written = store_->write({erased_owners_, erased_, put, root}); !written)
        return written;
    for (const auto& [key, id] : dirty)
        cache_.mark_clean(id);
    erased_.clear();
    erased_owners_.clear();
    return {};
}

}  // namespace switchyard::commitment
