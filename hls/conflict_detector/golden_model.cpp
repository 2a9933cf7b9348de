// SPDX-License-Identifier: Apache-2.0
#include "hls/conflict_detector/golden_model.hpp"

#include <algorithm>

namespace switchyard {
namespace hls {

GoldenModel::GoldenModel(uint32_t lanes, uint64_t hash_seed, ModelTable table)
    : lanes_(lanes),
      hash_seed_(hash_seed),
      table_(table),
      lane_free_(lanes, 0),
      lane_count_(lanes, 0),
      floor_(lanes) {}

uint64_t GoldenModel::makespan() const {
    return *std::max_element(lane_free_.begin(), lane_free_.end());
}

/// The first keys of a bucket get an entry each; all further ones share one, unless the table is
/// exact.
GoldenModel::Entry& GoldenModel::entry_of(uint64_t key) {
    Bucket& bucket = buckets_[abi::bucket_of(key, hash_seed_)];
    const auto found = bucket.known.find(key);
    if (found != bucket.known.end()) return found->second;
    if (table_ == ModelTable::Exact || bucket.known.size() < abi::kBucketWays)
        return bucket.known.emplace(key, Entry(lanes_)).first->second;
    ++overflowed_accesses_;
    return bucket.overflow.emplace(0, Entry(lanes_)).first->second;
}

/// Among the lanes that are free when the transaction is ready, the one that has idled the
/// shortest; if there is none, the one that is free first. The lowest number breaks ties.
uint32_t GoldenModel::choose_lane(uint64_t ready) const {
    uint32_t best = 0;
    for (uint32_t l = 1; l < lanes_; ++l) {
        const uint64_t start = std::max(ready, lane_free_[l]);
        const uint64_t best_start = std::max(ready, lane_free_[best]);
        if (start < best_start || (start == best_start && lane_free_[l] > lane_free_[best]))
            best = l;
    }
    return best;
}

ModelPlacement GoldenModel::place(const std::vector<ModelAccess>& accesses, uint64_t cost) {
    const bool barrier = accesses.size() > abi::kAccessesPerTransaction;
    ModelPlacement placement{0, 0, barrier ? lane_count_ : floor_.members};
    uint64_t ready = barrier ? makespan() : floor_.finish;
    std::vector<Entry*> entries;  // std::map never moves its elements
    if (!barrier)
        for (const ModelAccess& access : accesses) {
            Entry& entry = entry_of(access.key);
            const Epoch& before = entry.joined_by(access.kind) ? entry.previous : entry.current;
            for (uint32_t l = 0; l < lanes_; ++l)
                placement.waits[l] = std::max(placement.waits[l], before.members[l]);
            ready = std::max(ready, before.finish);
            entries.push_back(&entry);
        }

    const uint32_t lane = placement.lane = choose_lane(ready);
    placement.place = lane_count_[lane]++;
    placement.waits[lane] = placement.place;
    const uint64_t weight = std::min<uint64_t>(std::max<uint64_t>(cost, 1), UINT32_MAX);
    const uint64_t finish = std::max(ready, lane_free_[lane]) + weight;
    lane_free_[lane] = finish;

    for (size_t k = 0; k < entries.size(); ++k) {
        Entry& entry = *entries[k];
        if (!entry.joined_by(accesses[k].kind)) {
            entry.previous = entry.current;
            entry.current = Epoch(lanes_);
            entry.kind = accesses[k].kind;
            entry.used = true;
        }
        entry.current.members[lane] = placement.place + 1;
        entry.current.finish = std::max(entry.current.finish, finish);
    }
    if (barrier) {
        // Whoever comes later waits for it, and so for everything before it.
        floor_.members = lane_count_;
        floor_.finish = finish;
        buckets_.clear();
    }
    return placement;
}

}  // namespace hls
}  // namespace switchyard
