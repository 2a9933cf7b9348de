// SPDX-License-Identifier: Apache-2.0
#include "tools/switchyard/card_jobs.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <random>
#include <thread>

#include "host/core/bytes.hpp"
#include "host/offload/card_backends.hpp"
#include "host/offload/failover/cross_check.hpp"
#include "host/offload/failover/failover_detector.hpp"
#include "host/offload/software/software_detector.hpp"
#include "host/offload/xrt/emulation_xclbin.hpp"
#include "host/offload/xrt/shim.hpp"
#include "host/offload/xrt/xrt_backends.hpp"
#include "tools/switchyard/card_controller_job.hpp"

namespace switchyard::tool {
namespace {

using namespace offload;
using Clock = std::chrono::steady_clock;

/// For one batch: a card needs milliseconds, the emulated device on a busy machine far more.
constexpr std::chrono::seconds kPatience{30};
/// For a device to come back after a fault, backoff included.
constexpr std::chrono::seconds kReturnPatience{30};

double milliseconds_since(Clock::time_point begin) {
    return std::chrono::duration<double, std::milli>(Clock::now() - begin).count();
}

CardDetectorOptions emulation_of(uint64_t hash_seed) {
    CardDetectorOptions out = emulation_options(hash_seed);
    // Faults are part of the validation: a hang should not take two seconds to be called one.
    out.watchdog.base = std::chrono::milliseconds(250);
    return out;
}

/// A block of many parts, and several of different sizes.
AccessBatch mixed_block(uint32_t transactions) {
    std::mt19937_64 random(transactions);
    AccessBatch batch;
    for (uint32_t i = 0; i < transactions; ++i) {
        batch.begin_transaction(21'000 + random() % 100'000);
        for (uint32_t k = 0; k < 8; ++k)
            batch.add((random() % (8 * uint64_t{transactions})) * 0x9e3779b97f4a7c15,
                      static_cast<AccessKind>(random() % 3));
    }
    return batch;
}

class Validator {
  public:
    Validator(uint64_t hash_seed, uint32_t repeats)
        : software_(make_software_detector(hash_seed)), repeats_(repeats) {}

    [[nodiscard]] Result<void> prepare() {
        auto known = make_known_batches(*software_);
        if (!known) return known.error();
        known_ = *std::move(known);
        return {};
    }

    void known_batches(CardDetector& card, std::vector<ValidationRow>& rows) {
        for (const KnownBatch& known : known_) {
            ValidationRow row{std::string(known.name),
                              known.batch.transaction_count(),
                              known.lanes,
                              repeats_,
                              0,
                              {}};
            const std::vector<KnownBatch> one{known};
            for (uint32_t i = 0; i < repeats_ && row.failure.empty(); ++i)
                (void)try_known_batches(
                    card, one, kPatience, true, [&row](const KnownBatchOutcome& outcome) {
                        row.milliseconds +=
                            std::chrono::duration<double, std::milli>(outcome.time).count();
                        if (!outcome.result) row.failure = outcome.result.error().message;
                    });
            rows.push_back(std::move(row));
        }
    }

    [[nodiscard]] ValidationRow several_in_flight(CardDetector& card) {
        const uint32_t credits = card.info().credits;
        ValidationRow row{"several in flight", 0, 8, 0, 0, {}};
        const auto begin = Clock::now();
        for (uint32_t round = 0; round < repeats_ && row.failure.empty(); ++round) {
            std::vector<Ticket> tickets;
            for (uint32_t i = 0; i < credits && row.failure.empty(); ++i) {
                const auto ticket =
                    card.submit(known_[i % known_.size()].batch, known_[i % known_.size()].lanes);
                if (!ticket) row.failure = ticket.error().message;
                if (ticket) tickets.push_back(*ticket);
            }
            // In reverse: a ticket may be collected in any order.
            LanePlan plan;
            for (size_t i = tickets.size(); i-- > 0 && row.failure.empty();) {
                const KnownBatch& known = known_[i % known_.size()];
                const auto collected = card.collect(tickets[i], Clock::now() + kPatience, plan);
                if (!collected) row.failure = collected.error().message;
                if (collected && plan != known.plan) row.failure = "another batch's plan";
                row.transactions += round == 0 ? known.batch.transaction_count() : 0;
                ++row.batches;
            }
        }
        row.milliseconds = milliseconds_since(begin);
        return row;
    }

