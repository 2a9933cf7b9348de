// SPDX-License-Identifier: Apache-2.0
// Blocks of somebody else: executed, judged by their headers, and made durable.
#pragma once

#include "host/chain/chain_config.hpp"
#include "host/execute/access_list/access_list_executor.hpp"
#include "host/state/store/state_store.hpp"

namespace switchyard {

/// A block as it was received. Borrowed for the duration of a call. Header and body have passed
/// `execute::validate_header` and `execute::validate_body`.
struct ReceivedBlock {
    const BlockHeader* header = nullptr;
    std::span<const SignedTransaction> transactions;
    std::span<const BlockHeader> ommers;
    std::span<const Withdrawal> withdrawals;
    const BlockAccessList* access_list = nullptr;  ///< EIP-7928; null: it came without
    const evm::BlockHashes* hashes = nullptr;      ///< null: every hash is 0
};

/// What happened while a block was imported.
struct ImportStatistics {
    execute::AccessListStatistics access_list;
    bool early_root = false;    ///< the root began before the transactions ran, and was the block's
    uint64_t execute_ns = 0;    ///< until the result was there
    uint64_t root_wait_ns = 0;  ///< from there until the root was there
};

/// Imports one block after another into a store.
///
/// A block with an access list has everything that the list names read from the store by all
/// workers at once, and its root made from the list's values while its transactions execute. If the
/// list turns out to be wrong, that root is taken back, and the block executes without the list.
/// Nothing of a block is visible or acknowledged before it has agreed with its header in every
/// field, the state root included. One thread.
class BlockImporter {
  public:
    /// Executes a block without its list; empty: serially. The result must be
    /// `execute_block_serial`'s.
    using Execute =
        std::function<Result<execute::BlockResult>(const execute::BlockInput&, const StateView&)>;

    /// `store` must outlive the importer and is written to by it alone. `threads` as of
    /// `AccessListExecutor`.
    BlockImporter(const ChainConfig& chain, StateStore& store, uint32_t threads,
                  Execute without_list = {})
        : chain_(chain), store_(store), by_list_(threads), without_list_(std::move(without_list)) {}

    /// Executes the block that follows the store's last one, compares the result with the header
    /// (`execute::validate_result`) and commits it; when this returns it is durable. Errors: those
    /// of execution and of `validate_result`, with which nothing has changed and another block may
    /// come; those of the store, which are final.
    [[nodiscard]] Result<execute::BlockResult> import(const ReceivedBlock& block,
                                                      ImportStatistics* statistics = nullptr);

  private:
    [[nodiscard]] Result<execute::BlockResult> execute(const execute::BlockInput& input,
                                                       const BlockAccessList* list,
                                                       ImportStatistics& statistics);
    [[nodiscard]] Result<Bytes32> root_of(uint64_t number, const StateChanges& changes);
    /// Takes back the root of a block that is refused for `why`.
    [[nodiscard]] Error refuse(const Error& why);

    ChainConfig chain_;
    StateStore& store_;
    execute::AccessListExecutor by_list_;
    Execute without_list_;
};

}  // namespace switchyard
