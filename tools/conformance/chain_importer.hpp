// SPDX-License-Identifier: Apache-2.0
// Imports blocks as a client does: decodes, validates, executes, compares with the header, and
// follows the heaviest chain.
#pragma once

#include <memory>
#include <optional>
#include <unordered_map>
#include <vector>

#include "host/chain/block.hpp"
#include "host/execute/block_validation.hpp"
#include "tools/conformance/block_executor.hpp"
#include "tools/conformance/commitment_follower.hpp"
#include "tools/conformance/state_roots.hpp"
#include "tools/conformance/store_import.hpp"

namespace switchyard::conformance {

/// All blocks of one test, on any branch, each with the state after it. One thread.
class ChainImporter {
  public:
    /// Starts with `genesis`, whose state root is checked against `state`. The executor must
    /// outlive the importer.
    [[nodiscard]] static Result<ChainImporter> create(const BlockHeader& genesis, MemoryState state,
                                                      ChainConfig config, BlockExecutor& executor);

    /// Imports one block and gives its hash. `InvalidInput` says which rule it breaks; `Mismatch`
    /// where two ways of execution or the roots of the two tries differ; `Unsupported` names a
    /// precompile that this build lacks. With an error nothing changes. `access_list` came with the
    /// block; null: none did.
    [[nodiscard]] Result<Bytes32> import(BytesView encoded,
                                         const BlockAccessList* access_list = nullptr);

    /// The head: of the largest total difficulty, or the last one imported after Paris.
    [[nodiscard]] const Bytes32& head() const { return head_; }
    [[nodiscard]] const BlockHeader& head_header() const { return blocks_.at(head_).header; }
    [[nodiscard]] const std::shared_ptr<const MemoryState>& head_state() const {
        return blocks_.at(head_).state;
    }
    /// The state after the last block that was refused for its state root; null: there was none.
    [[nodiscard]] const std::shared_ptr<const MemoryState>& refused_state() const {
        return refused_state_;
    }
    /// What the last block that was executed accessed (EIP-7928), whether it was accepted or not;
    /// no value: it has no list.
    [[nodiscard]] const std::optional<BlockAccessList>& executed_access_list() const {
        return executed_access_list_;
    }

  private:
    struct Imported {
        BlockHeader header;
        std::vector<BlockHeader> ommers;
        execute::BlockRules rules;
        Uint256 total_difficulty;
        std::shared_ptr<const MemoryState> state;
    };
    class Hashes;

    ChainImporter(ChainConfig config, BlockExecutor& executor)
        : config_(std::move(config)), executor_(&executor) {}
    [[nodiscard]] Result<Bytes32> import_block(const Block& block, size_t encoded_bytes,
                                               const BlockAccessList* access_list);
    [[nodiscard]] Result<void> validate(const Block& block, size_t encoded_bytes,
                                        const Imported& parent,
                                        const execute::BlockRules& rules) const;
    [[nodiscard]] Result<Bytes32> apply(const Bytes32& parent_hash, const Imported& parent,
                                        const StateChanges& changes);
    [[nodiscard]] std::vector<execute::Ancestor> ancestors_of(const BlockHeader& header) const;

    ChainConfig config_;
    BlockExecutor* executor_;
    std::unordered_map<Bytes32, Imported> blocks_;
    std::shared_ptr<StateNodes> nodes_;  ///< of all states
    CommitmentFollower records_;
    std::unique_ptr<StoreImport> store_;  ///< null: none is wanted
    Bytes32 head_;
    std::shared_ptr<const MemoryState> refused_state_;
    std::optional<BlockAccessList> executed_access_list_;
};

}  // namespace switchyard::conformance
