// SPDX-License-Identifier: Apache-2.0
#include "host/node/testing/build_block.hpp"

#include <algorithm>

#include "host/blobs/network_form.hpp"
#include "host/building/block_timer.hpp"
#include "host/chain/hash.hpp"
#include "host/core/limits.hpp"
#include "host/execute/block_validation.hpp"
#include "host/node/building/chain_parent.hpp"
#include "host/node/engine/built_payload.hpp"
#include "host/node/engine/object_reader.hpp"
#include "host/node/eth/call_runner.hpp"
#include "host/node/eth/read_values.hpp"
#include "host/node/rpc/arguments.hpp"

namespace switchyard::node::testing {
namespace {

using rpc::Failure;
using rpc::RpcError;

constexpr size_t kTransactionBytes = size_t{3} << 19;  ///< in network form

RpcError refused(std::string message) {
    return {rpc::code::kServer, std::move(message), {}};
}

/// engine_getPayload's version for a fork.
int version_of(Revision revision) {
    if (revision >= Revision::Amsterdam) return 6;
    if (revision >= Revision::Osaka) return 5;
    if (revision >= Revision::Prague) return 4;
    if (revision >= Revision::Cancun) return 3;
    return revision >= Revision::Shanghai ? 2 : 1;
}

/// Of execution-apis' PayloadAttributesV1 to V4, whichever members are there.
std::optional<std::string> read_attributes(json::Element element, BlockAttributes& out) {
    engine::ObjectReader reader(element);
    out.timestamp = reader.quantity("timestamp");
    out.prev_randao = reader.fixed<32>("prevRandao");
    out.beneficiary = reader.fixed<20>("suggestedFeeRecipient");
    if (reader.has("withdrawals")) out.withdrawals = reader.withdrawals("withdrawals");
    if (reader.has("parentBeaconBlockRoot"))
        out.parent_beacon_block_root = reader.fixed<32>("parentBeaconBlockRoot");
    if (reader.has("slotNumber")) out.slot_number = reader.quantity("slotNumber");
    if (reader.fault().empty()) return std::nullopt;
    return reader.fault();
}

/// What the block is to consist of.
struct Wanted {
    std::vector<Transaction> transactions;
    std::vector<blobs::SidecarPointer> sidecars;
};

std::optional<std::string> read_transactions(json::Element list, Wanted& out) {
    std::vector<Bytes> encoded;
    if (list.size() > kBlockTransactionsMax) return "too many transactions";
    if (auto fault = engine::read_data_list(list, kTransactionBytes, encoded)) return fault;
    for (const Bytes& bytes : encoded) {
        if (auto form = blobs::decode_network_form(bytes)) {
            out.transactions.push_back(std::move(form->transaction));
            out.sidecars.push_back(
                std::make_shared<const blobs::BlobSidecar>(std::move(form->sidecar)));
            continue;
        }
        auto transaction = decode_transaction(bytes);
        if (!transaction) return transaction.error().message;
        out.transactions.push_back(*std::move(transaction));
    }
    return std::nullopt;
}

/// Executes one after another, to say which may not stand where it stands.
Failure find_refused(const execute::BlockInput& input, const StateView& parent,
                     const Error& otherwise) {
    evm::Evm evm(input.rules.revision);
    TransactionState transaction_state;
    BlockState state(parent);
    execute::BlockResult result;
    StateChanges changes;
    if (auto begun = execute::execute_before_transactions(input, evm, transaction_state, state);
        !begun)
        return eth::answer_of(begun.error());
    const evm::BlockContext block = execute::block_context(input);
    for (size_t i = 0; i < input.transactions.size(); ++i) {
        const SignedTransaction& transaction = input.transactions[i];
        auto outcome = execute::execute_transaction(evm, transaction_state, state, input.rules,
                                                    block, transaction, changes);
        if (outcome.error != execute::TransactionError::None)
            return refused(
                eth::describe_refusal(transaction, outcome, state, block, input.rules.revision));
        if (auto done =
                execute::commit_transaction(input, i, std::move(outcome), changes, state, result);
            !done)
            return refused(done.error().message);
    }
    return refused(otherwise.message);
}

class BuildBlock {
  public:
    BuildBlock(engine::EngineBackend& backend, BuildBlockOptions options)
        : backend_(backend), options_(std::move(options)) {}

