// SPDX-License-Identifier: Apache-2.0
#include "host/state/commitment/page.hpp"

#include <algorithm>
#include <array>

#include "host/core/assert.hpp"
#include "simd/keccak256.hpp"

namespace switchyard::commitment {
namespace {

uint32_t load_head(const uint8_t* bytes) {
    uint32_t word = 0;
    std::memcpy(&word, bytes, 4);
    return __builtin_bswap32(word);
}

/// Bytes of a branch over `children` hashes: a byte for each place, one for the value and 32 for
/// each child, behind the list's prefix.
size_t branch_bytes(size_t children) {
    const size_t content = 17 + 32 * children;
    return content + (content < 56 ? 1 : content < 256 ? 2 : 3);
}

size_t padded(size_t bytes) {
    return (bytes / simd::kKeccak256Rate + 1) * simd::kKeccak256Rate;
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
    std::array<uint8_t, kPageLeavesLimit> children;  ///< of each branch

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
                       0,
                       0,
                       0,
                       0};
        uint8_t count = 0;
        for (size_t i = begin; i < end;) {
            const uint8_t nibble = nibble_at(sources_[i].key, depth);
            size_t next = i + 1;
            while (next < end && nibble_at(sources_[next].key, depth) == nibble)
                ++next;
            add(i, next, depth + 1);
            i = next;
            ++count;
        }
        children[self] = count;
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
        return static_cast<uint16_t>(begin);
    };
    h.heads = column(4 * leaves);
    h.leaf_column = column(sizeof(Leaf) * leaves);
    h.inners = column(sizeof(Inner) * built.inner_count);
    h.root = column(32);
    std::array<uint16_t, kPageLeavesLimit> encodings;
    for (size_t n = 0; n < built.inner_count; ++n)
        encodings[n] = column(padded(branch_bytes(built.children[n])));
    h.keys = column(32 * leaves);
    h.values = column(value_bytes + kValueSlack);
    SWITCHYARD_ASSERT(end <= UINT16_MAX);
    h.bytes = static_cast<uint32_t>(end);
    uint8_t* const block = arena.allocate(end);
    std::memcpy(block, &h, sizeof(h));
    block_.reset(block);
    std::memset(at(h.values) + value_bytes, 0, kValueSlack);

    size_t value_end = 0;
    for (size_t i = 0; i < leaves; ++i) {
        const LeafSource& source = sources[i];
        const uint32_t head = load_head(source.key + h.head_byte);
        std::memcpy(at(h.heads) + 4 * i, &head, 4);
        std::memcpy(at(h.keys) + 32 * i, source.key, 32);
        std::memcpy(at(h.values) + value_end, source.value.data(), source.value.size());
        value_end += source.value.size();
        leaf(i) = {static_cast<uint16_t>(value_end), h.root, built.from[i], 0};
    }
    for (size_t n = 0; n < built.inner_count; ++n) {
        inner_at(n) = built.inner[n];
        inner_at(n).reference = h.root;
        inner_at(n).encoding = encodings[n];
        inner_at(n).encoding_size = static_cast<uint16_t>(branch_bytes(built.children[n]));
    }
    // In preorder, so that a branch's own place is known before it is filled.
    for (size_t n = 0; n < built.inner_count; ++n)
        lay_out(n);
    keep_references(sources, old);
}

