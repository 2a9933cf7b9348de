// SPDX-License-Identifier: Apache-2.0
// Execution payloads: blocks as the Engine API writes them.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "host/chain/block.hpp"
#include "host/node/archive/archived_block.hpp"
#include "host/node/json/document.hpp"
#include "host/node/json/writer.hpp"

namespace switchyard::node::engine {

/// Which members an execution payload has.
enum class PayloadStructure : uint8_t {
    V1 = 1,  ///< Paris
    V2 = 2,  ///< with withdrawals (Shanghai)
    V3 = 3,  ///< with blob gas (Cancun)
    V4 = 4,  ///< with access list and slot number (Amsterdam)
};

/// A payload as it came. What its header states beyond it comes beside it in the call: see
/// `complete_header`.
struct ExecutionPayload {
    BlockHeader header;  ///< with the roots of transactions and withdrawals
    Bytes32 block_hash;  ///< as it says
    std::vector<Bytes> transactions;
    std::optional<std::vector<Withdrawal>> withdrawals;
    std::optional<Bytes> access_list;  ///< encoded, not looked at
};

/// The structure that a payload has by its members; a member of a later one counts only together
/// with all before it.
[[nodiscard]] PayloadStructure structure_of(json::Element payload);

/// Reads a payload of `structure`; members of later structures are passed over. A fault in words
/// when it does not fit. The transactions are not decoded.
[[nodiscard]] std::optional<std::string> read_payload(json::Element element,
                                                      PayloadStructure structure,
                                                      ExecutionPayload& out);

/// What the header states and the call has beside the payload.
struct PayloadCompanions {
    std::vector<Bytes32> versioned_hashes;            ///< of all blobs, in order (Cancun on)
    std::optional<Bytes32> parent_beacon_block_root;  ///< Cancun on
    std::optional<std::vector<Bytes>> requests;       ///< EIP-7685, Prague on
};

/// Fills in what the companions say, and gives the hash. Error `Internal`: no SHA-256.
[[nodiscard]] Result<Bytes32> complete_header(ExecutionPayload& payload,
                                              const PayloadCompanions& companions);

/// The payload's block. Error `InvalidInput`: a transaction does not decode, or the blob hashes of
/// all transactions are not `versioned_hashes`.
[[nodiscard]] Result<Block> to_block(ExecutionPayload payload,
                                     std::span<const Bytes32> versioned_hashes);

/// Writes a block as a payload with the members of `structure`. `access_list`: encoded; null where
/// the structure has one and the block none.
void write_payload(json::Writer& out, const Block& block, const Bytes32& hash,
                   const std::optional<Bytes>& access_list, PayloadStructure structure);
/// ExecutionPayloadBodyV1, or V2, which has the access list.
void write_payload_body(json::Writer& out, const ArchivedBlock& block, bool with_access_list);

}  // namespace switchyard::node::engine
