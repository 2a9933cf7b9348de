// SPDX-License-Identifier: Apache-2.0
#include "tools/switchyard/block_replay.hpp"

#include <algorithm>
#include <chrono>
#include <optional>
#include <random>

#include "host/core/hex.hpp"
#include "host/execute/block_roots.hpp"
#include "host/execute/result_difference.hpp"
#include "host/ingest/verify_station.hpp"
#include "host/pool/pool.hpp"
#include "host/state/trie/state_trie.hpp"
#include "tools/fixtures/block_environment.hpp"
#include "tools/fixtures/memory_state.hpp"
#include "tools/workloads/wrong_plans.hpp"

namespace switchyard::tool {
namespace {

using fixtures::ListedHashes;
using fixtures::MainnetBlock;
using fixtures::WitnessRoots;

/// Everything that executing the block takes; built once, used by the serial and every parallel
/// execution.
struct Preparation {
    explicit Preparation(const MainnetBlock& from)
        : block(from), pre(fixtures::memory_state_of(from.pre)), hashes(from.block_hashes) {
        if (block.witness) nodes.emplace(block.witness->nodes);
    }

    /// `roots` is filled for a block whose receipts carry intermediate roots.
    execute::BlockInput input(std::span<const SignedTransaction> transactions,
                              std::optional<WitnessRoots>& roots) const {
        execute::BlockInput out;
        out.header = &block.header;
        out.rules =
            execute::rules_for_block(block.config, block.header.number, block.header.timestamp);
        out.transactions = transactions;
        out.ommers = block.ommers;
        if (block.withdrawals) out.withdrawals = *block.withdrawals;
        out.hashes = &hashes;
        out.scope =
            block.witness ? execute::BlockScope::Full : execute::BlockScope::TransactionsOnly;
        if (block.witness && out.rules.revision < Revision::Byzantium) {
            roots.emplace(block.witness->state_root, *nodes);
            out.roots = &*roots;
        }
        return out;
    }

    const MainnetBlock& block;
    MemoryState pre;
    ListedHashes hashes;
    std::optional<trie::MemoryNodes> nodes;
};

void check(std::vector<ReplayCheck>& checks, std::string name, const std::string& expected,
           const std::string& found) {
    checks.push_back({.name = std::move(name),
                      .passed = expected == found,
                      .expected = expected,
                      .found = found});
}

uint64_t now_ns() {
    return static_cast<uint64_t>(std::chrono::steady_clock::now().time_since_epoch() /
                                 std::chrono::nanoseconds(1));
}

class Replayer final : public BlockReplayer {
  public:
    explicit Replayer(std::unique_ptr<Wire> wire) : wire_(std::move(wire)) {}

    Result<void> add(const ReplayVariant& variant) {
        auto road = BlockRoad::open(variant.lanes);
        if (!road) return road.error();
        variants_.push_back({variant, std::move(*road),
                             std::make_unique<execute::ParallelExecutor>(variant.lanes.threads)});
        return {};
    }

    Result<ReplayOutcome> replay(const MainnetBlock& block) override {
        auto transactions = over_the_wire(block);
        if (!transactions) return transactions.error();
        const Preparation preparation(block);
        ReplayOutcome out;
        out.number = block.number;
        out.fork = block.fork;
        out.transactions = transactions->size();

        std::optional<WitnessRoots> roots;
        const auto input = preparation.input(*transactions, roots);
        uint64_t begin = now_ns();
        const auto serial = execute::execute_block_serial(input, preparation.pre);
        out.serial_ns = now_ns() - begin;
        if (!serial) return serial.error();
        out.gas_used = serial->gas_used;

        for (Variant& variant : variants_) {
            std::optional<WitnessRoots> variant_roots;
            const auto variant_input = preparation.input(*transactions, variant_roots);
            begin = now_ns();
            const auto parallel =
                execute(variant, variant_input, preparation.pre, out, &variant == variants_.data());
            if (&variant == variants_.data()) {
                out.parallel_ns = now_ns() - begin;
                if (!parallel) return parallel.error();
                if (auto checked = check_header(block, preparation, *parallel, out.checks);
                    !checked)
                    return checked.error();
            }
            const auto difference = parallel ? execute::first_difference(*serial, *parallel)
                                             : std::optional<std::string>(parallel.error().message);
            check(out.checks, "parallel = serial: " + variant.settings.name(), "equal",
                  difference.value_or("equal"));
        }
        return out;
    }

    std::string wire_description() const override { return wire_->description(); }
    uint64_t detector_fallbacks() const override {
        uint64_t out = 0;
        for (const Variant& variant : variants_)
            out += variant.road->health().fallbacks;
        return out;
    }

  private:
    struct Variant {
        ReplayVariant settings;
        std::unique_ptr<BlockRoad> road;
        std::unique_ptr<execute::ParallelExecutor>
            executor;  ///< for plans that do not come from the detector
    };

