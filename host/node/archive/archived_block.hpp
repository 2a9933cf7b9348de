// SPDX-License-Identifier: Apache-2.0
// Everything that clients ask about one block, and its encoding in journal and database.
#pragma once

#include <memory>

#include "host/chain/block.hpp"
#include "host/chain/receipt.hpp"
#include "host/core/result.hpp"

namespace switchyard::node {

/// A block that was executed, with what came of it. Immutable once shared.
struct ArchivedBlock {
    Bytes32 hash;
    Block block;
    std::vector<Bytes32> transaction_hashes;  ///< of `block.transactions`, same order
    std::vector<Address> senders;             ///< same order
    std::vector<Receipt> receipts;            ///< same order, every field set
    Uint256 total_difficulty;                 ///< of all blocks from genesis to this one
    uint64_t encoded_bytes = 0;               ///< length of the block's own RLP
    std::optional<Bytes> access_list;         ///< EIP-7928, encoded; Amsterdam on

    [[nodiscard]] uint64_t number() const { return block.header.number; }
    [[nodiscard]] const BlockHeader& header() const { return block.header; }
};
using BlockPointer = std::shared_ptr<const ArchivedBlock>;

/// Where a transaction stands in the canonical chain.
struct TransactionPlace {
    uint64_t number = 0;
    uint32_t position = 0;
    bool operator==(const TransactionPlace&) const = default;
};

/// RLP: [version, block, total difficulty, senders, receipts, access list]. Hashes, blooms and what
/// follows from other fields are left out.
[[nodiscard]] Bytes encode_archived_block(const ArchivedBlock& block);
/// `Corrupt` for anything that `encode_archived_block` does not give. Safe on any input.
[[nodiscard]] Result<BlockPointer> decode_archived_block(BytesView encoded);

/// What the block takes in memory, near enough for limits.
[[nodiscard]] size_t memory_bytes(const ArchivedBlock& block);

}  // namespace switchyard::node
