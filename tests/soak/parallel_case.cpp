// SPDX-License-Identifier: Apache-2.0
#include "tests/soak/parallel_case.hpp"

#include <algorithm>
#include <charconv>
#include <numeric>

#include "host/core/hex.hpp"
#include "host/execute/deferred_parent_hash.hpp"
#include "host/execute/result_difference.hpp"
#include "host/offload/look_ahead.hpp"
#include "host/plan/planner.hpp"
#include "host/road/block_road.hpp"
#include "host/state/trie/state_trie.hpp"
#include "tests/support/conflict_chain.hpp"
#include "tools/workloads/wrong_access_lists.hpp"
#include "tools/workloads/wrong_plans.hpp"

namespace switchyard::soak {
namespace {

using execute::BlockResult;
using execute::PickOrder;
using test::ConflictBlock;
using test::ConflictChain;

constexpr int kPlansEach = 3;

/// Revisions by turns, those that chains live on more often. Their number has no divisor in common
/// with the steps of cases, so that each part of a soak meets all.
constexpr std::array kRevisions{
    Revision::Frontier,  Revision::Homestead,      Revision::TangerineWhistle,
    Revision::Amsterdam, Revision::SpuriousDragon, Revision::Byzantium,
    Revision::Osaka,     Revision::Constantinople, Revision::Petersburg,
    Revision::Prague,    Revision::Istanbul,       Revision::Berlin,
    Revision::Amsterdam, Revision::London,         Revision::Paris,
    Revision::Osaka,     Revision::Shanghai,       Revision::Cancun,
    Revision::Prague};

execute::BlockInput input_of(const ConflictBlock& block, Revision revision) {
    execute::BlockInput out;
    out.header = &block.header;
    out.rules.revision = revision;
    out.rules.chain_id = 1;
    out.rules.blobs = {3, 6, 3'338'477};
    out.rules.deposit_contract = test::conflict_contract(test::ConflictContract::Depositor);
    out.transactions = block.transactions;
    out.ommers = block.ommers;
    out.withdrawals = block.withdrawals;
    return out;
}

/// The roots that receipts carry before Byzantium.
class TrieRoots final : public execute::IntermediateRoots {
  public:
    explicit TrieRoots(const StateChanges& state) {
        SWITCHYARD_ASSERT(trie_.apply(state).has_value());
    }
    Result<Bytes32> root_after(const StateChanges& changes) override {
        return trie_.apply(changes);
    }

  private:
    trie::StateTrie trie_;
};

/// The transaction that an execution's error names.
std::optional<size_t> refused_transaction(const std::string& message) {
    constexpr std::string_view kPrefix = "transaction ";
    if (!message.starts_with(kPrefix)) return std::nullopt;
    size_t index = 0;
    const char* const begin = message.data() + kPrefix.size();
    const auto [end, error] = std::from_chars(begin, message.data() + message.size(), index);
    if (error != std::errc{} || end == begin) return std::nullopt;
    return index;
}

}  // namespace

class ParallelSoak::Case {
  public:
    Case(ParallelSoak& soak, uint64_t seed, ParallelTotals& totals)
        : soak_(soak),
          totals_(totals),
          generator_(seed),
          chain_(generator_(), kRevisions[seed % kRevisions.size()]) {}

    std::optional<std::string> run() {
        if (trie_root(chain_.state().all()) != Bytes32{}) trie_is_ready_ = true;
        const uint32_t blocks = 2 + static_cast<uint32_t>(below(6));
        for (uint32_t i = 0; i < blocks; ++i) {
            ConflictBlock block = chain_.next(block_size());
            if (!block.transactions.empty() && below(4) == 0) {
                ConflictBlock damaged = block;
                chain_.damage(damaged);
                if (auto difference = compare(damaged, i)) return difference;
            }
            if (auto difference = compare(block, i)) return difference;
            if (const auto refused = refused_) {
                // Serial order refuses this one: what stands before it is a block.
                block.transactions.resize(*refused);
                if (auto difference = compare(block, i)) return difference;
            }
            if (auto difference = advance(i)) return difference;
        }
        return std::nullopt;
    }

  private:
    [[nodiscard]] uint64_t below(uint64_t bound) { return generator_() % bound; }

    uint32_t block_size() {
        const uint64_t kind = below(16);
        if (kind == 0) return static_cast<uint32_t>(below(4));
        return static_cast<uint32_t>(kind == 1 ? 200 + below(400) : 10 + below(150));
    }

