// SPDX-License-Identifier: Apache-2.0
// `switchyard snapshot create|verify|restore|repair`: copies of a state.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>

#include "host/core/hex.hpp"
#include "host/state/snapshot/snapshot.hpp"
#include "host/state/store/state_store.hpp"
#include "tools/switchyard/commands.hpp"
#include "tools/switchyard/output.hpp"
#include "tools/switchyard/rows_progress.hpp"
#include "tools/switchyard/store_paths.hpp"

namespace switchyard::tool {
namespace {

using snapshot::ShardReport;
using snapshot::ShardState;
using snapshot::SnapshotInfo;
using snapshot::SnapshotReport;

struct SnapshotSettings {
    std::string store;
    std::string folder;
    snapshot::CreateOptions create;
    snapshot::VerifyOptions verify;
    std::string scratch;
    uint64_t memory_mib = 256;
    uint32_t store_shards = 4;
    bool json = false;
};

nlohmann::json to_json(const SnapshotInfo& info) {
    return {{"id", to_hex(info.id)},
            {"block", info.block.number},
            {"block_hash", to_hex(info.block.hash)},
            {"state_root", to_hex(info.block.state_root)},
            {"accounts", info.counts.accounts},
            {"slots", info.counts.slots},
            {"codes", info.counts.codes},
            {"data_shards", info.data_shards},
            {"parity_shards", info.parity_shards},
            {"stripes", info.stripes},
            {"row_bytes", info.row_bytes},
            {"compressed_bytes", info.compressed_bytes},
            {"shard_bytes", info.shard_bytes}};
}

void print(const SnapshotInfo& info) {
    fmt::print("block       {} {}\n", with_commas(info.block.number), to_hex(info.block.hash));
    fmt::print("state root  {}\n", to_hex(info.block.state_root));
    fmt::print("rows        {} accounts, {} slots, {} codes, {} bytes\n",
               with_commas(info.counts.accounts), with_commas(info.counts.slots),
               with_commas(info.counts.codes), with_commas(info.row_bytes));
    fmt::print("shards      {} of {} bytes; any {} may be lost\n", info.shards(),
               with_commas(info.shard_bytes), info.parity_shards);
}

std::string rate(const SnapshotInfo& info, double seconds) {
    const double divisor = std::max(seconds, 1e-9);
    return fmt::format(
        "time        {:.1f} s, {:.1f} MB and {} rows per second\n", seconds,
        static_cast<double>(info.row_bytes) / 1e6 / divisor,
        with_commas(static_cast<uint64_t>(
            static_cast<double>(info.counts.accounts + info.counts.slots) / divisor)));
}

int print_done(const SnapshotInfo& info, const RowsProgressBar& bar, bool json,
               const std::string& last_line) {
    if (json) {
        nlohmann::json out = to_json(info);
        out["seconds"] = bar.seconds();
        fmt::print("{}\n", out.dump(2));
        return kExitSuccess;
    }
    print(info);
    fmt::print("{}{}\n", rate(info, bar.seconds()), last_line);
    return kExitSuccess;
}

int run_create(const SnapshotSettings& settings) {
    const auto reader = open_store_to_read(settings.store);
    if (!reader) return report_error(reader.error());
    RowsProgressBar bar("saving the state", settings.json);
    const auto info = snapshot::create_snapshot(**reader, (*reader)->block(), settings.folder,
                                                settings.create, bar.callback());
    if (!info) return report_error(info.error());
    return print_done(*info, bar, settings.json, good("saved") + " " + settings.folder);
}

int run_restore(const SnapshotSettings& settings) {
    snapshot::RestoreOptions options;
    options.store_shards = settings.store_shards;
    options.rebuild.cache_bytes = settings.memory_mib << 20;
    RowsProgressBar bar("restoring the state", settings.json);
    const auto info =
        snapshot::restore_snapshot(settings.folder, settings.store, options, bar.callback());
    if (!info) return report_error(info.error());
    // The new store begins its journal here: one without any counts as having lost it.
    StateStoreOptions store_options;
    store_options.accept_missing_journal = true;
    const auto store = StateStore::open(settings.store, store_options);
    if (!store) return report_error(store.error());
    return print_done(*info, bar, settings.json,
                      good("restored") + " " + settings.store + ": the state root is right");
}

std::string_view name_of(ShardState state) {
    switch (state) {
        case ShardState::Ok:
            return "ok";
        case ShardState::Damaged:
            return "damaged";
        case ShardState::Missing:
            return "missing";
    }
    return "";
}

std::string details_of(const ShardReport& shard) {
    std::vector<std::string> out;
    if (shard.header_damaged) out.emplace_back("header");
    if (shard.size_wrong) out.emplace_back("length");
    if (shard.damaged_chunks != 0)
        out.push_back(
            fmt::format("{} chunks, stripes {}{}", with_commas(shard.damaged_chunks),
                        fmt::join(shard.damaged_stripes, " "),
                        shard.damaged_chunks > shard.damaged_stripes.size() ? " ..." : ""));
    return fmt::format("{}", fmt::join(out, "; "));
}

nlohmann::json to_json(const SnapshotReport& report) {
    nlohmann::json shards = nlohmann::json::array();
    for (const ShardReport& shard : report.shards)
        shards.push_back({{"file", shard.file},
                          {"state", std::string(name_of(shard.state))},
                          {"header_damaged", shard.header_damaged},
                          {"size_wrong", shard.size_wrong},
                          {"damaged_chunks", shard.damaged_chunks},
                          {"damaged_stripes", shard.damaged_stripes}});
    nlohmann::json out = to_json(report.info);
    out["shards"] = shards;
    out["foreign"] = report.foreign;
    out["lost_stripes"] = report.lost_stripes;
    out["restorable"] = report.restorable();
    out["sound"] = report.sound();
    out["deep"] = report.deep;
    if (report.first_loss) out["error"] = report.first_loss->message;
    if (report.content) out["error"] = report.content->message;
    return out;
}

void print(const SnapshotReport& report) {
    print(report.info);
    if (!report.sound()) {
        Table table({"shard", "state", "damage"});
        for (const ShardReport& shard : report.shards)
            table.add({shard.file, std::string(name_of(shard.state)), details_of(shard)});
        for (const std::string& file : report.foreign)
            table.add({file, "foreign", "no shard of this snapshot, or one that is there already"});
        fmt::print("{}", table.to_string());
    }
    if (report.first_loss) fmt::print("{}\n", report.first_loss->message);
    if (report.content) fmt::print("{}\n", report.content->message);
    if (report.sound())
        fmt::print("{} every shard{}\n", good("sound:"),
                   report.deep ? ", and the rows have the state root" : "");
    else if (report.restorable())
        fmt::print("{}, but damaged: 'switchyard snapshot repair' writes the lost shards anew\n",
                   good("restorable"));
    else
        fmt::print("{}\n", bad("not restorable"));
}

int run_verify(SnapshotSettings settings) {
    settings.verify.scratch = settings.scratch;
    settings.verify.rebuild.cache_bytes = settings.memory_mib << 20;
    const auto report = [&] {
        RowsProgressBar bar("verifying", settings.json);
        return snapshot::verify_snapshot(settings.folder, settings.verify, bar.callback());
    }();
    if (!report) return report_error(report.error());
    if (settings.json)
        fmt::print("{}\n", to_json(*report).dump(2));
    else
        print(*report);
    return report->sound() ? kExitSuccess : kExitFailed;
}

int run_repair(const SnapshotSettings& settings) {
    const auto written = [&] {
        RowsProgressBar bar("repairing", settings.json);
        return snapshot::repair_snapshot(settings.folder, bar.callback());
    }();
    if (!written) return report_error(written.error());
    if (settings.json)
        fmt::print("{}\n", nlohmann::json{{"written", *written}}.dump(2));
    else if (written->empty())
        fmt::print("{} nothing to repair\n", good("sound:"));
    else
        fmt::print("{} {}\n", good("written:"), fmt::join(*written, " "));
    return kExitSuccess;
}

using Settings = std::shared_ptr<SnapshotSettings>;

void add_common(CLI::App& command, const Settings& settings) {
    command.add_flag("--json", settings->json, "Print one JSON object");
}

void add_memory(CLI::App& command, const Settings& settings) {
    command.add_option("--memory", settings->memory_mib, "MiB for the trie that is built, from 16")
        ->check(CLI::Range(uint64_t{16}, uint64_t{1} << 20))
        ->capture_default_str();
}

void add_create(CLI::App& group, int& exit_code) {
    auto* command = group.add_subcommand(
        "create", "Save the state of a store's last checkpoint, while blocks go on");
    const auto settings = std::make_shared<SnapshotSettings>();
    command->add_option("STORE", settings->store, "The store's folder")->required();
    command->add_option("FOLDER", settings->folder, "A new folder for the snapshot")->required();
    command->add_option("--data", settings->create.data_shards, "Shards with data, 1 to 64")
        ->check(CLI::Range(1U, 64U))
        ->capture_default_str();
    command
        ->add_option("--parity", settings->create.parity_shards, "Shards that may be lost, 1 to 32")
        ->check(CLI::Range(1U, 32U))
        ->capture_default_str();
    add_common(*command, settings);
    command->footer(
        "FOLDER appears when every file in it is complete and on the disk. Keep the shards on "
        "several disks or machines:\nput them back into one folder, under any names *.snap, to "
        "verify "
        "or restore. Examples:\n"
        "  switchyard snapshot create /var/lib/switchyard /backup/today\n"
        "  switchyard snapshot create /var/lib/switchyard /backup/today --data 4 --parity 4");
    command->callback([settings, &exit_code] { exit_code = run_create(*settings); });
}

void add_verify(CLI::App& group, int& exit_code) {
    auto* command = group.add_subcommand("verify", "Read every byte of a snapshot and find damage");
    const auto settings = std::make_shared<SnapshotSettings>();
    command->add_option("FOLDER", settings->folder, "The snapshot's folder")->required();
    command->add_flag("--deep", settings->verify.deep,
                      "Also read the rows and compute the state root from them");
    command->add_option(
        "--scratch", settings->scratch,
        "With --deep: where the trie may lie meanwhile; needs about the size of the "
        "state (default: TMPDIR)");
    add_memory(*command, settings);
    add_common(*command, settings);
    command->footer(
        "Exit code 0: every shard is sound; 1: something is damaged, missing or foreign, and the "
        "last line says\nwhether all can still be restored; 2: no snapshot there. Example:\n"
        "  switchyard snapshot verify /backup/today --deep");
    command->callback([settings, &exit_code] { exit_code = run_verify(*settings); });
}

void add_restore(CLI::App& group, int& exit_code) {
    auto* command = group.add_subcommand("restore", "Make a store of a snapshot");
    const auto settings = std::make_shared<SnapshotSettings>();
    command->add_option("FOLDER", settings->folder, "The snapshot's folder")->required();
    command->add_option("STORE", settings->store, "A new folder for the store")->required();
    command
        ->add_option("--shards", settings->store_shards, "Database files of the new store's state")
        ->check(CLI::IsMember({1, 2, 4, 8, 16, 32, 64}))
        ->capture_default_str();
    add_memory(*command, settings);
    add_common(*command, settings);
    command->footer(
        "STORE appears when the state root, computed from what was written, is that of the "
        "snapshot; an existing store\nis never touched. Exit code 1: too much is lost, or the root "
        "is "
        "another. Example:\n"
        "  switchyard snapshot restore /backup/today /var/lib/switchyard");
    command->callback([settings, &exit_code] { exit_code = run_restore(*settings); });
}

void add_repair(CLI::App& group, int& exit_code) {
    auto* command =
        group.add_subcommand("repair", "Write missing and damaged shards of a snapshot anew");
    const auto settings = std::make_shared<SnapshotSettings>();
    command->add_option("FOLDER", settings->folder, "The snapshot's folder")->required();
    add_common(*command, settings);
    command->footer("Example:\n  switchyard snapshot repair /backup/today");
    command->callback([settings, &exit_code] { exit_code = run_repair(*settings); });
}

}  // namespace

void add_snapshot_command(CLI::App& app, int& exit_code) {
    auto* group = app.add_subcommand(
        "snapshot", "Save a state in shards of which some may be lost, and bring it back");
    group->require_subcommand(1);
    add_create(*group, exit_code);
    add_verify(*group, exit_code);
    add_restore(*group, exit_code);
    add_repair(*group, exit_code);
}

}  // namespace switchyard::tool
