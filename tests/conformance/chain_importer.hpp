// SPDX-License-Identifier: Apache-2.0
// Imports blocks as a client does: decodes, validates, executes, compares with the header, and
// follows the heaviest chain.
#pragma once

#include <functional>
#include <memory>
#include <unordered_map>

#include "host/chain/block.hpp"
#include "host/execute/block_execution.hpp"
#include "host/execute/block_validation.hpp"
#include "host/state/memory_state.hpp"

namespace switchyard::test {

/// All blocks of one test, on any branch, each with the state after it. One thread.
class ChainImporter {
  public:
    /// Executes one block: `execute_block_serial` or something that must equal it.
    using Executor =
        std::function<Result<execute::BlockResult>(const execute::BlockInput&, const StateView&)>;

    /// Starts with `genesis`, whose state root is checked against `state`.
    [[nodiscard]] static Result<ChainImporter> create(const BlockHeader& genesis, MemoryState state,
                                                      ChainConfig config, Executor executor);

    /// Imports one block. `InvalidInput` says which rule it breaks; `Unsupported` names a
    /// precompile that this build lacks. With an error nothing changes.
    [[nodiscard]] Result<void> import(BytesView encoded);

    /// The head: of the largest total difficulty, or the last one imported after Paris.
    [[nodiscard]] const Bytes32& head() const { return head_; }

  private:
    struct Imported {
        BlockHeader header;
        std::vector<BlockHeader> ommers;
        execute::BlockRules rules;
        Uint256 total_difficulty;
        std::shared_ptr<const MemoryState> state;
    };
    class Hashes;

    ChainImporter(ChainConfig config, Executor executor)
        : config_(std::move(config)), executor_(std::move(executor)) {}
    [[nodiscard]] Result<void> import_block(const Block& block, size_t encoded_bytes);
    [[nodiscard]] std::vector<execute::Ancestor> ancestors_of(const BlockHeader& header) const;

    ChainConfig config_;
    Executor executor_;
    std::unordered_map<Bytes32, Imported> blocks_;
    Bytes32 head_;
};

}  // namespace switchyard::test
