// SPDX-License-Identifier: Apache-2.0
#include "tools/conformance/chain_importer.hpp"

#include "host/core/hex.hpp"

namespace switchyard::conformance {
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
                                            ChainConfig config, BlockExecutor& executor) {
    ChainImporter chain(std::move(config), executor);
    chain.nodes_ = std::make_shared<StateNodes>(state);
    if (chain.nodes_->root != genesis.state_root)
        return Error{ErrorCode::InvalidInput, "genesis: state root: expected " +
                                                  to_hex(genesis.state_root) + ", found " +
                                                  to_hex(chain.nodes_->root)};
    if (executor.settings().stores != nullptr) {
        auto store =
            StoreImport::create(genesis, state, chain.config_, *executor.settings().stores);
        if (!store) return store.error();
        chain.store_ = std::move(*store);
    }
    chain.head_ = header_hash(genesis);
    chain.blocks_[chain.head_] = {
        genesis,
        {},
        execute::rules_for_block(chain.config_, genesis.number, genesis.timestamp),
        genesis.difficulty,
        std::make_shared<const MemoryState>(std::move(state))};
    return chain;
}

Result<Bytes32> ChainImporter::import(BytesView encoded, const BlockAccessList* access_list) {
    refused_state_.reset();
    executed_access_list_.reset();
    const auto block = decode_block(encoded);
    if (!block) return Error{ErrorCode::InvalidInput, block.error().message};
    return import_block(*block, encoded.size(), access_list);
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

Result<void> ChainImporter::validate(const Block& block, size_t encoded_bytes,
                                     const Imported& parent,
                                     const execute::BlockRules& rules) const {
    if (auto r = execute::validate_header(block.header, parent.header, rules, parent.rules); !r)
        return r;
    if (auto r = execute::validate_body(block, encoded_bytes, rules); !r) return r;
    const auto rules_of = [&](const BlockHeader& header) {
        return execute::rules_for_block(config_, header.number, header.timestamp);
    };
    return execute::validate_ommers(block, ancestors_of(block.header), rules_of);
}

/// The root after `changes` to the parent's state. The nodes of all states lie together, each by
/// its hash, so that branches cost what they change.
Result<Bytes32> ChainImporter::apply(const Bytes32& parent_hash, const Imported& parent,
                                     const StateChanges& changes) {
    trie::StateTrie trie(parent.header.state_root, nodes_->nodes);
    trie.set_sink(&nodes_->nodes);
    const auto root = trie.apply(changes);
    if (!root) return root;
    const auto of_records = records_.root_after(parent_hash, *parent.state, changes);
    if (!of_records) return of_records;
    if (*of_records != *root)
        return Error{ErrorCode::Mismatch, "state root: trie of nodes " + to_hex(*root) +
                                              ", trie of records " + to_hex(*of_records)};
    return root;
}

Result<Bytes32> ChainImporter::import_block(const Block& block, size_t encoded_bytes,
                                            const BlockAccessList* access_list) {
    const auto found = blocks_.find(block.header.parent_hash);
    if (found == blocks_.end()) return Error{ErrorCode::InvalidInput, "parent hash: unknown"};
    const Imported& parent = found->second;
    const auto rules = execute::rules_for_block(config_, block.header.number,
                                                block.header.timestamp, parent.total_difficulty);
    if (const auto valid = validate(block, encoded_bytes, parent, rules); !valid)
        return valid.error();
    const auto transactions = execute::recover_transactions(block.transactions, rules);
    if (!transactions) return transactions.error();

    const Hashes hashes(*this, block.header);
    execute::BlockInput input;
    input.header = &block.header;
    input.rules = rules;
    input.transactions = *transactions;
    input.ommers = block.ommers;
    if (block.withdrawals) input.withdrawals = *block.withdrawals;
    input.hashes = &hashes;
    BlockExecutor::MakeRoots make_roots;
    if (rules.revision < Revision::Byzantium)
        make_roots = [&] {
            return std::make_unique<RootsAlongBlock>(parent.header.state_root, nodes_->nodes);
        };
    const auto result = executor_->execute(input, *parent.state, make_roots, access_list);
    /// What the store's importer makes of the block.
    const auto follow = [&](bool accepted) -> Result<void> {
        if (store_ == nullptr) return {};
        return store_->import({.header = &block.header,
                               .transactions = *transactions,
                               .ommers = block.ommers,
                               .withdrawals = input.withdrawals,
                               .access_list = access_list,
                               .hashes = &hashes},
                              rules.revision, accepted);
    };
    if (!result) {
        if (result.error().code == ErrorCode::InvalidInput)
            if (auto followed = follow(false); !followed) return followed.error();
        return result.error();
    }
    executed_access_list_ = result->block_access_list;

    const auto root = apply(block.header.parent_hash, parent, result->changes);
    if (!root) return root.error();
    MemoryState after = *parent.state;
    after.apply(result->changes);
    auto state = std::make_shared<const MemoryState>(std::move(after));
    if (const auto r = execute::validate_result(block.header, *result, rules, *root); !r) {
        if (*root != block.header.state_root) refused_state_ = std::move(state);
        if (auto followed = follow(false); !followed) return followed.error();
        return r.error();
    }
    if (auto followed = follow(true); !followed) return followed.error();

    const Uint256 total_difficulty = parent.total_difficulty + block.header.difficulty;
    const Bytes32 hash = header_hash(block.header);
    const bool heavier = total_difficulty > blocks_.at(head_).total_difficulty;
    blocks_[hash] = {block.header, block.ommers, rules, total_difficulty, std::move(state)};
    records_.accept(hash);
    if (rules.revision >= Revision::Paris || heavier) head_ = hash;
    return hash;
}

}  // namespace switchyard::conformance
