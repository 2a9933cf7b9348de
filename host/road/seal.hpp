// SPDX-License-Identifier: Apache-2.0
// The header of a block that was executed, and the header to execute the next block under.
#pragma once

#include <span>

#include "host/chain/block.hpp"
#include "host/chain/chain_config.hpp"
#include "host/core/result.hpp"
#include "host/execute/block_execution.hpp"

namespace switchyard {

/// A block with everything that execution decided. What leaves the road.
struct SealedBlock {
    BlockHeader header;
    Bytes32 hash;
    std::vector<SignedTransaction> transactions;
    std::vector<Receipt> receipts;
    std::vector<Withdrawal> withdrawals;         ///< EIP-4895; from Shanghai on
    std::vector<Bytes> requests;                 ///< EIP-7685; from Prague on
    std::optional<BlockAccessList> access_list;  ///< EIP-7928; from Amsterdam on
};

/// What whoever asks for a block decides about it.
struct BlockAttributes {
    uint64_t timestamp = 0;  ///< seconds; above the parent's
    Address beneficiary;
    Bytes32 prev_randao;
    Bytes32 parent_beacon_block_root;
    uint64_t gas_limit = 0;
    Bytes extra_data;
    uint64_t slot_number = 0;             ///< EIP-7843; from Amsterdam on
    std::vector<Withdrawal> withdrawals;  ///< EIP-4895; from Shanghai on
    bool allow_empty = false;             ///< a block is wanted even without a transaction
};

/// The header of the block after `parent`, before execution: link, number, base fee (EIP-1559),
/// excess blob gas (EIP-4844), the fields that the revision has. From Paris on. Errors:
/// `InvalidInput` for attributes that the rules refuse, `Unsupported` before Paris.
[[nodiscard]] Result<BlockHeader> next_header(const ChainConfig& chain, const BlockHeader& parent,
                                              const BlockAttributes& attributes);

/// Fills in what execution decided: roots of transactions, receipts and withdrawals, bloom, gas,
/// requests hash, block access list hash, state root.
void seal_header(BlockHeader& header, std::span<const SignedTransaction> transactions,
                 std::span<const Withdrawal> withdrawals, const execute::BlockResult& result,
                 const Bytes32& state_root);

/// EIP-7934: the bytes of a block's RLP that its transactions may take; no bound before Osaka.
[[nodiscard]] size_t transactions_bytes_max(Revision revision);

/// The Keccak-256 of the RLP of an empty list: the ommers hash of every block from Paris on.
[[nodiscard]] Bytes32 empty_ommers_hash();

}  // namespace switchyard
