// SPDX-License-Identifier: Apache-2.0
#include "host/state/commitment/page.hpp"

#include <algorithm>
#include <array>

#include "host/core/assert.hpp"

namespace switchyard::commitment {
namespace {

uint32_t load_head(const uint8_t* bytes) {
    uint32_t word = 0;
    std::memcpy(&word, bytes, 4);
    return __builtin_bswap32(word);
}

}  // namespace

/// The table of branches over sorted leaves.
class Page::Builder {
  public:
    Builder(std::span<const LeafSource> sources, size_t depth) : sources_(sources) {
        add(0, sources.size(), depth);
    }
    std::array<Inner, kPageLeavesLimit> inner;
    size_t inner_count = 0;
    std::array<uint8_t, kPageLeavesLimit> from;

  private:
    /// The leaves [begin, end) share the nibbles before `at`. The depth of the recursion is that of
    /// the trie.
    void add(size_t begin, size_t end, size_t at) {
        if (end - begin == 1) {
            from[begin] = static_cast<uint8_t>(at);
            return;
        }
        const size_t depth = common_nibbles(sources_[begin].key, sources_[end - 1].key);
        const size_t self = inner_count++;
        inner[self] = {static_cast<uint8_t>(depth),
                       static_cast<uint8_t>(at),
                       static_cast<uint8_t>(begin),
                       static_cast<uint8_t>(end),
                       0,
                       0};
        for (size_t i = begin; i < end;) {
            const uint8_t nibble = nibble_at(sources_[i].key, depth);
            size_t next = i + 1;
            while (next < end && nibble_at(sources_[next].key, depth) == nibble)
                ++next;
            add(i, next, depth + 1);
            i = next;
        }
        inner[self].skip = static_cast<uint8_t>(inner_count);
    }

