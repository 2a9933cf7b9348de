// SPDX-License-Identifier: Apache-2.0
// A conflict detector that cannot fail because its card does: software stands by.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "host/offload/card_detector.hpp"
#include "host/offload/failover/circuit_breaker.hpp"
#include "host/offload/failover/recovery.hpp"

namespace switchyard::offload {

struct FailoverOptions {
    /// One in so many plans of a card in use is compared with software's before it is given out;
    /// 0: none, 1: all. On trial all are.
    uint32_t cross_check_one_in = 64;
    uint64_t sample_seed = 0;  ///< 0 draws one
    /// How long a batch may take, together with all that are on the card before it, until software
    /// plans it instead. The card keeps it until the card's own watchdog ends it.
    TimeAllowance patience{.base = std::chrono::milliseconds(2),
                           .per_transaction = std::chrono::nanoseconds(500),
                           .per_access = std::chrono::nanoseconds(100)};
    uint32_t late_in_a_row_max = 16;  ///< late batches after which the card is taken out as slow
    BreakerOptions breaker{};
};

struct FailoverParts {
    std::unique_ptr<CardDetector> card;          ///< in use from the start
    std::unique_ptr<ConflictDetector> software;  ///< with the same hash seed
    std::unique_ptr<Recovery> recovery;
    /// Tells the time of breaker and patience; empty: the steady clock.
    std::function<std::chrono::steady_clock::time_point()> now{};
};

/// Takes over `parts`. Answers under the card's name and kind.
///
/// Keeps a copy of each batch until it is collected. A batch goes to the card while that is in use
/// and works on nothing that is overdue; else to software. When the card fails (`CardFailure`),
/// its batches in flight go to software, the card is handed to `recovery`, and comes back on trial
/// when it has been opened again and has answered known batches rightly. So `collect` fails only
/// as software does, and is late by no more than software takes.
///
/// Up to the card's reserved batch size, a batch that the card plans allocates nothing.
[[nodiscard]] std::unique_ptr<ConflictDetector> make_failover_detector(
    FailoverParts parts, const FailoverOptions& options);

}  // namespace switchyard::offload
