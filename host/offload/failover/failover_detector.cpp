// SPDX-License-Identifier: Apache-2.0
#include "host/offload/failover/failover_detector.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include "host/offload/detector_limits.hpp"
#include "host/offload/failover/cross_check.hpp"

namespace switchyard::offload {
namespace {

/// Bounds the wait for software; it computes, and waits for no device.
constexpr std::chrono::seconds kSoftwarePatience{60};

std::chrono::steady_clock::time_point steady_now() {
    return std::chrono::steady_clock::now();
}

/// A submitted batch until it is collected.
struct InFlight {
    uint64_t ticket = 0;  // 0: free
    AccessBatch batch;
    uint32_t lanes = 0;
    bool on_card = false;
    Ticket card_ticket;
    ConflictDetector::Deadline due;
};

class FailoverDetector final : public ConflictDetector {
  public:
    FailoverDetector(FailoverParts parts, const FailoverOptions& options)
        : card_(std::move(parts.card)),
          software_(std::move(parts.software)),
          recovery_(std::move(parts.recovery)),
          now_(parts.now ? std::move(parts.now) : steady_now),
          options_(options),
          breaker_(options.breaker),
          sample_(options.cross_check_one_in, options.sample_seed),
          info_(card_->info()),
          in_flight_(info_.credits) {
        info_.description += ", failing over to " + std::string(software_->info().name);
        const CardDetectorOptions reserved;
        for (InFlight& place : in_flight_)
            place.batch.reserve(reserved.reserved_transactions, reserved.reserved_accesses);
    }

    [[nodiscard]] const DetectorInfo& info() const override { return info_; }
    [[nodiscard]] DetectorCounters counters() const override { return counters_; }
    [[nodiscard]] DetectorHealth health() const override {
        DetectorHealth out = health_;
        out.card = breaker_.state();
        return out;
    }

    [[nodiscard]] Result<Ticket> submit(const AccessBatch& batch, uint32_t lanes) override {
        if (auto fits = check_batch(batch, lanes); !fits) return fits.error();
        const auto free = std::ranges::find(in_flight_, uint64_t{0}, &InFlight::ticket);
        if (free == in_flight_.end())
            return Error{ErrorCode::LimitExceeded,
                         std::string(info_.name) + " detector: no credit left"};
        free->ticket = ++last_ticket_;
        free->batch = batch;
        free->lanes = lanes;
        free->on_card = false;
        take_back_card();
        if (card_may_plan()) submit_to_card(*free);
        return Ticket{last_ticket_};
    }

    [[nodiscard]] Result<void> collect(Ticket ticket, Deadline deadline, LanePlan& out) override {
        const auto found = std::ranges::find(in_flight_, ticket.number, &InFlight::ticket);
        if (ticket.number == 0 || found == in_flight_.end())
            return Error{ErrorCode::NotFound, std::string(info_.name) + " detector: no ticket " +
                                                  std::to_string(ticket.number)};
        const uint64_t overflowed_before = counters_.overflowed_accesses;
        if (!found->on_card || !collect_from_card(*found, deadline, out)) {
            const auto known = now_();
            if (auto planned = plan_by_software(*found, out); !planned) {
                counters_.overflowed_accesses = overflowed_before;
                found->ticket = 0;
                ++counters_.failures;
                return planned.error();
            }
            ++health_.fallbacks;
            health_.fallback_ns_max =
                std::max(health_.fallback_ns_max, static_cast<uint64_t>((now_() - known).count()));
        }
        found->ticket = 0;
        ++counters_.batches;
        counters_.transactions += out.transaction_count();
        counters_.accesses += found->batch.access_count();
        return {};
    }

  private:
    // ---- To the card ----

    void take_back_card() {
        if (breaker_.state() != CardState::TakenOut) return;
        auto outcome = recovery_->poll();
        if (!outcome) return;
        if (*outcome) {
            card_ = *std::move(*outcome);
            late_in_a_row_ = 0;
            breaker_.recovered();
            return;
        }
        ++health_.failed_recoveries;
        health_.last_error = outcome->error().message;
        recovery_->begin(nullptr, failure_, breaker_.recovery_failed(now_()));
    }

    /// On trial it gets one batch at a time; and what it is overdue with blocks everything behind.
    [[nodiscard]] bool card_may_plan() {
        if (card_ == nullptr) return false;
        card_->poll();
        if (card_->taken_out()) {
            take_out(card_->taken_out()->failure, card_->taken_out()->error);
            return false;
        }
        if (card_->overdue()) return false;
        return breaker_.state() == CardState::InUse ||
               std::ranges::none_of(in_flight_, &InFlight::on_card);
    }

    void submit_to_card(InFlight& place) {
        const auto ticket = card_->submit(place.batch, place.lanes);
        if (ticket) {
            place.on_card = true;
            place.card_ticket = *ticket;
            place.due = now_() + allowance_up_to(place);
        } else if (card_->taken_out()) {
            take_out(card_->taken_out()->failure, card_->taken_out()->error);
        }
        // Otherwise the card has no credit left, because of what is overdue: software's.
    }

