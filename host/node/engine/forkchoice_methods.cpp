// SPDX-License-Identifier: Apache-2.0
// engine_forkchoiceUpdated.
#include "host/node/building/chain_parent.hpp"
#include "host/node/engine/engine.hpp"
#include "host/node/engine/fork_window.hpp"
#include "host/node/engine/object_reader.hpp"
#include "host/node/engine/payload_status.hpp"
#include "host/node/rpc/arguments.hpp"

namespace switchyard::node::engine {
namespace {

using rpc::Failure;
using rpc::Params;
using rpc::RpcError;

struct Version {
    int number;
    ForkWindow window;  ///< of the payload to be built
};
constexpr std::array<Version, 4> kVersions{{
    {1, {Revision::Frontier, Revision::Paris}},
    {2, {Revision::Frontier, Revision::Shanghai}},
    {3, {Revision::Cancun, Revision::Osaka}},
    {4, {Revision::Amsterdam, Revision::Amsterdam}},
}};

struct ForkchoiceState {
    Bytes32 head;
    Bytes32 safe;
    Bytes32 finalized;
};

/// How a payload is to be built (PayloadAttributesV1 to V4).
struct PayloadAttributes {
    uint64_t timestamp = 0;
    Bytes32 prev_randao;
    Address fee_recipient;
    std::optional<std::vector<Withdrawal>> withdrawals;  ///< Shanghai on
    std::optional<Bytes32> parent_beacon_block_root;     ///< Cancun on
    std::optional<uint64_t> slot_number;                 ///< Amsterdam on
};

BlockAttributes block_attributes(const PayloadAttributes& from) {
    BlockAttributes out;
    out.timestamp = from.timestamp;
    out.beneficiary = from.fee_recipient;
    out.prev_randao = from.prev_randao;
    out.parent_beacon_block_root = from.parent_beacon_block_root.value_or(Bytes32{});
    out.slot_number = from.slot_number.value_or(0);
    if (from.withdrawals) out.withdrawals = *from.withdrawals;
    return out;
}

RpcError wrong_attributes(std::string_view fault) {
    return {
        code::kInvalidPayloadAttributes, "Invalid payload attributes: " + std::string(fault), {}};
}

class ForkchoiceUpdated {
  public:
    ForkchoiceUpdated(EngineBackend& backend, const Version& version)
        : backend_(backend), version_(version) {}

    Failure operator()(const Params& params, rpc::Context& /*context*/, json::Writer& out) const {
        rpc::Arguments arguments(params, 2);
        ObjectReader reader(arguments.element(0));
        const json::Element wanted = arguments.optional_element(1);
        if (arguments.failure()) return arguments.failure();
        const ForkchoiceState state{reader.fixed<32>("headBlockHash"),
                                    reader.fixed<32>("safeBlockHash"),
                                    reader.fixed<32>("finalizedBlockHash")};
        if (!reader.fault().empty())
            return rpc::invalid_params("invalid argument 0: forkchoiceState." + reader.fault());

        bool is_old = false;
        auto status = update(state, is_old);
        if (!status) return status.error();
        std::optional<PayloadId> id;
        if (status->status == "VALID" && !is_old && !wanted.is_absent_or_null())
            if (auto failure = begin(state.head, wanted, id)) return failure;
        out.begin_object();
        out.key("payloadStatus");
        write_status(out, *status);
        if (id)
            out.member_data("payloadId", *id);
        else
            out.member_null("payloadId");
        out.end_object();
        return {};
    }

