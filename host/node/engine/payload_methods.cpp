// SPDX-License-Identifier: Apache-2.0
// engine_newPayload.
#include <utility>

#include "host/core/hex.hpp"
#include "host/node/engine/engine.hpp"
#include "host/node/engine/fork_window.hpp"
#include "host/node/engine/object_reader.hpp"
#include "host/node/engine/payload.hpp"
#include "host/node/engine/payload_status.hpp"
#include "host/node/rpc/arguments.hpp"

namespace switchyard::node::engine {
namespace {

using rpc::Failure;
using rpc::Params;

struct Version {
    int number;
    PayloadStructure structure;  ///< of its forks but Paris
    ForkWindow window;
};
constexpr std::array<Version, 5> kVersions{{
    {1, PayloadStructure::V1, {Revision::Frontier, Revision::Amsterdam}},
    {2, PayloadStructure::V2, {Revision::Frontier, Revision::Shanghai}},
    {3, PayloadStructure::V3, {Revision::Cancun, Revision::Cancun}},
    {4, PayloadStructure::V3, {Revision::Prague, Revision::Osaka}},
    {5, PayloadStructure::V4, {Revision::Amsterdam, Revision::Amsterdam}},
}};

rpc::RpcError wrong_payload(std::string_view fault) {
    return rpc::invalid_params("invalid argument 0: executionPayload." + std::string(fault));
}

/// EIP-7685: each request has data behind its type, and types ascend.
std::optional<std::string> fault_of_requests(std::span<const Bytes> requests) {
    for (size_t i = 0; i < requests.size(); ++i) {
        if (requests[i].size() < 2) return "request " + std::to_string(i) + " is empty";
        if (i != 0 && requests[i][0] <= requests[i - 1][0])
            return "the types of requests do not ascend";
    }
    return std::nullopt;
}

class NewPayload {
  public:
    NewPayload(EngineBackend& backend, const Version& version)
        : backend_(backend), version_(version) {}

    Failure operator()(const Params& params, rpc::Context& /*context*/, json::Writer& out) const {
        rpc::Arguments arguments(params, parameters());
        const json::Element element = arguments.element(0);
        if (arguments.failure()) return arguments.failure();
        ExecutionPayload payload;
        PayloadCompanions companions;
        if (auto failure = read(element, payload)) return failure;
        if (auto failure = read_companions(arguments, companions)) return failure;
        auto status = judge(std::move(payload), companions);
        if (!status) return rpc::RpcError{rpc::code::kServer, status.error().message, {}};
        write_status(out, *status);
        return {};
    }

  private:
    [[nodiscard]] size_t parameters() const {
        return version_.number <= 2 ? 1 : version_.number == 3 ? 3 : 4;
    }
    [[nodiscard]] const ChainConfig& config() const { return backend_.chain.config(); }

    [[nodiscard]] Failure read(json::Element element, ExecutionPayload& payload) const {
        PayloadStructure structure = version_.structure;
        const PayloadStructure found = structure_of(element);
        if (version_.number == 2) structure = found;
        if (const auto fault = read_payload(element, structure, payload))
            return wrong_payload(*fault);
        const uint64_t number = payload.header.number;
        const uint64_t timestamp = payload.header.timestamp;
        if (auto failure = outside(version_.window, config(), number, timestamp)) return failure;
        if (version_.number > 2) return {};
        // The first two versions serve a fork whose payloads have no withdrawals.
        const bool has_withdrawals = config().revision_at(number, timestamp) >= Revision::Shanghai;
        if (version_.number == 1 && has_withdrawals)
            return rpc::invalid_params("newPayloadV1 has no withdrawals, which Shanghai needs");
        const PayloadStructure wanted =
            has_withdrawals ? PayloadStructure::V2 : PayloadStructure::V1;
        if (found == wanted) return {};
        return wrong_payload(found < wanted ? "withdrawals: missing"
                                            : "withdrawals or blob gas: not of the payload's fork");
    }

    [[nodiscard]] Failure read_companions(rpc::Arguments& arguments, PayloadCompanions& out) const {
        if (version_.number < 3) return {};
        const json::Element hashes = arguments.element(1);
        out.parent_beacon_block_root = arguments.hash(2);
        const json::Element requests =
            version_.number >= 4 ? arguments.element(3) : json::Element{};
        if (arguments.failure()) return arguments.failure();
        if (const auto fault = read_hash_list(hashes, out.versioned_hashes))
            arguments.refuse(1, *fault);
        if (version_.number >= 4) {
            constexpr size_t kRequestBytesMax = size_t{32} << 20;
            out.requests.emplace();
            auto fault = read_data_list(requests, kRequestBytesMax, *out.requests);
            if (!fault) fault = fault_of_requests(*out.requests);
            if (fault) arguments.refuse(3, *fault);
        }
        return arguments.failure();
    }

    [[nodiscard]] Result<PayloadStatus> judge(ExecutionPayload payload,
                                              const PayloadCompanions& companions) const {
        const auto hash = complete_header(payload, companions);
        if (!hash) return hash.error();
        if (*hash != payload.block_hash)
            return invalid("the block's hash is " + to_hex(*hash) + ", the payload says " +
                               to_hex(payload.block_hash),
                           version_.number == 1 ? "INVALID_BLOCK_HASH" : "INVALID");
        const std::optional<Bytes> access_list = std::exchange(payload.access_list, {});
        auto block = to_block(std::move(payload), companions.versioned_hashes);
        if (!block) return invalid(block.error().message);
        const auto outcome = backend_.chain.import(std::move(*block), access_list);
        if (!outcome) return outcome.error();
        return status_of(backend_.chain, *outcome);
    }

    EngineBackend& backend_;
    const Version& version_;
};

}  // namespace

void add_payload_methods(rpc::MethodTable& table, EngineBackend& backend) {
    for (const Version& version : kVersions)
        table.add("engine_newPayloadV" + std::to_string(version.number),
                  NewPayload(backend, version));
}

}  // namespace switchyard::node::engine
