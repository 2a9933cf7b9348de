// SPDX-License-Identifier: Apache-2.0
// A whole small subtree in one block of memory: its leaves in order, and the branches over them.
#pragma once

#include <array>
#include <memory>
#include <span>
#include <utility>

#include "host/state/commitment/node_encoding.hpp"
#include "host/state/commitment/record_arena.hpp"

namespace switchyard::commitment {

/// Leaves that a page can hold; how many it may hold is the trie's option.
inline constexpr size_t kPageLeavesLimit = 128;

/// What a page is made of: one leaf, its bytes somewhere else.
struct LeafSource {
    static constexpr uint8_t kNew = 255;

    const uint8_t* key = nullptr;        ///< 32 bytes
    BytesView value;                     ///< short form
    const uint8_t* reference = nullptr;  ///< known if `reference_size` is not 0
    uint8_t reference_size = 0;
    uint8_t from = 0;          ///< where the path of the leaf that `reference` stands for began
    uint8_t old_index = kNew;  ///< its place in the page that is replaced
};

/// The leaves below one place of a trie, sorted by key, with what is known of the hashes. The
/// branches between the leaves are a table that follows from the keys: in preorder, so that a
/// node's inner branches come after it.
///
/// A branch lies here as it is hashed, with its padding, and references are written into it: the
/// reference of a child has no other place. Where a child is shorter than a hash (which happens in
/// storage tries alone) its place keeps its 32 bytes and the branch is put together elsewhere.
///
/// Nothing but references and values of the same length changes in place; everything else makes a
/// new page. One thread.
class Page {
  public:
    /// A branch inside the page, with the extension before it if there is one.
    struct Inner {
        uint8_t depth;  ///< nibble at which the branch divides
        uint8_t from;   ///< nibble at which its extension begins; `depth`: there is none
        uint8_t begin;  ///< its leaves: [begin, end)
        uint8_t end;
        uint8_t skip;  ///< the first table entry that does not lie below it
        uint8_t reference_size;
        uint16_t reference;      ///< where in the page its 32 bytes are
        uint16_t encoding;       ///< where in the page the branch itself begins
        uint16_t encoding_size;  ///< without padding
    };

    Page() = default;
    /// Makes the page at nibble `depth` of the trie. Leaves ascend, share `depth` nibbles, and are
    /// 1 to `kPageLeavesLimit`. References of leaves and branches (of `old`, whose leaves `sources`
    /// number) that still hold are kept.
    Page(std::span<const LeafSource> sources, size_t depth, RecordArena& arena,
         const Page* old = nullptr);

    [[nodiscard]] explicit operator bool() const { return block_ != nullptr; }
    [[nodiscard]] size_t bytes() const { return block_ ? header().bytes : 0; }
    [[nodiscard]] size_t leaf_count() const { return header().leaves; }
    [[nodiscard]] size_t inner_count() const { return header().inner; }

    [[nodiscard]] const uint8_t* key(size_t i) const { return at(header().keys) + 32 * i; }
    [[nodiscard]] BytesView value(size_t i) const {
        const size_t begin = i == 0 ? 0 : leaf(i - 1).value_end;
        return {at(header().values) + begin, leaf(i).value_end - begin};
    }
    [[nodiscard]] uint8_t* value_bytes(size_t i) {
        return at(header().values) + (i == 0 ? 0 : leaf(i - 1).value_end);
    }
    [[nodiscard]] uint8_t from(size_t i) const { return leaf(i).from; }
    [[nodiscard]] const uint8_t* reference(size_t i) const { return at(leaf(i).reference); }
    [[nodiscard]] uint8_t reference_size(size_t i) const { return leaf(i).reference_size; }

    /// Where the hasher puts the reference of leaf `i`: 32 bytes, and their number.
    [[nodiscard]] Target target(size_t i) {
        return {at(leaf(i).reference), &leaf(i).reference_size};
    }
    [[nodiscard]] Target inner_target(size_t i) {
        return {at(inner(i).reference), &inner_at(i).reference_size};
    }

    [[nodiscard]] const Inner& inner(size_t i) const {
        return reinterpret_cast<const Inner*>(at(header().inners))[i];
    }
    [[nodiscard]] const uint8_t* inner_reference(size_t i) const { return at(inner(i).reference); }

