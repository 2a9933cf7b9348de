// SPDX-License-Identifier: Apache-2.0
#include "host/node/eth/access_list_tracer.hpp"
#include "host/node/eth/estimate.hpp"
#include "host/node/eth/read_values.hpp"
#include "host/node/eth/write_values.hpp"
#include "host/precompiles/precompiles.hpp"

namespace switchyard::node::eth {
namespace {

using rpc::Arguments;
using rpc::Context;
using rpc::Failure;
using rpc::Params;

/// What all of these methods take.
struct CallParams {
    CallRequest request;
    BlockId block;
    StateOverrides state;
    BlockOverrides environment;
};

rpc::Answer<CallParams> read_params(const EthBackend& backend, const Params& params,
                                    size_t at_most) {
    Arguments arguments(params, at_most);
    CallParams out;
    const json::Element object = arguments.element(0);
    out.block = read_block_id(arguments, params, 1);
    if (arguments.failure()) return *arguments.failure();
    auto request = read_call_request(object, backend.limits.input_bytes);
    if (!request) return request.error();
    out.request = *std::move(request);
    auto state = read_state_overrides(params.at(2));
    if (!state) return state.error();
    out.state = *std::move(state);
    auto environment = read_block_overrides(params.at(3));
    if (!environment) return environment.error();
    out.environment = *std::move(environment);
    return out;
}

std::string with_gas(const std::string& reason, const SignedTransaction& call) {
    return "err: " + reason + " (supplied gas " + std::to_string(call.transaction.gas_limit) + ")";
}

Failure call_once(const EthBackend& backend, const CallParams& params, const ChainView& view,
                  const Context& context, json::Writer& out) {
    CallRunner runner(backend, view, context);
    if (auto failure = runner.override_with(params.state, params.environment)) return failure;
    const auto call = runner.transaction(params.request);
    if (!call) return call.error();
    const auto result = runner.run(*call);
    if (result.outcome.error != execute::TransactionError::None)
        return rpc::RpcError{
            rpc::code::kServer, with_gas(runner.refusal(*call, result.outcome), *call), {}};
    if (!result.outcome.success()) return describe_failure(result.outcome);
    out.data(returned_data(result.outcome, runner.changes()));
    return {};
}

/// Runs the call with the list that the run before collected, until it collects no more.
Failure create_access_list(const EthBackend& backend, const CallParams& params,
                           const ChainView& view, const Context& context, json::Writer& out) {
    constexpr int kRoundsMax = 32;
    CallRunner runner(backend, view, context);
    if (auto failure = runner.override_with(params.state, {})) return failure;
    CallRequest request = params.request;
    const uint64_t nonce =
        request.nonce.value_or(runner.state().account(request.from).value_or(Account{}).nonce);
    std::set<Address> excluded{request.from,
                               request.to.value_or(evm::create_address(request.from, nonce))};
    for (const Address& precompile : precompiles::precompile_addresses(runner.rules().revision))
        excluded.insert(precompile);
    if (request.authorizations)
        for (const Authorization& authorization :
             transaction_of(request, 0, 0, 0).transaction.authorization_list)
            if (authorization.authority) excluded.insert(*authorization.authority);
    AccessList list = request.access_list.value_or(AccessList{});
    for (int round = 0; round < kRoundsMax && !context.expired(); ++round) {
        request.access_list = list;
        const auto call = runner.transaction(request);
        if (!call) return call.error();
        AccessListTracer tracer(excluded);
        const auto result = runner.run(*call, &tracer);
        if (result.outcome.error != execute::TransactionError::None)
            return rpc::RpcError{
                rpc::code::kServer,
                "failed to apply transaction: err: " + runner.refusal(*call, result.outcome),
                {}};
        if (evm::has_no_result(result.outcome.status)) return describe_failure(result.outcome);
        AccessList next = tracer.list();
        if (next != list) {
            list = std::move(next);
            continue;
        }
        out.begin_object();
        out.key("accessList");
        write_access_list(out, list);
        if (!result.outcome.success())
            out.member_string("error", result.outcome.status == evm::Status::Revert
                                           ? "execution reverted"
                                           : describe_status(result.outcome));
        out.member_quantity("gasUsed", result.outcome.gas_used);
        out.end_object();
        return {};
    }
    return rpc::RpcError{rpc::code::kTimeout, "the access list did not come to an end", {}};
}

}  // namespace

void add_call_methods(rpc::MethodTable& table, EthBackend& backend) {
    table.add("eth_call",
              [&](const Params& params, Context& context, json::Writer& out) -> Failure {
                  const auto read = read_params(backend, params, 4);
                  if (!read) return read.error();
                  const auto mark = out.mark();
                  return with_state(backend, read->block, [&](const ChainView& view) {
                      out.rewind(mark);
                      return call_once(backend, *read, view, context, out);
                  });
              });
    table.add("eth_estimateGas",
              [&](const Params& params, Context& context, json::Writer& out) -> Failure {
                  const auto read = read_params(backend, params, 4);
                  if (!read) return read.error();
                  const auto mark = out.mark();
                  return with_state(backend, read->block, [&](const ChainView& view) -> Failure {
                      out.rewind(mark);
                      CallRunner runner(backend, view, context);
                      if (auto failure = runner.override_with(read->state, read->environment))
                          return failure;
                      const auto gas = estimate_gas(runner, read->request, backend.limits);
                      if (!gas) return gas.error();
                      out.quantity(*gas);
                      return {};
                  });
              });
    table.add("eth_createAccessList",
              [&](const Params& params, Context& context, json::Writer& out) -> Failure {
                  const auto read = read_params(backend, params, 3);
                  if (!read) return read.error();
                  const auto mark = out.mark();
                  return with_state(backend, read->block, [&](const ChainView& view) {
                      out.rewind(mark);
                      return create_access_list(backend, *read, view, context, out);
                  });
              });
}

}  // namespace switchyard::node::eth
