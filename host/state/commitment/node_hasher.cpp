// SPDX-License-Identifier: Apache-2.0
#include "host/state/commitment/node_hasher.hpp"

#include <algorithm>

#include "host/chain/hash.hpp"

namespace switchyard::commitment {
namespace {

/// Pages whose leaves and branches are hashed together: enough that the groups which a level leaves
/// half empty do not count, and few enough that the pages stay in the second-level cache.
constexpr size_t kPagesAtOnce = 160;
/// How many branches ahead of their use lines are asked for.
constexpr size_t kBranchesAhead = 6;

}  // namespace

NodeHasher::NodeHasher() : slots_(kBlocksMax * kGroup + 1), slot_(&slots_.back()) {
    for (size_t i = 0; i < kBlocksMax * kGroup; ++i)
        waiting_[i / kGroup].slots[i % kGroup] = &slots_[i];
}

bool NodeHasher::add(BytesView encoded, Target target) {
    if (encoded.size() < 32) {
        std::memcpy(target.bytes, encoded.data(), encoded.size());
        *target.size = static_cast<uint8_t>(encoded.size());
        return false;
    }
    uint8_t* const bytes = buffer() + (encoded.data() - buffer());
    const size_t blocks = simd::keccak256_pad(bytes, encoded.size());
    Waiting& waiting = waiting_[blocks - 1];
    std::swap(slot_, waiting.slots[waiting.count]);
    add_padded({bytes, blocks, target.bytes}, target);
    return true;
}

void NodeHasher::add_padded(const simd::PaddedMessage& message, Target target) {
    *target.size = 32;
    Waiting& waiting = waiting_[message.blocks - 1];
    waiting.messages[waiting.count] = message;
    if (++waiting.count == kGroup) {
        simd::keccak256_padded(waiting.messages);
        waiting.count = 0;
    }
}

void NodeHasher::flush() {
    // By length, so that few vectors hold different ones.
    std::array<simd::PaddedMessage, kBlocksMax * kGroup> rest;
    size_t count = 0;
    for (size_t blocks = kBlocksMax; blocks > 0; --blocks) {
        Waiting& waiting = waiting_[blocks - 1];
        for (size_t i = 0; i < waiting.count; ++i)
            rest[count++] = waiting.messages[i];
        waiting.count = 0;
    }
    simd::keccak256_padded(std::span(rest).first(count));
}

Target NodeHasher::extended(const uint8_t* key, size_t from, size_t to, Target target) {
    if (from == to) return target;
    extensions_.push_back({key, from, to, target, {}});
    Reference& child = extensions_.back().child;
    return {child.bytes.data(), &child.size};
}

void NodeHasher::hash_extensions() {
    for (const ExtensionJob& job : extensions_)
        static_cast<void>(add(encode_extension(job.key, job.from, job.to, job.child.bytes.data(),
                                               job.child.size, buffer()),
                              job.target));
    flush();
    extensions_.clear();
}

void NodeHasher::hash_stale_leaves(const PageJob& job) {
    Page& page = *job.page;
    for (size_t word = 0; 64 * word < page.leaf_count(); ++word)
        for (uint64_t stale = page.take_stale_leaves(word); stale != 0; stale &= stale - 1) {
            const size_t i = 64 * word + static_cast<size_t>(std::countr_zero(stale));
            const BytesView encoded =
                encode_leaf(page.key(i), page.from(i), job.kind, page.value(i), buffer());
            if (!add(encoded, page.target(i))) page.note_short();
        }
}

void NodeHasher::list_stale_branches(Page& page) {
    for (size_t word = 0; 64 * word < page.inner_count(); ++word)
        for (uint64_t stale = page.take_stale_inner(word); stale != 0; stale &= stale - 1) {
            const size_t n = 64 * word + static_cast<size_t>(std::countr_zero(stale));
            inner_[page.inner(n).depth].push_back({&page, static_cast<uint8_t>(n)});
        }
}

void NodeHasher::hash_inner(size_t depth) {
    // Extension jobs are pointed to and may not move.
    extensions_.reserve(inner_[depth].size());
    for (const auto [page, n] : inner_[depth]) {
        const Page::Inner& entry = page->inner(n);
        const Target target =
            extended(page->key(entry.begin), entry.from, entry.depth, page->inner_target(n));
        if (!page->has_short()) {
            const BytesView inner = page->padded_inner(n);
            add_padded({inner.data(), inner.size() / simd::kKeccak256Rate + 1, target.bytes},
                       target);
        } else {
            static_cast<void>(add(page->encode_inner(n, buffer()), target));
        }
    }
    flush();
    if (!extensions_.empty()) hash_extensions();
    inner_[depth].clear();
}

void NodeHasher::hash_pages(std::span<const PageJob> pages) {
    for (size_t begin = 0; begin < pages.size(); begin += kPagesAtOnce) {
        const auto part = pages.subspan(begin, std::min(kPagesAtOnce, pages.size() - begin));
        for (const PageJob& job : part)
            list_stale_branches(*job.page);
        for (const PageJob& job : part)
            hash_stale_leaves(job);
        flush();
        for (size_t depth = kKeyNibbles; depth-- > 0;)
            if (!inner_[depth].empty()) hash_inner(depth);
    }
}

void NodeHasher::hash_branches(std::span<const BranchJob> jobs) {
    extensions_.reserve(jobs.size());
    for (size_t i = 0; i < jobs.size(); ++i) {
        if (i + kBranchesAhead < jobs.size()) jobs[i + kBranchesAhead].branch->prefetch();
        const BranchJob& job = jobs[i];
        const Target target =
            extended(job.branch->key.data(), job.from, job.branch->depth, job.target);
        static_cast<void>(add(job.branch->encode(buffer()), target));
    }
    flush();
    if (!extensions_.empty()) hash_extensions();
}

Bytes32 root_hash(BytesView root) {
    if (root.size() == 32) return fixed_bytes_unchecked<32>(root);
    return keccak256(root);
}

}  // namespace switchyard::commitment