    Result<std::vector<SignedTransaction>> over_the_wire(const MainnetBlock& block) {
        auto source = wire_->start(block.transactions, {});
        if (!source) return source.error();
        VerifyStation verify(
            {.chain_id = block.config.chain_id,
             .require_low_s = block.config.revision_at(block.number, block.header.timestamp) >=
                              Revision::Homestead});
        Pool pool(
            {.admission = Admission::Named, .transactions_per_sender_max = kBlockTransactionsMax});
        // The sender gives up after a patience of its own, so that the wire ends even when frames
        // are lost.
        while (!(*source)->exhausted())
            (void)verify.step(**source, pool);
        const auto wire = wire_->finish();
        if (!wire) return wire.error();
        for (size_t i = 0; i < kVerdictCount; ++i)
            if (i != static_cast<size_t>(Verdict::Accepted) && verify.statistics().verdicts[i] != 0)
                return Error{ErrorCode::Mismatch,
                             "block " + std::to_string(block.number) + ": " +
                                 std::to_string(verify.statistics().verdicts[i]) +
                                 " transactions were refused with verdict " + std::to_string(i)};
        auto taken = pool.take_exactly(block.transaction_hashes);
        if (!taken) return taken.error();
        for (size_t i = 0; i < taken->size(); ++i)
            if ((*taken)[i].sender != block.senders[i])
                return Error{ErrorCode::Mismatch, "block " + std::to_string(block.number) +
                                                      ", transaction " + std::to_string(i) +
                                                      ": recovered sender " +
                                                      to_hex((*taken)[i].sender) + ", expected " +
                                                      to_hex(block.senders[i])};
        return taken;
    }

    Result<execute::BlockResult> execute(Variant& variant, const execute::BlockInput& input,
                                         const StateView& parent, ReplayOutcome& out,
                                         bool is_first) {
        const auto count = static_cast<uint32_t>(input.transactions.size());
        const uint32_t lanes = variant.settings.lanes.lanes;
        execute::ParallelStatistics statistics;
        auto result = [&] {
            switch (variant.settings.plan) {
                case PlanSource::Random:
                    return variant.executor->execute(
                        input, parent,
                        workloads::random_lanes_without_waits(count, lanes, generator_),
                        &statistics);
                case PlanSource::RoundRobin:
                    return variant.executor->execute(
                        input, parent, workloads::round_robin_without_waits(count, lanes),
                        &statistics);
                case PlanSource::Detector:
                    break;
            }
            auto executed = variant.road->execute(input, parent);
            statistics = variant.road->statistics();
            return executed;
        }();
        if (is_first) {
            out.waits = statistics.waits;
            out.aborts = statistics.aborts;
            if (variant.settings.plan == PlanSource::Detector)
                out.prediction = variant.road->prediction();
        }
        return result;
    }

    static Result<void> check_header(const MainnetBlock& block, const Preparation& preparation,
                                     const execute::BlockResult& result,
                                     std::vector<ReplayCheck>& checks) {
        if (block.checks.gas_used)
            check(checks, "gas used", std::to_string(block.header.gas_used),
                  std::to_string(result.gas_used));
        if (block.checks.logs_bloom)
            check(checks, "logs bloom", to_hex(block.header.logs_bloom), to_hex(result.logs_bloom));
        if (block.checks.receipts_root)
            check(checks, "receipts root", to_hex(block.header.receipts_root),
                  to_hex(execute::receipts_root(result.receipts)));
        if (block.header.requests_hash && block.witness)
            check(checks, "requests hash", to_hex(*block.header.requests_hash),
                  to_hex(result.requests_hash.value_or(Bytes32{})));
        if (block.checks.state_root && block.witness) {
            trie::StateTrie trie(block.witness->state_root, *preparation.nodes);
            const auto root = trie.apply(result.changes);
            if (!root) return root.error();
            check(checks, "state root", to_hex(block.header.state_root), to_hex(*root));
        }
        return {};
    }

    std::unique_ptr<Wire> wire_;
    std::vector<Variant> variants_;
    std::mt19937_64 generator_{1};
};

}  // namespace

std::string ReplayVariant::name() const {
    std::string out =
        std::to_string(lanes.lanes) + " lanes, " + std::to_string(lanes.threads) + " threads, ";
    switch (plan) {
        case PlanSource::Detector:
            return out + lanes.detector + (lanes.look_ahead ? ", look-ahead" : "");
        case PlanSource::Random:
            return out + "random plan";
        case PlanSource::RoundRobin:
            return out + "empty predictions";
    }
    return out;
}

bool ReplayOutcome::passed() const {
    return std::all_of(checks.begin(), checks.end(),
                       [](const ReplayCheck& check) { return check.passed; });
}

Result<std::unique_ptr<BlockReplayer>> BlockReplayer::open(
    const std::vector<ReplayVariant>& variants) {
    SWITCHYARD_ASSERT(!variants.empty());
    auto wire = Wire::open();
    if (!wire) return wire.error();
    auto out = std::make_unique<Replayer>(std::move(*wire));
    for (const ReplayVariant& variant : variants)
        if (auto added = out->add(variant); !added) return added.error();
    return std::unique_ptr<BlockReplayer>(std::move(out));
}

}  // namespace switchyard::tool
