// SPDX-License-Identifier: Apache-2.0
#include "host/offload/software/software_detector.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "host/offload/detector_limits.hpp"
#include "host/offload/software/lane_schedule.hpp"

namespace switchyard::offload {
namespace {

constexpr uint32_t kCredits = 4;

class SoftwareDetector final : public ConflictDetector {
  public:
    explicit SoftwareDetector(uint64_t hash_seed) : schedule_(hash_seed) {}

    [[nodiscard]] const DetectorInfo& info() const override { return info_; }
    [[nodiscard]] DetectorCounters counters() const override { return counters_; }

    [[nodiscard]] Result<Ticket> submit(const AccessBatch& batch, uint32_t lanes) override {
        if (auto fits = check_batch(batch, lanes); !fits) return fits.error();
        Slot* const slot = find({});
        if (slot == nullptr)
            return Error{ErrorCode::LimitExceeded, "software detector: no credit left"};
        schedule_.plan(batch, lanes, slot->plan);
        slot->accesses = batch.access_count();
        slot->ticket = {++last_ticket_};
        return slot->ticket;
    }

    [[nodiscard]] Result<void> collect(Ticket ticket, Deadline /*always there*/,
                                       LanePlan& out) override {
        Slot* const slot = ticket == Ticket{} ? nullptr : find(ticket);
        if (slot == nullptr)
            return Error{ErrorCode::NotFound,
                         "software detector: no ticket " + std::to_string(ticket.number)};
        // The caller's memory comes back for a later batch.
        std::swap(out, slot->plan);
        slot->ticket = {};
        ++counters_.batches;
        counters_.transactions += out.transaction_count();
        counters_.accesses += slot->accesses;
        return {};
    }

  private:
    struct Slot {
        Ticket ticket;  ///< {0}: free
        LanePlan plan;
        size_t accesses = 0;
    };

    Slot* find(Ticket ticket) {
        const auto found = std::ranges::find(slots_, ticket, &Slot::ticket);
        return found == slots_.end() ? nullptr : &*found;
    }

    DetectorInfo info_{"software", "tuned for the CPU; no two keys share an entry",
                       DetectorKind::Software, kCredits, true};
    LaneSchedule schedule_;
    std::array<Slot, kCredits> slots_;
    uint64_t last_ticket_ = 0;
    DetectorCounters counters_;
};

}  // namespace

std::unique_ptr<ConflictDetector> make_software_detector(uint64_t hash_seed) {
    return std::make_unique<SoftwareDetector>(hash_seed);
}

}  // namespace switchyard::offload
