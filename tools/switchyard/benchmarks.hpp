// SPDX-License-Identifier: Apache-2.0
// The benchmarks that `switchyard bench` offers.
#pragma once

#include <string>
#include <vector>

#include "host/core/result.hpp"
#include "tools/switchyard/measure.hpp"

namespace switchyard::tool {

struct BenchmarkOptions {
    uint32_t rounds = 15;
    uint32_t batch = 1'024;
    uint64_t seed = 1;
    uint64_t accounts = 1'000'000;
    std::string store;            ///< a folder for a store on disk; empty: none
    uint64_t store_accounts = 0;  ///< of the largest state in `store`; 0: `accounts`
    std::string blocks;           ///< a folder of real blocks; empty: none
    bool quiet = false;
};

/// What a benchmark prints: a table for people, or one object.
struct BenchmarkReport {
    std::string text;
    nlohmann::json json;
};

struct Benchmark {
    std::string name;
    std::string description;
    bool takes_batch = true;  ///< `batch` means something to it
    Result<BenchmarkReport> (*run)(const BenchmarkOptions& options);
    bool takes_accounts = false;  ///< `accounts` means something to it
    bool takes_store = false;     ///< `store` means something to it
    bool takes_blocks = false;    ///< `blocks` means something to it
};

/// All of them. Each checks that every contender gives the baseline's results before it measures.
[[nodiscard]] const std::vector<Benchmark>& benchmarks();

[[nodiscard]] Result<BenchmarkReport> bench_recover(const BenchmarkOptions& options);
[[nodiscard]] Result<BenchmarkReport> bench_keccak(const BenchmarkOptions& options);
[[nodiscard]] Result<BenchmarkReport> bench_execute(const BenchmarkOptions& options);
[[nodiscard]] Result<BenchmarkReport> bench_ingest(const BenchmarkOptions& options);
[[nodiscard]] Result<BenchmarkReport> bench_plan(const BenchmarkOptions& options);
[[nodiscard]] Result<BenchmarkReport> bench_predict(const BenchmarkOptions& options);
[[nodiscard]] Result<BenchmarkReport> bench_pool(const BenchmarkOptions& options);
[[nodiscard]] Result<BenchmarkReport> bench_precompiles(const BenchmarkOptions& options);
[[nodiscard]] Result<BenchmarkReport> bench_root(const BenchmarkOptions& options);
[[nodiscard]] Result<BenchmarkReport> bench_rpc(const BenchmarkOptions& options);
[[nodiscard]] Result<BenchmarkReport> bench_subscribers(const BenchmarkOptions& options);
[[nodiscard]] Result<BenchmarkReport> bench_state(const BenchmarkOptions& options);

/// The report of implementations of one job, of which the first is the baseline. `item` is what one
/// item is, in the singular.
[[nodiscard]] BenchmarkReport compare(const std::string& benchmark, const std::string& item,
                                      const std::vector<Contender>& contenders,
                                      const BenchmarkOptions& options);

}  // namespace switchyard::tool
