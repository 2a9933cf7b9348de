// SPDX-License-Identifier: Apache-2.0
#include "host/node/engine/built_payload.hpp"

#include "host/node/building/chain_parent.hpp"
#include "host/node/engine/blobs_bundle.hpp"
#include "host/node/engine/payload.hpp"

namespace switchyard::node::engine {
namespace {

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

}  // namespace

void write_built_payload(json::Writer& out, const Payload& payload, int version) {
    const SealedBlock& sealed = payload.block;
    const Block block = block_of(sealed);
    const auto structure = structure_of(version, block);
    std::optional<Bytes> access_list;
    if (sealed.access_list) access_list = encode_block_access_list(*sealed.access_list);
    if (version == 1) return write_payload(out, block, sealed.hash, access_list, structure);
    out.begin_object();
    out.key("executionPayload");
    write_payload(out, block, sealed.hash, access_list, structure);
    out.member_quantity("blockValue", payload.fees);
    if (version >= 3) {
        out.key("blobsBundle");
        write_blobs_bundle(out, payload.sidecars);
        out.member("shouldOverrideBuilder", false);
    }
    if (version >= 4) write_list(out, "executionRequests", sealed.requests);
    out.end_object();
}

}  // namespace switchyard::node::engine