    /// The place of a key, or `leaf_count()`.
    [[nodiscard]] size_t find(const Bytes32& key) const;
    /// Marks leaf `i` and the branches above it as changed.
    void invalidate(size_t i);
    /// As the parent sees the page; valid when all is hashed.
    [[nodiscard]] BytesView root() const {
        return inner_count() == 0 ? BytesView(reference(0), reference_size(0))
                                  : BytesView(inner_reference(0), inner(0).reference_size);
    }
    /// Branch `i` with its padding, where it lies; everything below it is hashed and none of its
    /// children is short.
    [[nodiscard]] BytesView padded_inner(size_t i) const {
        return {at(inner(i).encoding), inner(i).encoding_size};
    }
    /// Encodes branch `i` without its extension; everything below it is hashed.
    [[nodiscard]] BytesView encode_inner(size_t i, uint8_t* buffer) const;
    /// Whether a reference in the page is, or was, shorter than a hash.
    [[nodiscard]] bool has_short() const { return header().has_short; }
    void note_short() { header().has_short = true; }
    /// Bit i: leaf 64 * `word` + i has no reference yet. It counts as having one from now on.
    [[nodiscard]] uint64_t take_stale_leaves(size_t word) {
        return std::exchange(header().stale_leaves[word], 0);
    }
    /// The same of the branches.
    [[nodiscard]] uint64_t take_stale_inner(size_t word) {
        return std::exchange(header().stale_inner[word], 0);
    }

    /// Where the page lies, until it is replaced: for the functions below, which ask for the cache
    /// lines that a change and its hashing read: what a search reads; then the leaf that `key`
    /// finds and the branches above it, which needs what the first brought.
    [[nodiscard]] const uint8_t* address() const { return block_.get(); }
    static void prefetch_search(const uint8_t* page);
    static void prefetch_leaf(const uint8_t* page, const Bytes32& key);

    /// The source of leaf `i` as it stands.
    [[nodiscard]] LeafSource source(size_t i) const {
        return {
            key(i), value(i), reference(i), reference_size(i), from(i), static_cast<uint8_t>(i)};
    }

  private:
    /// Where the columns of the block begin.
    struct Header {
        uint8_t leaves;
        uint8_t inner;
        uint8_t head_byte;  ///< first key byte in `heads`
        bool has_short;
        uint32_t bytes;
        uint16_t heads;  ///< four bytes of each key: what a search and a branch look at
        uint16_t leaf_column;
        uint16_t inners;
        uint16_t root;  ///< the page's own reference
        uint16_t keys;
        uint16_t values;
        std::array<uint64_t, kPageLeavesLimit / 64> stale_leaves;
        std::array<uint64_t, kPageLeavesLimit / 64> stale_inner;
    };
    struct Leaf {
        uint16_t value_end;
        uint16_t reference;  ///< where in the page its 32 bytes are
        uint8_t from;
        uint8_t reference_size;
    };
    class Builder;

    /// Writes branch `n` but for its children's references, which get their places.
    void lay_out(size_t n);
    void keep_references(std::span<const LeafSource> sources, const Page* old);
    void mark_stale_leaf(size_t i) { header().stale_leaves[i / 64] |= uint64_t{1} << (i % 64); }
    void mark_stale_inner(size_t n) { header().stale_inner[n / 64] |= uint64_t{1} << (n % 64); }

    [[nodiscard]] Header& header() { return *reinterpret_cast<Header*>(block_.get()); }
    [[nodiscard]] const Header& header() const {
        return *reinterpret_cast<const Header*>(block_.get());
    }
    [[nodiscard]] uint8_t* at(size_t offset) { return block_.get() + offset; }
    [[nodiscard]] const uint8_t* at(size_t offset) const { return block_.get() + offset; }
    [[nodiscard]] Leaf& leaf(size_t i) {
        return reinterpret_cast<Leaf*>(at(header().leaf_column))[i];
    }
    [[nodiscard]] const Leaf& leaf(size_t i) const {
        return reinterpret_cast<const Leaf*>(at(header().leaf_column))[i];
    }
    [[nodiscard]] Inner& inner_at(size_t i) {
        return reinterpret_cast<Inner*>(at(header().inners))[i];
    }
    [[nodiscard]] uint32_t head(size_t i) const {
        return reinterpret_cast<const uint32_t*>(at(header().heads))[i];
    }
    /// Nibble `depth` of key `i`, from `heads` where it is there.
    [[nodiscard]] uint8_t nibble(size_t i, size_t depth) const {
        const size_t in_head = depth - 2 * header().head_byte;
        if (in_head < 8) return head(i) >> (28 - 4 * in_head) & 15;
        return nibble_at(key(i), depth);
    }

    struct Release {
        void operator()(uint8_t* block) const noexcept {
            RecordArena::release(block, reinterpret_cast<const Header*>(block)->bytes);
        }
    };

    std::unique_ptr<uint8_t[], Release> block_;
};

}  // namespace switchyard::commitment
