// SPDX-License-Identifier: Apache-2.0
#include "host/node/eth/log_reading.hpp"
#include "host/node/eth/read_values.hpp"
#include "host/node/eth/write_values.hpp"

namespace switchyard::node::eth {
namespace {

using rpc::Arguments;
using rpc::Context;
using rpc::Failure;
using rpc::Params;

constexpr size_t kTopicsMax = 4;
constexpr size_t kAlternativesMax = 1000;

rpc::RpcError bad(std::string_view what) {
    return rpc::invalid_params("invalid argument 0: " + std::string(what));
}

Failure read_addresses(json::Element element, LogFilter& out) {
    const auto one = [&](json::Element from) -> Failure {
        const auto text = from.string();
        Address& address = out.addresses.emplace_back();
        if (!text || json::decode_fixed(*text, address.bytes) != json::HexFault::None)
            return bad("invalid address");
        return {};
    };
    if (element.is_absent_or_null()) return {};
    if (!element.is_array()) return one(element);
    if (element.size() > kAlternativesMax) return bad("exceed max addresses");
    for (const json::Element member : element.elements())
        if (auto failure = one(member)) return failure;
    return {};
}

Failure read_topics(json::Element element, LogFilter& out) {
    if (element.is_absent_or_null()) return {};
    if (!element.is_array()) return bad("invalid topics");
    if (element.size() > kTopicsMax) return rpc::invalid_params("exceed max topics");
    for (const json::Element position : element.elements()) {
        auto& set = out.topics.emplace_back();
        const auto one = [&](json::Element from) -> bool {
            const auto text = from.string();
            return text &&
                   json::decode_fixed(*text, set.emplace_back().bytes) == json::HexFault::None;
        };
        if (position.is_absent_or_null()) continue;
        if (!position.is_array()) {
            if (!one(position)) return bad("invalid topic(s)");
            continue;
        }
        if (position.size() > kAlternativesMax) return rpc::invalid_params("exceed max topics");
        bool any = false;
        for (const json::Element member : position.elements()) {
            // One null among alternatives fits everything.
            if (member.type() == json::Type::Null)
                any = true;
            else if (!one(member))
                return bad("invalid topic(s)");
        }
        if (any) set.clear();
    }
    return {};
}

}  // namespace

rpc::Answer<LogQuery> read_log_query(json::Element object) {
    LogQuery out;
    const json::Element hash = object.find("blockHash");
    const json::Element from = object.find("fromBlock");
    const json::Element to = object.find("toBlock");
    if (!hash.is_absent_or_null()) {
        if (!from.is_absent_or_null() || !to.is_absent_or_null())
            return bad(
                "cannot specify both BlockHash and FromBlock/ToBlock, choose one or the "
                "other");
        Bytes32 value;
        const auto text = hash.string();
        if (!text || json::decode_fixed(*text, value.bytes) != json::HexFault::None)
            return bad("invalid blockHash");
        out.block_hash = value;
    }
    const auto bound = [](json::Element element, BlockId& id) -> Failure {
        if (element.is_absent_or_null()) return {};
        std::string fault = "json: cannot unmarshal non-string";
        const auto text = element.string();
        if (!text || !parse_block_number(*text, id, fault)) return bad(fault);
        return {};
    };
    if (auto failure = bound(from, out.from)) return *failure;
    if (auto failure = bound(to, out.to)) return *failure;
    if (auto failure = read_addresses(object.find("address"), out.filter)) return *failure;
    if (auto failure = read_topics(object.find("topics"), out.filter)) return *failure;
    return out;
}

rpc::Answer<std::vector<FoundLog>> find_logs(const EthBackend& backend, const LogQuery& query,
                                             const Context& context) {
    constexpr int kAttempts = 3;
    LogLimits limits = backend.limits.logs;
    limits.cancelled = [&context] { return context.expired(); };
    if (query.block_hash) {
        const auto block = backend.chain.block({BlockTag::Hash, 0, *query.block_hash, false});
        if (!block) return answer_of(block.error());
        if (*block == nullptr) return rpc::RpcError{rpc::code::kServer, "unknown block", {}};
        std::vector<FoundLog> out;
        uint64_t index = 0;
        const auto& receipts = (*block)->receipts;
        for (uint32_t t = 0; t < receipts.size(); ++t)
            for (uint32_t l = 0; l < receipts[t].logs.size(); ++l, ++index)
                if (query.filter.matches(receipts[t].logs[l])) out.push_back({*block, t, l, index});
        return out;
    }
    for (int attempt = 1;; ++attempt) {
        const auto from = find_block(backend, query.from);
        if (!from && query.from.tag == BlockTag::Number)
            return rpc::invalid_params("block range extends beyond current head block");
        if (!from) return from.error();
        const uint64_t head = backend.chain.head()->block->number();
        uint64_t last = query.to.number;
        if (query.to.tag != BlockTag::Number) {
            const auto to = find_block(backend, query.to);
            if (!to) return to.error();
            last = (*to)->number();
        }
        if ((*from)->number() > last) return rpc::invalid_params("invalid block range params");
        if (last > head)
            return rpc::invalid_params("block range extends beyond current head block");
        auto found = backend.chain.archive().logs(query.filter, (*from)->number(), last, limits);
        if (found) return *std::move(found);
        if (found.error().code != ErrorCode::Unavailable || attempt == kAttempts)
            return answer_of(found.error());
    }
}

void write_found_log(json::Writer& out, const FoundLog& found) {
    const ArchivedBlock& block = *found.block;
    write_log(out, block.receipts[found.transaction].logs[found.log],
              block.transaction_hashes[found.transaction], place_of(block, found.transaction),
              found.index);
}

void add_log_methods(rpc::MethodTable& table, EthBackend& backend) {
    table.add("eth_getLogs",
              [&](const Params& params, Context& context, json::Writer& out) -> Failure {
                  Arguments arguments(params, 1);
                  const json::Element object = arguments.element(0);
                  if (arguments.failure()) return arguments.failure();
                  const auto query = read_log_query(object);
                  if (!query) return query.error();
                  const auto found = find_logs(backend, *query, context);
                  if (!found) return found.error();
                  out.begin_array();
                  for (const FoundLog& log : *found)
                      write_found_log(out, log);
                  out.end_array();
                  return {};
              });
}

}  // namespace switchyard::node::eth
