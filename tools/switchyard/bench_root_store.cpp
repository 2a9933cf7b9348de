// SPDX-License-Identifier: Apache-2.0
// The cost of an update when the records are in SQLite and a tenth of them fits in memory.
#include "tools/switchyard/bench_root_store.hpp"

#include <fmt/format.h>

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <filesystem>

#include "host/state/commitment/state_commitment.hpp"
#include "host/state/sqlite/sqlite_record_store.hpp"
#include "tools/switchyard/account_workload.hpp"
#include "tools/switchyard/output.hpp"

namespace switchyard::tool {
namespace {

using commitment::StateCommitment;

/// Memory while the state is built; then the cap holds.
constexpr size_t kBuildCache = size_t{2} << 30;
constexpr size_t kPageLeaves = 32;

struct Costs {
    Spread cpu_ns;         ///< of an update, CPU time
    Spread wall_ns;        ///< the same, elapsed
    Spread checkpoint_ns;  ///< of an update at the checkpoint after its block, elapsed
    uint64_t file_bytes = 0;
    uint64_t memory_cap = 0;
};

Spread spread_of(std::vector<double> values) {
    std::sort(values.begin(), values.end());
    return {values.front(), values[values.size() / 2], values.back()};
}

double elapsed_ns() {
    return std::chrono::duration<double, std::nano>(
               std::chrono::steady_clock::now().time_since_epoch())
        .count();
}

Result<void> build(const std::filesystem::path& file, uint64_t accounts,
                   const BenchmarkOptions& options) {
    auto store = sqlite::open_record_store(file, {size_t{256} << 20, false});
    if (!store) return store.error();
    auto state = StateCommitment::open(**store, {kBuildCache, kPageLeaves});
    if (!state) return state.error();
    Progress progress("building " + with_commas(accounts), accounts, options.quiet);
    // In the order of the trie, so that no part of it is read again and memory holds a part alone.
    const std::vector<uint32_t> numbers = numbers_in_key_order(accounts);
    for (uint64_t begin = 0; begin < accounts; begin += kGenesisStep) {
        const size_t count = std::min(kGenesisStep, accounts - begin);
        const auto root =
            state->apply(genesis_of(std::span(numbers).subspan(begin, count), options.seed));
        if (!root) return root.error();
        if (Result<void> done = state->checkpoint(); !done) return done;
        progress.update(begin);
    }
    return {};
}

/// Asks the operating system to forget what it caches of the database, so that the cap is one on
/// all memory: what a block reads comes from the disk.
Result<void> drop_cached(const std::filesystem::path& file) {
    for (const char* suffix : {"", "-wal"}) {
        const std::string name = file.string() + suffix;
        const int descriptor = ::open(name.c_str(), O_RDONLY | O_CLOEXEC);
        if (descriptor < 0 && *suffix != 0) continue;
        const bool done = descriptor >= 0 && ::fdatasync(descriptor) == 0 &&
                          ::posix_fadvise(descriptor, 0, 0, POSIX_FADV_DONTNEED) == 0;
        if (descriptor >= 0) ::close(descriptor);
        if (!done) return Error{ErrorCode::Io, name + ": cannot be dropped from the cache"};
    }
    return {};
}

/// A new process, as far as memory goes: blocks and a checkpoint after each.
Result<Costs> measure_store(const std::filesystem::path& file, uint64_t accounts,
                            const BenchmarkOptions& options) {
    Costs out;
    out.file_bytes = std::filesystem::file_size(file);
    out.memory_cap = out.file_bytes / 10;
    auto store = sqlite::open_record_store(file, {out.memory_cap / 2, true});
    if (!store) return store.error();
    auto state = StateCommitment::open(**store, {out.memory_cap / 2, kPageLeaves});
    if (!state) return state.error();
    std::vector<double> cpu;
    std::vector<double> wall;
    std::vector<double> checkpoint;
    for (uint32_t block = 0; block <= options.rounds; ++block) {
        const StateChanges changes = block_changes(accounts, block, options.seed);
        const auto updates = static_cast<double>(changes.accounts.size());
        if (Result<void> dropped = drop_cached(file); !dropped) return dropped.error();
        const double cpu_begin = thread_cpu_ns();
        const double wall_begin = elapsed_ns();
        const auto root = state->apply(changes);
        if (!root) return root.error();
        const double wall_end = elapsed_ns();
        const double cpu_end = thread_cpu_ns();
        if (Result<void> done = state->checkpoint(); !done) return done.error();
        if (block == 0) continue;  // warm-up
        cpu.push_back((cpu_end - cpu_begin) / updates);
        wall.push_back((wall_end - wall_begin) / updates);
        checkpoint.push_back((elapsed_ns() - wall_end) / updates);
    }
    out.cpu_ns = spread_of(cpu);
    out.wall_ns = spread_of(wall);
    out.checkpoint_ns = spread_of(checkpoint);
    return out;
}

}  // namespace

Result<void> add_store_table(const BenchmarkOptions& options, BenchmarkReport& report) {
    Table table({"accounts", "file MB", "memory MB", "ns/update CPU", "elapsed", "checkpoint"});
    report.json["store"] = nlohmann::json::array();
    const uint64_t largest =
        options.store_accounts != 0 ? options.store_accounts : options.accounts;
    for (uint64_t accounts = 10'000; accounts <= largest; accounts *= 10) {
        const std::filesystem::path file =
            std::filesystem::path(options.store) / fmt::format("bench-root-{}.db", accounts);
        if (std::filesystem::exists(file))
            return Error{ErrorCode::InvalidInput, file.string() + ": exists already"};
        Result<void> built = build(file, accounts, options);
        Result<Costs> costs = built ? measure_store(file, accounts, options) : built.error();
        for (const char* suffix : {"", "-wal", "-shm"}) {
            std::error_code ignored;
            std::filesystem::remove(file.string() + suffix, ignored);
        }
        if (!costs) return costs.error();
        const auto megabytes = [](uint64_t bytes) {
            return fmt::format("{:.1f}", static_cast<double>(bytes) / 1e6);
        };
        table.add({with_commas(accounts), megabytes(costs->file_bytes),
                   megabytes(costs->memory_cap), fmt::format("{:.0f}", costs->cpu_ns.median),
                   fmt::format("{:.0f}", costs->wall_ns.median),
                   fmt::format("{:.0f}", costs->checkpoint_ns.median)});
        report.json["store"].push_back({{"accounts", accounts},
                                        {"file_bytes", costs->file_bytes},
                                        {"memory_cap", costs->memory_cap},
                                        {"cpu_ns_per_update", costs->cpu_ns.median},
                                        {"elapsed_ns_per_update", costs->wall_ns.median},
                                        {"checkpoint_ns_per_update", costs->checkpoint_ns.median}});
    }
    report.text +=
        "\nrecords in SQLite, a tenth of the file in memory, the rest on the disk; medians\n" +
        table.to_string();
    return {};
}

}  // namespace switchyard::tool
