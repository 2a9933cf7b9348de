// SPDX-License-Identifier: Apache-2.0
#include "host/node/switchyard/methods.hpp"

#include "host/node/rpc/arguments.hpp"
#include "simd/cpu_targets.hpp"

namespace switchyard::node::appliance {
namespace {

using rpc::Context;
using rpc::Failure;
using rpc::Params;

void write_keys(json::Writer& out, std::string_view name, const KeyCounts& counts) {
    out.key(name);
    out.begin_object();
    out.member_quantity("predicted", counts.predicted);
    out.member_quantity("accessed", counts.accessed);
    out.member_quantity("both", counts.both);
    out.key("precision");
    out.number(counts.precision());
    out.key("recall");
    out.number(counts.recall());
    out.end_object();
}

void write_detector(json::Writer& out, const DetectorSummary& detector) {
    out.begin_object();
    out.member_string("name", detector.name);
    out.member_string("kind", to_string(detector.kind));
    out.member_string("description", detector.description);
    out.member_quantity("batches", detector.counters.batches);
    out.member_quantity("transactions", detector.counters.transactions);
    out.member_quantity("accesses", detector.counters.accesses);
    out.member_quantity("overflowedAccesses", detector.counters.overflowed_accesses);
    out.member_quantity("failures", detector.counters.failures);
    out.member_string("card", to_string(detector.health.card));
    out.member_quantity("fallbacks", detector.health.fallbacks);
    out.member_quantity("crossChecks", detector.health.cross_checks);
    out.member_string("lastError", detector.health.last_error);
    out.end_object();
}

}  // namespace

void write_prediction(json::Writer& out, const PredictionStatistics& prediction) {
    out.key("prediction");
    out.begin_object();
    out.member_quantity("transactions", prediction.transactions);
    out.member_quantity("templated", prediction.templated);
    out.member_quantity("compared", prediction.compared);
    write_keys(out, "slots", prediction.slots);
    write_keys(out, "accounts", prediction.accounts);
    out.end_object();
}

Failure stations(ApplianceBackend& backend, const Params& params, json::Writer& out) {
    const rpc::Arguments arguments(params, 0);
    if (arguments.failure()) return arguments.failure();
    const RoadCounters counters = backend.stations ? backend.stations() : RoadCounters{};
    out.begin_array();
    for (size_t i = 0; i < kStationCount; ++i) {
        const auto station = static_cast<Station>(i);
        out.begin_object();
        out.member_string("station", to_string(station));
        out.member_quantity("batches", counters[station].batches);
        out.member_quantity("transactions", counters[station].transactions);
        out.member_quantity("busyNanoseconds", counters[station].busy_ns);
        out.end_object();
    }
    out.end_array();
    return {};
}

Failure backends(ApplianceBackend& backend, const Params& params, json::Writer& out) {
    const rpc::Arguments arguments(params, 0);
    if (arguments.failure()) return arguments.failure();
    out.begin_object();
    out.key("detector");
    if (backend.detector)
        write_detector(out, backend.detector());
    else
        out.null();
    out.key("available");
    out.begin_array();
    for (const DetectorChoice& choice : available_detectors()) {
        out.begin_object();
        out.member_string("name", choice.name);
        out.member_string("description", choice.description);
        out.member("available", choice.available);
        out.member_string("reason", choice.reason);
        out.end_object();
    }
    out.end_array();
    out.key("simd");
    out.begin_object();
    out.member_string("active", simd::active_target());
    out.key("supported");
    out.begin_array();
    for (const std::string& target : simd::supported_targets())
        out.string(target);
    out.end_array();
    out.end_object();
    out.end_object();
    return {};
}

void add_switchyard_methods(rpc::MethodTable& table, ApplianceBackend& backend) {
    table.add("switchyard_lanePlan",
              [&backend](const Params& params, Context& context, json::Writer& out) {
                  return lane_plan(backend, params, context, out);
              });
    table.add("switchyard_accessSets",
              [&backend](const Params& params, Context& context, json::Writer& out) {
                  return access_sets(backend, params, context, out);
              });
    table.add("switchyard_stations", [&backend](const Params& params, Context&, json::Writer& out) {
        return stations(backend, params, out);
    });
    table.add("switchyard_backends", [&backend](const Params& params, Context&, json::Writer& out) {
        return backends(backend, params, out);
    });
}

}  // namespace switchyard::node::appliance
