// SPDX-License-Identifier: Apache-2.0
#include "host/node/switchyard/replay_request.hpp"

#include "host/core/hex.hpp"
#include "host/node/eth/read_values.hpp"

namespace switchyard::node::appliance {
namespace {

constexpr uint64_t kLearnFrom = 8;

/// The block of a transaction; null: there is none of that hash.
rpc::Answer<BlockPointer> block_of_transaction(const Chain& chain, const Bytes32& hash,
                                               std::optional<size_t>& only) {
    const auto place = chain.archive().transaction(hash);
    if (!place) return eth::answer_of(place.error());
    if (!*place) return BlockPointer{};
    auto block = chain.archive().canonical_block((*place)->number);
    if (!block) return eth::answer_of(block.error());
    if (*block == nullptr || (*place)->position >= (*block)->transaction_hashes.size() ||
        (*block)->transaction_hashes[(*place)->position] != hash)
        return BlockPointer{};
    only = (*place)->position;
    return *std::move(block);
}

}  // namespace

rpc::Answer<ReplayRequest> read_replay_request(const ApplianceBackend& backend,
                                               const rpc::Params& params, bool by_transaction) {
    rpc::Arguments arguments(params, 2);
    const BlockId id = eth::read_block_id(arguments, params, 0);
    const json::Element options = arguments.optional_element(1);
    if (arguments.failure()) return *arguments.failure();

    ReplayRequest out;
    out.learn_from = kLearnFrom;
    out.lanes = backend.lanes.lanes;
    if (!options.is_absent_or_null()) {
        if (!options.is_object()) return rpc::invalid_params("options: not an object");
        for (const json::Member member : options.members()) {
            uint64_t value = 0;
            const auto text = member.value.string();
            if (!text || json::decode_quantity(*text, value) != json::HexFault::None)
                return rpc::invalid_params("options: \"" + std::string(member.name) +
                                           "\" is not a hex quantity");
            if (member.name == "learnFrom") {
                if (value > backend.learn_blocks_max)
                    return rpc::invalid_params("options: learnFrom is at most " +
                                               std::to_string(backend.learn_blocks_max));
                out.learn_from = value;
            } else if (member.name == "lanes") {
                if (value < 1 || value > kLanesMax)
                    return rpc::invalid_params("options: lanes is 1 to " +
                                               std::to_string(kLanesMax));
                out.lanes = static_cast<uint32_t>(value);
            } else {
                return rpc::invalid_params("options: \"" + std::string(member.name) +
                                           "\" is unknown; there are learnFrom and lanes");
            }
        }
    }
    if (by_transaction && id.tag == BlockTag::Hash) {
        auto found = block_of_transaction(backend.chain, id.hash, out.only);
        if (!found) return found.error();
        out.block = *std::move(found);
    }
    if (out.block == nullptr) {
        auto found = backend.chain.block(id);
        if (!found) return eth::answer_of(found.error());
        out.block = *std::move(found);
    }
    if (out.block == nullptr)
        return rpc::RpcError{
            rpc::code::kServer,
            by_transaction ? "there is no such block or transaction" : "there is no such block",
            {}};
    return out;
}

}  // namespace switchyard::node::appliance
