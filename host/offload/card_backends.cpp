// SPDX-License-Identifier: Apache-2.0
#include "host/offload/card_backends.hpp"

#include "host/offload/failover/failover_detector.hpp"
#include "host/offload/xrt/card_management.hpp"
#include "host/offload/xrt/xrt_backends.hpp"

namespace switchyard::offload {
namespace {

using std::chrono::microseconds;

/// How long a batch waits for the emulated device: a busy machine must not look like a broken card.
constexpr TimeAllowance kEmulationPatience{.base = std::chrono::seconds(1),
                                           .per_transaction = microseconds(20),
                                           .per_access = microseconds(4)};

Result<std::unique_ptr<ConflictDetector>> stand_by(std::unique_ptr<CardDetector> card,
                                                   std::unique_ptr<ConflictDetector> standby,
                                                   OpenCard open, FailoverOptions failover,
                                                   const DetectorOptions& options) {
    auto known = make_known_batches(*standby);
    if (!known) return known.error();
    failover.cross_check_one_in = options.cross_check_one_in;
    if (options.patience.count() > 0) failover.patience = {.base = options.patience};
    return make_failover_detector({std::move(card), std::move(standby),
                                   make_threaded_recovery(std::move(open), *std::move(known))},
                                  failover);
}

}  // namespace

CardDetectorOptions emulation_options(uint64_t hash_seed) {
    CardDetectorOptions out;
    out.hash_seed = hash_seed;
    out.watchdog = {.base = std::chrono::seconds(3),
                    .per_transaction = microseconds(200),
                    .per_access = microseconds(40)};
    return out;
}

Result<std::unique_ptr<CardDetector>> open_emulation(std::shared_ptr<EmulatedDevice> device,
                                                     const CardDetectorOptions& options) {
    auto card = open_emulated_card(std::move(device));
    if (!card) return card.error();
    return make_card_detector("emulation", DetectorKind::Emulated, *std::move(card), options);
}

Result<std::unique_ptr<CardDetector>> open_hardware(const DetectorOptions& options) {
    auto card = open_card(options.xclbin_path, options.device_index);
    if (!card) return card.error();
    return make_card_detector("card", DetectorKind::Hardware, *std::move(card),
                              {.hash_seed = options.hash_seed});
}

Result<std::unique_ptr<ConflictDetector>> make_emulation_backend(
    const DetectorOptions& options, std::unique_ptr<ConflictDetector> standby) {
    auto device = std::make_shared<EmulatedDevice>();
    const CardDetectorOptions card_options = emulation_options(options.hash_seed);
    auto card = open_emulation(device, card_options);
    if (!card) return card.error();
    device->inject_randomly(options.emulated_fault_one_in, options.emulated_fault_seed);
    if (!options.failover) return std::unique_ptr<ConflictDetector>(*std::move(card));
    const auto reopen = [device, card_options](CardFailure) {
        device->reset();
        return open_emulation(device, card_options);
    };
    return stand_by(*std::move(card), std::move(standby), reopen, {.patience = kEmulationPatience},
                    options);
}

Result<std::unique_ptr<ConflictDetector>> make_card_backend(
    const DetectorOptions& options, std::unique_ptr<ConflictDetector> standby) {
    auto card = open_hardware(options);
    if (!card) return card.error();
    if (!options.failover) return std::unique_ptr<ConflictDetector>(*std::move(card));
    const auto reopen = [options](CardFailure after) {
        // What hangs comes back only by a reset, and loses its image; what does not may be in use
        // by others. Whether the reset did its work, the probe finds out.
        if (after == CardFailure::Hang) (void)reset_card(options.device_index);
        return open_hardware(options);
    };
    return stand_by(*std::move(card), std::move(standby), reopen, {}, options);
}

}  // namespace switchyard::offload
