// SPDX-License-Identifier: Apache-2.0
// Requests of the Engine API, written from the bytes of official blocks: nothing of the code that
// reads them takes part.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "host/chain/chain_config.hpp"
#include "tools/fixtures/blockchain_test.hpp"

namespace switchyard::test {

struct EngineRequest {
    std::string method;
    nlohmann::json params;
};

/// `engine_newPayload` of the version that `revision` has. `block`: decoded from `encoded`, whose
/// transactions go in as they are. Requests and access list are given, since a block's encoding has
/// only their hashes.
[[nodiscard]] EngineRequest new_payload_request(Revision revision, const Block& block,
                                                BytesView encoded, const Bytes32& hash,
                                                const std::vector<Bytes>& requests,
                                                const Bytes& access_list);
/// The same of a payload that the data has as one.
[[nodiscard]] EngineRequest new_payload_request(Revision revision,
                                                const fixtures::EnginePayload& payload);
[[nodiscard]] EngineRequest forkchoice_request(Revision revision, const Bytes32& head);

}  // namespace switchyard::test
