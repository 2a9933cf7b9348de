// SPDX-License-Identifier: Apache-2.0
// `switchyard state info|verify`: what stands in a store.
#include <fmt/format.h>

#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>

#include "host/core/hex.hpp"
#include "host/state/rebuild/rebuild_state.hpp"
#include "host/state/sqlite/scratch_records.hpp"
#include "tools/switchyard/commands.hpp"
#include "tools/switchyard/output.hpp"
#include "tools/switchyard/rows_progress.hpp"
#include "tools/switchyard/store_paths.hpp"

namespace switchyard::tool {
namespace {

namespace fs = std::filesystem;

struct StateSettings {
    std::string store;
    std::string scratch;
    uint64_t memory_mib = 256;
    bool json = false;
};

nlohmann::json to_json(const StoredBlock& block) {
    return {{"block", block.number},
            {"block_hash", to_hex(block.hash)},
            {"state_root", to_hex(block.state_root)}};
}

void print(const StoredBlock& block) {
    fmt::print("block       {} {}\n", with_commas(block.number), to_hex(block.hash));
    fmt::print("state root  {}\n", to_hex(block.state_root));
}

/// The bytes of all files below `folder`. Files that go meanwhile are not counted.
uint64_t bytes_below(const fs::path& folder) {
    uint64_t out = 0;
    std::error_code failed;
    for (fs::recursive_directory_iterator it(folder, failed), end; !failed && it != end;
         it.increment(failed)) {
        std::error_code gone;
        const uint64_t size = it->is_regular_file(gone) ? it->file_size(gone) : 0;
        if (!gone) out += size;
    }
    return out;
}

int run_info(const StateSettings& settings) {
    const auto reader = open_store_to_read(settings.store);
    if (!reader) return report_error(reader.error());
    const StoredBlock& block = (*reader)->block();
    const uint64_t flat = bytes_below(fs::path(settings.store) / "flat");
    const uint64_t all = bytes_below(settings.store);
    if (settings.json) {
        nlohmann::json out = to_json(block);
        out["shards"] = (*reader)->shards();
        out["flat_bytes"] = flat;
        out["store_bytes"] = all;
        fmt::print("{}\n", out.dump(2));
        return kExitSuccess;
    }
    print(block);
    fmt::print("flat state  {} shards, {} bytes\n", (*reader)->shards(), with_commas(flat));
    fmt::print("store       {} bytes in all\n", with_commas(all));
    return kExitSuccess;
}

int run_verify(const StateSettings& settings) {
    const auto reader = open_store_to_read(settings.store);
    if (!reader) return report_error(reader.error());
    auto records = sqlite::ScratchRecords::open(settings.scratch);
    if (!records) return report_error(records.error());
    RebuildOptions options;
    options.cache_bytes = settings.memory_mib << 20;
    RowsProgressBar bar("computing the root", settings.json);
    const auto built = rebuild_state(**reader, records->store(), options, bar.callback());
    if (!built) return report_error(built.error());
    const StoredBlock& block = (*reader)->block();
    const bool equal = built->root == block.state_root;
    if (settings.json) {
        nlohmann::json out = to_json(block);
        out["computed_root"] = to_hex(built->root);
        out["equal"] = equal;
        out["accounts"] = built->counts.accounts;
        out["slots"] = built->counts.slots;
        out["codes"] = built->counts.codes;
        out["seconds"] = bar.seconds();
        fmt::print("{}\n", out.dump(2));
        return equal ? kExitSuccess : kExitFailed;
    }
    print(block);
    fmt::print("computed    {}\n", to_hex(built->root));
    fmt::print("from        {} accounts, {} slots, {} codes in {:.1f} s\n",
               with_commas(built->counts.accounts), with_commas(built->counts.slots),
               with_commas(built->counts.codes), bar.seconds());
    fmt::print("{}\n", equal ? good("equal")
                             : bad("differ") +
                                   ": the accounts and slots are not those of the block; "
                                   "restore the store from a snapshot");
    return equal ? kExitSuccess : kExitFailed;
}

using Settings = std::shared_ptr<StateSettings>;

Settings add_common(CLI::App& command) {
    auto settings = std::make_shared<StateSettings>();
    command.add_option("STORE", settings->store, "The store's folder")->required();
    command.add_flag("--json", settings->json, "Print one JSON object");
    return settings;
}

void add_info(CLI::App& group, int& exit_code) {
    auto* command = group.add_subcommand("info", "Show the block of a store's last checkpoint");
    const auto settings = add_common(*command);
    command->footer("Example:\n  switchyard state info /var/lib/switchyard");
    command->callback([settings, &exit_code] { exit_code = run_info(*settings); });
}

void add_verify(CLI::App& group, int& exit_code) {
    auto* command = group.add_subcommand(
        "verify",
        "Compute the state root from accounts and slots, and compare it with the block's");
    const auto settings = add_common(*command);
    command->add_option("--scratch", settings->scratch,
                        "Where the trie may lie meanwhile; needs about the size of the state "
                        "(default: TMPDIR)");
    command->add_option("--memory", settings->memory_mib, "MiB for the trie, from 16")
        ->check(CLI::Range(uint64_t{16}, uint64_t{1} << 20))
        ->capture_default_str();
    command->footer(
        "Reads the state of the last checkpoint, also while blocks go on; the trie that the store "
        "keeps is not looked at.\nExit code 0: equal; 1: they differ, or the store is damaged; 2: "
        "no "
        "store there; 3: the shards stand at\ndifferent blocks. Example:\n"
        "  switchyard state verify /var/lib/switchyard --scratch /mnt/space");
    command->callback([settings, &exit_code] { exit_code = run_verify(*settings); });
}

}  // namespace

void add_state_command(CLI::App& app, int& exit_code) {
    auto* group = app.add_subcommand("state", "Look into a store and check it");
    group->require_subcommand(1);
    add_info(*group, exit_code);
    add_verify(*group, exit_code);
}

}  // namespace switchyard::tool
