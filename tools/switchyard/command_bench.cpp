// SPDX-License-Identifier: Apache-2.0
// `switchyard bench NAME`: our implementations and their baselines side by side in one run.
#include <fmt/format.h>

#include <memory>

#include "tools/switchyard/benchmarks.hpp"
#include "tools/switchyard/commands.hpp"
#include "tools/switchyard/output.hpp"

namespace switchyard::tool {

void add_bench_command(CLI::App& app, int& exit_code) {
    auto* command =
        app.add_subcommand("bench", "Measure one part against its baselines in the same run");
    command->require_subcommand(1);
    command->footer(
        "Times are CPU time of one thread; the ratio is that of the baseline (the first row, or "
        "the "
        "library) to\n"
        "ours, as the median over the rounds. '--json' prints one object whose 'ratios' maps a "
        "name "
        "to such a ratio.");
    for (const Benchmark& benchmark : benchmarks()) {
        auto* sub = command->add_subcommand(benchmark.name, benchmark.description);
        const auto json = std::make_shared<bool>(false);
        const auto options = std::make_shared<BenchmarkOptions>();
        sub->add_flag("--json", *json, "Print one JSON object");
        sub->add_option("--rounds", options->rounds, "Rounds that are measured")
            ->check(CLI::Range(1, 1000))
            ->capture_default_str();
        if (benchmark.takes_batch)
            sub->add_option("--batch", options->batch, "Items in a batch")
                ->check(CLI::Range(1, 65'536))
                ->capture_default_str();
        if (benchmark.takes_accounts)
            sub->add_option("--accounts", options->accounts, "Accounts of the state")
                ->check(CLI::Range(uint64_t{1'000}, uint64_t{100'000'000}))
                ->capture_default_str();
        if (benchmark.takes_store) {
            auto* store =
                sub->add_option("--store", options->store,
                                "Folder in which states are stored, to measure larger than memory")
                    ->check(CLI::ExistingDirectory);
            sub->add_option("--store-accounts", options->store_accounts,
                            "Accounts of the largest state there; 50 bytes of disk each [as above]")
                ->check(CLI::Range(uint64_t{10'000}, uint64_t{1'000'000'000}))
                ->needs(store);
        }
        if (benchmark.takes_blocks)
            sub->add_option("--blocks", options->blocks, "Folder of mainnet blocks")
                ->check(CLI::ExistingDirectory);
        sub->add_option("--seed", options->seed, "Seed of the inputs")->capture_default_str();
        sub->callback([benchmark, json, options, &exit_code] {
            options->quiet = *json;
            const auto report = benchmark.run(*options);
            if (!report) {
                exit_code = report_error(report.error());
                return;
            }
            if (*json)
                fmt::print("{}\n", report->json.dump(2));
            else
                fmt::print("{}", report->text);
            exit_code = kExitSuccess;
        });
    }
}

}  // namespace switchyard::tool
