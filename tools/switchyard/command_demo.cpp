// SPDX-License-Identifier: Apache-2.0
// `switchyard demo`: signed transactions from a virtual NIC over the whole road into blocks,
// checked against serial execution.
#include <fmt/format.h>

#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>

#include "host/chain/base_fee.hpp"
#include "host/core/hex.hpp"
#include "host/road/road.hpp"
#include "host/road/serial_follower.hpp"
#include "simd/cpu_targets.hpp"
#include "tools/switchyard/commands.hpp"
#include "tools/switchyard/measure.hpp"
#include "tools/switchyard/output.hpp"
#include "tools/switchyard/wire.hpp"
#include "tools/workloads/demo_workload.hpp"

namespace switchyard::tool {
namespace {

constexpr uint64_t kChainId = 1337;
constexpr uint64_t kBlockGasLimit = 200'000'000;
/// Pending transactions at which a block is built: more than the gas limit can hold.
constexpr size_t kPendingForBlock = 10'000;

struct DemoSettings {
    workloads::DemoOptions workload{.chain_id = kChainId};
    BlockRoadConfig lanes;
    std::string database;
    bool json = false;
};

struct DemoReport {
    WireCounters wire;
    std::string wire_description;
    VerifyStatistics verify;
    RoadCounters stations;
    StationCounters serial;
    DetectorHealth health;
    std::string detector;
    uint64_t blocks = 0;
    uint64_t transactions = 0;
    uint64_t gas = 0;
    uint64_t aborts = 0;
    uint64_t waits = 0;
    uint64_t wall_ns = 0;
    uint32_t token_transfers = 0;
    uint32_t payments = 0;
    Bytes32 state_root;
};

/// A folder of its own under the system's temporary folder, gone at the end; or the path that the
/// user gave.
class DatabaseFile {
  public:
    explicit DatabaseFile(const std::string& wanted) {
        if (!wanted.empty()) {
            path_ = wanted;
            return;
        }
        std::string folder =
            (std::filesystem::temp_directory_path() / "switchyard-demo-XXXXXX").string();
        if (::mkdtemp(folder.data()) == nullptr) return;
        folder_ = folder;
        path_ = folder_ / "state.sqlite";
    }
    ~DatabaseFile() {
        std::error_code ignored;
        if (!folder_.empty()) std::filesystem::remove_all(folder_, ignored);
    }
    DatabaseFile(const DatabaseFile&) = delete;
    DatabaseFile& operator=(const DatabaseFile&) = delete;
    [[nodiscard]] const std::filesystem::path& path() const { return path_; }

