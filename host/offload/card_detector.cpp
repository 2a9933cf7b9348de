// SPDX-License-Identifier: Apache-2.0
#include "host/offload/card_detector.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <optional>
#include <utility>
#include <vector>

#include "host/offload/block_packer.hpp"
#include "host/offload/detector_limits.hpp"
#include "host/offload/result_reader.hpp"

namespace switchyard::offload {
namespace {

constexpr uint32_t kCredits = 8;

/// A submitted batch until it is collected. Pooled, so that its memory is used again.
struct Pending {
    uint64_t ticket = 0;  // 0: this place is free
    uint32_t lanes = 0;
    PackedBlock block;
    uint32_t parts_started = 0;
    uint32_t parts_finished = 0;
    LanePlan plan;
    uint64_t accesses = 0;
    uint64_t overflowed_accesses = 0;
    std::optional<Error> error;

    [[nodiscard]] bool complete() const { return parts_finished == block.parts().size(); }
};

/// A part that the card works on.
struct Run {
    Pending* pending = nullptr;
    BlockPart part;
    abi::BatchHeader request{};
};

class CardDetector final : public ConflictDetector {
  public:
    CardDetector(std::string_view name, DetectorKind kind, std::unique_ptr<Card> card,
                 uint64_t hash_seed)
        : card_(std::move(card)),
          shape_(card_->shape()),
          hash_seed_(hash_seed),
          info_{name, card_->description(), kind, kCredits},
          runs_(shape_.slots) {
        SWITCHYARD_ASSERT(shape_.slots >= 1 && shape_.input_words >= kCardInputWordsMin &&
                          shape_.output_words >= kCardOutputWordsMin);
    }

    [[nodiscard]] const DetectorInfo& info() const override { return info_; }
    [[nodiscard]] DetectorCounters counters() const override { return counters_; }

    [[nodiscard]] Result<Ticket> submit(const AccessBatch& batch, uint32_t lanes) override {
        if (auto fits = check_batch(batch, lanes); !fits) return fits.error();
        if (failure_) return taken_out();
        Pending* const pending = find(0);
        if (pending == nullptr)
            return Error{ErrorCode::LimitExceeded,
                         std::string(info_.name) + " detector: no credit left"};
        pending->ticket = ++last_ticket_;
        pending->lanes = lanes;
        pending->block.pack(batch, shape_.input_words - 1,
                            (shape_.output_words - 1) / abi::record_words(lanes));
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
        Pending* const pending = ticket.number == 0 ? nullptr : find(ticket.number);
        if (pending == nullptr)
            return Error{ErrorCode::NotFound, std::string(info_.name) + " detector: no ticket " +
                                                  std::to_string(ticket.number)};
        while (!pending->error && !pending->complete())
            finish_oldest(deadline);
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

  private:
    [[nodiscard]] Pending* find(uint64_t ticket) {
        const auto found = std::ranges::find(pending_, ticket, &Pending::ticket);
        return found == pending_.end() ? nullptr : &*found;
    }

    /// The oldest batch with a part left to start: the card holds one block's state at a time.
    [[nodiscard]] Pending* next_to_start() {
        Pending* oldest = nullptr;
        for (Pending& pending : pending_)
            if (pending.ticket != 0 && pending.parts_started < pending.block.parts().size() &&
                (oldest == nullptr || pending.ticket < oldest->ticket))
                oldest = &pending;
        return oldest;
    }

    [[nodiscard]] Error taken_out() const {
        return {
            ErrorCode::Unavailable,
            std::string(info_.name) + " detector: taken out after a failure: " + failure_->message};
    }

    void fail(Pending& culprit, const Error& error) {
        failure_ = error;
        for (Pending& pending : pending_)
            if (pending.ticket != 0 && !pending.complete()) pending.error = taken_out();
        culprit.error = error;
        runs_in_flight_ = 0;
    }

    void start_parts() {
        while (!failure_ && runs_in_flight_ < shape_.slots) {
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
        run.request.batch_id = pending.ticket;
        run.request.sequence = ++sequence_;
        run.request.part = pending.parts_started;
        run.request.hash_seed = hash_seed_;
        run.request.transaction_count = run.part.transaction_count;
        run.request.descriptor_count = run.part.descriptor_count;
        run.request.lane_count = static_cast<uint16_t>(pending.lanes);
        run.request.record_words = abi::record_words(pending.lanes);

        const auto input = card_->input(slot);
        input[0] = std::bit_cast<hls::Word>(run.request);
        std::ranges::copy(pending.block.descriptors(run.part), input.begin() + 1);
        const uint32_t output_words =
            1 + run.part.transaction_count * uint32_t{run.request.record_words};
        ++pending.parts_started;
        if (auto started = card_->start(slot, 1 + run.part.descriptor_count, output_words);
            !started) {
            fail(pending, started.error());
            return;
        }
        ++runs_in_flight_;
    }

    /// Waits for the run that has been on the card longest, takes its result, starts the next.
    void finish_oldest(Deadline deadline) {
        SWITCHYARD_ASSERT(runs_in_flight_ > 0);
        const uint32_t slot = oldest_slot_;
        Run& run = runs_[slot];
        Pending& pending = *run.pending;
        if (auto finished = card_->finish(slot, deadline); !finished)
            return fail(pending, finished.error());
        const auto overflowed =
            read_part(card_->output(slot), run.request, run.part.first_transaction, pending.plan);
        if (!overflowed) return fail(pending, overflowed.error());
        ++pending.parts_finished;
        pending.overflowed_accesses += *overflowed;
        if (pending.complete())
            if (auto formed = pending.plan.validate_shape(); !formed) {
                return fail(pending, formed.error());
            }
        oldest_slot_ = (oldest_slot_ + 1) % shape_.slots;
        --runs_in_flight_;
        start_parts();
    }

    std::unique_ptr<Card> card_;
    CardShape shape_;
    uint64_t hash_seed_;
    DetectorInfo info_;
    DetectorCounters counters_;
    std::array<Pending, kCredits> pending_;
    std::vector<Run> runs_;  // one per slot, a ring: oldest_slot_ and the runs_in_flight_ from it
    uint32_t oldest_slot_ = 0;
    uint32_t runs_in_flight_ = 0;
    uint32_t sequence_ = 0;
    uint64_t last_ticket_ = 0;
    std::optional<Error> failure_;
};

}  // namespace

std::unique_ptr<ConflictDetector> make_card_detector(std::string_view name, DetectorKind kind,
                                                     std::unique_ptr<Card> card,
                                                     uint64_t hash_seed) {
    return std::make_unique<CardDetector>(name, kind, std::move(card), hash_seed);
}

}  // namespace switchyard::offload