    Failure operator()(const rpc::Params& params, rpc::Context& /*context*/,
                       json::Writer& out) const {
        rpc::Arguments arguments(params, 4);
        const Bytes32 parent_hash = arguments.hash(0);
        const json::Element wanted_attributes = arguments.element(1);
        const json::Element list = arguments.optional_element(2);
        const json::Element extra = arguments.optional_element(3);
        if (arguments.failure()) return arguments.failure();
        BlockAttributes attributes;
        if (auto fault = read_attributes(wanted_attributes, attributes))
            arguments.refuse(1, *fault);
        attributes.extra_data = options_.extra_data;
        if (!extra.is_absent_or_null()) attributes.extra_data = arguments.data(3, 32);
        Wanted wanted;
        if (!list.is_absent_or_null())
            if (auto fault = read_transactions(list, wanted)) return refused(*fault);
        if (arguments.failure()) return arguments.failure();

        const auto parent = backend_.chain.archive().block(parent_hash);
        if (!parent) return eth::answer_of(parent.error());
        if (*parent == nullptr) return refused("parent block not found");
        attributes.gas_limit = next_gas_limit((*parent)->header().gas_limit, options_.gas_limit);
        auto base = make_chain_parent(backend_.chain, *parent);
        if (!base) return eth::answer_of(base.error());
        const int version = version_of(
            backend_.chain.config().revision_at((*parent)->number() + 1, attributes.timestamp));
        if (list.is_absent_or_null()) return build_of_pool(*base, attributes, version, out);
        return build(**base, attributes, std::move(wanted), version, out);
    }

  private:
    [[nodiscard]] Failure build_of_pool(std::shared_ptr<BuildParent> parent,
                                        const BlockAttributes& attributes, int version,
                                        json::Writer& out) const {
        if (backend_.builder == nullptr) return refused("this node builds no payloads");
        const auto id = backend_.builder->begin(std::move(parent), attributes);
        if (!id) return refused(id.error().message);
        const auto payload = backend_.builder->get(*id);
        if (!payload) return refused(payload.error().message);
        engine::write_built_payload(out, **payload, version);
        return {};
    }

    [[nodiscard]] Failure build(BuildParent& parent, const BlockAttributes& attributes,
                                Wanted wanted, int version, json::Writer& out) const {
        auto header = next_header(backend_.chain.config(), parent.header(), attributes);
        if (!header) return refused(header.error().message);
        execute::BlockInput input;
        input.header = &*header;
        input.rules =
            execute::rules_for_block(backend_.chain.config(), header->number, header->timestamp);
        const auto transactions =
            execute::recover_transactions(std::move(wanted.transactions), input.rules);
        if (!transactions) return refused(transactions.error().message);
        input.transactions = *transactions;
        input.withdrawals = attributes.withdrawals;
        input.hashes = &parent.hashes();
        auto result = execute::execute_block_serial(input, parent.state());
        if (const auto failed = parent.failure()) return eth::answer_of(*failed);
        if (!result) return find_refused(input, parent.state(), result.error());
        const auto root = parent.root_over(result->changes);
        if (!root) return eth::answer_of(root.error());
        Payload payload;
        seal_header(*header, *transactions, attributes.withdrawals, *result, *root);
        payload.fees = fees_of(*transactions, result->receipts, *header->base_fee_per_gas);
        payload.block.hash = header_hash(*header);
        payload.block.header = *header;
        payload.block.transactions = *transactions;
        payload.block.withdrawals = attributes.withdrawals;
        payload.block.requests = std::move(result->requests);
        payload.block.access_list = std::move(result->block_access_list);
        payload.sidecars = std::move(wanted.sidecars);
        engine::write_built_payload(out, payload, version);
        return {};
    }

    engine::EngineBackend& backend_;
    const BuildBlockOptions options_;
};

}  // namespace

void add_build_block(rpc::MethodTable& table, engine::EngineBackend& backend,
                     BuildBlockOptions options) {
    table.add("testing_buildBlockV1", BuildBlock(backend, std::move(options)));
}

}  // namespace switchyard::node::testing
