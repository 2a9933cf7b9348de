// SPDX-License-Identifier: Apache-2.0
// Times several implementations of one job side by side.
#pragma once

#include <cstdint>
#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace switchyard::tool {

/// CPU time of the calling thread.
[[nodiscard]] double thread_cpu_ns();
/// CPU time of all threads of the process.
[[nodiscard]] double process_cpu_ns();

/// Nanoseconds of a steady clock.
[[nodiscard]] double wall_ns();

/// One implementation of the job. `run` does the whole job once, over `items` items.
struct Contender {
    std::string name;
    uint64_t items = 1;
    std::function<void()> run;
    /// Under this name the report's `ratios` gives baseline / this; empty: not in the ratios.
    std::string ratio;
    /// The job runs on other threads as well: CPU time of the process, not of the calling thread.
    bool whole_process = false;
};

struct Spread {
    double min = 0;
    double median = 0;
    double max = 0;
};

struct Measurement {
    std::string name;
    Spread ns_per_item;
    Spread ratio;  ///< time of the first contender / time of this one, round by round
    std::string ratio_name;
};

/// Runs every contender once to warm up, then `rounds` times in turn (A B C A B C ...), so that a
/// machine whose speed drifts treats all alike. Times are CPU time of the calling thread, or of the
/// process where the contender says so. The first contender is the baseline of the ratios.
[[nodiscard]] std::vector<Measurement> measure(const std::vector<Contender>& contenders,
                                               uint32_t rounds, bool quiet);

/// A table for people: ns per item as min, median, max, items per second, ratio.
[[nodiscard]] std::string to_table(const std::vector<Measurement>& measurements,
                                   const std::string& item);

/// {"benchmark", "item", "machine", "results": [...], "ratios": {...}}
[[nodiscard]] nlohmann::json to_json(const std::string& benchmark, const std::string& item,
                                     const std::vector<Measurement>& measurements);

/// The CPU's name, compiler and build type: what a published figure has to carry.
[[nodiscard]] nlohmann::json machine_description();

}  // namespace switchyard::tool
