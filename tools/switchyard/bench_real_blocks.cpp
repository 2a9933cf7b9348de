// SPDX-License-Identifier: Apache-2.0
// The part of `bench execute` that takes real blocks: each by roads of different experience.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "host/execute/serial_executor.hpp"
#include "tools/switchyard/execution_ways.hpp"
#include "tools/switchyard/output.hpp"
#include "tools/switchyard/real_blocks.hpp"

namespace switchyard::tool {
namespace {

using Blocks = std::vector<std::unique_ptr<RealBlock>>;

/// What a road has learned before it gets the block.
struct Experience {
    std::string_view heading;
    std::string_view name;  ///< in the report
    std::string_view ratio;
    bool of_others = false;  ///< of all other blocks of the folder, each once
    bool of_this = false;    ///< of the block itself, once, after the others
};
constexpr std::array<Experience, 3> kExperiences = {
    {{"learned nothing", "nothing", "mainnet_min_nothing_learned", false, false},
     {"all other blocks", "others", "mainnet_min_others_learned", true, false},
     {"this one too", "seen", "mainnet_min_seen_before", true, true}}};

/// One kept road that is given its experience anew before each block, and its twin, which runs the
/// block before it.
struct ExperiencedRoad {
    std::unique_ptr<BlockRoad> road;
    std::unique_ptr<BlockRoad> warming;
    plan::TemplateStore templates;

