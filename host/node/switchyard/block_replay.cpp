// SPDX-License-Identifier: Apache-2.0
#include "host/node/switchyard/block_replay.hpp"

#include "host/core/hex.hpp"
#include "host/core/limits.hpp"
#include "host/execute/block_validation.hpp"
#include "host/node/eth/read_values.hpp"

namespace switchyard::node::appliance {
namespace {

Result<BlockPointer> parent_of(const Chain& chain, const ArchivedBlock& block) {
    auto out = chain.archive().block(block.header().parent_hash);
    if (out && *out == nullptr)
        return Error{ErrorCode::NotFound,
                     "parent " + to_hex(block.header().parent_hash) + " not found"};
    return out;
}

/// A block under way can bear to learn from few of its transactions, chosen by chance; here nobody
/// waits for it.
LearningLimits learn_from_all() {
    LearningLimits out;
    out.one_in = 1;
    out.mature = UINT32_MAX;
    out.observed_max = out.mispredicted_max + kBlockTransactionsMax;
    out.observed_one_in = 1;
    out.large_gas = UINT64_MAX;
    out.compare_all = true;
    return out;
}

/// Opens the road of `out`, and has it learn from the blocks before.
rpc::Failure prepare_road(const ApplianceBackend& backend, const rpc::Context& context,
                          PreparedReplay& out) {
    BlockRoadConfig config = backend.lanes;
    config.lanes = out.request.lanes;
    config.key_seed = kReplayKeySeed;
    config.detector_options.hash_seed = kReplayKeySeed;
    config.learn = true;
    config.learning = learn_from_all();
    config.serial_where_faster = false;
    auto road = BlockRoad::open(config);
    if (!road) return replay_failed(road.error());
    out.road = *std::move(road);

    std::vector<std::unique_ptr<ReplayedBlock>> before;
    for (BlockPointer at = out.request.block;
         before.size() < out.request.learn_from && at->number() > 1;) {
        const auto parent = parent_of(backend.chain, *at);
        if (!parent) return replay_failed(parent.error());
        at = *parent;
        auto replayed = ReplayedBlock::open(backend.chain, at);
        if (!replayed && (replayed.error().code == ErrorCode::NotFound ||
                          replayed.error().code == ErrorCode::Unsupported))
            break;
        if (!replayed) return replay_failed(replayed.error());
        before.push_back(*std::move(replayed));
    }
    for (auto at = before.rbegin(); at != before.rend(); ++at) {
        if (context.expired())
            return rpc::RpcError{rpc::code::kTimeout, "the blocks before took too long", {}};
        const auto result = out.road->execute((*at)->input(), (*at)->parent());
        if (const auto failed = (*at)->parent().failure()) return replay_failed(*failed);
        if (!result) return replay_failed(result.error());
    }
    out.learned_from = before.size();
    return {};
}

}  // namespace

Result<std::unique_ptr<ReplayedBlock>> ReplayedBlock::open(const Chain& chain,
                                                           const BlockPointer& block) {
    if (block->number() == 0)
        return Error{ErrorCode::Unsupported, "the genesis block executes nothing"};
    const execute::BlockRules rules = chain.rules_for(*block);
    if (rules.revision < Revision::Byzantium)
        return Error{ErrorCode::Unsupported,
                     "receipts before Byzantium carry state roots; such blocks run serially"};
    const auto parent = parent_of(chain, *block);
    if (!parent) return parent.error();
    auto view = chain.view(*parent);
    if (!view) return view.error();
    auto transactions = execute::recover_transactions(block->block.transactions, rules);
    if (!transactions) return transactions.error();

    std::unique_ptr<ReplayedBlock> out(new ReplayedBlock(chain, block, *parent, std::move(*view)));
    out->transactions_ = std::move(*transactions);
    execute::BlockInput& input = out->input_;
    input.header = &out->block_->header();
    input.rules = rules;
    input.transactions = out->transactions_;
    input.ommers = out->block_->block.ommers;
    if (out->block_->block.withdrawals) input.withdrawals = *out->block_->block.withdrawals;
    input.hashes = &out->hashes_;
    return out;
}

rpc::RpcError replay_failed(const Error& error) {
    return eth::answer_of(error);
}

rpc::Answer<PreparedReplay> prepare_replay(ApplianceBackend& backend, const rpc::Params& params,
                                           bool by_transaction, const rpc::Context& context) {
    auto request = read_replay_request(backend, params, by_transaction);
    if (!request) return request.error();
    PreparedReplay out;
    out.request = *std::move(request);
    out.alone = std::unique_lock(backend.replaying, std::try_to_lock);
    if (!out.alone) return rpc::RpcError{rpc::code::kBusy, "another block is being executed", {}};
    if (auto failure = prepare_road(backend, context, out)) return *failure;
    auto block = ReplayedBlock::open(backend.chain, out.request.block);
    if (!block) return replay_failed(block.error());
    out.block = *std::move(block);
    return out;
}

}  // namespace switchyard::node::appliance
