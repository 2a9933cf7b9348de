// SPDX-License-Identifier: Apache-2.0
#include "host/offload/card_detector.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <optional>
#include <utility>
#include <vector>

#include "host/core/random.hpp"
#include "host/offload/block_packer.hpp"
#include "host/offload/detector_limits.hpp"
#include "host/offload/result_reader.hpp"

namespace switchyard::offload {
namespace {

constexpr uint32_t kCredits = 8;

/// A submitted batch until it is collected. Pooled, so that its memory is used again.
struct Pending {
    uint64_t ticket = 0;  // 0: this place is free
    bool abandoned =
        false;  // the caller has gone; the place is free when the card has done with it
    uint32_t lanes = 0;
    PackedBlock block;
    uint32_t parts_wanted = 0;
    uint32_t parts_started = 0;
    uint32_t parts_finished = 0;
    LanePlan plan;
    uint64_t accesses = 0;
    uint64_t overflowed_accesses = 0;
    std::optional<Error> error;

    [[nodiscard]] bool complete() const { return parts_finished == parts_wanted; }
};

/// A part that the card works on.
struct Run {
    Pending* pending = nullptr;
    BlockPart part;
    abi::BatchHeader request{};
    Card::Deadline due;  // the watchdog's
};

/// Where a detector's sequences and batch names begin. A card that writes nothing leaves old
/// answers in its memory, those of an earlier detector too; they must not fit a new question.
uint64_t random_start() {
    std::array<uint8_t, 8> bytes;
    if (!fill_random(bytes))
        return static_cast<uint64_t>(std::chrono::steady_clock::now().time_since_epoch().count());
    uint64_t out = 0;
    std::memcpy(&out, bytes.data(), bytes.size());
    return out;
}

class CardDetectorImpl final : public CardDetector {
  public:
    CardDetectorImpl(std::string_view name, DetectorKind kind, std::unique_ptr<Card> card,
                     const CardDetectorOptions& options)
        : card_(std::move(card)),
          shape_(card_->shape()),
          options_(options),
          info_{name, card_->description(), kind, kCredits},
          runs_(shape_.slots),
          batch_names_(random_start()),
          sequence_(static_cast<uint32_t>(random_start())) {
        SWITCHYARD_ASSERT(shape_.slots >= 1 && shape_.input_words >= kCardInputWordsMin &&
                          shape_.output_words >= kCardOutputWordsMin);
        for (Pending& pending : pending_) {
            pending.block.reserve(options.reserved_transactions, options.reserved_accesses);
            pending.plan.reset(kLanesMax);
            pending.plan.reserve(options.reserved_transactions);
        }
    }

    [[nodiscard]] const DetectorInfo& info() const override { return info_; }
    [[nodiscard]] DetectorCounters counters() const override { return counters_; }
    [[nodiscard]] const std::optional<TakenOut>& taken_out() const override { return taken_out_; }

    [[nodiscard]] bool overdue() const override {
        return std::ranges::any_of(pending_, &Pending::abandoned);
    }

    [[nodiscard]] Result<Ticket> submit(const AccessBatch& batch, uint32_t lanes) override {
        if (auto fits = check_batch(batch, lanes); !fits) return fits.error();
        poll();
        if (taken_out_) return unavailable();
        Pending* const pending = free_place();
        if (pending == nullptr)
            return Error{ErrorCode::LimitExceeded,
                         std::string(info_.name) + " detector: no credit left"};
        pending->ticket = ++last_ticket_;
        pending->abandoned = false;
        pending->lanes = lanes;
        pending->block.pack(batch, shape_.input_words - 1,
                            (shape_.output_words - 1) / abi::record_words(lanes));
        pending->parts_wanted = static_cast<uint32_t>(pending->block.parts().size());
        pending->parts_started = pending->parts_finished = 0;
        pending->plan.reset(lanes);
        pending->plan.reserve(batch.transaction_count());
        pending->accesses = batch.access_count();
        pending->overflowed_accesses = 0;
        pending->error.reset();
        start_parts();
        return Ticket{last_ticket_};
    }

