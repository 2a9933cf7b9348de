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
    bool quiet = false;
};

struct Benchmark {
    std::string name;
    std::string description;
    std::string item;  ///< what one item is, in the singular
    Result<std::vector<Measurement>> (*run)(const BenchmarkOptions& options);
};

/// All of them. Each checks that every contender gives the baseline's results before it measures.
[[nodiscard]] const std::vector<Benchmark>& benchmarks();

[[nodiscard]] Result<std::vector<Measurement>> bench_recover(const BenchmarkOptions& options);
[[nodiscard]] Result<std::vector<Measurement>> bench_keccak(const BenchmarkOptions& options);

}  // namespace switchyard::tool