    /// The emulated device and card have tables that a block of this size does not fill, so that
    /// the plan is the exact one; where a bucket overflows all the same, it must be safe.
    [[nodiscard]] ValidationRow large_block(CardDetector& card) {
        const AccessBatch batch = mixed_block(20'000);
        ValidationRow row{"block in many parts", batch.transaction_count(), 16, 1, 0, {}};
        LanePlan expected;
        LanePlan plan;
        if (auto planned = software_->plan(batch, row.lanes, expected); !planned)
            row.failure = planned.error().message;
        const auto begin = Clock::now();
        const uint64_t before = card.counters().overflowed_accesses;
        if (auto planned = card.plan(batch, row.lanes, plan, kPatience); !planned)
            row.failure = planned.error().message;
        row.milliseconds = milliseconds_since(begin);
        if (!row.failure.empty()) return row;
        OrderCheck check;
        if (judge(batch, {plan, card.counters().overflowed_accesses - before}, {expected, 0},
                  check) == PlanVerdict::Wrong)
            row.failure = first_difference(plan, expected);
        return row;
    }

    [[nodiscard]] const std::vector<KnownBatch>& known() const { return known_; }

  private:
    std::unique_ptr<ConflictDetector> software_;
    std::vector<KnownBatch> known_;
    uint32_t repeats_;
};

/// One fault of a kind on a device in use: the plan must be right, and the device come back.
ValidationRow fault_row(DeviceFault fault, const Validator& validator, uint64_t hash_seed) {
    const KnownBatch& known = validator.known().back();
    ValidationRow row{fmt::format("fault: {}", to_string(fault)),
                      known.batch.transaction_count(),
                      known.lanes,
                      0,
                      0,
                      {}};
    const auto device = std::make_shared<EmulatedDevice>();
    const auto open = [device, options = emulation_of(hash_seed)](CardFailure) {
        device->reset();
        return open_emulation(device, options);
    };
    auto card = open(CardFailure::Hang);
    if (!card) {
        row.failure = card.error().message;
        return row;
    }
    const auto detector = make_failover_detector(
        {*std::move(card), make_software_detector(hash_seed),
         make_threaded_recovery(open, validator.known())},
        {.cross_check_one_in = 1,
         .patience = {.base = std::chrono::milliseconds(50)},
         .breaker = {.backoff_min = std::chrono::milliseconds(1), .trial_plans = 1}});
    device->inject(fault, 0, fault == DeviceFault::SlowAnswer ? 100'000 : 3);
    const auto begin = Clock::now();
    LanePlan plan;
    bool back = false;
    while (!back && row.failure.empty() && Clock::now() - begin < kReturnPatience) {
        if (auto planned = detector->plan(known.batch, known.lanes, plan, kPatience); !planned)
            row.failure = planned.error().message;
        else if (plan != known.plan)
            row.failure = first_difference(plan, known.plan);
        ++row.batches;
        // Back is where the device plans again: after what it was late with, or after its trial.
        const DetectorHealth health = detector->health();
        back = health.card == CardState::InUse && row.batches > health.fallbacks &&
               health.fallbacks > 0;
        if (!back) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    row.milliseconds = milliseconds_since(begin);
    if (row.failure.empty() && !back) row.failure = "the device did not come back";
    return row;
}

Result<std::unique_ptr<CardDetector>> open_target(const CardTarget& target, uint64_t hash_seed,
                                                  std::shared_ptr<EmulatedDevice> device) {
    if (target.emulation) return open_emulation(std::move(device), emulation_of(hash_seed));
    return open_hardware(
        {.hash_seed = hash_seed, .xclbin_path = target.xclbin, .device_index = target.device});
}

}  // namespace

bool Validation::passed() const {
    return std::ranges::all_of(rows, [](const ValidationRow& row) { return row.failure.empty(); });
}

std::string reason_no_target(const CardTarget& target) {
    if (target.emulation) return reason_shim_unavailable(Shim::Emulation);
    const auto cards = find_pci_cards();
    if (cards.empty()) return "there is no card on this machine (no PCI device of vendor 0x10ee)";
    std::string reason = reason_no_card(cards);
    return reason.empty() ? reason_shim_unavailable(Shim::Card) : reason;
}

Result<std::vector<CardProperty>> card_status(const CardTarget& target) {
    if (!target.emulation) {
        if (auto loaded = load_shim(Shim::Card); !loaded) return loaded.error();
        return read_card_properties(target.device);
    }
    // What XRT's noop shim says of sensors is made up; the emulated device has none.
    const auto card = open_emulated_card(std::make_shared<EmulatedDevice>());
    if (!card) return card.error();
    const CardShape shape = (*card)->shape();
    return std::vector<CardProperty>{
        {"name", (*card)->description()},
        {"kernel", std::string(kKernelName)},
        {"platform", std::string(kEmulationPlatform)},
        {"slots", std::to_string(shape.slots)},
        {"input_words", std::to_string(shape.input_words)},
        {"output_words", std::to_string(shape.output_words)},
    };
}

Result<std::string> program(const CardTarget& target) {
    if (!target.emulation) return program_card(target.xclbin, target.device);
    const auto opened =
        open_emulation(std::make_shared<EmulatedDevice>(), emulation_of(process_hash_seed()));
    if (!opened) return opened.error();
    return std::string("the emulated device's own image");
}

Result<void> reset(const CardTarget& target) {
    if (!target.emulation) return reset_card(target.device);
    const auto device = std::make_shared<EmulatedDevice>();
    const uint64_t seed = process_hash_seed();
    Validator validator(seed, 1);
    if (auto ready = validator.prepare(); !ready) return ready.error();
    {
        const auto hung = open_emulation(device, emulation_of(seed));
        if (!hung) return hung.error();
        device->inject(DeviceFault::Hang);
        if (auto sent = (*hung)->submit(validator.known()[1].batch, 1); !sent) return sent.error();
        device->reset();
    }
    const auto again =
        open_and_probe([&](CardFailure) { return open_emulation(device, emulation_of(seed)); },
                       CardFailure::Hang, validator.known());
    if (!again) return again.error();
    return {};
}

Result<Validation> validate(const CardTarget& target, uint32_t repeats) {
    const uint64_t seed = process_hash_seed();
    Validator validator(seed, repeats);
    if (auto ready = validator.prepare(); !ready) return ready.error();
    auto card = open_target(target, seed, std::make_shared<EmulatedDevice>());
    if (!card) return card.error();
    Validation out;
    out.device = (*card)->info().description;
    validator.known_batches(**card, out.rows);
    // After a failure the device is out, and what follows would only repeat that.
    if (!(*card)->taken_out()) out.rows.push_back(validator.several_in_flight(**card));
    if (!(*card)->taken_out()) out.rows.push_back(validator.large_block(**card));
    card->reset();
    if (target.emulation)
        for (const DeviceFault fault : kDeviceFaults)
            out.rows.push_back(fault_row(fault, validator, seed));
    if (!target.emulation) return out;
    auto controlled = validate_controller(validator.known(), seed);
    if (controlled)
        out.rows.push_back(*std::move(controlled));
    else
        out.left_out = "controller: " + controlled.error().message;
    return out;
}

}  // namespace switchyard::tool