    [[nodiscard]] Result<void> collect(Ticket ticket, Deadline deadline, LanePlan& out) override {
        Pending* const pending = find(ticket.number);
        if (pending == nullptr)
            return Error{ErrorCode::NotFound, std::string(info_.name) + " detector: no ticket " +
                                                  std::to_string(ticket.number)};
        while (!pending->error && !pending->complete())
            if (!finish_oldest(deadline)) {
                abandon(*pending);
                ++counters_.failures;
                return Error{ErrorCode::Timeout,
                             std::string(info_.name) + " detector: no plan by the deadline"};
            }
        pending->ticket = 0;
        if (pending->error) {
            ++counters_.failures;
            return *std::exchange(pending->error, std::nullopt);
        }
        std::swap(out, pending->plan);
        ++counters_.batches;
        counters_.transactions += out.transaction_count();
        counters_.accesses += pending->accesses;
        counters_.overflowed_accesses += pending->overflowed_accesses;
        return {};
    }

    void poll() override {
        while (runs_in_flight_ > 0 && card_->ended(oldest_slot_))
            if (!finish_oldest(Deadline::max())) return;
        if (runs_in_flight_ > 0 && std::chrono::steady_clock::now() > runs_[oldest_slot_].due)
            (void)finish_oldest(Deadline::max());
    }

  private:
    [[nodiscard]] Pending* free_place() {
        const auto found = std::ranges::find(pending_, uint64_t{0}, &Pending::ticket);
        return found == pending_.end() ? nullptr : &*found;
    }
    [[nodiscard]] Pending* find(uint64_t ticket) {
        const auto found = std::ranges::find_if(pending_, [&](const Pending& pending) {
            return ticket != 0 && pending.ticket == ticket && !pending.abandoned;
        });
        return found == pending_.end() ? nullptr : &*found;
    }

    /// The oldest batch with a part left to start: the card holds one block's state at a time.
    [[nodiscard]] Pending* next_to_start() {
        Pending* oldest = nullptr;
        for (Pending& pending : pending_)
            if (pending.ticket != 0 && pending.parts_started < pending.parts_wanted &&
                (oldest == nullptr || pending.ticket < oldest->ticket))
                oldest = &pending;
        return oldest;
    }

    /// The parts that are on the card are waited for, further ones are not started: the next block
    /// begins afresh anyway.
    void abandon(Pending& pending) {
        pending.abandoned = true;
        pending.parts_wanted = pending.parts_started;
        release_if_done(pending);
    }
    static void release_if_done(Pending& pending) {
        if (!pending.abandoned || !pending.complete()) return;
        pending.abandoned = false;
        pending.ticket = 0;
    }

    [[nodiscard]] Error unavailable() const {
        return {ErrorCode::Unavailable,
                std::string(info_.name) +
                    " detector: taken out after a failure: " + taken_out_->error.message};
    }

    void fail(Pending& culprit, CardFailure failure, const Error& error) {
        taken_out_ = {failure, error};
        for (Pending& pending : pending_) {
            if (pending.abandoned) {
                pending.abandoned = false;
                pending.ticket = 0;
            }
            if (pending.ticket != 0 && !pending.complete()) pending.error = unavailable();
        }
        if (culprit.ticket != 0) culprit.error = error;
        runs_in_flight_ = 0;
    }

    void start_parts() {
        while (!taken_out_ && runs_in_flight_ < shape_.slots) {
            Pending* const pending = next_to_start();
            if (pending == nullptr) return;
            start(*pending);
        }
    }

