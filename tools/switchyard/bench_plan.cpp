// SPDX-License-Identifier: Apache-2.0
// Every backend of the conflict detector on the same blocks, and beside them what the model of the
// kernel says of a card.
#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <optional>

#include "hls/conflict_detector/cycle_model.hpp"
#include "host/offload/conflict_detector.hpp"
#include "tools/switchyard/benchmarks.hpp"
#include "tools/switchyard/output.hpp"
#include "tools/switchyard/plan_batches.hpp"

namespace switchyard::tool {
namespace {

constexpr uint32_t kTransactionCounts[] = {10'000, 1'000};
constexpr uint32_t kLaneCounts[] = {8, 64};

/// A block as the golden model and the cycle model take it.
std::vector<std::vector<hls::ModelAccess>> model_accesses(const AccessBatch& batch) {
    std::vector<std::vector<hls::ModelAccess>> out(batch.transaction_count());
    for (uint32_t i = 0; i < batch.transaction_count(); ++i)
        for (const KeyAccess& access : batch.keys(i))
            out[i].push_back({access.key, static_cast<abi::AccessCode>(access.kind)});
    return out;
}

LanePlan model_plan(const AccessBatch& batch, uint32_t lanes, uint64_t seed,
                    hls::ModelTable table) {
    LanePlan out;
    out.reset(lanes);
    hls::GoldenModel model(lanes, seed, table);
    const auto accesses = model_accesses(batch);
    for (uint32_t i = 0; i < batch.transaction_count(); ++i) {
        const auto placed = model.place(accesses[i], batch.gas(i));
        const auto waits = out.append({static_cast<uint16_t>(placed.lane), placed.place});
        std::ranges::copy(placed.waits, waits.begin());
    }
    return out;
}

hls::CycleReport model_cycles(const AccessBatch& batch, uint32_t lanes, uint64_t seed) {
    hls::CycleModel model(lanes, seed);
    const auto accesses = model_accesses(batch);
    for (uint32_t i = 0; i < batch.transaction_count(); ++i)
        model.add(accesses[i], batch.gas(i));
    return model.report();
}

/// What runs here, the reference first.
Result<std::vector<std::unique_ptr<ConflictDetector>>> make_backends(uint64_t seed) {
    std::vector<std::unique_ptr<ConflictDetector>> out;
    std::vector<DetectorChoice> choices = available_detectors();
    const auto reference = std::ranges::find(choices, "reference", &DetectorChoice::name);
    std::rotate(choices.begin(), reference, reference + 1);
    for (const DetectorChoice& choice : choices) {
        if (!choice.available) continue;
        auto made = make_detector(choice.name, {.hash_seed = seed});
        if (!made) return made.error();
        out.push_back(std::move(*made));
    }
    return out;
}

struct Job {
    const PlanWorkload& workload;
    uint32_t transactions;
    uint32_t lanes;

