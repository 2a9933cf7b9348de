// SPDX-License-Identifier: Apache-2.0
#include "host/offload/reference/reference_detector.hpp"

#include <algorithm>
#include <map>

#include "hls/conflict_detector/golden_model.hpp"
#include "host/offload/detector_limits.hpp"

namespace switchyard::offload {
namespace {

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
        done.plan.reset(lanes);
        done.plan.reserve(batch.transaction_count());
        hls::GoldenModel model(lanes, hash_seed_);
        std::vector<hls::ModelAccess> accesses;
        for (uint32_t i = 0; i < batch.transaction_count(); ++i) {
            accesses.clear();
            for (const KeyAccess& access : batch.keys(i))
                accesses.push_back({access.key, static_cast<abi::AccessCode>(access.kind)});
            const hls::ModelPlacement placed = model.place(accesses, batch.gas(i));
            const auto waits = done.plan.append({static_cast<uint16_t>(placed.lane), placed.place});
            std::ranges::copy(placed.waits, waits.begin());
        }
        done.overflowed_accesses = model.overflowed_accesses();
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