    void start(Pending& pending) {
        const uint32_t slot = (oldest_slot_ + runs_in_flight_) % shape_.slots;
        Run& run = runs_[slot];
        run.pending = &pending;
        run.part = pending.block.parts()[pending.parts_started];
        run.request = {};
        run.request.magic = abi::kBatchMagic;
        run.request.version = abi::kVersion;
        run.request.flags = pending.parts_started == 0 ? abi::kBatchFirst : uint16_t{0};
        run.request.batch_id = batch_names_ + pending.ticket;
        run.request.sequence = ++sequence_;
        run.request.part = pending.parts_started;
        run.request.hash_seed = options_.hash_seed;
        run.request.transaction_count = run.part.transaction_count;
        run.request.descriptor_count = run.part.descriptor_count;
        run.request.lane_count = static_cast<uint16_t>(pending.lanes);
        run.request.record_words = abi::record_words(pending.lanes);
        run.due = due_from_now(run.part);

        const auto input = card_->input(slot);
        input[0] = std::bit_cast<hls::Word>(run.request);
        std::ranges::copy(pending.block.descriptors(run.part), input.begin() + 1);
        const uint32_t output_words =
            1 + run.part.transaction_count * uint32_t{run.request.record_words};
        ++pending.parts_started;
        if (auto started = card_->start(slot, 1 + run.part.descriptor_count, output_words);
            !started) {
            fail(pending, CardFailure::ErrorState, started.error());
            return;
        }
        ++runs_in_flight_;
    }

    /// A descriptor stands for up to kKeysPerDescriptor accesses.
    [[nodiscard]] Deadline due_from_now(const BlockPart& part) const {
        return std::chrono::steady_clock::now() +
               std::chrono::duration_cast<Deadline::duration>(
                   options_.watchdog.of(part.transaction_count,
                                        size_t{part.descriptor_count} * abi::kKeysPerDescriptor));
    }

    /// Waits for the run that has been on the card longest, takes its result, starts the next.
    /// False: `deadline` came before the watchdog's and has passed. True: there was progress, or
    /// the card is out.
    [[nodiscard]] bool finish_oldest(Deadline deadline) {
        SWITCHYARD_ASSERT(runs_in_flight_ > 0);
        const uint32_t slot = oldest_slot_;
        Run& run = runs_[slot];
        Pending& pending = *run.pending;
        if (auto finished = card_->finish(slot, std::min(deadline, run.due)); !finished) {
            const bool late = finished.error().code == ErrorCode::Timeout;
            if (late && deadline < run.due) return false;
            fail(pending, late ? CardFailure::Hang : CardFailure::ErrorState, finished.error());
            return true;
        }
        const auto output = card_->output(slot);
        const auto overflowed =
            read_part(output, run.request, run.part.first_transaction, pending.plan);
        if (!overflowed) {
            fail(pending, kind_of_damage(output, run.request), overflowed.error());
            return true;
        }
        ++pending.parts_finished;
        pending.overflowed_accesses += *overflowed;
        if (pending.complete() && !pending.abandoned)
            if (auto formed = pending.plan.validate_shape(); !formed) {
                fail(pending, CardFailure::MalformedPlan, formed.error());
                return true;
            }
        release_if_done(pending);
        oldest_slot_ = (oldest_slot_ + 1) % shape_.slots;
        --runs_in_flight_;
        if (runs_in_flight_ > 0) runs_[oldest_slot_].due = due_from_now(runs_[oldest_slot_].part);
        start_parts();
        return true;
    }

    std::unique_ptr<Card> card_;
    CardShape shape_;
    CardDetectorOptions options_;
    DetectorInfo info_;
    DetectorCounters counters_;
    std::array<Pending, kCredits> pending_;
    std::vector<Run> runs_;  // one per slot, a ring: oldest_slot_ and the runs_in_flight_ from it
    uint32_t oldest_slot_ = 0;
    uint32_t runs_in_flight_ = 0;
    uint64_t batch_names_;
    uint32_t sequence_;
    uint64_t last_ticket_ = 0;
    std::optional<TakenOut> taken_out_;
};

}  // namespace

std::unique_ptr<CardDetector> make_card_detector(std::string_view name, DetectorKind kind,
                                                 std::unique_ptr<Card> card,
                                                 const CardDetectorOptions& options) {
    return std::make_unique<CardDetectorImpl>(name, kind, std::move(card), options);
}

}  // namespace switchyard::offload