    std::span<const LeafSource> sources_;
};

Page::Page(std::span<const LeafSource> sources, size_t depth, RecordArena& arena, const Page* old) {
    const size_t leaves = sources.size();
    SWITCHYARD_ASSERT(leaves != 0 && leaves <= kPageLeavesLimit);
    const Builder built(sources, depth);
    size_t value_bytes = 0;
    for (const LeafSource& source : sources)
        value_bytes += source.value.size();
    Header h{};
    h.leaves = static_cast<uint8_t>(leaves);
    h.inner = static_cast<uint8_t>(built.inner_count);
    h.head_byte = static_cast<uint8_t>(std::min<size_t>(depth / 2, 28));
    size_t end = sizeof(Header);
    const auto column = [&end](size_t bytes) {
        const size_t begin = end;
        end += bytes;
        return static_cast<uint32_t>(begin);
    };
    h.heads = column(4 * leaves);
    h.leaf_column = column(sizeof(Leaf) * leaves);
    h.inners = column(sizeof(Inner) * built.inner_count);
    h.references = column(32 * leaves);
    h.inner_references = column(32 * built.inner_count);
    h.keys = column(32 * leaves);
    h.values = column(value_bytes + kValueSlack);
    h.bytes = static_cast<uint32_t>(end);
    uint8_t* const block = arena.allocate(end);
    std::memcpy(block, &h, sizeof(h));
    block_.reset(block);
    std::memset(at(h.values) + value_bytes, 0, kValueSlack);

    size_t value_end = 0;
    std::array<bool, kPageLeavesLimit> known;
    for (size_t i = 0; i < leaves; ++i) {
        const LeafSource& source = sources[i];
        const uint32_t head = load_head(source.key + h.head_byte);
        std::memcpy(at(h.heads) + 4 * i, &head, 4);
        std::memcpy(at(h.keys) + 32 * i, source.key, 32);
        std::memcpy(at(h.values) + value_end, source.value.data(), source.value.size());
        value_end += source.value.size();
        known[i] = source.reference_size != 0 && source.from == built.from[i];
        leaf(i) = {static_cast<uint16_t>(value_end), built.from[i],
                   known[i] ? source.reference_size : uint8_t{0}};
        if (known[i]) std::memcpy(at(h.references) + 32 * i, source.reference, 32);
    }
    for (size_t n = 0; n < built.inner_count; ++n) {
        Inner entry = built.inner[n];
        const uint8_t old_begin = sources[entry.begin].old_index;
        bool same = old != nullptr && old_begin != LeafSource::kNew;
        for (size_t i = entry.begin; same && i < entry.end; ++i)
            same = known[i] && sources[i].old_index == old_begin + (i - entry.begin);
        if (same) {
            const size_t old_end = size_t{old_begin} + entry.end - entry.begin;
            for (size_t m = 0; m < old->inner_count(); ++m) {
                const Inner& before = old->inner(m);
                if (before.depth != entry.depth || before.from != entry.from ||
                    before.begin != old_begin || before.end != old_end)
                    continue;
                entry.reference_size = before.reference_size;
                std::memcpy(at(h.inner_references) + 32 * n, old->inner_reference(m), 32);
            }
        }
        inner_at(n) = entry;
    }
}

size_t Page::find(const Bytes32& wanted) const {
    const uint32_t wanted_head = load_head(wanted.data() + header().head_byte);
    const size_t leaves = leaf_count();
    const auto* heads = reinterpret_cast<const uint32_t*>(at(header().heads));
    // Counted to the end: a search that stops takes a wrong turn once for each key.
    uint32_t below = 0;
    for (size_t i = 0; i < leaves; ++i)
        below += heads[i] < wanted_head ? 1 : 0;
    for (size_t i = below; i < leaves && heads[i] == wanted_head; ++i)
        if (std::memcmp(key(i), wanted.data(), 32) == 0) return i;
    return leaves;
}

void Page::prefetch_search(const uint8_t* page) {
    for (size_t i = 0; i < 4; ++i)
        __builtin_prefetch(page + 64 * i);
}

void Page::prefetch_leaf(const uint8_t* page, const Bytes32& key) {
    const auto& h = *reinterpret_cast<const Header*>(page);
    for (size_t i = h.references; i < h.keys; i += 64)
        __builtin_prefetch(page + i);
    const uint32_t wanted = load_head(key.data() + h.head_byte);
    const auto* heads = reinterpret_cast<const uint32_t*>(page + h.heads);
    const auto* leaves = reinterpret_cast<const Leaf*>(page + h.leaf_column);
    uint32_t i = 0;
    for (size_t leaf = 0; leaf + 1 < h.leaves; ++leaf)
        i += heads[leaf] < wanted ? 1 : 0;
    __builtin_prefetch(page + h.keys + 32 * i);
    __builtin_prefetch(page + h.values + leaves[i].value_end - 1);
}

void Page::invalidate(size_t i) {
    leaf(i).reference_size = 0;
    for (size_t n = 0; n < inner_count(); ++n) {
        Inner& entry = inner_at(n);
        const bool above = (entry.begin <= i) & (i < entry.end);
        entry.reference_size = above ? uint8_t{0} : entry.reference_size;
    }
}

uint64_t Page::stale_leaves(size_t word) const {
    const size_t begin = std::min(64 * word, leaf_count());
    const size_t end = std::min(begin + 64, leaf_count());
    uint64_t out = 0;
    for (size_t i = begin; i < end; ++i)
        out |= uint64_t{leaf(i).reference_size == 0} << (i - begin);
    return out;
}

uint64_t Page::stale_inner(size_t word) const {
    const size_t begin = std::min(64 * word, inner_count());
    const size_t end = std::min(begin + 64, inner_count());
    uint64_t out = 0;
    for (size_t n = begin; n < end; ++n)
        out |= uint64_t{inner(n).reference_size == 0} << (n - begin);
    return out;
}

BytesView Page::encode_inner(size_t n, uint8_t* buffer) const {
    const Header& h = header();
    const Inner* const table = reinterpret_cast<const Inner*>(at(h.inners));
    const Inner& self = table[n];
    BranchEncoder encoder(buffer);
    size_t below = n + 1;
    for (size_t i = self.begin; i < self.end;) {
        // Chosen without a jump, which would be a coin's toss for each child. Behind the last entry
        // of the table there are other columns, so that it may be read.
        const Inner& next = table[below];
        const bool is_branch = (below < self.skip) & (next.begin == i);
        const uint8_t* bytes =
            at(is_branch ? h.inner_references + 32 * below : h.references + 32 * i);
        const size_t size = is_branch ? next.reference_size : reference_size(i);
        encoder.child(nibble(i, self.depth), bytes, size);
        i = is_branch ? next.end : i + 1;
        below = is_branch ? next.skip : below;
    }
    return encoder.finish();
}

}  // namespace switchyard::commitment
