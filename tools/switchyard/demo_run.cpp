// SPDX-License-Identifier: Apache-2.0
#include "tools/switchyard/demo_run.hpp"

#include <fmt/format.h>
#include <stdlib.h>

#include <chrono>
#include <filesystem>

#include "host/chain/base_fee.hpp"
#include "host/road/serial_follower.hpp"
#include "host/state/memory_state.hpp"
#include "host/state/trie/state_trie.hpp"
#include "tools/switchyard/output.hpp"

namespace switchyard::tool {
namespace {

constexpr uint64_t kBlockGasLimit = 200'000'000;
/// Pending transactions at which a block is built: more than the gas limit can hold.
constexpr size_t kPendingForBlock = 10'000;

/// Where the store is: in a folder of its own under the system's temporary folder, gone at the end;
/// or where the user said.
class StoreFolder {
  public:
    explicit StoreFolder(const std::string& wanted) {
        if (!wanted.empty()) {
            path_ = wanted;
            return;
        }
        std::string folder =
            (std::filesystem::temp_directory_path() / "switchyard-demo-XXXXXX").string();
        if (::mkdtemp(folder.data()) == nullptr) return;
        folder_ = folder;
        path_ = folder_ / "store";
    }
    ~StoreFolder() {
        std::error_code ignored;
        if (!folder_.empty()) std::filesystem::remove_all(folder_, ignored);
    }
    StoreFolder(const StoreFolder&) = delete;
    StoreFolder& operator=(const StoreFolder&) = delete;
    [[nodiscard]] const std::filesystem::path& path() const { return path_; }

  private:
    std::filesystem::path folder_;
    std::filesystem::path path_;
};

StateChanges genesis_state(const workloads::DemoWorkload& workload) {
    MemoryState state;
    for (const workloads::GenesisAccount& account : workload.genesis) {
        if (!account.code.empty()) state.add_code(account.code);
        state.set_account(account.address, account.account);
        for (const auto& [slot, value] : account.storage)
            state.set_storage(account.address, slot, value);
    }
    return state.all();
}

Result<BlockHeader> commit_genesis(StateStore& store, const StateChanges& all) {
    if (store.last_block())
        return Error{ErrorCode::InvalidInput, "the store holds a chain already; name a new folder"};
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

/// Executes a block, while the one before is sealed, which the follower then checks. False: there
/// was nothing to build from, and nothing is under way.
Result<bool> build_one(Road& road, SerialFollower& follower, DemoReport& report,
                       uint64_t& building_ns) {
    BlockAttributes attributes;
    attributes.timestamp = road.head().timestamp + 1;
    attributes.beneficiary[19] = 0xbe;
    attributes.gas_limit = kBlockGasLimit;
    const auto begin = std::chrono::steady_clock::now();
    auto step = road.advance(attributes);
    building_ns += static_cast<uint64_t>((std::chrono::steady_clock::now() - begin) /
                                         std::chrono::nanoseconds(1));
    if (!step) return step.error();
    if (step->begun) {
        report.aborts += road.block_road().statistics().aborts;
        report.waits += road.block_road().statistics().waits;
    }
    if (const auto& block = step->sealed) {
        if (auto same = follower.follow(*block); !same) return same.error();
        ++report.blocks;
        report.transactions += block->transactions.size();
        report.gas += block->header.gas_used;
        report.state_root = block->header.state_root;
    }
    return step->begun;
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

}  // namespace

Result<DemoReport> run_demo(const DemoSettings& settings) {
    Progress signing("signing the workload", settings.workload.transactions, settings.json);
    auto workload = workloads::make_demo_workload(settings.workload,
                                                  [&](uint32_t done) { signing.update(done); });
    if (!workload) return workload.error();

    const StateChanges state = genesis_state(*workload);
    const StoreFolder folder(settings.store);
    auto store = StateStore::open(folder.path());
    if (!store) return store.error();
    const auto genesis = commit_genesis(**store, state);
    if (!genesis) return genesis.error();

    RoadConfig config;
    config.chain = ChainConfig::single_revision(Revision::Cancun);
    config.chain.chain_id = settings.workload.chain_id;
    config.lanes = settings.lanes;
    config.lanes.serial_where_faster = true;
    config.templates = settings.templates;
    config.pool.transactions_per_sender_max = settings.workload.transactions;
    config.pool.transactions_max = settings.workload.transactions + kPendingForBlock;
    auto follower = SerialFollower::create(config.chain, state);
    if (!follower) return follower.error();
    auto road = Road::open(config, **store, *genesis);
    if (!road) return road.error();
    auto wire = Wire::open();
    if (!wire) return wire.error();

    DemoReport report;
    report.token_transfers = workload->token_transfers;
    report.payments = workload->payments;
    report.wire_description = (*wire)->description();
    report.detector = (*road)->block_road().detector().info().description;
    auto source = (*wire)->start(
        workload->transactions, settings.no_hints ? std::span<const Address>{} : workload->senders);
    if (!source) return source.error();
    if (auto driven = drive(**road, **source, *follower, report, settings); !driven)
        return driven.error();
    auto counters = (*wire)->finish();
    if (!counters) return counters.error();
    if (!settings.store.empty())
        if (auto kept = (*store)->checkpoint(); !kept) return kept.error();

    report.wire = *counters;
    report.verify = (*road)->verify_station().statistics();
    report.stations = (*road)->counters();
    report.stations[Station::Ingress] = counters->ingress;
    report.serial = follower->execution();
    report.health = (*road)->block_road().health();
    report.prediction = (*road)->block_road().predictions();
    report.templates_error = (*road)->templates_error();
    if (auto saved = (*road)->save_templates(); !saved) return saved.error();
    if (report.transactions != settings.workload.transactions)
        return Error{ErrorCode::Mismatch,
                     fmt::format("{} transactions were sent and {} are in blocks",
                                 settings.workload.transactions, report.transactions)};
    return report;
}

}  // namespace switchyard::tool
