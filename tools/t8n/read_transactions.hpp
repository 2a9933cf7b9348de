// SPDX-License-Identifier: Apache-2.0
// Transactions of `t8n` input: JSON with secret keys, and RLP lists.
#pragma once

#include <vector>

#include "tools/fixtures/json_node.hpp"
#include "tools/t8n/t8n_input.hpp"

namespace switchyard::t8n {

/// A list of transactions in the JSON of go-ethereum; unsigned ones with a `secretKey` are signed.
[[nodiscard]] std::vector<Candidate> read_transactions(const fixtures::JsonNode& node,
                                                       uint64_t chain_id);

/// The members of an RLP list, each a transaction or a string that holds a typed one. A member that
/// is no transaction becomes a candidate with an error. `InvalidInput` when it is no list.
[[nodiscard]] Result<std::vector<Candidate>> split_transactions(BytesView list);

}  // namespace switchyard::t8n
