// SPDX-License-Identifier: Apache-2.0
// `switchyard state info|verify|rewind`: what stands in a store, and the way back.
#include <fmt/format.h>

#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>

#include "host/core/hex.hpp"
#include "host/state/rebuild/rebuild_state.hpp"
#include "host/state/sqlite/scratch_records.hpp"
#include "host/state/store/state_store.hpp"
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
    uint64_t blocks = 0;  ///< to take back
    bool cut_damage = false;
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

int run_rewind(const StateSettings& settings) {
    if (const auto found = check_is_store(settings.store); !found)
        return report_error(found.error());
    StateStoreOptions options;
    options.cut_damage = settings.cut_damage;
    const auto opened = StateStore::open(settings.store, options);
    if (!opened) return report_error(opened.error());
    StateStore& store = **opened;
    if (const auto& cut = store.recovery().cut)
        fmt::print(stderr, "{}\n", journal::to_string(*cut));
    if (!store.last_block())
        return report_error({ErrorCode::NotFound, settings.store + " holds no block"});
    const StoredBlock before = *store.last_block();
    if (settings.blocks > before.number)
        return report_error(
            {ErrorCode::NotFound,
             fmt::format("there are no {} blocks before block {}", with_commas(settings.blocks),
                         with_commas(before.number))});
    if (const auto done = store.rewind(before.number - settings.blocks); !done)
        return report_error(done.error());
    if (settings.json) {
        nlohmann::json out = to_json(*store.last_block());
        out["rewound_from"] = to_json(before);
        out["replayed"] = store.recovery().replayed;
        fmt::print("{}\n", out.dump(2));
        return kExitSuccess;
    }
    fmt::print("was at      {} {}\n", with_commas(before.number), to_hex(before.hash));
    print(*store.last_block());
    return kExitSuccess;
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

void add_rewind(CLI::App& group, int& exit_code) {
    auto* command = group.add_subcommand("rewind", "Take the last N blocks back");
    const auto settings = add_common(*command);
    command->add_option("N", settings->blocks, "How many blocks; 0 only brings the store in order")
        ->required();
    command->add_flag("--cut-damage", settings->cut_damage,
                      "Where the journal is damaged, give up what stood behind the damage");
    command->footer(
        "Opens the store as a node would: blocks that only the journal holds are replayed first. "
        "Goes back by undo\nrecords, as far as they reach (1,024 blocks, unless configured "
        "otherwise). A rewind that is interrupted has gone\nsome of the way or none; repeat it. "
        "Exit code 0: done; 1: the store is damaged; 2: no store there, or no way\nback that far; "
        "3: another process has the store. Example:\n"
        "  switchyard state rewind /var/lib/switchyard 10");
    command->callback([settings, &exit_code] { exit_code = run_rewind(*settings); });
}

}  // namespace

void add_state_command(CLI::App& app, int& exit_code) {
    auto* group = app.add_subcommand("state", "Look into a store and check it");
    group->require_subcommand(1);
    add_info(*group, exit_code);
    add_verify(*group, exit_code);
    add_rewind(*group, exit_code);
}

}  // namespace switchyard::tool
