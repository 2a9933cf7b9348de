// SPDX-License-Identifier: Apache-2.0
#include "host/node/chain/block_judge.hpp"

#include "host/node/chain/ancestor_hashes.hpp"

namespace switchyard::node {
namespace {

constexpr size_t kOmmerAncestors = 7;  // Yellow Paper, section 11.1

Result<void> check_ommers(const ChainConfig& config, const Archive& archive, const Block& block,
                          const ArchivedBlock& parent) {
    if (block.ommers.empty()) return {};
    std::vector<BlockPointer> blocks;
    std::vector<execute::Ancestor> ancestors{{&parent.header(), parent.hash, parent.block.ommers}};
    const ArchivedBlock* last = &parent;
    while (ancestors.size() < kOmmerAncestors && last->number() > 0) {
        const auto next = archive.block(last->header().parent_hash);
        if (!next) return next.error();
        if (*next == nullptr)
            return Error{ErrorCode::NotFound, "an ancestor of the block is not in the archive"};
        last = blocks.emplace_back(*next).get();
        ancestors.push_back({&last->header(), last->hash, last->block.ommers});
    }
    // Ommers are of blocks before Paris, whose revision depends on their number alone.
    const auto rules = [&config](const BlockHeader& header) {
        return execute::rules_for_block(config, header.number, header.timestamp);
    };
    return execute::validate_ommers(block, ancestors, rules);
}

execute::BlockInput input_of(const Block& block, std::span<const SignedTransaction> transactions,
                             const execute::BlockRules& rules, const evm::BlockHashes& hashes) {
    execute::BlockInput out;
    out.header = &block.header;
    out.rules = rules;
    out.transactions = transactions;
    out.ommers = block.ommers;
    if (block.withdrawals) out.withdrawals = *block.withdrawals;
    out.hashes = &hashes;
    return out;
}

/// Nothing for one that cannot be read: the block then is judged by the hash of its own.
std::optional<BlockAccessList> decoded(const Bytes* access_list) {
    if (access_list == nullptr) return std::nullopt;
    auto out = decode_block_access_list(*access_list);
    if (!out) return std::nullopt;
    return *std::move(out);
}

}  // namespace

execute::BlockRules rules_of(const ChainConfig& config, const BlockHeader& header,
                             const Uint256& parent_total_difficulty) {
    return execute::rules_for_block(config, header.number, header.timestamp,
                                    parent_total_difficulty);
}

Result<JudgedBlock> judge_block(const ChainConfig& config, const Archive& archive,
                                const ExecuteBlock& execute, Block block, const Bytes* access_list,
                                const BlockPointer& parent, const StateView& state,
                                execute::IntermediateRoots& roots) {
    const auto rules = rules_of(config, block.header, parent->total_difficulty);
    const auto parent_rules =
        rules_of(config, parent->header(), parent->total_difficulty - parent->header().difficulty);
    if (auto valid = execute::validate_header(block.header, parent->header(), rules, parent_rules);
        !valid)
        return valid.error();
    const uint64_t encoded_bytes = encode_block(block).size();
    if (auto valid = execute::validate_body(block, encoded_bytes, rules); !valid)
        return valid.error();
    if (auto valid = check_ommers(config, archive, block, *parent); !valid) return valid.error();
    auto transactions = execute::recover_transactions(block.transactions, rules);
    if (!transactions) return transactions.error();

    const AncestorHashes hashes(archive, parent);
    execute::BlockInput input = input_of(block, *transactions, rules, hashes);
    if (rules.revision < Revision::Byzantium) input.roots = &roots;
    const auto list = decoded(access_list);
    auto result = execute(input, state, list ? &*list : nullptr);
    if (!result) return result.error();
    if (auto valid = execute::validate_result(block.header, *result, rules, std::nullopt); !valid)
        return valid.error();

    JudgedBlock out;
    out.block = std::make_shared<ArchivedBlock>();
    out.block->hash = header_hash(block.header);
    out.block->total_difficulty = parent->total_difficulty + block.header.difficulty;
    out.block->encoded_bytes = encoded_bytes;
    for (const SignedTransaction& transaction : *transactions) {
        out.block->transaction_hashes.push_back(transaction.hash);
        out.block->senders.push_back(transaction.sender);
    }
    out.block->receipts = std::move(result->receipts);
    if (result->block_access_list)
        out.block->access_list = encode_block_access_list(*result->block_access_list);
    out.block->block = std::move(block);
    out.changes = std::make_shared<const StateChanges>(std::move(result->changes));
    return out;
}

Result<std::shared_ptr<const StateChanges>> execute_again(
    const ChainConfig& config, const Archive& archive, const ExecuteBlock& execute,
    const ArchivedBlock& block, const BlockPointer& parent, const StateView& state) {
    const auto rules = rules_of(config, block.header(), parent->total_difficulty);
    auto transactions = execute::recover_transactions(block.block.transactions, rules);
    if (!transactions) return transactions.error();
    const AncestorHashes hashes(archive, parent);
    const auto list = decoded(block.access_list ? &*block.access_list : nullptr);
    auto result = execute(input_of(block.block, *transactions, rules, hashes), state,
                          list ? &*list : nullptr);
    if (!result) return result.error();
    return std::make_shared<const StateChanges>(std::move(result->changes));
}

}  // namespace switchyard::node
