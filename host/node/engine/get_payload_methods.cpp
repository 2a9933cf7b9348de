// SPDX-License-Identifier: Apache-2.0
// engine_getPayload.
#include "host/chain/hash.hpp"
#include "host/node/engine/engine.hpp"
#include "host/node/engine/fork_window.hpp"
#include "host/node/engine/payload.hpp"
#include "host/node/rpc/arguments.hpp"

namespace switchyard::node::engine {
namespace {

using rpc::Failure;
using rpc::Params;
using rpc::RpcError;

struct Version {
    int number;
    ForkWindow window;
};
constexpr std::array<Version, 6> kVersions{{
    {1, {Revision::Frontier, Revision::Paris}},
    {2, {Revision::Frontier, Revision::Shanghai}},
    {3, {Revision::Cancun, Revision::Cancun}},
    {4, {Revision::Prague, Revision::Prague}},
    {5, {Revision::Osaka, Revision::Osaka}},
    {6, {Revision::Amsterdam, Revision::Amsterdam}},
}};

void write_list(json::Writer& out, std::string_view name, const std::vector<Bytes>& items) {
    out.key(name);
    out.begin_array();
    for (const Bytes& each : items)
        out.data(each);
    out.end_array();
}

PayloadStructure structure_of(int version, const Block& block) {
    if (version >= 6) return PayloadStructure::V4;
    if (version >= 3) return PayloadStructure::V3;
    return block.withdrawals ? PayloadStructure::V2 : PayloadStructure::V1;
}

void write(json::Writer& out, const BuiltPayload& payload, int version) {
    const auto structure = structure_of(version, payload.block);
    if (version == 1)
        return write_payload(out, payload.block, payload.hash, payload.access_list, structure);
    out.begin_object();
    out.key("executionPayload");
    write_payload(out, payload.block, payload.hash, payload.access_list, structure);
    out.member_quantity("blockValue", payload.value);
    if (version >= 3) {
        out.key("blobsBundle");
        out.begin_object();
        write_list(out, "commitments", payload.blobs.commitments);
        write_list(out, "proofs", payload.blobs.proofs);
        write_list(out, "blobs", payload.blobs.blobs);
        out.end_object();
        out.member("shouldOverrideBuilder", false);
    }
    if (version >= 4) write_list(out, "executionRequests", payload.requests);
    out.end_object();
}

}  // namespace

PayloadId payload_id(const Bytes32& parent, const PayloadAttributes& attributes, uint8_t version) {
    Bytes text(parent.begin(), parent.end());
    const auto add = [&](BytesView bytes) { text.insert(text.end(), bytes.begin(), bytes.end()); };
    const auto add_number = [&](uint64_t number) { add(to_bytes32(Uint256(number))); };
    add_number(attributes.timestamp);
    add(attributes.prev_randao);
    add(attributes.fee_recipient);
    add_number(attributes.withdrawals ? attributes.withdrawals->size() + 1 : 0);
    for (const Withdrawal& each : attributes.withdrawals.value_or(std::vector<Withdrawal>{})) {
        add_number(each.index);
        add_number(each.validator_index);
        add(each.address);
        add_number(each.amount_gwei);
    }
    add(attributes.parent_beacon_block_root.value_or(Bytes32{}));
    add_number(attributes.slot_number.value_or(0));
    const Bytes32 digest = keccak256(text);
    PayloadId out;
    std::copy_n(digest.begin(), out.size(), out.begin());
    out[0] = version;
    return out;
}

void add_get_payload_methods(rpc::MethodTable& table, EngineBackend& backend) {
    for (const Version& version : kVersions)
        table.add("engine_getPayloadV" + std::to_string(version.number),
                  [&backend, &version](const Params& params, rpc::Context&,
                                       json::Writer& out) -> Failure {
                      rpc::Arguments arguments(params, 1);
                      const Bytes bytes = arguments.data(0, sizeof(PayloadId));
                      PayloadId id;
                      if (bytes.size() != id.size()) arguments.refuse(0, "not 8 bytes");
                      if (arguments.failure()) return arguments.failure();
                      std::copy(bytes.begin(), bytes.end(), id.begin());
                      const RpcError unknown{code::kUnknownPayload, "Unknown payload", {}};
                      if (backend.builder == nullptr) return unknown;
                      const auto payload = backend.builder->take(id);
                      if (!payload)
                          return RpcError{rpc::code::kServer, payload.error().message, {}};
                      if (!*payload) return unknown;
                      const BlockHeader& header = (*payload)->block.header;
                      if (auto failure = outside(version.window, backend.chain.config(),
                                                 header.number, header.timestamp))
                          return failure;
                      write(out, **payload, version.number);
                      return {};
                  });
}

}  // namespace switchyard::node::engine
