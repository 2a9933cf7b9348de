// SPDX-License-Identifier: Apache-2.0
// How well accesses are predicted: precision, recall and what is left to abort, on workloads and on
// real blocks, before and after learning.
#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "host/road/block_road.hpp"
#include "tools/accesses/block_accesses.hpp"
#include "tools/accesses/unordered.hpp"
#include "tools/switchyard/benchmarks.hpp"
#include "tools/switchyard/output.hpp"
#include "tools/switchyard/prediction_text.hpp"
#include "tools/switchyard/real_blocks.hpp"
#include "tools/workloads/workload_chain.hpp"

namespace switchyard::tool {
namespace {

constexpr uint32_t kLanes = 8;
constexpr uint32_t kThreads = 2;

BlockRoadConfig road_config(bool learn) {
    BlockRoadConfig config;
    config.lanes = kLanes;
    config.threads = kThreads;
    config.learn = learn;
    config.learning.compare_all = true;
    return config;
}

/// What some blocks came to.
struct Score {
    PredictionStatistics prediction;
    uint64_t transactions = 0;
    uint64_t unordered = 0;
    uint64_t aborts = 0;
    uint64_t merging = 0;
    uint64_t plan_ns = 0;   ///< wall time of predicting and learning
    double predict_ns = 0;  ///< CPU time of predicting one transaction; 0: not measured