    /// The same state each time, whatever ran before.
    void prepare() {
        for (BlockRoad* each : {road.get(), warming.get()}) {
            each->forget();
            each->templates() = templates;
        }
    }
};

Result<void> execute_once(BlockRoad& road, const RealBlock& block) {
    if (auto done = road.execute(block.input(), block.parent); !done) return done.error();
    return {};
}

Result<std::unique_ptr<BlockRoad>> make_road(const Experience& experience, const Blocks& blocks,
                                             const RealBlock& block) {
    auto road = open_road();
    if (!road) return road.error();
    // A road that has run before: its memory is there, though it may know nothing.
    if (auto done = execute_once(**road, block); !done) return done.error();
    (*road)->forget();
    if (experience.of_others)
        for (const auto& other : blocks)
            if (other.get() != &block)
                if (auto done = execute_once(**road, *other); !done) return done.error();
    if (experience.of_this)
        if (auto done = execute_once(**road, block); !done) return done.error();
    return road;
}

/// So often that a clock and a cold start do not count: a block of one payment takes less than a
/// microsecond. Such blocks are never planned, so that nothing is learned in between.
Result<uint32_t> repetitions_of(execute::SerialExecutor& serial, const RealBlock& block) {
    constexpr double kLongEnoughNs = 100'000;
    double shortest = kLongEnoughNs;
    for (int i = 0; i < 5; ++i) {
        const double begin = wall_ns();
        if (auto done = serial.execute(block.input(), block.parent); !done) return done.error();
        shortest = std::min(shortest, wall_ns() - begin);
    }
    return static_cast<uint32_t>(std::clamp(kLongEnoughNs / shortest, 1.0, 200.0));
}

template <typename Run>
Result<execute::BlockResult> repeated(uint32_t times, const Run& run) {
    for (uint32_t i = 1; i < times; ++i)
        if (auto done = run(); !done) return done.error();
    return run();
}

struct BlockTimes {
    double serial_ns = 0;
    Spread control;  ///< of the baseline's twin: what the measurement itself makes of nothing
    std::array<Spread, kExperiences.size()> wall_ns;
    std::array<Spread, kExperiences.size()> ratios;
};

Result<BlockTimes> measure_block(const Blocks& blocks, const RealBlock& block, uint32_t rounds,
                                 EnergyMeter& energy) {
    const auto input = block.input();
    std::array<ExperiencedRoad, kExperiences.size()> roads;
    for (size_t i = 0; i < roads.size(); ++i) {
        for (auto* road : {&roads[i].road, &roads[i].warming}) {
            auto made = make_road(kExperiences[i], blocks, block);
            if (!made) return made.error();
            *road = std::move(*made);
        }
        roads[i].templates = roads[i].road->templates();
    }
    execute::SerialExecutor serial;
    execute::SerialExecutor warming;
    const auto repetitions = repetitions_of(serial, block);
    if (!repetitions) return repetitions.error();
    // Small blocks take less time than to fetch state and code into the caches: each way starts
    // behind an execution by another of its own kind. And all are prepared alike: what a road is
    // given, the serial ones' stand-ins get as well.
    std::array<plan::TemplateStore, 2> stand_ins;
    const auto prepare_serial = [&]() -> Result<void> {
        for (plan::TemplateStore& each : stand_ins) {
            each.clear();
            each = roads.back().templates;
        }
        if (auto done = warming.execute(input, block.parent); !done) return done.error();
        return {};
    };
    execute::SerialExecutor twin;
    const auto serial_way = [&](std::string name, execute::SerialExecutor& executor) -> Way {
        return {std::move(name), "",
                [&, &executor = executor] {
                    return repeated(*repetitions,
                                    [&] { return executor.execute(input, block.parent); });
                },
                *repetitions, prepare_serial};
    };
    std::vector<Way> ways = {serial_way("serial", serial), serial_way("serial again", twin)};
    for (size_t i = 0; i < roads.size(); ++i)
        ways.push_back({std::string(kExperiences[i].name), "",
                        [&, i] {
                            return repeated(*repetitions, [&] {
                                return roads[i].road->execute(input, block.parent);
                            });
                        },
                        *repetitions,
                        [&, i] {
                            roads[i].prepare();
                            return execute_once(*roads[i].warming, block);
                        }});
    const auto times = measure_ways(ways, input.transactions.size(), rounds, energy);
    if (!times) return times.error();
    BlockTimes out;
    out.serial_ns = spread_of((*times)[0].wall_ns).median;
    out.control = spread_of((*times)[1].ratios);
    for (size_t i = 0; i < roads.size(); ++i) {
        out.wall_ns[i] = spread_of((*times)[i + 2].wall_ns);
        out.ratios[i] = spread_of((*times)[i + 2].ratios);
    }
    return out;
}

}  // namespace

Result<void> bench_real_blocks(const BenchmarkOptions& options, EnergyMeter& energy,
                               Collected& all) {
    const auto blocks = load_real_blocks(options.blocks);
    if (!blocks) return blocks.error();
    std::vector<std::string> headings = {"mainnet block", "transactions", "serial ns each",
                                         "again"};
    for (const Experience& experience : kExperiences) {
        headings.emplace_back(experience.heading);
        headings.emplace_back("ratio");
    }
    Table table(headings);
    nlohmann::json rows = nlohmann::json::array();
    std::array<double, kExperiences.size()> least;
    least.fill(INFINITY);
    double control = INFINITY;
    Progress progress("real blocks", blocks->size(), options.quiet);
    for (size_t b = 0; b < blocks->size(); ++b) {
        const RealBlock& block = *(*blocks)[b];
        if (block.transactions.empty()) continue;
        const auto times = measure_block(*blocks, block, options.rounds, energy);
        if (!times) return times.error();
        std::vector<std::string> row = {
            std::to_string(block.block.number), with_commas(block.transactions.size()),
            fmt::format("{:.0f}", times->serial_ns), fmt::format("{:.3f}x", times->control.median)};
        nlohmann::json entry = {{"block", block.block.number},
                                {"transactions", block.transactions.size()},
                                {"serial_ns_per_transaction", times->serial_ns},
                                {"ratio_serial_again", json_of(times->control)}};
        control = std::min(control, times->control.median);
        for (size_t i = 0; i < kExperiences.size(); ++i) {
            least[i] = std::min(least[i], times->ratios[i].median);
            row.push_back(fmt::format("{:.0f}", times->wall_ns[i].median));
            row.push_back(fmt::format("{:.3f}x", times->ratios[i].median));
            entry["ratio_" + std::string(kExperiences[i].name)] = json_of(times->ratios[i]);
        }
        table.add(row);
        rows.push_back(entry);
        progress.update(b + 1);
    }
    if (rows.empty()) return Error{ErrorCode::NotFound, "no *.json in " + options.blocks};
    for (size_t i = 0; i < kExperiences.size(); ++i)
        all.ratios[std::string(kExperiences[i].ratio)] = least[i];
    all.ratios["mainnet_min_serial_again"] = control;
    all.ratios["mainnet_min"] = *std::ranges::min_element(least);
    all.text +=
        table.to_string() +
        fmt::format(
            "least of all blocks, by what the road had learned: nothing {:.3f}x, "
            "all other blocks {:.3f}x, this one too {:.3f}x; of the serial executor beside itself "
            "{:.3f}x\n\n",
            least[0], least[1], least[2], control);
    all.jobs.push_back({{"job", "mainnet"}, {"results", rows}});
    return {};
}

}  // namespace switchyard::tool