  private:
    std::filesystem::path folder_;
    std::filesystem::path path_;
};

Result<BlockHeader> commit_genesis(StateStore& store, const workloads::DemoWorkload& workload) {
    if (store.last_block())
        return Error{ErrorCode::InvalidInput,
                     "the database holds a chain already; name a new file"};
    MemoryState state;
    for (const workloads::GenesisAccount& account : workload.genesis) {
        if (!account.code.empty()) state.add_code(account.code);
        state.set_account(account.address, account.account);
        for (const auto& [slot, value] : account.storage)
            state.set_storage(account.address, slot, value);
    }
    const StateChanges all = state.all();
    BlockHeader header;
    header.ommers_hash = empty_ommers_hash();
    header.gas_limit = kBlockGasLimit;
    header.base_fee_per_gas = Uint256{kInitialBaseFee};
    header.withdrawals_root = Bytes32{};
    header.blob_gas_used = 0;
    header.excess_blob_gas = 0;
    header.parent_beacon_block_root = Bytes32{};
    seal_header(header, {}, {}, {}, trie::state_root(all));
    const auto stored = store.commit(
        {.number = 0, .hash = header_hash(header), .state_root = header.state_root}, all);
    if (!stored) return stored.error();
    return header;
}

/// Builds a block and lets the follower check it. False: there was nothing to build from.
Result<bool> build_one(Road& road, SerialFollower& follower, DemoReport& report,
                       uint64_t& building_ns) {
    BlockAttributes attributes;
    attributes.timestamp = road.head().timestamp + 1;
    attributes.beneficiary[19] = 0xbe;
    attributes.gas_limit = kBlockGasLimit;
    const auto begin = std::chrono::steady_clock::now();
    auto block = road.build_block(attributes);
    building_ns += static_cast<uint64_t>((std::chrono::steady_clock::now() - begin) /
                                         std::chrono::nanoseconds(1));
    if (!block) return block.error();
    if (!*block) return false;
    if (auto same = follower.follow(**block); !same) return same.error();
    ++report.blocks;
    report.transactions += (*block)->transactions.size();
    report.gas += (*block)->header.gas_used;
    report.aborts += road.block_road().statistics().aborts;
    report.waits += road.block_road().statistics().waits;
    report.state_root = (*block)->header.state_root;
    return true;
}

Result<void> drive(Road& road, TransactionSource& source, SerialFollower& follower,
                   DemoReport& report, const DemoSettings& settings) {
    Progress progress("executing", settings.workload.transactions, settings.json);
    uint64_t ingest_ns = 0;
    uint64_t building_ns = 0;
    bool more = true;
    while (more) {
        const auto begin = std::chrono::steady_clock::now();
        while (road.pool().size() < kPendingForBlock && !source.exhausted())
            (void)road.ingest(source);
        ingest_ns += static_cast<uint64_t>((std::chrono::steady_clock::now() - begin) /
                                           std::chrono::nanoseconds(1));
        const auto built = build_one(road, follower, report, building_ns);
        if (!built) return built.error();
        more = *built || !source.exhausted();
        progress.update(report.transactions);
    }
    report.wall_ns = ingest_ns + building_ns;
    return {};
}

Result<DemoReport> run_demo(const DemoSettings& settings) {
    Progress signing("signing the workload", settings.workload.transactions, settings.json);
    auto workload = workloads::make_demo_workload(settings.workload,
                                                  [&](uint32_t done) { signing.update(done); });
    if (!workload) return workload.error();

    DatabaseFile database(settings.database);
    auto store = StateStore::open(database.path());
    if (!store) return store.error();
    const auto genesis = commit_genesis(*store, *workload);
    if (!genesis) return genesis.error();

    RoadConfig config;
    config.chain = ChainConfig::single_revision(Revision::Cancun);
    config.chain.chain_id = kChainId;
    config.lanes = settings.lanes;
    config.pool.transactions_per_sender_max = settings.workload.transactions;
    config.pool.transactions_max = settings.workload.transactions + kPendingForBlock;
    auto follower = SerialFollower::create(config.chain, store->view().all());
    if (!follower) return follower.error();
    auto road = Road::open(config, *store, *genesis);
    if (!road) return road.error();
    auto wire = Wire::open();
    if (!wire) return wire.error();

    DemoReport report;
    report.token_transfers = workload->token_transfers;
    report.payments = workload->payments;
    report.wire_description = (*wire)->description();
    report.detector = (*road)->block_road().detector().info().description;
    auto source = (*wire)->start(workload->transactions);
    if (!source) return source.error();
    if (auto driven = drive(**road, **source, *follower, report, settings); !driven)
        return driven.error();
    auto counters = (*wire)->finish();
    if (!counters) return counters.error();

    report.wire = *counters;
    report.verify = (*road)->verify_station().statistics();
    report.stations = (*road)->counters();
    report.stations[Station::Ingress] = counters->ingress;
    report.serial = follower->execution();
    report.health = (*road)->block_road().health();
    if (report.transactions != settings.workload.transactions)
        return Error{ErrorCode::Mismatch,
                     fmt::format("{} transactions were sent and {} are in blocks",
                                 settings.workload.transactions, report.transactions)};
    return report;
}

double per_second(const StationCounters& counters) {
    return counters.busy_ns == 0 ? 0
                                 : static_cast<double>(counters.transactions) * 1e9 /
                                       static_cast<double>(counters.busy_ns);
}

double ns_each(const StationCounters& counters) {
    return counters.transactions == 0
               ? 0
               : static_cast<double>(counters.busy_ns) / static_cast<double>(counters.transactions);
}

void print(const DemoReport& report, const DemoSettings& settings) {
    fmt::print("wire        {}\n", report.wire_description);
    fmt::print("detector    {} ({})\n", settings.lanes.detector, report.detector);
    fmt::print("SIMD        {}\n", simd::active_target());
    fmt::print("workload    {} payments, {} ERC-20 transfers, {} accounts, seed {}\n\n",
               with_commas(report.payments), with_commas(report.token_transfers),
               with_commas(settings.workload.accounts), settings.workload.seed);
    Table table({"station", "transactions", "per second", "ns each"});
    const auto row = [&table](std::string name, const StationCounters& counters) {
        table.add({std::move(name), with_commas(counters.transactions),
                   with_commas(static_cast<uint64_t>(per_second(counters))),
                   with_commas(static_cast<uint64_t>(ns_each(counters)))});
    };
    for (size_t i = 0; i < kStationCount; ++i) {
        const auto station = static_cast<Station>(i);
        row(std::string(to_string(station)), report.stations[station]);
    }
    row("(serial execution)", report.serial);
    fmt::print("{}\n", table.to_string());
    fmt::print("{} blocks, {} gas, {} frames, {} lanes on {} threads, {} waits, {} aborts\n",
               with_commas(report.blocks), with_commas(report.gas),
               with_commas(report.wire.frames_received), settings.lanes.lanes,
               settings.lanes.threads, with_commas(report.waits), with_commas(report.aborts));
    if (report.health.fallbacks != 0)
        fmt::print("the detector failed {} times and the reference took over; last: {}\n",
                   report.health.fallbacks, report.health.last_error);
    fmt::print("frame to durable block: {} transactions per second\n",
               with_commas(static_cast<uint64_t>(static_cast<double>(report.transactions) * 1e9 /
                                                 static_cast<double>(report.wall_ns))));
    fmt::print("state root {}\n", to_hex(report.state_root));
    fmt::print("parallel = serial: {}\n", good("yes"));
}

nlohmann::json to_json(const DemoReport& report, const DemoSettings& settings) {
    nlohmann::json stations = nlohmann::json::object();
    const auto describe = [](const StationCounters& counters) {
        return nlohmann::json{{"transactions", counters.transactions},
                              {"busy_ns", counters.busy_ns},
                              {"transactions_per_second", per_second(counters)},
                              {"ns_per_transaction", ns_each(counters)}};
    };
    for (size_t i = 0; i < kStationCount; ++i) {
        const auto station = static_cast<Station>(i);
        stations[std::string(to_string(station))] = describe(report.stations[station]);
    }
    return {{"machine", machine_description()},
            {"wire", report.wire_description},
            {"detector", settings.lanes.detector},
            {"detector_fallbacks", report.health.fallbacks},
            {"lanes", settings.lanes.lanes},
            {"threads", settings.lanes.threads},
            {"payments", report.payments},
            {"token_transfers", report.token_transfers},
            {"blocks", report.blocks},
            {"transactions", report.transactions},
            {"gas", report.gas},
            {"frames", report.wire.frames_received},
            {"waits", report.waits},
            {"aborts", report.aborts},
            {"stations", stations},
            {"serial_execution", describe(report.serial)},
            {"wall_ns", report.wall_ns},
            {"state_root", to_hex(report.state_root)},
            {"parallel_equals_serial", true}};
}

}  // namespace

void add_demo_command(CLI::App& app, int& exit_code) {
    auto* command =
        app.add_subcommand("demo", "Run a workload of signed transactions over the whole road");
    const auto settings = std::make_shared<DemoSettings>();
    command->add_option("--transactions", settings->workload.transactions, "How many")
        ->capture_default_str();
    command
        ->add_option("--accounts", settings->workload.accounts,
                     "Funded accounts that send and receive")
        ->capture_default_str();
    command
        ->add_option("--token-percent", settings->workload.token_percent,
                     "Share of ERC-20 transfers; the rest are payments")
        ->capture_default_str();
    command
        ->add_option("--hot-percent", settings->workload.hot_percent,
                     "Share that goes to one recipient")
        ->capture_default_str();
    command->add_option("--seed", settings->workload.seed, "Seed of the workload")
        ->capture_default_str();
    command->add_option("--lanes", settings->lanes.lanes, "Lanes of a block, 1 to 64")
        ->capture_default_str();
    command->add_option("--threads", settings->lanes.threads, "Threads that execute")
        ->capture_default_str();
    command
        ->add_option("--detector", settings->lanes.detector,
                     "Conflict detector: see 'switchyard version'")
        ->capture_default_str();
    command->add_option("--database", settings->database, "Keep the state in this new SQLite file");
    command->add_flag("--json", settings->json, "Print one JSON object");
    command->footer(
        "Makes and signs the workload, sends it through a virtual NIC, and takes it from there "
        "over every station:\n"
        "ingress, verify, pool, plan, detect, execute, commit. Each block is then executed again, "
        "serially, over a\n"
        "state of its own; any difference ends the run with exit code 1. Station times are wall "
        "time within the\n"
        "station. The emulated detector shows the function of the card, not its speed.");
    command->callback([settings, &exit_code] {
        const auto report = run_demo(*settings);
        if (!report) {
            exit_code = report_error(report.error());
            return;
        }
        if (settings->json)
            fmt::print("{}\n", to_json(*report, *settings).dump(2));
        else
            print(*report, *settings);
        exit_code = kExitSuccess;
    });
}

}  // namespace switchyard::tool
