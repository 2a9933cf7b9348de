// SPDX-License-Identifier: Apache-2.0
#include "host/core/hex.hpp"
#include "host/execute/block_validation.hpp"
#include "host/node/eth/call_runner.hpp"
#include "host/node/eth/read_values.hpp"
#include "host/node/eth/transaction_tracer.hpp"

namespace switchyard::node::eth {
namespace {

using rpc::Arguments;
using rpc::Context;
using rpc::Failure;
using rpc::Params;

void add_raw_methods(rpc::MethodTable& table, EthBackend& backend) {
    const auto add = [&](const char* name, auto write) {
        table.add(name,
                  [&backend, write](const Params& params, Context&, json::Writer& out) -> Failure {
                      Arguments arguments(params, 1);
                      const BlockId id = read_block_id(arguments, params, 0);
                      if (arguments.failure()) return arguments.failure();
                      const auto block = find_block(backend, id);
                      if (!block) return block.error();
                      write(**block, out);
                      return {};
                  });
    };
    add("debug_getRawHeader", [](const ArchivedBlock& block, json::Writer& out) {
        out.data(encode_header(block.header()));
    });
    add("debug_getRawBlock",
        [](const ArchivedBlock& block, json::Writer& out) { out.data(encode_block(block.block)); });
    add("debug_getRawReceipts", [](const ArchivedBlock& block, json::Writer& out) {
        out.begin_array();
        for (const Receipt& receipt : block.receipts)
            out.data(encode_receipt(receipt));
        out.end_array();
    });
}

rpc::RpcError server_error(std::string message) {
    return {rpc::code::kServer, std::move(message), {}};
}

TraceBudget budget_of(const EthLimits& limits) {
    return {limits.traced_steps, limits.traced_bytes};
}

/// Executes a block over its parent's state and writes the trace of each transaction, or of one.
class BlockTrace {
  public:
    BlockTrace(const EthBackend& backend, const ArchivedBlock& block, const Context& context)
        : backend_(backend), block_(block), context_(context) {}

    [[nodiscard]] Failure run(std::optional<size_t> only, TracerChoice& choice, json::Writer& out) {
        if (block_.number() == 0) return server_error("genesis is not traceable");
        const auto parent = backend_.chain.archive().block(block_.header().parent_hash);
        if (!parent) return answer_of(parent.error());
        if (*parent == nullptr)
            return server_error("parent " + to_hex(block_.header().parent_hash) + " not found");
        const auto view = backend_.chain.view(*parent);
        if (!view) return answer_of(view.error());
        auto failure = run_over(**view, *parent, only, choice, out);
        if (const auto failed = (*view)->failure()) return answer_of(*failed);
        return failure;
    }

  private:
    [[nodiscard]] Failure run_over(const ChainView& view, const BlockPointer& parent,
                                   std::optional<size_t> only, TracerChoice& choice,
                                   json::Writer& out) {
        const AncestorHashes hashes(backend_.chain.archive(), parent);
        execute::BlockInput input;
        input.header = &block_.header();
        input.rules = backend_.chain.rules_for(block_);
        const auto transactions =
            execute::recover_transactions(block_.block.transactions, input.rules);
        if (!transactions) return answer_of(transactions.error());
        input.transactions = *transactions;
        input.ommers = block_.block.ommers;
        input.hashes = &hashes;
        const evm::BlockContext environment = execute::block_context(input);
        RequestInterruption interruption(context_);
        evm::Evm plain(input.rules.revision, interruption);
        execute::TracerSwitch tracers;
        evm::Evm traced(input.rules.revision, tracers, interruption);
        TransactionState transaction_state;
        BlockState state(view);
        execute::BlockResult result;
        StateChanges changes;
        if (const auto begun =
                execute::execute_before_transactions(input, plain, transaction_state, state);
            !begun)
            return answer_of(begun.error());
        const size_t end = only ? *only + 1 : transactions->size();
        if (!only) out.begin_array();
        for (size_t i = 0; i < end; ++i) {
            const bool wanted = !only || i == *only;
            std::unique_ptr<TransactionTracer> tracer;
            if (wanted) tracer = choice.make();
            tracers.use(tracer.get());
            interruption.watch(tracer.get());
            auto outcome =
                execute::execute_transaction(wanted ? traced : plain, transaction_state, state,
                                             input.rules, environment, (*transactions)[i], changes);
            tracers.use(nullptr);
            interruption.watch(nullptr);
            if (tracer != nullptr && tracer->failure()) return answer_of(*tracer->failure());
            if (evm::has_no_result(outcome.status)) return describe_failure(outcome);
            if (wanted)
                if (auto failure =
                        write(*tracer, outcome, (*transactions)[i], changes, state, !only, out))
                    return failure;
            if (const auto done = execute::commit_transaction(input, i, std::move(outcome), changes,
                                                              state, result);
                !done)
                return answer_of(done.error());
        }
        if (!only) out.end_array();
        return {};
    }

