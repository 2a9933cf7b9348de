// SPDX-License-Identifier: Apache-2.0
// Replays one real block over the road: wire, verify, pool, plan, detector, lanes; then checks it
// against its header and against serial execution.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "host/road/block_road.hpp"
#include "tools/fixtures/mainnet_block.hpp"
#include "tools/switchyard/wire.hpp"

namespace switchyard::tool {

/// Where the lanes come from.
enum class PlanSource : uint8_t {
    Detector,    ///< predicted and planned, as in production
    Random,      ///< wrong on purpose: random lanes, no waits between them
    RoundRobin,  ///< what empty predictions give: every transaction in another lane, no waits
};

/// One way to execute the block in parallel.
struct ReplayVariant {
    BlockRoadConfig lanes;
    PlanSource plan = PlanSource::Detector;

    /// "8 lanes, 2 threads, software".
    [[nodiscard]] std::string name() const;
};

/// A header value and what the replay gave.
struct ReplayCheck {
    std::string name;
    bool passed = false;
    std::string expected;
    std::string found;
};

struct ReplayOutcome {
    uint64_t number = 0;
    std::string fork;
    size_t transactions = 0;
    uint64_t gas_used = 0;
    std::vector<ReplayCheck>
        checks;          ///< against the header, then one for each variant against serial execution
    uint64_t waits = 0;  ///< of the first variant
    uint64_t aborts = 0;              ///< of the first variant
    PredictionStatistics prediction;  ///< of the first variant
    uint64_t serial_ns = 0;
    uint64_t parallel_ns = 0;  ///< of the first variant: plan, detect, execute

    [[nodiscard]] bool passed() const;
};

/// Keeps the wire, detectors and threads between blocks. One thread.
class BlockReplayer {
  public:
    /// At least one variant. Errors: what the wire or a detector says when it cannot run here.
    [[nodiscard]] static Result<std::unique_ptr<BlockReplayer>> open(
        const std::vector<ReplayVariant>& variants);
    virtual ~BlockReplayer() = default;

    /// A failed check is part of the outcome. Errors: the block could not be executed at all
    /// (`InvalidInput`; `Unsupported` for a precompile), or the road lost or refused one of its
    /// transactions (`Mismatch`).
    [[nodiscard]] virtual Result<ReplayOutcome> replay(const fixtures::MainnetBlock& block) = 0;

    [[nodiscard]] virtual std::string wire_description() const = 0;
    /// Blocks that the software detector planned because the configured detector failed.
    [[nodiscard]] virtual uint64_t detector_fallbacks() const = 0;
};

}  // namespace switchyard::tool
