// SPDX-License-Identifier: Apache-2.0
// Closes a card that has failed, and opens and probes it again, out of the way of the blocks.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "host/offload/card_detector.hpp"
#include "host/offload/failover/known_batches.hpp"

namespace switchyard::offload {

/// Opens the device anew. `after` is why the one before was taken out: what hangs needs a reset
/// first. Called from the recovery's thread, never while a detector on that device lives.
using OpenCard = std::function<Result<std::unique_ptr<CardDetector>>(CardFailure after)>;

/// One recovery at a time. Its owner asks from one thread.
class Recovery {
  public:
    using Time = std::chrono::steady_clock::time_point;
    using Outcome = Result<std::unique_ptr<CardDetector>>;

    Recovery() = default;
    Recovery(const Recovery&) = delete;
    Recovery& operator=(const Recovery&) = delete;
    virtual ~Recovery() = default;

    /// Takes `failed` (null if none is left) and closes it; not before `not_before`, opens the
    /// device and probes it. Precondition: the outcome of the last `begin` has been taken. Never
    /// blocks.
    virtual void begin(std::unique_ptr<CardDetector> failed, CardFailure failure,
                       Time not_before) = 0;
    /// The outcome of the last `begin`, once, when it is there. Never blocks.
    [[nodiscard]] virtual std::optional<Outcome> poll() = 0;
};

/// Opens a device and has it answer `known`. Errors: those of `open`, of a batch, or Mismatch.
[[nodiscard]] Recovery::Outcome open_and_probe(const OpenCard& open, CardFailure after,
                                               const std::vector<KnownBatch>& known);

/// On a thread of its own, because to close a card that hangs may take its driver seconds. The
/// destructor waits at most two seconds for it; a driver that takes longer keeps the thread.
[[nodiscard]] std::unique_ptr<Recovery> make_threaded_recovery(OpenCard open,
                                                               std::vector<KnownBatch> known);

}  // namespace switchyard::offload