    /// The card serves in order, so that a batch may take as long as it and all before it.
    [[nodiscard]] Deadline::duration allowance_up_to(const InFlight& last) const {
        Deadline::duration sum{0};
        for (const InFlight& place : in_flight_)
            if (place.on_card && place.ticket <= last.ticket)
                sum += std::chrono::duration_cast<Deadline::duration>(options_.patience.of(
                    place.batch.transaction_count(), place.batch.access_count()));
        return sum;
    }

    // ---- From the card ----

    /// False: it is software's to plan, and the card is out if it was to blame.
    [[nodiscard]] bool collect_from_card(InFlight& place, Deadline deadline, LanePlan& out) {
        const uint64_t overflowed_before = card_->counters().overflowed_accesses;
        // Behind a batch that the card is overdue with there is nothing to wait for.
        const bool behind = card_->overdue();
        // What was before it may have been collected since it was submitted.
        const Deadline due = std::min(place.due, now_() + allowance_up_to(place));
        const auto collected =
            card_->collect(place.card_ticket, behind ? Deadline{} : std::min(deadline, due), out);
        place.on_card = false;
        if (!collected) {
            if (card_->taken_out())
                take_out(card_->taken_out()->failure, card_->taken_out()->error);
            else if (!behind)
                note_late(collected.error());
            return false;
        }
        late_in_a_row_ = 0;
        const uint64_t overflowed = card_->counters().overflowed_accesses - overflowed_before;
        if (breaker_.state() == CardState::OnTrial || sample_.next())
            if (!cross_check(place, {out, overflowed})) return false;
        counters_.overflowed_accesses += overflowed;
        if (breaker_.good_plan()) ++health_.returns;
        return true;
    }

    void note_late(const Error& error) {
        ++health_.late;
        health_.last_error = error.message;
        if (++late_in_a_row_ >= options_.late_in_a_row_max)
            take_out(CardFailure::Slow, {ErrorCode::Timeout, std::string(info_.name) +
                                                                 " detector: too many late plans"});
    }

    /// False: the plan is wrong and the card is out.
    [[nodiscard]] bool cross_check(const InFlight& place, const MeasuredPlan& card) {
        const uint64_t before = software_->counters().overflowed_accesses;
        if (!software_->plan(place.batch, place.lanes, checked_, kSoftwarePatience)) return true;
        ++health_.cross_checks;
        const uint64_t overflowed = software_->counters().overflowed_accesses - before;
        const PlanVerdict verdict = judge(place.batch, card, {checked_, overflowed}, order_check_);
        if (verdict == PlanVerdict::Wrong) {
            take_out(CardFailure::WrongPlan,
                     {ErrorCode::Mismatch, std::string(info_.name) + " detector: wrong plan: " +
                                               first_difference(card.plan, checked_)});
            return false;
        }
        if (verdict == PlanVerdict::OtherButSafe) ++health_.other_but_safe;
        return true;
    }

    /// All that is in flight becomes software's, including plans that the card has ready: nobody
    /// knows since when it has been failing.
    void take_out(CardFailure failure, const Error& error) {
        ++health_.take_outs[static_cast<size_t>(failure)];
        health_.last_error = error.message;
        failure_ = failure;
        for (InFlight& place : in_flight_)
            place.on_card = false;
        recovery_->begin(std::move(card_), failure, breaker_.take_out(now_()));
        card_ = nullptr;
    }

    // ---- Software ----

    [[nodiscard]] Result<void> plan_by_software(const InFlight& place, LanePlan& out) {
        const uint64_t before = software_->counters().overflowed_accesses;
        auto planned = software_->plan(place.batch, place.lanes, out, kSoftwarePatience);
        counters_.overflowed_accesses += software_->counters().overflowed_accesses - before;
        return planned;
    }

    std::unique_ptr<CardDetector> card_;  // null while it is taken out
    std::unique_ptr<ConflictDetector> software_;
    std::unique_ptr<Recovery> recovery_;
    std::function<Deadline()> now_;
    FailoverOptions options_;
    CircuitBreaker breaker_;
    CrossCheckSample sample_;
    OrderCheck order_check_;
    DetectorInfo info_;
    DetectorCounters counters_;
    DetectorHealth health_;
    std::vector<InFlight> in_flight_;
    LanePlan checked_;
    uint32_t late_in_a_row_ = 0;
    CardFailure failure_ = CardFailure::Hang;  // why it was taken out last
    uint64_t last_ticket_ = 0;
};

}  // namespace

std::unique_ptr<ConflictDetector> make_failover_detector(FailoverParts parts,
                                                         const FailoverOptions& options) {
    SWITCHYARD_ASSERT(parts.card != nullptr && parts.software != nullptr &&
                      parts.recovery != nullptr);
    return std::make_unique<FailoverDetector>(std::move(parts), options);
}

}  // namespace switchyard::offload
