// SPDX-License-Identifier: Apache-2.0
// Events to a thousand WebSocket subscribers, one of which does not read.
#include <fmt/format.h>

#include <algorithm>

#include "tools/rpc_client/subscriber_load.hpp"
#include "tools/switchyard/benchmarks.hpp"

namespace switchyard::tool {
namespace {

constexpr size_t kSubscribers = 999;
/// As long as a header with its bloom.
constexpr size_t kEventBytes = 1'600;
/// Enough to fill the queue and the socket buffers of the one that does not read.
constexpr size_t kEventsMin = 250;

nlohmann::json summary(std::vector<double> values) {
    std::ranges::sort(values);
    return {{"median", values[values.size() / 2]},
            {"p99", values[values.size() * 99 / 100]},
            {"max", values.back()}};
}

}  // namespace

Result<BenchmarkReport> bench_subscribers(const BenchmarkOptions& options) {
    const size_t events = std::max<size_t>(kEventsMin, size_t{options.rounds} * 10);
    const auto run = run_subscribers(kSubscribers, events, kEventBytes);
    if (!run) return run.error();
    const auto part = [](const std::vector<double>& values, size_t begin, size_t end) {
        return std::vector<double>(values.begin() + static_cast<ptrdiff_t>(begin),
                                   values.begin() + static_cast<ptrdiff_t>(end));
    };
    const size_t half = std::clamp<size_t>(run->dropped_after, 1, events - 1);
    const nlohmann::json before = summary(part(run->delivery_ms, 0, half));
    const nlohmann::json after = summary(part(run->delivery_ms, half, events));
    const nlohmann::json publish = summary(run->publish_ms);
    const auto line = [](const char* name, const nlohmann::json& values) {
        return fmt::format("{:<58} {:>8.2f} {:>8.2f} {:>8.2f}\n", name,
                           values["median"].get<double>(), values["p99"].get<double>(),
                           values["max"].get<double>());
    };
    BenchmarkReport report;
    report.text =
        fmt::format("{} subscribers that read and one that does not, {} events of {} bytes\n",
                    run->subscribers, events, kEventBytes) +
        fmt::format("{:<58} {:>8} {:>8} {:>8}\n", "milliseconds, wall", "median", "p99", "max") +
        line("to publish an event", publish) +
        line("until all readers have it, beside the one that sleeps", before) +
        line("the same after it was dropped", after) +
        fmt::format(
            "dropped after {} events with {} \"{}\"; every reader got every event in order\n",
            run->dropped_after, run->close_code, run->close_reason);
    report.json = {{"benchmark", "subscribers"},
                   {"machine", machine_description()},
                   {"subscribers", run->subscribers + 1},
                   {"events", events},
                   {"event_bytes", kEventBytes},
                   {"publish_ms", publish},
                   {"delivery_ms_with_sleeper", before},
                   {"delivery_ms_after", after},
                   {"dropped_after_events", run->dropped_after},
                   {"close_code", run->close_code},
                   {"close_reason", run->close_reason}};
    return report;
}

}  // namespace switchyard::tool