    /// Executes the block serially, and in parallel by a few plans. Keeps the serial result, or
    /// which transaction it refuses.
    std::optional<std::string> compare(const ConflictBlock& block, uint32_t number) {
        result_.reset();
        refused_.reset();
        execute::BlockInput input = input_of(block, chain_.revision());
        const bool with_roots = chain_.revision() < Revision::Byzantium && below(4) == 0;
        const StateChanges before = with_roots ? chain_.state().all() : StateChanges{};
        TrieRoots serial_roots(before);
        if (with_roots) input.roots = &serial_roots;
        auto serial = execute_block_serial(input, chain_.state());
        input.roots = nullptr;
        for (int attempt = 0; attempt < kPlansEach; ++attempt) {
            execute::ParallelStatistics statistics;
            TrieRoots roots(before);
            if (with_roots) input.roots = &roots;
            choose_merging(block.transactions.size());
            input.merging = merging_;
            auto parallel = below(5) == 0 ? execute_on_road(input, statistics)
                                          : execute_by_plan(block, input, statistics);
            input.roots = nullptr;
            input.merging = {};
            if (auto difference = difference_of(serial, parallel))
                return std::string(to_string(chain_.revision())) + ", block " +
                       std::to_string(number) + " of " + std::to_string(block.transactions.size()) +
                       " transactions, " + way_ + ": " + *difference;
            totals_.aborts += statistics.aborts;
            if (parallel) parallel_changes_ = std::move(parallel->changes);
        }
        if (serial && serial->block_access_list)
            if (auto difference = compare_by_lists(input, *serial)) return difference;
        if (!serial) {
            ++totals_.refused_blocks;
            refused_ = refused_transaction(serial.error().message);
            return std::nullopt;
        }
        ++totals_.blocks;
        totals_.transactions += block.transactions.size();
        totals_.by_revision[static_cast<size_t>(chain_.revision())] += block.transactions.size();
        totals_.succeeded += static_cast<uint64_t>(
            std::ranges::count_if(serial->receipts, [](const Receipt& r) { return r.success; }));
        result_ = std::move(*serial);
        return std::nullopt;
    }

    /// None, some or all of the block's transactions merge.
    void choose_merging(size_t count) {
        const uint64_t one_in = below(3);
        merging_.assign(one_in == 0 ? 0 : count, 1);
        if (one_in == 2)
            for (uint8_t& each : merging_)
                each = static_cast<uint8_t>(below(2));
        totals_.merging += static_cast<uint64_t>(std::ranges::count(merging_, 1));
    }

    Result<BlockResult> execute_by_plan(const ConflictBlock& block,
                                        const execute::BlockInput& input,
                                        execute::ParallelStatistics& statistics) {
        const LanePlan plan = make_plan(block);
        const auto threads = static_cast<uint32_t>(1 + below(kThreadsMax));
        const auto order = below(2) == 0 ? PickOrder::EarliestFirst : PickOrder::LatestFirst;
        way_ = plan_name_ + " on " + std::to_string(plan.lane_count()) + " lanes, " +
               std::to_string(threads) + " threads, " +
               (order == PickOrder::LatestFirst ? "latest" : "earliest") + " first";
        execute::ParallelExecutor& executor = soak_.executor(threads, order);
        return with_late_hash(input, [&](const execute::BlockInput& in, const StateView& parent) {
            return executor.execute(in, parent, plan, &statistics);
        });
    }

    /// By the templates that the case's blocks have taught so far.
    Result<BlockResult> execute_on_road(const execute::BlockInput& input,
                                        execute::ParallelStatistics& statistics) {
        if (road_ == nullptr) {
            BlockRoadConfig config;
            config.lanes = static_cast<uint32_t>(2 + below(31));
            config.threads = static_cast<uint32_t>(1 + below(4));
            config.look_ahead = below(2) == 0;
            config.key_seed = 3;
            auto opened = BlockRoad::open(config);
            SWITCHYARD_ASSERT(opened.has_value());
            road_ = std::move(*opened);
        }
        way_ = "the road's plan on " + std::to_string(road_->config().lanes) + " lanes, " +
               std::to_string(road_->config().threads) + " threads";
        auto result =
            with_late_hash(input, [&](const execute::BlockInput& in, const StateView& parent) {
                return road_->execute(in, parent);
            });
        statistics = road_->statistics();
        return result;
    }

    /// Half of the blocks that could wait for their parent's hash do.
    template <typename Execute>
    Result<BlockResult> with_late_hash(execute::BlockInput input, Execute run_block) {
        const Bytes32 parent_hash = input.header->parent_hash;
        execute::DeferredParentHash deferred(chain_.state(), input.header->number,
                                             chain_.revision(), [&] { return parent_hash; });
        if (!deferred.is_deferred() || below(2) == 0) return run_block(input, chain_.state());
        BlockHeader header = *input.header;
        header.parent_hash = {};
        input.header = &header;
        input.parent_hash = &deferred;
        return run_block(input, deferred);
    }

    /// The block by its own access list, and by one with random damage.
    std::optional<std::string> compare_by_lists(const execute::BlockInput& input,
                                                const BlockResult& serial) {
        const auto threads = static_cast<uint32_t>(1 + below(kThreadsMax));
        BlockAccessList list = *serial.block_access_list;
        std::optional<std::string> damage = "nothing is wrong";
        for (const bool is_right : {true, false}) {
            execute::AccessListStatistics statistics;
            const auto found =
                soak_.list_executor(threads).execute(input, chain_.state(), list, &statistics);
            auto difference = difference_of(serial, found);
            if (!difference && statistics.held != is_right)
                difference = is_right ? "refused: " + statistics.reason : "taken for the block's";
            if (difference)
                return "an access list in which " + *damage + ", " + std::to_string(threads) +
                       " threads: " + *difference;
            if (!is_right) break;
            const auto kind = static_cast<uint32_t>(below(workloads::kListDamageCount));
            damage = workloads::damage_access_list(list, kind, generator_);
            if (!damage) break;
        }
        ++totals_.list_blocks;
        return std::nullopt;
    }

