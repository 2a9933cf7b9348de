// SPDX-License-Identifier: Apache-2.0
// The conflict detector over a Card: packs batches, keeps runs in flight, checks every answer.
#pragma once

#include <memory>
#include <optional>
#include <string_view>

#include "host/offload/card.hpp"
#include "host/offload/card_failure.hpp"
#include "host/offload/conflict_detector.hpp"

namespace switchyard::offload {

/// Why a card was taken out.
struct TakenOut {
    CardFailure failure = CardFailure::Hang;
    Error error;
};

/// A detector on a device that may fail.
///
/// A batch travels in as many parts as its size needs; parts of one block follow one another on the
/// card, and batches are served in the order of their submission. The first failure of the device
/// (a run past the watchdog's deadline, an error state, an answer that does not fit the question)
/// takes it out: that ticket gets the error, all others outstanding get Unavailable, and so does
/// every later submit, because nobody knows what a card in that state still writes.
///
/// A caller whose own deadline passes first gets Timeout and does the device no harm; the ticket is
/// spent, and its credit comes back when the device has done with it.
class CardDetector : public ConflictDetector {
  public:
    /// Takes what has ended off the device, starts what can be started and sees to the watchdog.
    /// `submit` does this too. Never blocks.
    virtual void poll() = 0;

    /// Why the device is out; empty while it serves.
    [[nodiscard]] virtual const std::optional<TakenOut>& taken_out() const = 0;

    /// Whether it still works on a batch whose caller gave up, so that another batch would wait
    /// behind that one.
    [[nodiscard]] virtual bool overdue() const = 0;
};

struct CardDetectorOptions {
    uint64_t hash_seed = 0;
    /// After how long a run counts as hung, from its start or from the end of the run before it.
    TimeAllowance watchdog{.base = std::chrono::milliseconds(20),
                           .per_transaction = std::chrono::microseconds(2),
                           .per_access = std::chrono::nanoseconds(400)};
    /// Batches up to this size allocate nothing, from the first one on; a larger one makes room
    /// once.
    uint32_t reserved_transactions = 1024;
    uint32_t reserved_accesses = 8192;
};

/// Takes over `card`. `name` must outlive the detector (a literal).
[[nodiscard]] std::unique_ptr<CardDetector> make_card_detector(std::string_view name,
                                                               DetectorKind kind,
                                                               std::unique_ptr<Card> card,
                                                               const CardDetectorOptions& options);

}  // namespace switchyard::offload