    [[nodiscard]] double share(uint64_t count) const {
        return transactions == 0 ? 0
                                 : static_cast<double>(count) / static_cast<double>(transactions);
    }
    [[nodiscard]] double plan_ns_each() const {
        return transactions == 0 ? 0
                                 : static_cast<double>(plan_ns) / static_cast<double>(transactions);
    }
    void operator+=(const Score& other) {
        prediction += other.prediction;
        transactions += other.transactions;
        unordered += other.unordered;
        aborts += other.aborts;
        merging += other.merging;
        plan_ns += other.plan_ns;
    }
};

/// Runs one block over `road`.
Result<Score> run_block(BlockRoad& road, const execute::BlockInput& input, const StateView& parent,
                        const accesses::BlockAccesses& accesses,
                        std::optional<execute::BlockResult>* result = nullptr) {
    const uint64_t before = road.counters()[Station::Plan].busy_ns;
    auto done = road.execute(input, parent);
    if (!done) return done.error();
    Score out;
    out.prediction = road.prediction();
    out.transactions = input.transactions.size();
    if (road.merging().empty()) {
        out.unordered = accesses::unordered_transactions(accesses, road.plan());
    } else {
        execute::BlockInput merging = input;
        merging.merging = road.merging();
        const auto merged = accesses::record_accesses(merging, parent);
        if (!merged) return merged.error();
        out.unordered = accesses::unordered_transactions(*merged, road.plan());
        out.merging = static_cast<uint64_t>(std::ranges::count(road.merging(), 1));
    }
    out.aborts = road.statistics().aborts;
    out.plan_ns = road.counters()[Station::Plan].busy_ns - before;
    if (result != nullptr) *result = std::move(*done);
    return out;
}

std::vector<std::string> row_of(const std::string& name, const Score& score) {
    const PredictionStatistics& p = score.prediction;
    // Without templates nothing is compared.
    const auto share = [&](double of) { return p.compared == 0 ? "-" : percent(of); };
    return {name,
            with_commas(score.transactions),
            share(p.slots.recall()),
            share(p.slots.precision()),
            share(p.accounts.recall()),
            share(p.accounts.precision()),
            percent(score.share(score.unordered)),
            percent(score.share(score.aborts)),
            percent(score.share(score.merging)),
            with_commas(static_cast<uint64_t>(score.plan_ns_each())),
            score.predict_ns == 0 ? "" : with_commas(static_cast<uint64_t>(score.predict_ns))};
}

nlohmann::json json_of(const Score& score) {
    nlohmann::json out = nlohmann::json::object();
    if (score.prediction.compared != 0) out = prediction_json(score.prediction);
    out["transactions"] = score.transactions;
    out["unordered"] = score.unordered;
    out["aborts"] = score.aborts;
    out["unordered_share"] = score.share(score.unordered);
    out["merging_share"] = score.share(score.merging);
    out["abort_share"] = score.share(score.aborts);
    out["plan_ns_per_transaction"] = score.plan_ns_each();
    if (score.predict_ns != 0) out["predict_cpu_ns_per_transaction"] = score.predict_ns;
    return out;
}

Table make_table(const std::string& what) {
    return Table({what, "transactions", "slots: recall", "precision", "accounts: recall",
                  "precision", "unordered", "aborts", "merging", "plan ns each",
                  "predict ns each"});
}

/// The CPU time of predicting one of a block's transactions from what is learned: the median of
/// some rounds.
double predict_ns(const execute::BlockInput& input, const StateView& parent,
                  plan::TemplateStore& templates) {
    constexpr size_t kRounds = 25;
    Planner planner;
    AccessBatch batch;
    const plan::BlockFacts facts{input.header->beneficiary, input.header->number,
                                 input.header->timestamp};
    std::vector<double> rounds;
    for (size_t i = 0; i < kRounds; ++i) {
        const double begin = thread_cpu_ns();
        planner.predict(input.transactions, facts, parent, templates, batch);
        rounds.push_back(thread_cpu_ns() - begin);
    }
    std::ranges::nth_element(rounds, rounds.begin() + kRounds / 2);
    return rounds[kRounds / 2] / static_cast<double>(input.transactions.size());
}

/// The first block teaches; the others show what was learned.
Result<void> run_workload(const workloads::WorkloadKind& kind, const BenchmarkOptions& options,
                          Table& table, nlohmann::json& all) {
    workloads::WorkloadOptions wanted;
    wanted.seed = options.seed;
    wanted.transactions = options.batch * (options.rounds + 1);
    auto workload = workloads::make_workload(kind.name, wanted);
    if (!workload) return workload.error();
    auto chain = workloads::WorkloadChain::open(*workload);
    if (!chain) return chain.error();
    auto stated = BlockRoad::open(road_config(false));
    if (!stated) return stated.error();
    auto learned = BlockRoad::open(road_config(true));
    if (!learned) return learned.error();
    Score before;
    Score first;
    Score after;
    std::span<const SignedTransaction> rest(workload->transactions);
    for (bool is_first = true; !rest.empty(); is_first = false) {
        const auto transactions = rest.first(std::min<size_t>(options.batch, rest.size()));
        rest = rest.subspan(transactions.size());
        const auto input = (*chain)->next_block(transactions);
        const auto accesses = accesses::record_accesses(input, (*chain)->state());
        if (!accesses) return accesses.error();
        const auto plain = run_block(**stated, input, (*chain)->state(), *accesses);
        if (!plain) return plain.error();
        std::optional<execute::BlockResult> result;
        const auto score = run_block(**learned, input, (*chain)->state(), *accesses, &result);
        if (!score) return score.error();
        before += *plain;
        (is_first ? first : after) += *score;
        if (rest.empty())
            after.predict_ns = predict_ns(input, (*chain)->state(), (*learned)->templates());
        (*chain)->apply(*result);
    }
    const std::string name(kind.name);
    table.add(row_of(name + ", nothing learned", before));
    table.add(row_of(name + ", first block", first));
    table.add(row_of(name + ", later blocks", after));
    all.push_back({{"workload", name},
                   {"nothing_learned", json_of(before)},
                   {"first_block", json_of(first)},
                   {"later_blocks", json_of(after)}});
    return {};
}

Result<void> run_mainnet(const std::string& folder, std::string& text, nlohmann::json& all) {
    const auto blocks = load_real_blocks(folder);
    if (!blocks) return blocks.error();
    auto stated = BlockRoad::open(road_config(false));
    if (!stated) return stated.error();
    auto sequence = BlockRoad::open(road_config(true));
    if (!sequence) return sequence.error();
    Table table({"mainnet block", "transactions", "depend", "unordered: stated", "first seen",
                 "after those before", "seen once", "aborts: stated", "seen once", "slots: recall",
                 "precision", "accounts: recall", "precision"});
    std::array<Score, 4> sums;
    for (const auto& block : *blocks) {
        const auto input = block->input();
        const auto accesses = accesses::record_accesses(input, block->parent);
        if (!accesses) return accesses.error();
        auto own = BlockRoad::open(road_config(true));
        if (!own) return own.error();
        std::array<Score, 4> scores;
        BlockRoad* const roads[4] = {stated->get(), own->get(), sequence->get(), own->get()};
        for (size_t i = 0; i < scores.size(); ++i) {
            const auto score = run_block(*roads[i], input, block->parent, *accesses);
            if (!score) return score.error();
            scores[i] = *score;
            sums[i] += *score;
        }
        uint64_t depend = 0;
        for (uint32_t i = 0; i < accesses->transaction_count(); ++i)
            depend += accesses->dependencies_of(i).empty() ? 0 : 1;
        const PredictionStatistics& p = scores[3].prediction;
        table.add({std::to_string(block->block.number), with_commas(scores[0].transactions),
                   with_commas(depend), with_commas(scores[0].unordered),
                   with_commas(scores[1].unordered), with_commas(scores[2].unordered),
                   with_commas(scores[3].unordered), with_commas(scores[0].aborts),
                   with_commas(scores[3].aborts), percent(p.slots.recall()),
                   percent(p.slots.precision()), percent(p.accounts.recall()),
                   percent(p.accounts.precision())});
        all.push_back({{"block", block->block.number},
                       {"depend", depend},
                       {"nothing_learned", json_of(scores[0])},
                       {"first_seen", json_of(scores[1])},
                       {"after_those_before", json_of(scores[2])},
                       {"seen_once", json_of(scores[3])}});
    }
    text += table.to_string() + "\n";
    Table total = make_table("all mainnet blocks");
    const char* const names[4] = {"nothing learned", "first seen", "after those before",
                                  "seen once"};
    for (size_t i = 0; i < sums.size(); ++i)
        total.add(row_of(names[i], sums[i]));
    text += total.to_string();
    return {};
}

}  // namespace

Result<BenchmarkReport> bench_predict(const BenchmarkOptions& options) {
    BenchmarkReport report;
    nlohmann::json kinds = nlohmann::json::array();
    nlohmann::json blocks = nlohmann::json::array();
    Table table = make_table("workload");
    for (const workloads::WorkloadKind& kind : workloads::workload_kinds())
        if (auto done = run_workload(kind, options, table, kinds); !done) return done.error();
    report.text = fmt::format(
        "{} lanes, {} threads, blocks of {} transactions, seed {}\nunordered: they read what an "
        "earlier one wrote, and the plan does not make them wait for it\nplan ns: "
        "wall time of predicting and learning; predict ns: CPU time of predicting alone\n\n{}\n",
        kLanes, kThreads, with_commas(options.batch), options.seed, table.to_string());
    if (!options.blocks.empty())
        if (auto done = run_mainnet(options.blocks, report.text, blocks); !done)
            return done.error();
    report.json = {{"benchmark", "predict"},
                   {"machine", machine_description()},
                   {"lanes", kLanes},
                   {"threads", kThreads},
                   {"workloads", std::move(kinds)},
                   {"mainnet", std::move(blocks)}};
    return report;
}

}  // namespace switchyard::tool
