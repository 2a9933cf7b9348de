// SPDX-License-Identifier: Apache-2.0
#include "host/ingest/memory_source.hpp"

#include <algorithm>

#include "host/core/assert.hpp"

namespace switchyard {

MemorySource::MemorySource(std::vector<Bytes> transactions) : entries_(transactions.size()) {
    for (size_t i = 0; i < transactions.size(); ++i)
        entries_[i].transaction.bytes = std::move(transactions[i]);
}

MemorySource MemorySource::with_hints(std::vector<Hinted> transactions) {
    MemorySource source{std::vector<Bytes>{}};
    for (Hinted& transaction : transactions)
        source.entries_.emplace_back().transaction = std::move(transaction);
    return source;
}

size_t MemorySource::poll(std::span<RawTransaction> out) {
    const size_t count = std::min(out.size(), entries_.size() - next_);
    for (size_t i = 0; i < count; ++i, ++next_) {
        Entry& entry = entries_[next_];
        entry.stage = Stage::Polled;
        const Hinted& transaction = entry.transaction;
        out[i] = {.bytes = transaction.bytes,
                  .arrival_ns = 0,
                  .source_id = transaction.source_id,
                  .sequence = next_,
                  .owner = next_,
                  .sender_hint = {}};
        if (transaction.sender_hint) out[i].sender_hint = transaction.sender_hint->bytes;
    }
    outstanding_ += count;
    return count;
}

void MemorySource::release(std::span<const RawTransaction> transactions,
                           std::span<const Verdict> verdicts) {
    SWITCHYARD_ASSERT(transactions.size() == verdicts.size());
    for (size_t i = 0; i < transactions.size(); ++i) {
        SWITCHYARD_ASSERT(transactions[i].owner < entries_.size());
        Entry& entry = entries_[transactions[i].owner];
        SWITCHYARD_ASSERT(entry.stage == Stage::Polled);
        entry.stage = Stage::Released;
        entry.verdict = verdicts[i];
        entry.transaction.bytes = {};
        --outstanding_;
    }
}

bool MemorySource::is_released(size_t index) const {
    return entries_.at(index).stage == Stage::Released;
}

Verdict MemorySource::verdict(size_t index) const {
    SWITCHYARD_ASSERT(is_released(index));
    return entries_[index].verdict;
}

}  // namespace switchyard
