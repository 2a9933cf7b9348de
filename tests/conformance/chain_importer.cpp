// SPDX-License-Identifier: Apache-2.0
#include "tests/conformance/chain_importer.hpp"

#include "tests/conformance/state_roots.hpp"

namespace switchyard::test {
namespace {

constexpr uint64_t kBlockHashesServed = 256;  // Yellow Paper, section 9.4.1, BLOCKHASH
constexpr size_t kAncestorsForOmmers = 7;

}  // namespace

/// The hashes of the blocks below one block, along its own branch.
class ChainImporter::Hashes final : public evm::BlockHashes {
  public:
    Hashes(const ChainImporter& chain, const BlockHeader& header)
        : chain_(chain), number_(header.number), parent_(header.parent_hash) {}

    [[nodiscard]] Bytes32 block_hash(uint64_t number) const override {
        if (number >= number_ || number_ - number > kBlockHashesServed) return {};
        Bytes32 hash = parent_;
        for (uint64_t at = number_ - 1; at > number; --at) {
            const auto found = chain_.blocks_.find(hash);
            if (found == chain_.blocks_.end()) return {};
            hash = found->second.header.parent_hash;
        }
        return hash;
    }

  private:
    const ChainImporter& chain_;
    uint64_t number_;
    Bytes32 parent_;
};

Result<ChainImporter> ChainImporter::create(const BlockHeader& genesis, MemoryState state,
                                            ChainConfig config, Executor executor) {
    if (state_root(state) != genesis.state_root)
        return Error{ErrorCode::InvalidInput, "genesis: the state root does not match the state"};
    ChainImporter chain(std::move(config), std::move(executor));
    chain.head_ = header_hash(genesis);
    chain.blocks_[chain.head_] = {
        genesis,
        {},
        execute::rules_for_block(chain.config_, genesis.number, genesis.timestamp),
        genesis.difficulty,
        std::make_shared<const MemoryState>(std::move(state))};
    return chain;
}

Result<void> ChainImporter::import(BytesView encoded) {
    const auto block = decode_block(encoded);
    if (!block) return Error{ErrorCode::InvalidInput, block.error().message};
    return import_block(*block, encoded.size());
}

std::vector<execute::Ancestor> ChainImporter::ancestors_of(const BlockHeader& header) const {
    std::vector<execute::Ancestor> ancestors;
    Bytes32 hash = header.parent_hash;
    while (ancestors.size() < kAncestorsForOmmers) {
        const auto found = blocks_.find(hash);
        if (found == blocks_.end()) break;
        ancestors.push_back({&found->second.header, hash, found->second.ommers});
        hash = found->second.header.parent_hash;
    }
    return ancestors;
}

Result<void> ChainImporter::import_block(const Block& block, size_t encoded_bytes) {
    const auto found = blocks_.find(block.header.parent_hash);
    if (found == blocks_.end()) return Error{ErrorCode::InvalidInput, "parent hash: unknown"};
    const Imported& parent = found->second;
    const auto rules = execute::rules_for_block(config_, block.header.number,
                                                block.header.timestamp, parent.total_difficulty);
    if (const auto r = execute::validate_header(block.header, parent.header, rules, parent.rules);
        !r)
        return r.error();
    if (const auto r = execute::validate_body(block, encoded_bytes, rules); !r) return r.error();
    const auto rules_of = [&](const BlockHeader& header) {
        return execute::rules_for_block(config_, header.number, header.timestamp);
    };
    if (const auto r = execute::validate_ommers(block, ancestors_of(block.header), rules_of); !r)
        return r.error();
    const auto transactions = execute::recover_transactions(block.transactions, rules);
    if (!transactions) return transactions.error();

    const Hashes hashes(*this, block.header);
    WorkingRoots roots(*parent.state);
    execute::BlockInput input;
    input.header = &block.header;
    input.rules = rules;
    input.transactions = *transactions;
    input.ommers = block.ommers;
    if (block.withdrawals) input.withdrawals = *block.withdrawals;
    input.hashes = &hashes;
    if (rules.revision < Revision::Byzantium) input.roots = &roots;
    const auto result = executor_(input, *parent.state);
    if (!result) return result.error();

    MemoryState state = *parent.state;
    state.apply(result->changes);
    if (const auto r = execute::validate_result(block.header, *result, rules, state_root(state));
        !r)
        return r.error();

    const Uint256 total_difficulty = parent.total_difficulty + block.header.difficulty;
    const Bytes32 hash = header_hash(block.header);
    const bool heavier = total_difficulty > blocks_.at(head_).total_difficulty;
    blocks_[hash] = {block.header, block.ommers, rules, total_difficulty,
                     std::make_shared<const MemoryState>(std::move(state))};
    if (rules.revision >= Revision::Paris || heavier) head_ = hash;
    return {};
}

}  // namespace switchyard::test
