// SPDX-License-Identifier: Apache-2.0
#include "host/ingest/merged_source.hpp"

#include <algorithm>
#include <utility>

#include "host/core/assert.hpp"

namespace switchyard {

MergedSource::MergedSource(std::vector<TransactionSource*> sources) : sources_(std::move(sources)) {
    SWITCHYARD_ASSERT(!sources_.empty() && sources_.size() <= kSourcesMax);
    SWITCHYARD_ASSERT(std::ranges::find(sources_, nullptr) == sources_.end());
}

size_t MergedSource::poll_one(size_t index, std::span<RawTransaction> out) {
    const size_t count = sources_[index]->poll(out);
    SWITCHYARD_ASSERT(count <= out.size());
    for (RawTransaction& one : out.first(count))
        one.source_id = one.source_id * kSourcesMax + index;
    return count;
}

size_t MergedSource::poll(std::span<RawTransaction> out) {
    std::array<bool, kSourcesMax> has_more{};
    size_t total = 0;
    // What one leaves of its part is divided among those that follow.
    for (size_t turn = 0; turn < sources_.size(); ++turn) {
        const size_t index = (first_ + turn) % sources_.size();
        const size_t turns_left = sources_.size() - turn;
        const size_t part = (out.size() - total + turns_left - 1) / turns_left;
        const size_t count = part == 0 ? 0 : poll_one(index, out.subspan(total, part));
        has_more[index] = count == part;
        total += count;
    }
    for (size_t turn = 0; turn < sources_.size() && total < out.size(); ++turn) {
        const size_t index = (first_ + turn) % sources_.size();
        if (has_more[index]) total += poll_one(index, out.subspan(total));
    }
    first_ = (first_ + 1) % sources_.size();
    return total;
}

void MergedSource::release(std::span<const RawTransaction> transactions,
                           std::span<const Verdict> verdicts) {
    SWITCHYARD_ASSERT(transactions.size() == verdicts.size());
    // In runs of one source, as they came.
    for (size_t begin = 0; begin < transactions.size();) {
        const size_t index = transactions[begin].source_id % kSourcesMax;
        SWITCHYARD_ASSERT(index < sources_.size());
        size_t count = 0;
        while (begin + count < transactions.size() && count < batch_.size() &&
               transactions[begin + count].source_id % kSourcesMax == index) {
            batch_[count] = transactions[begin + count];
            batch_[count].source_id /= kSourcesMax;
            ++count;
        }
        sources_[index]->release(std::span{batch_}.first(count), verdicts.subspan(begin, count));
        begin += count;
    }
}

bool MergedSource::exhausted() const {
    return std::ranges::all_of(sources_, [](const auto* one) { return one->exhausted(); });
}

}  // namespace switchyard
