// SPDX-License-Identifier: Apache-2.0
// The management controller's part of `switchyard card validate --emulation`.
#pragma once

#include "host/offload/failover/known_batches.hpp"
#include "tools/switchyard/card_jobs.hpp"

namespace switchyard::tool {

/// The genuine firmware, in QEMU, watches an emulated device: a run hangs, and the controller must
/// reset the device without the host's help, which then plans `known` again (the plans of a
/// detector with `hash_seed`). `Unavailable` with the reason where QEMU or the image is missing.
[[nodiscard]] Result<ValidationRow> validate_controller(
    const std::vector<offload::KnownBatch>& known, uint64_t hash_seed);

}  // namespace switchyard::tool
