// SPDX-License-Identifier: Apache-2.0
#include "host/offload/software/lane_schedule.hpp"

#include <array>

#include "firmware/abi/conflict_detector.h"

namespace switchyard::offload {
namespace {

/// Accesses that are looked up before their transactions are scheduled: look-ups of many keys
/// overlap their cache misses, and what they found is still in the first-level cache afterwards.
constexpr size_t kWindow = 1024;
static_assert(kWindow >= abi::kAccessesPerTransaction);
/// Accesses between the request for a key's epochs and their use.
constexpr size_t kPrefetchDistance = 16;

bool is_barrier(size_t accesses) {
    return accesses > abi::kAccessesPerTransaction;
}

}  // namespace

/// One block. `kWidth`: lanes, rounded up; the counts of lanes that are not there stay 0.
template <uint32_t kWidth>
class LaneSchedule::Run {
  public:
    Run(LaneSchedule& schedule, CountRows<kWidth>& rows, LanePlan& out)
        : index_(schedule.index_),
          order_(schedule.order_),
          keys_(schedule.keys_),
          rows_(rows),
          out_(out) {
        rows_.clear();
        lane_count_.fill(kNoneCounted);
        floor_.fill(kNoneCounted);
    }

    void plan(const AccessBatch& batch) {
        const uint32_t transactions = batch.transaction_count();
        for (uint32_t i = 0; i < transactions;) {
            if (is_barrier(batch.keys(i).size())) {
                place_barrier(batch.gas(i++));
                continue;
            }
            const uint32_t end = look_up(batch, i);
            for (size_t at = 0; i < end; ++i) {
                const auto accesses = batch.keys(i);
                place(accesses, at, batch.gas(i));
                at += accesses.size();
            }
        }
    }

  private:
    struct Placement {
        uint32_t lane;
        uint32_t place;
        uint64_t finish;
    };

    /// Numbers the keys of the transactions from `begin` on that fit into the window, and returns
    /// the end of these. Precondition: `begin` is no barrier.
    uint32_t look_up(const AccessBatch& batch, uint32_t begin) {
        window_size_ = 0;
        uint32_t end = begin;
        for (; end < batch.transaction_count(); ++end) {
            const size_t accesses = batch.keys(end).size();
            if (is_barrier(accesses) || window_size_ + accesses > kWindow) break;
            window_size_ += accesses;
        }
        if (window_size_ == 0) return end;
        // The accesses of transactions that follow one another stand side by side in a batch.
        index_.resolve({batch.keys(begin).data(), window_size_},
                       std::span(window_).first(window_size_));
        if (keys_.size() < index_.count()) keys_.resize(2 * size_t{index_.count()});
        for (; keys_known_ < index_.count(); ++keys_known_)
            keys_[keys_known_] = KeyEpochs{};
        return end;
    }

    void place(std::span<const KeyAccess> accesses, size_t at, uint64_t gas) {
        alignas(64) std::array<BiasedCount, kWidth> waits = floor_;
        uint64_t ready = floor_finish_;
        for (size_t k = 0; k < accesses.size(); ++k) {
            if (at + k + kPrefetchDistance < window_size_)
                __builtin_prefetch(&keys_[window_[at + k + kPrefetchDistance]], 1);
            gather(keys_[window_[at + k]], accesses[k].kind, waits, ready);
        }
        const Placement placed = append(waits, ready, gas);
        for (size_t k = 0; k < accesses.size(); ++k)
            record(keys_[window_[at + k]], accesses[k].kind, placed);
    }

    void place_barrier(uint64_t gas) {
        const Placement placed = append(lane_count_, order_.makespan(), gas);
        // Whoever comes later waits for it, and so for everything before it.
        floor_ = lane_count_;
        floor_finish_ = placed.finish;
        index_.forget();
    }

    void gather(const KeyEpochs& key, AccessKind kind, std::array<BiasedCount, kWidth>& waits,
                uint64_t& ready) {
        const bool join = key.joined_by(kind);
        const Members before = join ? key.previous : key.current;
        ready = std::max(ready, join ? key.previous_finish : key.current_finish);
        if (before.is_row()) {
            const BiasedCount* const row = rows_.row(before.row());
            for (uint32_t l = 0; l < kWidth; ++l)
                waits[l] = std::max(waits[l], row[l]);
        } else {
            BiasedCount& wait = waits[before.lane()];
            wait = std::max(wait, biased(before.count()));
        }
    }

    Placement append(const std::array<BiasedCount, kWidth>& waits, uint64_t ready, uint64_t gas) {
        const auto [lane, finish] = order_.take(ready, std::clamp<uint64_t>(gas, 1, UINT32_MAX));
        const uint32_t place = unbiased(lane_count_[lane]);
        const auto row = out_.append({static_cast<uint16_t>(lane), place});
        for (uint32_t l = 0; l < row.size(); ++l)
            row[l] = unbiased(waits[l]);
        row[lane] = place;
        lane_count_[lane] = biased(place + 1);
        return {lane, place, finish};
    }

    void record(KeyEpochs& key, AccessKind kind, const Placement& placed) {
        if (!key.joined_by(kind)) {
            if (key.previous.is_row()) rows_.give_back(key.previous.row());
            key.previous = key.current;
            key.previous_finish = key.current_finish;
            key.current = Members::single(placed.lane, placed.place + 1);
            key.current_finish = placed.finish;
            key.kind = kind;
            return;
        }
        key.current_finish = std::max(key.current_finish, placed.finish);
        if (key.current.is_row()) {
            rows_.row(key.current.row())[placed.lane] = biased(placed.place + 1);
            return;
        }
        if (key.current.count() == 0 || key.current.lane() == placed.lane) {
            key.current = Members::single(placed.lane, placed.place + 1);
            return;
        }
        const uint32_t number = rows_.take();
        BiasedCount* const row = rows_.row(number);
        row[key.current.lane()] = biased(key.current.count());
        row[placed.lane] = biased(placed.place + 1);
        key.current = Members::in_row(number);
    }

    KeyIndex& index_;
    LaneOrder& order_;
    std::vector<KeyEpochs>& keys_;
    CountRows<kWidth>& rows_;
    LanePlan& out_;
    std::array<uint32_t, kWindow> window_;  // the numbers of the keys looked up
    size_t window_size_ = 0;
    uint32_t keys_known_ = 0;  // of `keys_`, those that belong to this block
    std::array<BiasedCount, kWidth> lane_count_;
    std::array<BiasedCount, kWidth> floor_;  // the last barrier and all before it
    uint64_t floor_finish_ = 0;
};

void LaneSchedule::plan(const AccessBatch& batch, uint32_t lanes, LanePlan& out) {
    out.reset(lanes);
    out.reserve(batch.transaction_count());
    index_.begin(batch.access_count());
    order_.begin(lanes);
    if (lanes <= 8) return Run<8>(*this, rows8_, out).plan(batch);
    if (lanes <= 16) return Run<16>(*this, rows16_, out).plan(batch);
    if (lanes <= 32) return Run<32>(*this, rows32_, out).plan(batch);
    Run<64>(*this, rows64_, out).plan(batch);
}

}  // namespace switchyard::offload
