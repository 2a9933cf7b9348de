// SPDX-License-Identifier: Apache-2.0
// The backends 'card' and 'emulation', put together: device, detector, failover. Only in builds
// with XRT.
#pragma once

#include <memory>

#include "host/offload/card_detector.hpp"
#include "host/offload/conflict_detector.hpp"
#include "host/offload/xrt/emulated_device.hpp"

namespace switchyard::offload {

/// The timings of an emulated device: the kernel's C++ on a thread that shares the machine with
/// everything else, about a hundred times slower than a card.
[[nodiscard]] CardDetectorOptions emulation_options(uint64_t hash_seed);

/// Opens `device` as a detector, without failover. Errors: those of open_emulated_card.
[[nodiscard]] Result<std::unique_ptr<CardDetector>> open_emulation(
    std::shared_ptr<EmulatedDevice> device, const CardDetectorOptions& options);
/// Opens the card that `options` name, without failover. Errors: those of open_card.
[[nodiscard]] Result<std::unique_ptr<CardDetector>> open_hardware(const DetectorOptions& options);

/// What `make_detector` makes of these names. `standby` has the same hash seed; it makes the known
/// plans of the probe and stands by for the device, if `options.failover`.
[[nodiscard]] Result<std::unique_ptr<ConflictDetector>> make_emulation_backend(
    const DetectorOptions& options, std::unique_ptr<ConflictDetector> standby);
[[nodiscard]] Result<std::unique_ptr<ConflictDetector>> make_card_backend(
    const DetectorOptions& options, std::unique_ptr<ConflictDetector> standby);

}  // namespace switchyard::offload