    [[nodiscard]] Failure write(const TransactionTracer& tracer,
                                const execute::TransactionOutcome& outcome,
                                const SignedTransaction& transaction, const StateChanges& changes,
                                const StateView& before, bool with_hash, json::Writer& out) const {
        TracedOutcome traced{outcome.gas_used,
                             !outcome.success(),
                             returned_data(outcome, changes),
                             transaction.transaction.gas_limit,
                             &changes,
                             &before,
                             transaction.sender,
                             block_.header().beneficiary,
                             transaction.transaction.to};
        if (!traced.to)
            traced.to = evm::create_address(transaction.sender, transaction.transaction.nonce);
        if (with_hash) {
            out.begin_object();
            out.member_data("txHash", transaction.hash);
            out.key("result");
        }
        tracer.write(out, traced);
        if (with_hash) out.end_object();
        return {};
    }

    const EthBackend& backend_;
    const ArchivedBlock& block_;
    const Context& context_;
};

Failure trace_call(const EthBackend& backend, const Params& params, const Context& context,
                   json::Writer& out) {
    Arguments arguments(params, 3);
    const json::Element object = arguments.element(0);
    const BlockId id = read_block_id(arguments, params, 1);
    const json::Element options = arguments.optional_element(2);
    if (arguments.failure()) return arguments.failure();
    const auto request = read_call_request(object, backend.limits.input_bytes);
    if (!request) return request.error();
    const auto state = read_state_overrides(options.find("stateOverrides"));
    if (!state) return state.error();
    const auto environment = read_block_overrides(options.find("blockOverrides"));
    if (!environment) return environment.error();
    const auto mark = out.mark();
    return with_state(backend, id, [&](const ChainView& view) -> Failure {
        out.rewind(mark);
        auto choice = TracerChoice::read(options, budget_of(backend.limits));
        if (!choice) return choice.error();
        CallRunner runner(backend, view, context);
        if (auto failure = runner.override_with(*state, *environment)) return failure;
        const auto call = runner.transaction(*request);
        if (!call) return call.error();
        const auto tracer = choice->make();
        const auto result = runner.trace(*call, *tracer);
        if (result.outcome.error != execute::TransactionError::None)
            return server_error("tracing failed: " + runner.refusal(*call, result.outcome));
        if (tracer->failure()) return answer_of(*tracer->failure());
        if (evm::has_no_result(result.outcome.status)) return describe_failure(result.outcome);
        const TracedOutcome traced{result.outcome.gas_used,
                                   !result.outcome.success(),
                                   returned_data(result.outcome, runner.changes()),
                                   call->transaction.gas_limit,
                                   &runner.changes(),
                                   &runner.state(),
                                   call->sender,
                                   runner.block().beneficiary,
                                   call->transaction.to};
        tracer->write(out, traced);
        return {};
    });
}

}  // namespace

void add_debug_methods(rpc::MethodTable& table, EthBackend& backend) {
    add_raw_methods(table, backend);
    table.add(
        "debug_traceTransaction",
        [&](const Params& params, Context& context, json::Writer& out) -> Failure {
            Arguments arguments(params, 2);
            const Bytes32 hash = arguments.hash(0);
            const json::Element options = arguments.optional_element(1);
            if (arguments.failure()) return arguments.failure();
            auto choice = TracerChoice::read(options, budget_of(backend.limits));
            if (!choice) return choice.error();
            const auto place = backend.chain.archive().transaction(hash);
            if (!place) return answer_of(place.error());
            if (!*place) return server_error("transaction not found");
            const auto block = backend.chain.archive().canonical_block((*place)->number);
            if (!block) return answer_of(block.error());
            if (*block == nullptr) return server_error("transaction not found");
            return BlockTrace(backend, **block, context).run((*place)->position, *choice, out);
        });
    const auto add_block = [&](const char* name, bool by_hash) {
        table.add(name,
                  [&backend, by_hash](const Params& params, Context& context,
                                      json::Writer& out) -> Failure {
                      Arguments arguments(params, 2);
                      const BlockId id = read_hash_or_number(arguments, params, by_hash);
                      const json::Element options = arguments.optional_element(1);
                      if (arguments.failure()) return arguments.failure();
                      auto choice = TracerChoice::read(options, budget_of(backend.limits));
                      if (!choice) return choice.error();
                      const auto block = block_or_null(backend, id);
                      if (!block) return block.error();
                      if (*block == nullptr)
                          return server_error(
                              "block " +
                              (by_hash ? to_hex(id.hash)
                                       : std::string(1, '#').append(std::to_string(id.number))) +
                              " not found");
                      return BlockTrace(backend, **block, context).run(std::nullopt, *choice, out);
                  });
    };
    add_block("debug_traceBlockByHash", true);
    add_block("debug_traceBlockByNumber", false);
    table.add("debug_traceCall", [&](const Params& params, Context& context, json::Writer& out) {
        return trace_call(backend, params, context, out);
    });
}

}  // namespace switchyard::node::eth
