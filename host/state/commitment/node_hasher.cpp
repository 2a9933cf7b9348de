// SPDX-License-Identifier: Apache-2.0
#include "host/state/commitment/node_hasher.hpp"

#include <algorithm>

#include "host/chain/hash.hpp"
#include "simd/keccak256.hpp"

namespace switchyard::commitment {
namespace {

/// Messages of one batch: enough that the vectors' last, half empty rounds do not count, and few
/// enough that the encodings stay in the second-level cache.
constexpr size_t kBatch = 256;
/// Pages whose leaves and branches are hashed together.
constexpr size_t kPagesAtOnce = 192;

/// How many branches ahead of their use lines are asked for.
constexpr size_t kBranchesAhead = 3;

}  // namespace

NodeHasher::NodeHasher() : encodings_(kBatch * kNodeBytesMax), digests_(32 * kBatch) {
    messages_.reserve(kBatch);
    targets_.reserve(kBatch);
}

void NodeHasher::add(BytesView encoded, Target target) {
    if (encoded.size() < 32) {
        std::memcpy(target.bytes, encoded.data(), encoded.size());
        *target.size = static_cast<uint8_t>(encoded.size());
        return;
    }
    used_ = static_cast<size_t>(encoded.data() + encoded.size() - encodings_.data());
    messages_.push_back(encoded);
    targets_.push_back(target);
    if (messages_.size() == kBatch) flush();
}

void NodeHasher::flush() {
    simd::keccak256_batch(messages_, digests_);
    for (size_t i = 0; i < targets_.size(); ++i) {
        std::memcpy(targets_[i].bytes, digests_.data() + 32 * i, 32);
        *targets_[i].size = 32;
    }
    messages_.clear();
    targets_.clear();
    used_ = 0;
}

Target NodeHasher::extended(const uint8_t* key, size_t from, size_t to, Target target) {
    if (from == to) return target;
    extensions_.push_back({key, from, to, target, {}});
    Reference& child = extensions_.back().child;
    return {child.bytes.data(), &child.size};
}

void NodeHasher::hash_extensions() {
    for (const ExtensionJob& job : extensions_)
        add(encode_extension(job.key, job.from, job.to, job.child.bytes.data(), job.child.size,
                             encodings_.data() + used_),
            job.target);
    flush();
    extensions_.clear();
}

void NodeHasher::hash_leaves(std::span<Page* const> pages, std::span<const ValueKind> kinds) {
    for (size_t p = 0; p < pages.size(); ++p) {
        Page& page = *pages[p];
        for (size_t i = 0; i < page.leaf_count(); ++i)
            if (page.reference_size(i) == 0)
                add(encode_leaf(page.key(i), page.from(i), kinds[p], page.value(i),
                                encodings_.data() + used_),
                    page.target(i));
        for (size_t n = 0; n < page.inner_count(); ++n)
            if (page.inner(n).reference_size == 0)
                inner_[page.inner(n).depth].push_back({&page, static_cast<uint8_t>(n)});
    }
    flush();
}

void NodeHasher::hash_inner(size_t depth) {
    // Extension jobs are pointed to and may not move.
    extensions_.reserve(inner_[depth].size());
    for (const auto [page, n] : inner_[depth]) {
        const Page::Inner& entry = page->inner(n);
        const Target target =
            extended(page->key(entry.begin), entry.from, entry.depth, page->inner_target(n));
        add(page->encode_inner(n, encodings_.data() + used_), target);
    }
    flush();
    if (!extensions_.empty()) hash_extensions();
    inner_[depth].clear();
}

void NodeHasher::hash_pages(std::span<Page* const> pages, std::span<const ValueKind> kinds) {
    for (size_t begin = 0; begin < pages.size(); begin += kPagesAtOnce) {
        const size_t count = std::min(kPagesAtOnce, pages.size() - begin);
        hash_leaves(pages.subspan(begin, count), kinds.subspan(begin, count));
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
        add(job.branch->encode(encodings_.data() + used_), target);
    }
    flush();
    if (!extensions_.empty()) hash_extensions();
}

Bytes32 root_hash(BytesView root) {
    if (root.size() == 32) return fixed_bytes_unchecked<32>(root);
    return keccak256(root);
}

}  // namespace switchyard::commitment
