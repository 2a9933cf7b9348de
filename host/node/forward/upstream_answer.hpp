// SPDX-License-Identifier: Apache-2.0
// What an upstream node says to a batch of transactions.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "host/core/bytes.hpp"
#include "host/core/result.hpp"
#include "host/node/json/document.hpp"

namespace switchyard::forward {

enum class Delivery : uint8_t {
    Accepted,  ///< its pool has it from us
    Known,     ///< it had it already
    Refused,   ///< for good
    Later,     ///< busy, full, or something before it is missing
};

/// A JSON-RPC batch of eth_sendRawTransaction with the ids 0, 1, ...; one call when there is one.
[[nodiscard]] std::string write_batch(std::span<const BytesView> transactions);

/// One outcome for each of `count` transactions; those that the answer does not name are `Later`.
/// `InvalidInput`: it is no JSON-RPC answer. `Unsupported`: one error stands for the whole batch of
/// more than one.
[[nodiscard]] Result<std::vector<Delivery>> read_batch_answer(std::string_view text, size_t count,
                                                              json::Document& document);

}  // namespace switchyard::forward
