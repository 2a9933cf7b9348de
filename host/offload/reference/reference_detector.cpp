// SPDX-License-Identifier: Apache-2.0
#include "host/offload/reference/reference_detector.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "firmware/abi/conflict_detector.h"
#include "host/offload/detector_limits.hpp"

namespace switchyard::offload {
namespace {

using Counts = std::vector<uint32_t>;  // per lane: how many of its transactions

/// The accesses of one entry since the last two changes of kind. Those of an epoch do not conflict
/// with one another; they conflict with all of the epoch before.
struct Epoch {
    Counts members;       // per lane: one past the place of the last member
    uint64_t finish = 0;  // when the last member finishes
};

/// What is remembered about one key, or about all keys that overflowed one bucket.
struct Entry {
    std::optional<AccessKind> kind;  // of the current epoch; none before the first access
    Epoch current;
    Epoch previous;
};

/// An entry's name: its bucket, and the key unless it is the bucket's overflow entry.
using EntryName = std::pair<uint32_t, std::optional<uint64_t>>;

bool joins(const Entry& entry, AccessKind kind) {
    return entry.kind == kind && kind != AccessKind::Write;
}

class BlockSchedule {
  public:
    BlockSchedule(uint32_t lanes, uint64_t hash_seed)
        : hash_seed_(hash_seed),
          lane_free_(lanes, 0),
          lane_count_(lanes, 0),
          floor_{Counts(lanes), 0} {}

    void place(std::span<const KeyAccess> accesses, uint64_t gas, LanePlan& out) {
        const bool barrier = accesses.size() > abi::kAccessesPerTransaction;
        Counts waits = barrier ? lane_count_ : floor_.members;
        uint64_t ready = barrier ? *std::ranges::max_element(lane_free_) : floor_.finish;
        std::vector<EntryName> names;
        if (!barrier)
            for (const KeyAccess& access : accesses) {
                names.push_back(name_of(access.key));
                Entry& entry = entry_of(names.back());
                const Epoch& before = joins(entry, access.kind) ? entry.previous : entry.current;
                for (size_t l = 0; l < waits.size(); ++l)
                    waits[l] = std::max(waits[l], before.members[l]);
                ready = std::max(ready, before.finish);
            }

        const uint32_t lane = choose_lane(ready);
        const uint32_t place = lane_count_[lane]++;
        const uint64_t finish =
            std::max(ready, lane_free_[lane]) + std::clamp<uint64_t>(gas, 1, UINT32_MAX);
        lane_free_[lane] = finish;
        waits[lane] = place;
        std::ranges::copy(waits, out.append({static_cast<uint16_t>(lane), place}).begin());

        if (barrier) {
            // Whoever comes later waits for it, and so for everything before it.
            floor_ = {lane_count_, finish};
            entries_.clear();
            bucket_keys_.clear();
        }
        for (size_t k = 0; k < names.size(); ++k)
            record(entry_of(names[k]), accesses[k].kind, lane, place, finish);
    }

    [[nodiscard]] uint64_t overflowed_accesses() const { return overflowed_accesses_; }

  private:
    /// The first keys of a bucket get an entry each; all further ones share one.
    EntryName name_of(uint64_t key) {
        const uint32_t bucket = abi::bucket_of(key, hash_seed_);
        std::set<uint64_t>& known = bucket_keys_[bucket];
        if (!known.contains(key) && known.size() == abi::kBucketWays) {
            ++overflowed_accesses_;
            return {bucket, std::nullopt};
        }
        known.insert(key);
        return {bucket, key};
    }

    Entry& entry_of(const EntryName& name) {
        const Epoch nobody{Counts(lane_count_.size()), 0};
        return entries_.try_emplace(name, Entry{std::nullopt, nobody, nobody}).first->second;
    }

    /// Among the lanes that are free when the transaction is ready, the one that has idled the
    /// shortest; if there is none, the one that is free first. The lowest number breaks ties.
    [[nodiscard]] uint32_t choose_lane(uint64_t ready) const {
        uint32_t best = 0;
        for (uint32_t l = 1; l < lane_free_.size(); ++l) {
            const uint64_t start = std::max(ready, lane_free_[l]);
            const uint64_t best_start = std::max(ready, lane_free_[best]);
            if (start < best_start || (start == best_start && lane_free_[l] > lane_free_[best]))
                best = l;
        }
        return best;
    }

    static void record(Entry& entry, AccessKind kind, uint32_t lane, uint32_t place,
                       uint64_t finish) {
        if (!joins(entry, kind)) {
            entry.previous =
                std::exchange(entry.current, {Counts(entry.current.members.size()), 0});
            entry.kind = kind;
        }
        entry.current.members[lane] = place + 1;
        entry.current.finish = std::max(entry.current.finish, finish);
    }

    uint64_t hash_seed_;
    std::vector<uint64_t> lane_free_;  // when each lane has finished what it was given
    Counts lane_count_;
    Epoch floor_;  // the last barrier and all before it
    std::map<EntryName, Entry> entries_;
    std::map<uint32_t, std::set<uint64_t>> bucket_keys_;
    uint64_t overflowed_accesses_ = 0;
};

class ReferenceDetector final : public ConflictDetector {
  public:
    explicit ReferenceDetector(uint64_t hash_seed) : hash_seed_(hash_seed) {}

    [[nodiscard]] const DetectorInfo& info() const override { return info_; }
    [[nodiscard]] DetectorCounters counters() const override { return counters_; }

    [[nodiscard]] Result<Ticket> submit(const AccessBatch& batch, uint32_t lanes) override {
        if (auto fits = check_batch(batch, lanes); !fits) return fits.error();
        if (finished_.size() == info_.credits)
            return Error{ErrorCode::LimitExceeded, "reference detector: no credit left"};
        Finished& done = finished_[++last_ticket_];
        done.accesses = batch.access_count();
        BlockSchedule schedule(lanes, hash_seed_);
        done.plan.reset(lanes);
        for (uint32_t i = 0; i < batch.transaction_count(); ++i)
            schedule.place(batch.keys(i), batch.gas(i), done.plan);
        done.overflowed_accesses = schedule.overflowed_accesses();
        return Ticket{last_ticket_};
    }

    [[nodiscard]] Result<void> collect(Ticket ticket, Deadline /*always there*/,
                                       LanePlan& out) override {
        const auto found = finished_.find(ticket.number);
        if (found == finished_.end())
            return Error{ErrorCode::NotFound,
                         "reference detector: no ticket " + std::to_string(ticket.number)};
        out = std::move(found->second.plan);
        ++counters_.batches;
        counters_.transactions += out.transaction_count();
        counters_.accesses += found->second.accesses;
        counters_.overflowed_accesses += found->second.overflowed_accesses;
        finished_.erase(found);
        return {};
    }

  private:
    struct Finished {
        LanePlan plan;
        size_t accesses = 0;
        uint64_t overflowed_accesses = 0;
    };

    uint64_t hash_seed_;
    DetectorInfo info_{"reference", "obvious detector on the CPU, the oracle of the others",
                       DetectorKind::Software, 4};
    DetectorCounters counters_;
    std::map<uint64_t, Finished> finished_;
    uint64_t last_ticket_ = 0;
};

}  // namespace

std::unique_ptr<ConflictDetector> make_reference_detector(uint64_t hash_seed) {
    return std::make_unique<ReferenceDetector>(hash_seed);
}

}  // namespace switchyard::offload
