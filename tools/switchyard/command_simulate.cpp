// SPDX-License-Identifier: Apache-2.0
// `switchyard simulate WORKLOAD|FILE...`: what more cores and lanes would give, from costs measured
// here.
#include <fmt/format.h>

#include <filesystem>
#include <memory>
#include <optional>

#include "host/execute/block_validation.hpp"
#include "tools/fixtures/block_environment.hpp"
#include "tools/fixtures/mainnet_block.hpp"
#include "tools/fixtures/memory_state.hpp"
#include "tools/report/page.hpp"
#include "tools/simulate/study.hpp"
#include "tools/switchyard/commands.hpp"
#include "tools/switchyard/output.hpp"
#include "tools/switchyard/simulation_report.hpp"
#include "tools/switchyard/workload_options.hpp"
#include "tools/workloads/workload_chain.hpp"

namespace switchyard::tool {
namespace {

struct SimulateSettings {
    std::vector<std::string> subjects;
    workloads::WorkloadOptions workload;
    simulate::StudyOptions study;
    uint32_t block = 5'000;
    uint32_t learn_blocks = 1;
    std::string plot;
    bool json = false;
};

bool names_files(const std::vector<std::string>& subjects) {
    std::error_code ignored;
    return std::ranges::all_of(subjects, [&](const std::string& subject) {
        return std::filesystem::exists(subject, ignored);
    });
}

Result<void> study_workload(simulate::Study& study, const SimulateSettings& settings) {
    auto workload = workloads::make_workload(settings.subjects[0], settings.workload);
    if (!workload) return workload.error();
    auto chain = workloads::WorkloadChain::open(*workload);
    if (!chain) return chain.error();
    const std::span<const SignedTransaction> all(workload->transactions);
    const size_t blocks = (all.size() + settings.block - 1) / settings.block;
    if (blocks <= settings.learn_blocks)
        return Error{ErrorCode::InvalidInput,
                     fmt::format("{} blocks are there to learn from and {} in all; ask for more "
                                 "--transactions, or a smaller --block",
                                 settings.learn_blocks, blocks)};
    Progress progress("measuring", blocks, settings.json);
    for (size_t b = 0; b < blocks; ++b) {
        const size_t begin = b * settings.block;
        const auto input = (*chain)->next_block(
            all.subspan(begin, std::min<size_t>(settings.block, all.size() - begin)));
        auto changes = b < settings.learn_blocks ? study.learn(input, (*chain)->state())
                                                 : study.add(input, (*chain)->state());
        if (!changes) return changes.error();
        execute::BlockResult result;
        result.changes = std::move(*changes);
        (*chain)->apply(result);
        progress.update(b + 1);
    }
    return {};
}

Result<void> study_file(simulate::Study& study, const std::string& file, bool learn) {
    const auto block = fixtures::load_mainnet_block(file);
    if (!block) return block.error();
    std::vector<Transaction> decoded;
    for (const Bytes& encoded : block->transactions) {
        auto transaction = decode_transaction(encoded);
        if (!transaction) return transaction.error();
        decoded.push_back(std::move(*transaction));
    }
    execute::BlockInput input;
    input.header = &block->header;
    input.rules =
        execute::rules_for_block(block->config, block->header.number, block->header.timestamp);
    const auto transactions = execute::recover_transactions(std::move(decoded), input.rules);
    if (!transactions) return transactions.error();
    const MemoryState state = fixtures::memory_state_of(block->pre);
    const fixtures::ListedHashes hashes(block->block_hashes);
    input.transactions = *transactions;
    input.ommers = block->ommers;
    if (block->withdrawals) input.withdrawals = *block->withdrawals;
    input.hashes = &hashes;
    // Roots between transactions, which receipts carry before Byzantium, are no part of execution.
    input.scope =
        block->witness ? execute::BlockScope::Full : execute::BlockScope::TransactionsOnly;
    auto done = learn ? study.learn(input, state) : study.add(input, state);
    if (!done) return done.error();
    return {};
}

Result<void> study_files(simulate::Study& study, const SimulateSettings& settings) {
    // Blocks of a real chain stand far apart: each is learned from before it is measured, as a node
    // that has seen these contracts knows them.
    Progress progress("measuring", settings.subjects.size(), settings.json);
    for (size_t i = 0; i < settings.subjects.size(); ++i) {
        if (settings.learn_blocks != 0)
            if (auto learned = study_file(study, settings.subjects[i], true); !learned)
                return learned;
        if (auto added = study_file(study, settings.subjects[i], false); !added)
            return Error{added.error().code, settings.subjects[i] + ": " + added.error().message};
        progress.update(i + 1);
    }
    return {};
}

SimulationSubject subject_of(const SimulateSettings& settings, bool files) {
    SimulationSubject out;
    out.settings = {{"detector", settings.study.road.detector},
                    {"look_ahead", settings.study.road.look_ahead},
                    {"rounds", settings.study.rounds},
                    {"learn_blocks", settings.learn_blocks}};
    if (files) {
        for (const std::string& path : settings.subjects)
            out.name +=
                (out.name.empty() ? "" : ", ") + std::filesystem::path(path).filename().string();
        return out;
    }
    out.name = settings.subjects[0];
    const workloads::WorkloadOptions& workload = settings.workload;
    out.settings.update({{"block", settings.block},
                         {"transactions", workload.transactions},
                         {"users", workload.users},
                         {"instances", workload.instances},
                         {"zipf", workload.zipf},
                         {"hot_percent", workload.hot_percent},
                         {"seed", workload.seed}});
    return out;
}

Result<void> check(const SimulateSettings& settings, bool files) {
    if (!files && settings.subjects.size() != 1)
        return Error{ErrorCode::InvalidInput,
                     "name one workload (" + workload_names() + "), or block files that exist"};
    if (settings.block < 2 || settings.block > kBlockTransactionsMax)
        return Error{ErrorCode::InvalidInput,
                     fmt::format("--block: {} is not in 2 to {}", settings.block,
                                 with_commas(kBlockTransactionsMax))};
    return {};
}

int run_simulate(const SimulateSettings& settings) {
    const bool files = names_files(settings.subjects);
    if (auto checked = check(settings, files); !checked) return report_error(checked.error());
    auto study = simulate::Study::open(settings.study);
    if (!study) return report_error(study.error());
    const auto studied = files ? study_files(**study, settings) : study_workload(**study, settings);
    if (!studied) return report_error(studied.error());
    const SimulationSubject subject = subject_of(settings, files);
    if (!settings.plot.empty()) {
        const std::string page =
            report::simulation_page(simulation_json(subject, (*study)->result()));
        if (auto written = report::write_page(settings.plot, page); !written)
            return report_error(written.error());
    }
    if (settings.json)
        fmt::print("{}\n", simulation_json(subject, (*study)->result()).dump(2));
    else
        fmt::print("{}", simulation_text(subject, (*study)->result()));
    return kExitSuccess;
}

}  // namespace

void add_simulate_command(CLI::App& app, int& exit_code) {
    auto* command = app.add_subcommand(
        "simulate", "What more cores and lanes would give, simulated from costs measured here");
    const auto settings = std::make_shared<SimulateSettings>();
    settings->workload.transactions = 10'000;
    command
        ->add_option("SUBJECT", settings->subjects,
                     "A workload (" + workload_names() + ") or block files")
        ->required();
    command->add_option("--cores", settings->study.cores, "Numbers of cores")
        ->delimiter(',')
        ->capture_default_str();
    command->add_option("--lanes", settings->study.lanes, "Numbers of lanes, 2 to 64")
        ->delimiter(',')
        ->capture_default_str();
    command->add_option("--rounds", settings->study.rounds, "Of measuring; with fewer than 5 a busy machine shows")
        ->capture_default_str();
    command->add_option("--block", settings->block, "Transactions of a block")
        ->capture_default_str();
    command
        ->add_option("--learn-blocks", settings->learn_blocks,
                     "Blocks that the road executes first without being measured; 0: it starts "
                     "without experience")
        ->capture_default_str();
    add_workload_options(*command, settings->workload);
    add_planning_options(*command, settings->study.road);
    command->add_option("--plot", settings->plot,
                        "Write a page with the curves; it opens without a network");
    command->add_flag("--json", settings->json, "Print one JSON object");
    command->footer(
        "Each block is predicted and planned by the real stations for each number of lanes, and "
        "executed in several rounds:\n"
        "serially, on one thread and on two. What each transaction cost on one thread, and which "
        "others it really depended\n"
        "on, then goes through a model of the executor for each number of cores. Beside it stands "
        "what was measured with\n"
        "one and two threads: that is how far the model can be trusted. It does not know that "
        "cores "
        "share caches and memory.\n"
        "Columns: 'execute' is the executor alone; 'plan + execute' plans each block before it "
        "runs; "
        "'planned ahead' has one\n"
        "more core that plans the next block meanwhile; 'bound' is what no schedule can beat.");
    command->callback([settings, &exit_code] { exit_code = run_simulate(*settings); });
}

}  // namespace switchyard::tool
