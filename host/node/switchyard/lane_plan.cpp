// SPDX-License-Identifier: Apache-2.0
// `switchyard_lanePlan`: how a block stands on the lanes.
#include "host/execute/parallel/plan_width.hpp"
#include "host/node/switchyard/block_replay.hpp"
#include "host/node/switchyard/methods.hpp"

namespace switchyard::node::appliance {
namespace {

using rpc::Failure;

void write_transactions(json::Writer& out, const ArchivedBlock& block, const LanePlan& plan) {
    std::vector<uint32_t> position_of(plan.transaction_count());
    for (uint32_t p = 0; p < plan.transaction_count(); ++p)
        position_of[plan.transaction_at(p)] = p;
    out.key("transactions");
    out.begin_array();
    for (uint32_t i = 0; i < plan.transaction_count(); ++i) {
        const uint32_t position = position_of[i];
        const LaneAssignment at = plan.assignment(position);
        out.begin_object();
        out.member_data("hash", block.transaction_hashes[i]);
        out.member_quantity("lane", at.lane);
        out.member_quantity("place", at.place);
        out.member_quantity("position", position);
        out.key("waits");
        out.begin_array();
        const std::span<const uint32_t> waits = plan.waits(position);
        for (uint32_t lane = 0; lane < waits.size(); ++lane) {
            // That those before it on its own lane come first goes without saying.
            if (waits[lane] == 0 || lane == at.lane) continue;
            out.begin_object();
            out.member_quantity("lane", lane);
            out.member_quantity("done", waits[lane]);
            out.end_object();
        }
        out.end_array();
        out.end_object();
    }
    out.end_array();
}

void write_execution(json::Writer& out, const execute::ParallelStatistics& statistics) {
    out.key("execution");
    out.begin_object();
    out.member_quantity("threads", statistics.threads);
    out.member_quantity("executions", statistics.executions);
    out.member_quantity("aborts", statistics.aborts);
    out.member_quantity("waits", statistics.waits);
    out.member_quantity("inOrder", statistics.in_order);
    out.end_object();
}

}  // namespace

Failure lane_plan(ApplianceBackend& backend, const rpc::Params& params, const rpc::Context& context,
                  json::Writer& out) {
    const auto prepared = prepare_replay(backend, params, false, context);
    if (!prepared) return prepared.error();
    const ReplayRequest& request = prepared->request;
    const ReplayedBlock& replayed = *prepared->block;
    BlockRoad& road = *prepared->road;
    const auto result = road.execute(replayed.input(), replayed.parent());
    if (const auto failed = replayed.parent().failure()) return replay_failed(*failed);
    if (!result) return replay_failed(result.error());
    const ArchivedBlock& block = *request.block;
    if (result->receipts != block.receipts)
        return rpc::RpcError{
            rpc::code::kInternal, "the block gave other receipts when it was executed again", {}};

    const LanePlan& plan = road.plan();
    out.begin_object();
    out.member_quantity("number", block.number());
    out.member_data("hash", block.hash);
    out.member_string("detector", road.detector().info().name);
    out.member_string("detectorKind", to_string(road.detector().info().kind));
    out.member_quantity("lanes", plan.lane_count());
    out.member_quantity("learnedFrom", prepared->learned_from);
    // How many transactions could run at once, if each took the same time.
    out.key("width");
    out.number(plan.transaction_count() == 0 ? 1.0 : execute::plan_width(plan));
    write_transactions(out, block, plan);
    write_execution(out, road.statistics());
    write_prediction(out, road.prediction());
    out.end_object();
    return {};
}

}  // namespace switchyard::node::appliance