    static std::optional<std::string> difference_of(const Result<BlockResult>& serial,
                                                    const Result<BlockResult>& parallel) {
        if (serial && parallel) return first_difference(*serial, *parallel);
        const auto words = [](const Result<BlockResult>& result) {
            return result ? "a result" : "the error '" + result.error().message + "'";
        };
        if (serial.has_value() == parallel.has_value() &&
            serial.error().code == parallel.error().code &&
            serial.error().message == parallel.error().message)
            return std::nullopt;
        return "expected " + words(serial) + ", found " + words(parallel);
    }

    /// The block's changes become the chain's. The root that the parallel result gives to a trie
    /// which follows the chain must be the one built from the whole state.
    std::optional<std::string> advance(uint32_t number) {
        if (!result_) return "block " + std::to_string(number) + ": nothing of it is valid";
        const Bytes32 followed = trie_root(parallel_changes_);
        chain_.accept(result_->changes);
        const Bytes32 whole = trie::state_root(chain_.state().all());
        if (trie_is_ready_ && followed == whole) return std::nullopt;
        return std::string(to_string(chain_.revision())) + ", block " + std::to_string(number) +
               ": expected root " + to_hex(whole) + ", found " + to_hex(followed);
    }

    Bytes32 trie_root(const StateChanges& changes) {
        const auto root = trie_.apply(changes);
        return root ? *root : Bytes32{};
    }

    LanePlan make_plan(const ConflictBlock& block) {
        const auto count = static_cast<uint32_t>(block.transactions.size());
        const auto lanes = static_cast<uint32_t>(2 + below(15));
        switch (below(10)) {
            case 0:
                plan_name_ = "everything in one lane";
                return workloads::all_in_one_lane(count, lanes);
            case 1:
                plan_name_ = "round robin without waits";
                return workloads::round_robin_without_waits(count, lanes);
            case 2:
            case 3:
                plan_name_ = "random lanes without waits";
                return workloads::random_lanes_without_waits(count, lanes, generator_);
            case 4:
                plan_name_ = "random lanes with random waits";
                return workloads::random_lanes_with_random_waits(count, lanes, generator_);
            case 5:
                plan_name_ = "empty predictions";
                batch_.clear();
                for (uint32_t i = 0; i < count; ++i)
                    batch_.begin_transaction(21'000 + below(100'000));
                return detected(batch_, lanes);
            case 6: {
                plan_name_ = "a plan in another order";
                Planner(3).predict(block.transactions, block.header.beneficiary, batch_);
                look_ahead_.arrange(batch_, lanes, arranged_);
                LanePlan out = detected(arranged_, lanes);
                out.set_order(look_ahead_.order());
                return out;
            }
            default:
                plan_name_ = "the planner's plan";
                Planner(3).predict(block.transactions, block.header.beneficiary, batch_);
                return detected(batch_, lanes);
        }
    }

    LanePlan detected(const AccessBatch& batch, uint32_t lanes) {
        LanePlan out;
        const auto planned = soak_.detector_->plan(batch, lanes, out);
        SWITCHYARD_ASSERT(planned.has_value());
        return out;
    }

    ParallelSoak& soak_;
    ParallelTotals& totals_;
    std::mt19937_64 generator_;
    ConflictChain chain_;
    trie::StateTrie trie_;
    bool trie_is_ready_ = false;
    std::optional<BlockResult> result_;
    std::optional<size_t> refused_;
    StateChanges parallel_changes_;
    AccessBatch batch_;
    AccessBatch arranged_;
    offload::LookAhead look_ahead_{3};
    std::vector<uint8_t> merging_;
    std::string plan_name_;
    std::string way_;  ///< of the last parallel execution
    std::unique_ptr<BlockRoad> road_;
};

ParallelSoak::ParallelSoak() {
    auto detector = make_detector("software");
    SWITCHYARD_ASSERT(detector.has_value());
    detector_ = std::move(*detector);
}

execute::ParallelExecutor& ParallelSoak::executor(uint32_t threads, PickOrder order) {
    auto& slot = executors_[(threads - 1) * 2 + (order == PickOrder::LatestFirst ? 1 : 0)];
    if (!slot) slot = std::make_unique<execute::ParallelExecutor>(threads, order);
    return *slot;
}

execute::AccessListExecutor& ParallelSoak::list_executor(uint32_t threads) {
    auto& slot = list_executors_[threads - 1];
    if (!slot) slot = std::make_unique<execute::AccessListExecutor>(threads);
    return *slot;
}

std::optional<std::string> ParallelSoak::run(uint64_t seed, ParallelTotals& totals) {
    return Case(*this, seed, totals).run();
}

}  // namespace switchyard::soak
