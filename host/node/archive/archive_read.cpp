// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "host/node/archive/archive.hpp"

namespace switchyard::node {
namespace {

void append_logs(const BlockPointer& block, const LogFilter& filter, std::vector<FoundLog>& out) {
    uint64_t index = 0;
    for (uint32_t t = 0; t < block->receipts.size(); ++t) {
        const auto& logs = block->receipts[t].logs;
        for (uint32_t l = 0; l < logs.size(); ++l, ++index)
            if (filter.matches(logs[l])) out.push_back({block, t, l, index});
    }
}

Error too_many(size_t limit, const char* what) {
    return {ErrorCode::LimitExceeded, "query returned more than " + std::to_string(limit) + " " +
                                          what + "; narrow the range or the filter"};
}

}  // namespace

HeadMarks Archive::marks() const {
    const std::shared_lock guard(memory_mutex_);
    return marks_;
}

Result<BlockPointer> Archive::block(const Bytes32& hash) const {
    {
        const std::shared_lock guard(memory_mutex_);
        if (const auto at = loose_.find(hash); at != loose_.end()) return at->second;
    }
    if (auto cached = cache_.find(hash)) return cached;
    auto out = file_->block(hash);
    if (out && *out != nullptr) cache_.add(*out);
    return out;
}

Result<std::optional<Bytes32>> Archive::canonical_hash(uint64_t number) const {
    {
        const std::shared_lock guard(memory_mutex_);
        if (number >= tail_first_ + tail_.size()) return std::optional<Bytes32>{};
        if (number >= tail_first_) return std::optional(tail_[number - tail_first_]->hash);
    }
    return file_->canonical_hash(number);
}

Result<BlockPointer> Archive::canonical_block(uint64_t number) const {
    {
        const std::shared_lock guard(memory_mutex_);
        if (number >= tail_first_ + tail_.size()) return BlockPointer{};
        if (number >= tail_first_) return tail_[number - tail_first_];
    }
    const auto hash = file_->canonical_hash(number);
    if (!hash) return hash.error();
    if (!*hash) return BlockPointer{};
    return block(**hash);
}

Result<bool> Archive::is_canonical(const ArchivedBlock& block) const {
    const auto hash = canonical_hash(block.number());
    if (!hash) return hash.error();
    return hash->has_value() && **hash == block.hash;
}

Result<std::optional<TransactionPlace>> Archive::transaction(const Bytes32& hash) const {
    uint64_t first = 0;
    {
        const std::shared_lock guard(memory_mutex_);
        const auto at = tail_transactions_.find(hash);
        if (at != tail_transactions_.end()) return std::optional(at->second);
        first = tail_first_;
    }
    auto stored = file_->transaction(hash);
    // Of the tail's blocks the database may hold what a change has taken away since.
    if (stored && *stored && (*stored)->number >= first) return std::optional<TransactionPlace>{};
    return stored;
}

Result<std::vector<uint64_t>> Archive::candidates(const LogFilter& filter, uint64_t from,
                                                  uint64_t to, const LogLimits& limits) const {
    std::optional<std::vector<uint64_t>> found;
    for (const LogKeys& keys : criteria_of(filter)) {
        auto blocks = file_->blocks_with(keys, from, to, limits.index_rows);
        if (!blocks && blocks.error().code == ErrorCode::LimitExceeded) continue;
        if (!blocks) return blocks.error();
        if (!found) {
            found = *std::move(blocks);
            continue;
        }
        std::vector<uint64_t> both;
        std::ranges::set_intersection(*found, *blocks, std::back_inserter(both));
        found = std::move(both);
    }
    if (found) return *std::move(found);
    if (to - from >= limits.blocks_read) return too_many(limits.blocks_read, "blocks");
    std::vector<uint64_t> all;
    for (uint64_t number = from; number <= to; ++number)
        all.push_back(number);
    return all;
}

Result<std::vector<FoundLog>> Archive::logs(const LogFilter& filter, uint64_t from, uint64_t to,
                                            const LogLimits& limits) const {
    constexpr size_t kBlocksBetweenLooks = 64;
    std::vector<BlockPointer> in_memory;
    uint64_t first = 0;
    uint64_t replaced = 0;
    {
        const std::shared_lock guard(memory_mutex_);
        first = tail_first_;
        replaced = replaced_;
        for (const BlockPointer& block : tail_)
            if (block->number() >= from && block->number() <= to) in_memory.push_back(block);
    }
    std::vector<FoundLog> out;
    if (from < first) {
        const auto numbers = candidates(filter, from, std::min(to, first - 1), limits);
        if (!numbers) return numbers.error();
        if (numbers->size() > limits.blocks_read) return too_many(limits.blocks_read, "blocks");
        for (size_t i = 0; i < numbers->size(); ++i) {
            if (i % kBlocksBetweenLooks == 0 && limits.cancelled && limits.cancelled())
                return Error{ErrorCode::Timeout, "the search for logs took too long"};
            const auto block = canonical_block((*numbers)[i]);
            if (!block) return block.error();
            if (*block != nullptr) append_logs(*block, filter, out);
            if (out.size() > limits.logs) return too_many(limits.logs, "results");
        }
    }
    for (const BlockPointer& block : in_memory) {
        append_logs(block, filter, out);
        if (out.size() > limits.logs) return too_many(limits.logs, "results");
    }
    const std::shared_lock guard(memory_mutex_);
    if (from < first && replaced != replaced_)
        return Error{ErrorCode::Unavailable, "the canonical chain changed during the search"};
    return out;
}

}  // namespace switchyard::node