    [[nodiscard]] std::string title() const {
        return fmt::format("{}: {}, {} transactions of {} keys, {} lanes", workload.name,
                           workload.description, with_commas(transactions), kPlanKeysPerTransaction,
                           lanes);
    }
};

/// Plans `batch` once with every backend and compares with the golden model.
Result<void> check(const Job& job, const AccessBatch& batch, uint64_t seed,
                   const std::vector<std::unique_ptr<ConflictDetector>>& backends) {
    const LanePlan bounded = model_plan(batch, job.lanes, seed, hls::ModelTable::Bounded);
    const LanePlan exact = model_plan(batch, job.lanes, seed, hls::ModelTable::Exact);
    for (const auto& backend : backends) {
        LanePlan plan;
        if (auto planned = backend->plan(batch, job.lanes, plan); !planned) return planned.error();
        if (plan != (backend->info().exact_table ? exact : bounded))
            return Error{
                ErrorCode::Mismatch,
                fmt::format("{}: the plan of '{}' differs from the golden model's; seed {}",
                            job.title(), backend->info().name, seed)};
    }
    return {};
}

std::string name_of(const DetectorInfo& info) {
    const std::string name(info.name);
    return info.kind == DetectorKind::Emulated ? name + " (says nothing of a card)" : name;
}

struct JobReport {
    std::string text;
    nlohmann::json json;
    double software_keys_per_second = 0;
    double modelled_keys_per_second = 0;
};

Result<JobReport> run_job(const Job& job, const BenchmarkOptions& options,
                          const std::vector<std::unique_ptr<ConflictDetector>>& backends) {
    const AccessBatch batch = job.workload.make(job.transactions, options.seed);
    if (auto same = check(job, batch, options.seed, backends); !same) return same.error();
    std::optional<Error> failure;
    std::vector<LanePlan> plans(backends.size());
    std::vector<Contender> contenders;
    for (size_t i = 0; i < backends.size(); ++i) {
        const auto& backend = backends[i];
        const DetectorInfo& info = backend->info();
        Contender contender{name_of(info), batch.access_count(),
                            [&, detector = backend.get(), plan = &plans[i]] {
                                if (auto planned = detector->plan(batch, job.lanes, *plan);
                                    !planned)
                                    failure = planned.error();
                            },
                            info.name == "reference" ? "" : std::string(info.name)};
        // The device has a thread of its own.
        contender.whole_process = info.kind != DetectorKind::Software;
        contenders.push_back(std::move(contender));
    }
    const auto measurements = measure(contenders, options.rounds, options.quiet);
    if (failure) return *failure;

    JobReport out;
    const hls::CycleReport model = model_cycles(batch, job.lanes, options.seed);
    out.modelled_keys_per_second = model.keys_per_second();
    for (const Measurement& m : measurements)
        if (m.name == "software") out.software_keys_per_second = 1e9 / m.ns_per_item.median;
    out.text = fmt::format(
        "{}\n{}modelled, not measured: the kernel on a card, {} keys/s at {} MHz ({} clocks)\n",
        job.title(), to_table(measurements, "key"),
        with_commas(static_cast<uint64_t>(model.keys_per_second())), hls::kClockHz / 1'000'000,
        with_commas(model.cycles));
    out.json = to_json("plan", "key", measurements);
    out.json.erase("machine");
    out.json.erase("benchmark");
    out.json["workload"] = job.workload.name;
    out.json["transactions"] = job.transactions;
    out.json["keys"] = batch.access_count();
    out.json["lanes"] = job.lanes;
    out.json["software_keys_per_second"] = out.software_keys_per_second;
    out.json["modelled_not_measured"] = {{"keys_per_second", model.keys_per_second()},
                                         {"clock_hz", hls::kClockHz},
                                         {"cycles", model.cycles},
                                         {"bank_stalls", model.bank_stalls},
                                         {"dependence_stalls", model.dependence_stalls},
                                         {"memory_stalls", model.memory_stalls}};
    return out;
}

std::string resource_table() {
    Table table({"modelled, not measured: kernel part", "URAM", "BRAM36", "DSP", "LUT", "FF"});
    const auto add = [&table](std::string name, const hls::ResourceUse& use) {
        table.add({std::move(name), with_commas(use.uram), with_commas(use.bram36),
                   with_commas(use.dsp), with_commas(use.lut), with_commas(use.ff)});
    };
    for (const hls::ResourceUse& use : hls::resource_use())
        add(use.part, use);
    for (const hls::ResourceUse& card : {hls::kAlveoU50, hls::kAlveoU55C})
        add(fmt::format("({} offers)", card.how), card);
    return table.to_string();
}

nlohmann::json resource_json() {
    nlohmann::json out = nlohmann::json::array();
    for (const hls::ResourceUse& use : hls::resource_use())
        out.push_back({{"part", use.part},
                       {"uram", use.uram},
                       {"bram36", use.bram36},
                       {"dsp", use.dsp},
                       {"lut", use.lut},
                       {"ff", use.ff},
                       {"how", use.how}});
    return out;
}

}  // namespace

Result<BenchmarkReport> bench_plan(const BenchmarkOptions& options) {
    const auto backends = make_backends(options.seed);
    if (!backends) return backends.error();
    BenchmarkReport report;
    nlohmann::json batches = nlohmann::json::array();
    nlohmann::json ratios = nlohmann::json::object();
    double slowest = 0;
    double modelled = 0;
    for (const PlanWorkload& workload : plan_workloads())
        for (const uint32_t transactions : kTransactionCounts)
            for (const uint32_t lanes : kLaneCounts) {
                auto job = run_job({workload, transactions, lanes}, options, *backends);
                if (!job) return job.error();
                const bool first = batches.empty();
                if (first || job->software_keys_per_second < slowest)
                    slowest = job->software_keys_per_second;
                if (first || job->modelled_keys_per_second < modelled)
                    modelled = job->modelled_keys_per_second;
                if (first) ratios = job->json["ratios"];
                report.text += job->text + "\n";
                batches.push_back(std::move(job->json));
            }
    report.text += resource_table();
    report.text += fmt::format(
        "\nsoftware, slowest of all: {} keys/s, measured\n"
        "card, slowest of all: {} keys/s, modelled, not measured: no synthesis tool and no card "
        "were at hand\n",
        with_commas(static_cast<uint64_t>(slowest)), with_commas(static_cast<uint64_t>(modelled)));
    report.json = {{"benchmark", "plan"},
                   {"item", "key"},
                   {"machine", machine_description()},
                   {"ratios", ratios},
                   {"software_keys_per_second", slowest},
                   {"modelled_keys_per_second", modelled},
                   {"modelled_resources", resource_json()},
                   {"batches", std::move(batches)}};
    return report;
}

}  // namespace switchyard::tool
