// SPDX-License-Identifier: Apache-2.0
// Mgas/s of every precompile: a typical input and the one with the lowest rate, beside a library's
// rate where a library does the same.
#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "host/precompiles/precompiles.hpp"
#include "tools/switchyard/benchmarks.hpp"
#include "tools/switchyard/output.hpp"
#include "tools/switchyard/precompile_cases.hpp"

namespace switchyard::tool {
namespace {

using precompiles::Outcome;

/// A round calls an input for about this long.
constexpr double kNsPerRound = 1e6;

/// One input, priced and put on the list of contenders.
struct Rated {
    const PrecompileCase* owner = nullptr;
    const PrecompileInput* input = nullptr;
    uint64_t gas = 0;
    size_t ours = 0;  ///< index of its measurement
    std::optional<size_t> library;
};

uint64_t calls_per_round(const std::function<void()>& call) {
    const double begin = thread_cpu_ns();
    call();
    return 1 + static_cast<uint64_t>(kNsPerRound / std::max(thread_cpu_ns() - begin, 1.0));
}

Contender repeated(std::string name, std::function<void()> call) {
    const uint64_t calls = calls_per_round(call);
    return {std::move(name), calls,
            [calls, call = std::move(call)] {
                for (uint64_t i = 0; i < calls; ++i)
                    call();
            },
            ""};
}

/// Checks the answers, ours and the library's, and adds both to `contenders`.
Result<Rated> prepare(const PrecompileCase& owner, const PrecompileInput& input,
                      std::vector<Contender>& contenders) {
    const Address address = precompile_address(owner.number);
    const auto result =
        precompiles::run_precompile(address, input.data, UINT64_MAX, owner.revision);
    const std::string name = owner.name + ", " + input.name;
    if (result.outcome != Outcome::Success || result.output != input.expected)
        return Error{ErrorCode::Mismatch, name + ": not the expected answer"};
    Rated out{&owner, &input, result.gas_used, contenders.size(), {}};
    contenders.push_back(repeated(name, [&owner, &input, address] {
        static_cast<void>(
            precompiles::run_precompile(address, input.data, UINT64_MAX, owner.revision));
    }));
    if (input.library == nullptr) return out;
    if (!input.library())
        return Error{ErrorCode::Mismatch, name + ": " + owner.library + " answers otherwise"};
    out.library = contenders.size();
    contenders.push_back(repeated(owner.library, [&input] { static_cast<void>(input.library()); }));
    return out;
}

/// Mgas/s from the spread of times: the shortest time is the highest rate.
Spread rate_of(const Rated& rated, const std::vector<Measurement>& measurements) {
    const Spread& ns = measurements[rated.ours].ns_per_item;
    const double gas = static_cast<double>(rated.gas) * 1e3;
    return {gas / ns.max, gas / ns.median, gas / ns.min};
}

/// The library's time over ours; above 1 ours is faster.
std::optional<double> ratio_of(const Rated& rated, const std::vector<Measurement>& measurements) {
    if (!rated.library) return std::nullopt;
    return measurements[*rated.library].ns_per_item.median /
           measurements[rated.ours].ns_per_item.median;
}

nlohmann::json to_json(const Rated& rated, const std::vector<Measurement>& measurements) {
    const Spread rate = rate_of(rated, measurements);
    nlohmann::json out = {
        {"input", rated.input->name},
        {"input_bytes", rated.input->data.size()},
        {"gas", rated.gas},
        {"mgas_per_second", {{"min", rate.min}, {"median", rate.median}, {"max", rate.max}}},
        {"ns_per_call", measurements[rated.ours].ns_per_item.median}};
    if (const auto ratio = ratio_of(rated, measurements)) {
        out["library"] = rated.owner->library;
        out["ratio"] = *ratio;
    }
    return out;
}

std::string to_text(const std::optional<double>& ratio) {
    return ratio ? fmt::format("{:.2f}x", *ratio) : "";
}

/// The inputs of one precompile in its report: the first is typical, the lowest is the one of the
/// lowest median among those worth rating.
struct Summary {
    const Rated* typical = nullptr;
    const Rated* lowest = nullptr;
};

Summary summarize(std::span<const Rated> all, const std::vector<Measurement>& measurements) {
    Summary out{&all.front(), nullptr};
    for (const Rated& rated : all) {
        if (rated.gas < kGasWorthRating) continue;
        if (out.lowest == nullptr ||
            rate_of(rated, measurements).median < rate_of(*out.lowest, measurements).median)
            out.lowest = &rated;
    }
    return out;
}

BenchmarkReport make_report(const std::vector<PrecompileCase>& cases, const std::vector<Rated>& all,
                            const std::vector<Measurement>& measurements) {
    Table table({"Mgas/s", "typical", "lowest min", "median", "max", "the lowest rate's input",
                 "library", "typical", "lowest"});
    nlohmann::json by_name = nlohmann::json::object();
    nlohmann::json ratios = nlohmann::json::object();
    const Rated* lowest = nullptr;
    for (const PrecompileCase& owner : cases) {
        const auto first =
            std::find_if(all.begin(), all.end(), [&](const Rated& r) { return r.owner == &owner; });
        const auto own =
            std::span{all}.subspan(static_cast<size_t>(first - all.begin()), owner.inputs.size());
        const Summary summary = summarize(own, measurements);
        const Spread rate = rate_of(*summary.lowest, measurements);
        if (lowest == nullptr || rate.median < rate_of(*lowest, measurements).median)
            lowest = summary.lowest;
        table.add({owner.name,
                   fmt::format("{:.0f}", rate_of(*summary.typical, measurements).median),
                   fmt::format("{:.0f}", rate.min), fmt::format("{:.0f}", rate.median),
                   fmt::format("{:.0f}", rate.max), summary.lowest->input->name, owner.library,
                   to_text(ratio_of(*summary.typical, measurements)),
                   to_text(ratio_of(*summary.lowest, measurements))});
        nlohmann::json inputs = nlohmann::json::array();
        for (const Rated& rated : own)
            inputs.push_back(to_json(rated, measurements));
        by_name[owner.name] = {{"typical", to_json(*summary.typical, measurements)},
                               {"lowest", to_json(*summary.lowest, measurements)},
                               {"inputs", std::move(inputs)}};
        if (const auto ratio = ratio_of(*summary.typical, measurements))
            ratios[owner.name] = *ratio;
    }
    BenchmarkReport out;
    out.text = table.to_string() + fmt::format("lowest of all: {}, {}: {:.0f} Mgas/s\n",
                                               lowest->owner->name, lowest->input->name,
                                               rate_of(*lowest, measurements).median);
    out.json = {{"benchmark", "precompiles"},
                {"unit", "Mgas/s"},
                {"machine", machine_description()},
                {"precompiles", std::move(by_name)},
                {"lowest",
                 {{"precompile", lowest->owner->name},
                  {"input", lowest->input->name},
                  {"mgas_per_second", rate_of(*lowest, measurements).median}}},
                {"ratios", std::move(ratios)}};
    return out;
}

}  // namespace

Bytes precompile_answer(uint16_t number, BytesView input, Revision revision) {
    return precompiles::run_precompile(precompile_address(number), input, UINT64_MAX, revision)
        .output;
}

Address precompile_address(uint16_t number) {
    Address out;
    out[18] = static_cast<uint8_t>(number >> 8);
    out[19] = static_cast<uint8_t>(number);
    return out;
}

Result<BenchmarkReport> bench_precompiles(const BenchmarkOptions& options) {
    std::vector<PrecompileCase> cases = hash_cases(options.seed);
    auto signatures = signature_cases(options.seed);
    if (!signatures) return signatures.error();
    auto curves = curve_cases(options.seed);
    if (!curves) return curves.error();
    for (auto* more : {&*signatures, &*curves})
        std::move(more->begin(), more->end(), std::back_inserter(cases));
    auto modexp = modexp_cases(options.seed);
    std::move(modexp.begin(), modexp.end(), std::back_inserter(cases));
    std::sort(cases.begin(), cases.end(), [](const PrecompileCase& x, const PrecompileCase& y) {
        return std::pair{x.number, x.revision} < std::pair{y.number, y.revision};
    });

    std::vector<Contender> contenders;
    std::vector<Rated> all;
    for (const PrecompileCase& owner : cases)
        for (const PrecompileInput& input : owner.inputs) {
            auto rated = prepare(owner, input, contenders);
            if (!rated) return rated.error();
            all.push_back(*rated);
        }
    return make_report(cases, all, measure(contenders, options.rounds, options.quiet));
}

}  // namespace switchyard::tool
