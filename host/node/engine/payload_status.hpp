// SPDX-License-Identifier: Apache-2.0
// PayloadStatusV1 (execution-apis, src/engine/paris.md).
#pragma once

#include "host/node/chain/chain.hpp"
#include "host/node/json/writer.hpp"

namespace switchyard::node::engine {

struct PayloadStatus {
    std::string_view status;  ///< "VALID", "INVALID", "SYNCING", "ACCEPTED", "INVALID_BLOCK_HASH"
    std::optional<Bytes32> latest_valid_hash;
    std::optional<std::string> validation_error;
};

/// What became of a block. The hash of a valid block of proof of work is 0, as the specification
/// has it.
[[nodiscard]] Result<PayloadStatus> status_of(const Chain& chain, const ImportOutcome& outcome);
[[nodiscard]] PayloadStatus invalid(std::string reason, std::string_view status = "INVALID");

void write_status(json::Writer& out, const PayloadStatus& status);

}  // namespace switchyard::node::engine