  private:
    /// `is_old`: the block stands below the head, which stays where it is.
    [[nodiscard]] rpc::Answer<PayloadStatus> update(const ForkchoiceState& state,
                                                    bool& is_old) const {
        const Chain& chain = backend_.chain;
        const auto server = [](const Error& error) {
            return RpcError{rpc::code::kServer, error.message, {}};
        };
        if (state.head == Bytes32{})
            return RpcError{code::kInvalidForkchoiceState,
                            "Invalid forkchoice state: the head's hash is zero",
                            {}};
        const auto block = chain.archive().block(state.head);
        if (!block) return server(block.error());
        const HeadPointer head = chain.head();
        if (*block != nullptr && (*block)->number() < head->block->number()) {
            const auto canonical = chain.archive().is_canonical(**block);
            if (!canonical) return server(canonical.error());
            is_old = *canonical;
        }
        if (is_old) return PayloadStatus{"VALID", state.head, std::nullopt};
        const auto moved = backend_.chain.set_head(state.head, state.safe, state.finalized);
        if (!moved && moved.error().code == ErrorCode::InvalidInput)
            return RpcError{code::kInvalidForkchoiceState,
                            "Invalid forkchoice state: " + moved.error().message,
                            {}};
        if (!moved) return server(moved.error());
        auto status = status_of(chain, *moved);
        if (!status) return server(status.error());
        // Of the states of a payload, this method has no ACCEPTED.
        if (status->status == "ACCEPTED") status->status = "SYNCING";
        return *std::move(status);
    }

    [[nodiscard]] Failure begin(const Bytes32& head, json::Element wanted,
                                std::optional<PayloadId>& id) const {
        PayloadAttributes attributes;
        if (auto failure = read(wanted, attributes)) return failure;
        const auto parent = backend_.chain.archive().block(head);
        if (!parent) return RpcError{rpc::code::kServer, parent.error().message, {}};
        SWITCHYARD_ASSERT(*parent != nullptr);  // it is the head
        const uint64_t number = (*parent)->number() + 1;
        if (auto failure =
                outside(version_.window, backend_.chain.config(), number, attributes.timestamp))
            return failure;
        const bool shanghai =
            backend_.chain.config().revision_at(number, attributes.timestamp) >= Revision::Shanghai;
        if (shanghai != attributes.withdrawals.has_value())
            return wrong_attributes(shanghai ? "withdrawals: missing"
                                             : "withdrawals: not of the payload's fork");
        if (attributes.timestamp <= (*parent)->header().timestamp)
            return wrong_attributes("timestamp: not after the head's");
        if (backend_.builder == nullptr)
            return RpcError{rpc::code::kServer, "this node builds no payloads", {}};
        auto base = make_chain_parent(backend_.chain, *parent);
        if (!base) return RpcError{rpc::code::kServer, base.error().message, {}};
        auto begun = backend_.builder->begin(*std::move(base), block_attributes(attributes),
                                             static_cast<uint8_t>(version_.number));
        if (!begun && begun.error().code == ErrorCode::InvalidInput)
            return wrong_attributes(begun.error().message);
        if (!begun) return RpcError{rpc::code::kServer, begun.error().message, {}};
        id = *begun;
        return {};
    }

    [[nodiscard]] Failure read(json::Element wanted, PayloadAttributes& out) const {
        ObjectReader reader(wanted);
        out.timestamp = reader.quantity("timestamp");
        out.prev_randao = reader.fixed<32>("prevRandao");
        out.fee_recipient = reader.fixed<20>("suggestedFeeRecipient");
        if (version_.number >= 3 || reader.has("withdrawals"))
            out.withdrawals = reader.withdrawals("withdrawals");
        if (version_.number >= 3)
            out.parent_beacon_block_root = reader.fixed<32>("parentBeaconBlockRoot");
        else if (reader.has("parentBeaconBlockRoot"))
            reader.refuse("parentBeaconBlockRoot", "not of this version");
        if (version_.number >= 4)
            out.slot_number = reader.quantity("slotNumber");
        else if (reader.has("slotNumber"))
            reader.refuse("slotNumber", "not of this version");
        if (reader.fault().empty()) return {};
        return wrong_attributes(reader.fault());
    }

    EngineBackend& backend_;
    const Version& version_;
};

}  // namespace

void add_forkchoice_methods(rpc::MethodTable& table, EngineBackend& backend) {
    for (const Version& version : kVersions)
        table.add("engine_forkchoiceUpdatedV" + std::to_string(version.number),
                  ForkchoiceUpdated(backend, version));
}

}  // namespace switchyard::node::engine
