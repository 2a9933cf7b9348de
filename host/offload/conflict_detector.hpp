// SPDX-License-Identifier: Apache-2.0
// The one interface behind which the conflict detector runs on a card, an emulated card or the CPU.
//
// Life of a batch: `submit` takes a credit and returns a ticket; `collect` waits for that ticket's
// plan and gives the credit back, whether it succeeds or fails. Several tickets may be outstanding,
// up to `info().credits`, and are collected in any order. All backends answer with the same plan,
// bit for bit, for the same batch, lane count and hash seed; the rules are in
// hls/conflict_detector/README.md. Where a bucket of the bounded table overflows, those with that
// table agree with one another, and so do those with an exact one (`DetectorInfo::exact_table`).
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "host/core/result.hpp"
#include "host/offload/access_batch.hpp"
#include "host/offload/detector_health.hpp"
#include "host/offload/lane_plan.hpp"

namespace switchyard {

enum class DetectorKind : uint8_t { Hardware, Emulated, Software };

[[nodiscard]] std::string_view to_string(DetectorKind kind);

struct DetectorInfo {
    std::string_view
        name;  ///< the name that selects it: "card", "software", "emulation", "reference"
    std::string description;  ///< one line for a person, with the device's name if there is one
    DetectorKind kind = DetectorKind::Software;
    uint32_t credits = 1;      ///< tickets that may be outstanding, at least 1
    bool exact_table = false;  ///< every key has an entry of its own: nothing overflows
};

/// Sums since the detector was made.
struct DetectorCounters {
    uint64_t batches = 0;       ///< collected with a plan
    uint64_t transactions = 0;  ///< in those batches
    uint64_t accesses = 0;      ///< in those batches
    /// Accesses whose key found its bucket full and shared the bucket's overflow entry, so that
    /// their transaction may wait for one it does not conflict with.
    uint64_t overflowed_accesses = 0;
    uint64_t failures = 0;  ///< tickets that ended in an error
};

/// Names one submitted batch of one detector.
struct Ticket {
    uint64_t number = 0;

    bool operator==(const Ticket&) const = default;
};

/// The largest batch: every backend refuses more with LimitExceeded. (kBlockTransactionsMax bounds
/// the transactions.)
inline constexpr size_t kBatchAccessesMax = size_t{1} << 22;

/// Not thread-safe: one thread at a time uses a detector.
class ConflictDetector {
  public:
    using Deadline = std::chrono::steady_clock::time_point;

    ConflictDetector() = default;
    ConflictDetector(const ConflictDetector&) = delete;
    ConflictDetector& operator=(const ConflictDetector&) = delete;
    virtual ~ConflictDetector() = default;

    [[nodiscard]] virtual const DetectorInfo& info() const = 0;
    [[nodiscard]] virtual DetectorCounters counters() const = 0;
    /// What became of the card behind it; all zero where there is none that may fail.
    [[nodiscard]] virtual DetectorHealth health() const { return {}; }

    /// Hands over one block, to be spread over `lanes` lanes. Reads `batch` before it returns and
    /// never after. Never blocks.
    /// Errors: InvalidInput (lanes outside 1 to kLanesMax), LimitExceeded (batch too large, or no
    /// credit left), Unavailable (the device failed; make a new detector).
    [[nodiscard]] virtual Result<Ticket> submit(const AccessBatch& batch, uint32_t lanes) = 0;

    /// Waits until the plan of `ticket` is there or `deadline` has passed. `out` is a well-formed
    /// plan (`validate_shape`) with one entry per transaction on success, and unspecified
    /// otherwise. The ticket is spent either way.
    /// Errors: NotFound (no such ticket), Timeout, Corrupt (the device answered nonsense),
    /// Unavailable (the device failed).
    [[nodiscard]] virtual Result<void> collect(Ticket ticket, Deadline deadline, LanePlan& out) = 0;

    /// `submit` and `collect` in one call.
    [[nodiscard]] Result<void> plan(const AccessBatch& batch, uint32_t lanes, LanePlan& out,
                                    std::chrono::milliseconds patience = std::chrono::seconds(10));
};

struct DetectorOptions {
    /// Seeds the hash that spreads keys over the detector's buckets. 0 draws one per process, so
    /// that nobody can craft keys that fill one bucket.
    uint64_t hash_seed = 0;
    /// The kernel's image for `card`; `emulation` builds its own.
    std::string xclbin_path{};
    uint32_t device_index = 0;
    /// `card` and `emulation` run with software standing by, which plans what the device fails to
    /// plan (failover/README.md). Without it their failures reach the caller.
    bool failover = true;
    uint32_t cross_check_one_in = 64;  ///< plans compared with software's; 0 none, 1 all
    /// How long a batch waits for the device before software plans it; 0: by device and batch size.
    std::chrono::milliseconds patience{0};
    /// `emulation` only: each run fails with probability 1 / this, in a way drawn from the seed; 0:
    /// none does.
    uint32_t emulated_fault_one_in = 0;
    uint64_t emulated_fault_seed = 1;
};

/// What a person may choose from, and why not.
struct DetectorChoice {
    std::string_view name;
    std::string_view description;
    bool available = false;
    std::string reason;  ///< why it is not available; empty when it is
};

/// Every backend this source knows, best first, whether it can run here or not. Opens no device.
[[nodiscard]] std::vector<DetectorChoice> available_detectors();

/// Makes the backend called `name`, one of `available_detectors`. Never another one.
/// Errors: NotFound (no backend has that name), Unavailable (it cannot run here; the message says
/// why), InvalidInput (the image is not one of ours).
[[nodiscard]] Result<std::unique_ptr<ConflictDetector>> make_detector(
    std::string_view name, const DetectorOptions& options = {});

}  // namespace switchyard
