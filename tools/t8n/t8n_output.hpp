// SPDX-License-Identifier: Apache-2.0
// The output of a state transition in go-ethereum's JSON: result, alloc and body.
#pragma once

#include <nlohmann/json.hpp>

#include "tools/t8n/transition.hpp"

namespace switchyard::t8n {

/// Roots, logs hash and bloom, receipts, what was rejected, and the header's values that were
/// computed.
[[nodiscard]] nlohmann::json result_json(const Transition& transition,
                                         const Environment& environment);
/// The state afterwards: every account, with code, storage and nonce where they are not empty.
[[nodiscard]] nlohmann::json alloc_json(const MemoryState& state);
/// The RLP list of the included transactions, in hex.
[[nodiscard]] nlohmann::json body_json(const std::vector<SignedTransaction>& included);

}  // namespace switchyard::t8n
