// SPDX-License-Identifier: Apache-2.0
// A test's chain into a store on disk, as an appliance imports the blocks of somebody else.
#pragma once

#include <atomic>
#include <filesystem>
#include <memory>

#include "host/road/block_importer.hpp"
#include "host/road/block_road.hpp"
#include "host/state/memory_state.hpp"

namespace switchyard::conformance {

/// What is wanted of stores, and what came of all of them. Shared by the threads of a run.
struct StoreImports {
    bool use_access_lists = true;  ///< a block that comes with its list executes by it
    uint32_t threads = 2;          ///< of each importer

    std::atomic<uint64_t> blocks{0};  ///< imported and durable
    std::atomic<uint64_t> by_list{0};
    std::atomic<uint64_t> early_roots{0};   ///< of these: the root began before the transactions
    std::atomic<uint64_t> lists_failed{0};  ///< blocks whose list was of no use
    std::atomic<uint64_t> refused{0};       ///< blocks that a store was rightly kept from
    /// Blocks that do not follow the store's last one (a store has one branch), that stand before
    /// Byzantium (their receipts need the root after each transaction), or whose revision the
    /// chain's total difficulty decides.
    std::atomic<uint64_t> left_out{0};
};

/// The store of one chain, in a folder of its own that goes with it. One thread.
class StoreImport {
  public:
    /// Begins with `genesis` and its state.
    [[nodiscard]] static Result<std::unique_ptr<StoreImport>> create(const BlockHeader& genesis,
                                                                     const MemoryState& state,
                                                                     const ChainConfig& chain,
                                                                     StoreImports& imports);
    ~StoreImport();
    StoreImport(const StoreImport&) = delete;
    StoreImport& operator=(const StoreImport&) = delete;

    /// Imports a block that has been judged already: `Mismatch` unless the importer accepts what
    /// was `accepted`, under `revision`, and refuses what was not. A block that cannot go into the
    /// store is counted.
    [[nodiscard]] Result<void> import(const ReceivedBlock& block, Revision revision, bool accepted);

  private:
    StoreImport(StoreImports& imports, std::filesystem::path folder)
        : imports_(imports), folder_(std::move(folder)) {}

    StoreImports& imports_;
    std::filesystem::path folder_;
    ChainConfig chain_;
    Bytes32 last_;  ///< hash of the store's last block
    std::unique_ptr<StateStore> store_;
    std::unique_ptr<BlockRoad> road_;  ///< executes blocks without a list
    std::unique_ptr<BlockImporter> importer_;
};

}  // namespace switchyard::conformance
