// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "host/chain/base_fee.hpp"
#include "host/chain/blob_fee.hpp"
#include "host/node/eth/next_fees.hpp"
#include "host/node/eth/read_values.hpp"
#include "host/node/eth/write_values.hpp"

namespace switchyard::node::eth {
namespace {

using rpc::Arguments;
using rpc::Context;
using rpc::Failure;
using rpc::Params;

/// What the transactions of a block gave above the base fee, ascending, with their gas.
std::vector<std::pair<Uint256, uint64_t>> tips_of(const ArchivedBlock& block) {
    const Uint256 base_fee = block.header().base_fee_per_gas.value_or(Uint256(0));
    std::vector<std::pair<Uint256, uint64_t>> out;
    for (size_t i = 0; i < block.receipts.size(); ++i)
        out.emplace_back(
            paid_gas_price(block.block.transactions[i], block.header().base_fee_per_gas) - base_fee,
            block.receipts[i].gas_used);
    std::ranges::sort(out, {}, [](const auto& tip) { return tip.first; });
    return out;
}

/// The tip of the transaction that uses the gas at each percentile of the block's.
std::vector<Uint256> rewards_of(const ArchivedBlock& block, std::span<const double> percentiles) {
    const auto tips = tips_of(block);
    std::vector<Uint256> out;
    size_t i = 0;
    uint64_t sum = tips.empty() ? 0 : tips[0].second;
    for (const double percentile : percentiles) {
        const auto threshold =
            static_cast<uint64_t>(static_cast<double>(block.header().gas_used) * percentile / 100);
        while (sum < threshold && i + 1 < tips.size())
            sum += tips[++i].second;
        out.push_back(tips.empty() ? Uint256(0) : tips[i].first);
    }
    return out;
}

rpc::Answer<std::vector<double>> read_percentiles(json::Element list, size_t count_max) {
    std::vector<double> out;
    if (list.size() > count_max)
        return rpc::RpcError{
            rpc::code::kServer, "over the query limit " + std::to_string(count_max), {}};
    for (const json::Element element : list.elements()) {
        const auto value = element.number();
        if (!value || *value < 0 || *value > 100)
            return rpc::RpcError{rpc::code::kServer, "invalid reward percentile", {}};
        if (!out.empty() && *value < out.back())
            return rpc::RpcError{
                rpc::code::kServer, "invalid reward percentile: they must ascend", {}};
        out.push_back(*value);
    }
    return out;
}

/// A count as go-ethereum takes it: a number, a quantity, or decimal digits.
uint64_t read_count(Arguments& arguments, const Params& params, size_t index) {
    if (const auto number = params.at(index).uint64()) return *number;
    if (const auto text = params.at(index).string())
        if (const auto value = uint256_from_text(*text); value && value->fits_uint64())
            return value->saturated();
    return arguments.quantity(index);
}

Failure fee_history(const EthBackend& backend, const Params& params, json::Writer& out) {
    Arguments arguments(params, 3);
    uint64_t count = read_count(arguments, params, 0);
    const BlockId newest_id = read_block_number(arguments, params, 1);
    const json::Element list = arguments.optional_element(2);
    if (arguments.failure()) return arguments.failure();
    const auto percentiles = read_percentiles(list, backend.limits.fee_history_percentiles);
    if (!percentiles) return percentiles.error();
    const auto newest = find_block(backend, newest_id);
    if (!newest && newest_id.tag == BlockTag::Number)
        return rpc::RpcError{rpc::code::kServer, "request beyond head block", {}};
    if (!newest) return newest.error();
    count = std::min({count, backend.limits.fee_history_blocks, (*newest)->number() + 1});
    std::vector<BlockPointer> blocks;
    BlockPointer at = *newest;
    for (uint64_t i = 0; i < count; ++i) {
        blocks.push_back(at);
        if (i + 1 == count) break;
        // By parent hashes: a reorganisation meanwhile cannot mix chains.
        const auto parent = backend.chain.archive().block(at->header().parent_hash);
        if (!parent) return answer_of(parent.error());
        if (*parent == nullptr) break;
        at = *parent;
    }
    std::ranges::reverse(blocks);
    const ChainConfig& config = backend.chain.config();
    out.begin_object();
    out.member_quantity("oldestBlock", blocks.empty() ? uint64_t{0} : blocks.front()->number());
    if (blocks.empty()) {
        out.key("gasUsedRatio");
        out.begin_array();
        out.end_array();
        out.end_object();
        return {};
    }
    if (!list.is_absent_or_null() && !percentiles->empty()) {
        out.key("reward");
        out.begin_array();
        for (const BlockPointer& block : blocks) {
            out.begin_array();
            for (const Uint256& reward : rewards_of(*block, *percentiles))
                out.quantity(reward);
            out.end_array();
        }
        out.end_array();
    }
    out.key("baseFeePerGas");
    out.begin_array();
    for (const BlockPointer& block : blocks)
        out.quantity(block->header().base_fee_per_gas.value_or(Uint256(0)));
    out.quantity(fees_after(backend.chain, *blocks.back()).base_fee.value_or(Uint256(0)));
    out.end_array();
    out.key("gasUsedRatio");
    out.begin_array();
    for (const BlockPointer& block : blocks)
        out.number(static_cast<double>(block->header().gas_used) /
                   static_cast<double>(block->header().gas_limit));
    out.end_array();
    out.key("baseFeePerBlobGas");
    out.begin_array();
    for (const BlockPointer& block : blocks)
        out.quantity(blob_fee_of(config, block->header()).value_or(Uint256(0)));
    out.quantity(fees_after(backend.chain, *blocks.back()).blob_base_fee.value_or(Uint256(0)));
    out.end_array();
    out.key("blobGasUsedRatio");
    out.begin_array();
    for (const BlockPointer& block : blocks) {
        const auto parameters = config.blob_parameters_at(block->header().timestamp);
        const uint64_t max =
            parameters && block->header().blob_gas_used ? parameters->max * kGasPerBlob : 0;
        out.number(max == 0 ? 0.0
                            : static_cast<double>(*block->header().blob_gas_used) /
                                  static_cast<double>(max));
    }
    out.end_array();
    out.end_object();
    return {};
}

/// The 60th percentile of the three lowest tips of each of the last 20 blocks, as go-ethereum's
/// oracle; tips of 2 Wei and less do not count.
rpc::Answer<Uint256> suggested_tip(const EthBackend& backend) {
    constexpr size_t kBlocks = 20;
    constexpr size_t kTipsOfABlock = 3;
    constexpr size_t kPercentile = 60;
    const Uint256 ignored(2);
    std::vector<Uint256> samples;
    BlockPointer at = backend.chain.head()->block;
    for (size_t i = 0; i < kBlocks && at != nullptr; ++i) {
        size_t taken = 0;
        for (const auto& [tip, gas] : tips_of(*at)) {
            if (tip <= ignored) continue;
            samples.push_back(tip);
            if (++taken == kTipsOfABlock) break;
        }
        if (at->number() == 0) break;
        const auto parent = backend.chain.archive().block(at->header().parent_hash);
        if (!parent) return answer_of(parent.error());
        at = *parent;
    }
    if (samples.empty()) return backend.min_priority_fee;
    std::ranges::sort(samples);
    const Uint256 maximum(500'000'000'000);
    return std::clamp(samples[(samples.size() - 1) * kPercentile / 100],
                      std::min(backend.min_priority_fee, maximum), maximum);
}

}  // namespace

NextFees fees_after(const Chain& chain, const ArchivedBlock& parent) {
    const BlockHeader& header = parent.header();
    const ChainConfig& config = chain.config();
    const Revision next =
        config.revision_at(header.number + 1, header.timestamp, parent.total_difficulty);
    NextFees out;
    if (next >= Revision::London)
        out.base_fee = header.base_fee_per_gas ? next_base_fee(header.gas_limit, header.gas_used,
                                                               *header.base_fee_per_gas)
                                               : Uint256(kInitialBaseFee);
    const auto parameters = config.blob_parameters_at(header.timestamp);
    if (next >= Revision::Cancun && parameters && header.excess_blob_gas) {
        const ParentBlobGas gas{*header.excess_blob_gas, header.blob_gas_used.value_or(0),
                                header.base_fee_per_gas.value_or(Uint256(0))};
        out.excess_blob_gas = next_excess_blob_gas(next, gas, *parameters);
        out.blob_base_fee = blob_base_fee(*out.excess_blob_gas, *parameters);
    }
    return out;
}

void add_fee_methods(rpc::MethodTable& table, EthBackend& backend) {
    table.add("eth_chainId", [&](const Params&, Context&, json::Writer& out) -> Failure {
        out.quantity(backend.chain.config().chain_id);
        return {};
    });
    table.add("eth_feeHistory", [&](const Params& params, Context&, json::Writer& out) {
        return fee_history(backend, params, out);
    });
    table.add("eth_baseFee", [&](const Params&, Context&, json::Writer& out) -> Failure {
        const auto fee = fees_after(backend.chain, *backend.chain.head()->block).base_fee;
        if (fee)
            out.quantity(*fee);
        else
            out.null();
        return {};
    });
    table.add("eth_blobBaseFee", [&](const Params&, Context&, json::Writer& out) -> Failure {
        const auto fee = blob_fee_of(backend.chain.config(), backend.chain.head()->block->header());
        out.quantity(fee.value_or(Uint256(0)));
        return {};
    });
    table.add("eth_maxPriorityFeePerGas",
              [&](const Params&, Context&, json::Writer& out) -> Failure {
                  const auto tip = suggested_tip(backend);
                  if (!tip) return tip.error();
                  out.quantity(*tip);
                  return {};
              });
    table.add("eth_gasPrice", [&](const Params&, Context&, json::Writer& out) -> Failure {
        const auto tip = suggested_tip(backend);
        if (!tip) return tip.error();
        const BlockPointer head = backend.chain.head()->block;
        out.quantity(*tip + head->header().base_fee_per_gas.value_or(Uint256(0)));
        return {};
    });
    add_config_methods(table, backend);
}

}  // namespace switchyard::node::eth
