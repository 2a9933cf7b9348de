// SPDX-License-Identifier: Apache-2.0
// The rules by which a block of somebody else is refused: header, body, ommers, and the results
// that the header states (Yellow Paper, sections 4.4 and 11).
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "host/chain/block.hpp"
#include "host/core/result.hpp"
#include "host/execute/block_execution.hpp"
#include "host/execute/block_rules.hpp"

namespace switchyard::execute {

/// EIP-7934: 10 MiB less a margin of 2 MiB for the beacon block around it.
inline constexpr size_t kBlockBytesMax = 8 * 1024 * 1024;

/// Checks the header against its parent: parent hash, number, timestamp, gas limit, extra data,
/// difficulty (proof of work is not checked), base fee (EIP-1559), the fields that each revision
/// adds or fixes (EIP-3675, 4895, 4844, 4788, 7685, 7918, 7928, 7843). `parent_rules` are those of
/// the parent's own block. Error `InvalidInput`, with the field in the message.
[[nodiscard]] Result<void> validate_header(const BlockHeader& header, const BlockHeader& parent,
                                           const BlockRules& rules, const BlockRules& parent_rules);

/// Checks what the header states of the body: transactions root, ommers hash, withdrawals root,
/// blob gas used (EIP-4844), and the size of the encoded block (EIP-7934).
[[nodiscard]] Result<void> validate_body(const Block& block, size_t encoded_bytes,
                                         const BlockRules& rules);

/// One block of the chain that an ommer may descend from.
struct Ancestor {
    const BlockHeader* header = nullptr;
    Bytes32 hash;
    std::span<const BlockHeader> ommers;
};

/// Yellow Paper, section 11.1: at most two ommers, each with a valid header, the child of one of
/// the last seven ancestors, neither an ancestor itself nor included before. `ancestors` starts
/// with the parent and goes back, at least seven blocks or to genesis. `rules_of` gives the rules
/// of a header.
[[nodiscard]] Result<void> validate_ommers(
    const Block& block, std::span<const Ancestor> ancestors,
    const std::function<BlockRules(const BlockHeader&)>& rules_of);

/// Recovers all senders in one batch and applies the rules of signatures (EIP-2, EIP-155).
[[nodiscard]] Result<std::vector<SignedTransaction>> recover_transactions(
    std::vector<Transaction> transactions, const BlockRules& rules);

/// Checks what the header states of the execution: gas used, blob gas used, bloom, receipts root,
/// requests hash, size (EIP-7928) and hash of the block access list; and the state root where one
/// is given. The receipts root of a
/// block before Byzantium is checked only where the receipts carry their state roots.
[[nodiscard]] Result<void> validate_result(const BlockHeader& header, const BlockResult& result,
                                           const BlockRules& rules,
                                           const std::optional<Bytes32>& state_root);

}  // namespace switchyard::execute