void Page::lay_out(size_t n) {
    const Inner& self = inner(n);
    uint8_t* const begin = at(self.encoding);
    const size_t size = self.encoding_size;
    std::memset(begin, 0x80, size);
    const size_t prefix = size < 57 ? 1 : size < 258 ? 2 : 3;
    // What `close_list` writes in front of a list of this length.
    const size_t content = size - prefix;
    begin[0] = static_cast<uint8_t>(prefix == 1 ? 0xc0 + content : 0xf6 + prefix);
    for (size_t i = 1; i < prefix; ++i)
        begin[i] = static_cast<uint8_t>(content >> (8 * (prefix - 1 - i)));
    size_t below = n + 1;
    size_t before = 0;  // children
    for (size_t i = self.begin; i < self.end; ++before) {
        const bool is_branch = below < self.skip && inner(below).begin == i;
        uint8_t* const mark = begin + prefix + nibble(i, self.depth) + 32 * before;
        *mark = 0xa0;
        const auto place = static_cast<uint16_t>(mark + 1 - block_.get());
        if (is_branch) {
            inner_at(below).reference = place;
            i = inner(below).end;
            below = inner(below).skip;
        } else {
            leaf(i++).reference = place;
        }
    }
    // As `simd::keccak256_pad`, which would write over what lies behind.
    const size_t padded_size = padded(size);
    std::memset(begin + size, 0, padded_size - size);
    begin[size] = 0x01;
    begin[padded_size - 1] |= 0x80;
}

/// Takes over what `old` knows and still holds; everything else is stale.
void Page::keep_references(std::span<const LeafSource> sources, const Page* old) {
    std::array<bool, kPageLeavesLimit> known;
    for (size_t i = 0; i < sources.size(); ++i) {
        const LeafSource& source = sources[i];
        known[i] = source.reference_size != 0 && source.from == from(i);
        if (!known[i]) {
            mark_stale_leaf(i);
            continue;
        }
        std::memcpy(at(leaf(i).reference), source.reference, 32);
        leaf(i).reference_size = source.reference_size;
        if (source.reference_size != 32) note_short();
    }
    for (size_t n = 0; n < inner_count(); ++n) {
        Inner& entry = inner_at(n);
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
                std::memcpy(at(entry.reference), old->inner_reference(m), 32);
            }
        }
        if (entry.reference_size == 0) mark_stale_inner(n);
        if (entry.reference_size != 0 && entry.reference_size != 32) note_short();
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
    const uint32_t wanted = load_head(key.data() + h.head_byte);
    const auto* heads = reinterpret_cast<const uint32_t*>(page + h.heads);
    const auto* leaves = reinterpret_cast<const Leaf*>(page + h.leaf_column);
    uint32_t i = 0;
    for (size_t leaf = 0; leaf + 1 < h.leaves; ++leaf)
        i += heads[leaf] < wanted ? 1 : 0;
    __builtin_prefetch(page + h.keys + 32 * i);
    __builtin_prefetch(page + h.values + leaves[i].value_end - 1);
    const auto* inners = reinterpret_cast<const Inner*>(page + h.inners);
    for (size_t n = 0; n < h.inner; ++n) {
        const Inner& above = inners[n];
        if (i < above.begin || above.end <= i) continue;
        for (size_t at = 0; at < above.encoding_size; at += 64)
            __builtin_prefetch(page + above.encoding + at);
    }
}

void Page::invalidate(size_t i) {
    leaf(i).reference_size = 0;
    mark_stale_leaf(i);
    for (size_t n = 0; n < inner_count(); ++n) {
        Inner& entry = inner_at(n);
        const bool above = (entry.begin <= i) & (i < entry.end);
        entry.reference_size = above ? uint8_t{0} : entry.reference_size;
        header().stale_inner[n / 64] |= uint64_t{above} << (n % 64);
    }
}

BytesView Page::encode_inner(size_t n, uint8_t* buffer) const {
    const Inner& self = inner(n);
    BranchEncoder encoder(buffer);
    size_t below = n + 1;
    for (size_t i = self.begin; i < self.end;) {
        const bool is_branch = below < self.skip && inner(below).begin == i;
        const uint8_t* bytes = is_branch ? inner_reference(below) : reference(i);
        const size_t size = is_branch ? inner(below).reference_size : reference_size(i);
        encoder.child(nibble(i, self.depth), bytes, size);
        i = is_branch ? inner(below).end : i + 1;
        below = is_branch ? inner(below).skip : below;
    }
    return encoder.finish();
}

}  // namespace switchyard::commitment
