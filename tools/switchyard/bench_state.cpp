// SPDX-License-Identifier: Apache-2.0
// Blocks into a store of many accounts: a commit per block into one file, and checkpoints of the
// flat state into shards; and what a read costs where it finds its answer.
#include <fmt/format.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <random>

#include "host/state/flat/flat_state.hpp"
#include "host/state/sqlite/sharded_store.hpp"
#include "host/state/store/state_store.hpp"
#include "tools/switchyard/account_workload.hpp"
#include "tools/switchyard/benchmarks.hpp"
#include "tools/switchyard/output.hpp"

namespace switchyard::tool {
namespace {

namespace fs = std::filesystem;

constexpr uint64_t kBuildStep = 100'000;
constexpr uint64_t kReads = 200'000;

class Folder {
  public:
    Folder() {
        std::string pattern = (fs::temp_directory_path() / "switchyard-bench-XXXXXX").string();
        if (::mkdtemp(pattern.data()) != nullptr) path_ = pattern;
    }
    ~Folder() {
        std::error_code ignored;
        if (!path_.empty()) fs::remove_all(path_, ignored);
    }
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;
    [[nodiscard]] const fs::path& path() const { return path_; }

  private:
    fs::path path_;
};

/// Of all threads of the process.
double process_cpu_seconds() {
    timespec now{};
    ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

/// Wall time, which a disk needs, and CPU time, which other processes of the machine disturb less.
class Stopwatch {
  public:
    [[nodiscard]] double seconds() const {
        return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
    }
    [[nodiscard]] double cpu_seconds() const { return process_cpu_seconds() - cpu_start_; }

  private:
    std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
    double cpu_start_ = process_cpu_seconds();
};

struct Row {
    std::string name;
    double changes_per_second = 0;  ///< changed accounts of blocks, durable in the store
    double rows_per_second = 0;     ///< rows written
    double commit_ms = 0;           ///< of one block, in memory
    double checkpoint_ms = 0;
    double cpu_us = 0;  ///< of one change, all threads
};

StoredBlock block_of(uint64_t number) {
    return {number, {}, {}};
}

/// The store that commits each block into one file.
Result<Row> measure_one_file(const BenchmarkOptions& options, Progress& progress) {
    const Folder folder;
    sqlite::ShardedStoreOptions store_options;
    store_options.shards = 1;
    auto store = sqlite::ShardedStore::open(folder.path() / "state", store_options);
    if (!store) return store.error();
    uint64_t number = 0;
    const auto commit = [&](const StateChanges& changes) {
        const flat::CheckpointBlock block{block_of(number++), nullptr};
        return (*store)->write({{&block, 1}, &changes, 0});
    };
    for (uint64_t n = 0; n < options.accounts; n += kBuildStep, progress.update(n)) {
        const auto part = genesis_part(n, std::min(options.accounts, n + kBuildStep), options.seed);
        if (auto done = commit(part); !done) return done.error();
    }
    uint64_t changes = 0;
    double seconds = 0;
    double cpu = 0;
    for (uint32_t round = 0; round < options.rounds; ++round) {
        const StateChanges block = block_changes(options.accounts, number, options.seed);
        const Stopwatch clock;
        if (auto done = commit(block); !done) return done.error();
        seconds += clock.seconds();
        cpu += clock.cpu_seconds();
        changes += block.accounts.size();
    }
    const double rate = static_cast<double>(changes) / seconds;
    return Row{
        "one file, a commit per block",          rate, rate, 0, 1000 * seconds / options.rounds,
        1e6 * cpu / static_cast<double>(changes)};
}

Result<std::unique_ptr<flat::FlatState>> open_flat(const fs::path& path, uint32_t shards,
                                                   size_t cache_bytes) {
    sqlite::ShardedStoreOptions options;
    options.shards = shards;
    auto store = sqlite::ShardedStore::open(path, options);
    if (!store) return store.error();
    flat::FlatConfig config;
    config.overlay_bytes = size_t{4} << 30;  // checkpoints are begun here
    config.cache_bytes = cache_bytes;
    return std::make_unique<flat::FlatState>(std::move(*store), config);
}

/// `rounds` checkpoints of `blocks` blocks each.
Result<Row> measure_checkpoints(flat::FlatState& state, uint32_t blocks, const std::string& name,
                                const BenchmarkOptions& options) {
    uint64_t changes = 0;
    uint64_t rows = 0;
    double committing = 0;
    double cpu = 0;
    double writing = 0;
    const uint32_t rounds = std::max(1U, options.rounds / blocks);
    for (uint32_t round = 0; round < rounds; ++round) {
        flat::Overlay distinct;
        for (uint32_t i = 0; i < blocks; ++i) {
            const uint64_t number = state.last_block()->number + 1;
            const StateChanges block = block_changes(options.accounts, number, options.seed);
            distinct.apply(block);
            changes += block.accounts.size();
            const Stopwatch clock;
            if (auto done = state.commit(block_of(number), block); !done) return done.error();
            committing += clock.seconds();
            cpu += clock.cpu_seconds();
        }
        rows += distinct.changes().accounts.size();
        const Stopwatch clock;
        if (auto done = state.checkpoint(); !done) return done.error();
        writing += clock.seconds();
        cpu += clock.cpu_seconds();
    }
    const double seconds = committing + writing;
    return Row{name,
               static_cast<double>(changes) / seconds,
               static_cast<double>(rows) / seconds,
               1000 * committing / (rounds * blocks),
               1000 * writing / rounds,
               1e6 * cpu / static_cast<double>(changes)};
}

/// A block over all of the store: effects, root, journal.
Result<void> append_block(StateStore& store, const StateChanges& changes) {
    const uint64_t number = store.last_block() ? store.last_block()->number + 1 : 0;
    if (auto done = store.apply(number, changes); !done) return done;
    const auto root = store.root();
    if (!root) return root.error();
    return store.seal({number, {}, *root});
}

/// The rate that the whole store sustains: every block has its root and is durable in the journal,
/// and in the end all of them are in the flat state's files and the trie's.
Result<Row> measure_whole_store(const BenchmarkOptions& options, Progress& progress,
                                uint64_t built) {
    const Folder folder;
    auto opened = StateStore::open(folder.path() / "store");
    if (!opened) return opened.error();
    StateStore& store = **opened;
    for (uint64_t n = 0; n < options.accounts; n += kBuildStep) {
        const auto part = genesis_part(n, std::min(options.accounts, n + kBuildStep), options.seed);
        auto done = append_block(store, part);
        if (done) done = store.checkpoint();
        if (!done) return done.error();
        progress.update(built + n);
    }
    uint64_t changes = 0;
    double committing = 0;
    const uint32_t blocks = 4 * options.rounds;
    std::vector<StateChanges> made;
    for (uint32_t i = 0; i < blocks; ++i)
        made.push_back(
            block_changes(options.accounts, store.last_block()->number + 1 + i, options.seed));
    const Stopwatch all;
    for (const StateChanges& block : made) {
        const Stopwatch clock;
        if (auto done = append_block(store, block); !done) return done.error();
        if (auto done = store.wait_durable(store.last_block()->number); !done) return done.error();
        committing += clock.seconds();
        changes += block.accounts.size();
    }
    if (auto done = store.checkpoint(); !done) return done.error();
    const double seconds = all.seconds();
    return Row{"journal, flat state and trie together",
               static_cast<double>(changes) / seconds,
               0,
               1000 * committing / blocks,
               1000 * (seconds - committing),
               1e6 * all.cpu_seconds() / static_cast<double>(changes)};
}

/// Nanoseconds of a read, by where the answer is.
Result<std::vector<std::pair<std::string, double>>> measure_reads(const fs::path& path,
                                                                  const BenchmarkOptions& options) {
    const auto read_all = [&](const flat::FlatState& state, uint64_t from, uint64_t count) {
        std::mt19937_64 random(options.seed);
        uint64_t found = 0;
        const Stopwatch clock;
        for (uint64_t i = 0; i < kReads; ++i)
            found += state.account(account_address(from + random() % count)).has_value() ? 1 : 0;
        return std::pair(1e9 * clock.seconds() / static_cast<double>(kReads), found);
    };
    std::vector<std::pair<std::string, double>> out;
    {
        auto state = open_flat(path, 1, 0);
        if (!state) return state.error();
        out.emplace_back("store, file in the page cache",
                         read_all(**state, 0, options.accounts).first);
        out.emplace_back("store, absent", read_all(**state, uint64_t{1} << 40, 1 << 30).first);
        const uint64_t number = (*state)->last_block()->number + 1;
        const StateChanges part =
            genesis_part(0, std::min<uint64_t>(options.accounts, 300'000), options.seed);
        if (auto done = (*state)->commit(block_of(number), part); !done) return done.error();
        out.emplace_back("overlay", read_all(**state, 0, part.accounts.size()).first);
        if (auto failed = (*state)->failure()) return *failed;
    }
    auto state = open_flat(path, 1, 256 << 20);
    if (!state) return state.error();
    const auto [cold, cold_found] = read_all(**state, 0, options.accounts);
    const auto [warm, warm_found] = read_all(**state, 0, options.accounts);
    if (cold_found != kReads || warm_found != kReads)
        return Error{ErrorCode::Mismatch, "an account that was stored is not found"};
    out.emplace_back("cache", warm);
    return out;
}

}  // namespace

Result<BenchmarkReport> bench_state(const BenchmarkOptions& options) {
    Progress progress("building", 6 * options.accounts, options.quiet);
    std::vector<Row> rows;
    auto one_file = measure_one_file(options, progress);
    if (!one_file) return one_file.error();
    rows.push_back(*one_file);
    std::vector<std::pair<std::string, double>> reads;
    uint64_t built = options.accounts;
    for (const uint32_t shards : {1U, 2U, 4U, 8U}) {
        const Folder folder;
        auto state = open_flat(folder.path() / "state", shards, 256 << 20);
        if (!state) return state.error();
        uint64_t number = 0;
        for (uint64_t n = 0; n < options.accounts; n += kBuildStep) {
            const auto part =
                genesis_part(n, std::min(options.accounts, n + kBuildStep), options.seed);
            auto done = (*state)->commit(block_of(number++), part);
            if (done) done = (*state)->checkpoint();
            if (!done) return done.error();
            progress.update(built + n);
        }
        for (const uint32_t blocks : {1U, 4U, 16U}) {
            const std::string name =
                fmt::format("{} shard{}, a checkpoint per {} block{}", shards,
                            shards == 1 ? "" : "s", blocks, blocks == 1 ? "" : "s");
            auto row = measure_checkpoints(**state, blocks, name, options);
            if (!row) return row.error();
            rows.push_back(*row);
        }
        state->reset();
        if (shards == 4) {
            auto measured = measure_reads(folder.path() / "state", options);
            if (!measured) return measured.error();
            reads = std::move(*measured);
        }
        built += options.accounts;
    }

    auto whole = measure_whole_store(options, progress, built);
    if (!whole) return whole.error();
    rows.push_back(*whole);

    BenchmarkReport report;
    report.json = {{"benchmark", "state"},
                   {"item", "changed account"},
                   {"machine", machine_description()},
                   {"accounts", options.accounts},
                   {"results", nlohmann::json::array()}};
    Table table(
        {"store", "changes/s", "rows/s", "ms/commit", "ms/checkpoint", "CPU us/change", "ratio"});
    double best = 0;
    for (const Row& row : rows) {
        const double ratio = row.changes_per_second / rows.front().changes_per_second;
        if (row.rows_per_second != 0) best = std::max(best, ratio);
        table.add({row.name, with_commas(static_cast<uint64_t>(row.changes_per_second)),
                   row.rows_per_second == 0
                       ? "-"
                       : with_commas(static_cast<uint64_t>(row.rows_per_second)),
                   fmt::format("{:.1f}", row.commit_ms), fmt::format("{:.0f}", row.checkpoint_ms),
                   fmt::format("{:.2f}", row.cpu_us), fmt::format("{:.2f}x", ratio)});
        report.json["results"].push_back({{"name", row.name},
                                          {"changes_per_second", row.changes_per_second},
                                          {"rows_per_second", row.rows_per_second},
                                          {"commit_ms", row.commit_ms},
                                          {"checkpoint_ms", row.checkpoint_ms},
                                          {"cpu_us_per_change", row.cpu_us}});
    }
    report.json["ratios"] = {{"state_store", best}};
    report.json["store_changes_per_second"] = whole->changes_per_second;
    Table latency({"a read that is answered by", "ns"});
    for (const auto& [name, ns] : reads) {
        latency.add({name, fmt::format("{:.0f}", ns)});
        report.json["reads_ns"][name] = ns;
    }
    report.text =
        fmt::format("{} accounts; blocks change {}, one of {} new; wall time\n",
                    with_commas(options.accounts), with_commas(kChangesInBlock), kNewOneIn) +
        table.to_string() + "\n" + latency.to_string();
    return report;
}

}  // namespace switchyard::tool
