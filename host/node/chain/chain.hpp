// SPDX-License-Identifier: Apache-2.0
// The chain as its neighbours see it: a canonical head, blocks that may become it, and the state
// after each.
#pragma once

#include <atomic>

#include "host/node/archive/archive.hpp"
#include "host/node/chain/block_id.hpp"
#include "host/node/chain/block_judge.hpp"
#include "host/node/chain/block_tree.hpp"
#include "host/node/chain/chain_view.hpp"
#include "host/node/genesis/genesis.hpp"
#include "host/state/store/state_store.hpp"

namespace switchyard::node {

/// What the Engine API answers about a block.
enum class BlockStatus : uint8_t {
    Valid,
    Invalid,
    Syncing,   ///< an ancestor is missing
    Accepted,  ///< not executed: its parent's state is out of reach
};

struct ImportOutcome {
    BlockStatus status = BlockStatus::Syncing;
    BlockPointer block;                   ///< of a valid block
    std::optional<Bytes32> latest_valid;  ///< the block itself, or the nearest valid ancestor
    std::string reason;                   ///< of an invalid block
};

/// The canonical chain's end. Immutable.
struct ChainHead {
    BlockPointer block;
    BlockPointer safe;       ///< null: none was named
    BlockPointer finalized;  ///< null: none was named
};
using HeadPointer = std::shared_ptr<const ChainHead>;

/// A change of the head.
struct HeadEvent {
    std::vector<BlockPointer> removed;  ///< descending; empty unless the chain was reorganised
    std::vector<BlockPointer> added;    ///< ascending
    HeadPointer head;
};

/// Called in the order of the changes, one at a time, after each is durable and visible. Must be
/// quick and must not call `import` or `set_head`.
class HeadListener {
  public:
    virtual ~HeadListener() = default;
    virtual void on_head(const HeadEvent& event) = 0;
};

struct ChainOptions {
    StateStoreOptions store{};
    ArchiveOptions archive{};
    TreeLimits tree{};
    uint64_t branch_blocks_max = 512;  ///< a branch that leaves the canonical chain further back
                                       ///< than this is not executed
    ExecuteBlock execute{};            ///< empty: `execute_block_serial`
};

/// One chain in one folder: `state/` (`StateStore`, at the canonical head) and `archive/`.
///
/// `import` executes a block over its parent's state, wherever that stands within reach, and keeps
/// it; `set_head` makes one canonical. A change of the head goes to the archive's journal first,
/// then to the state; opening a chain completes what a crash cut off. So a head that `set_head` has
/// acknowledged, its blocks and receipts are there after any end of the process.
///
/// Everything comes from any thread. `import`, `set_head`, `root_over` and `prove` wait for each
/// other; reads wait for none of them, except while blocks are taken back. An `Error` (not an
/// outcome) of `import` or `set_head` that is not `NotFound` is the store's: open the chain anew.
class Chain {
  public:
    /// Opens the chain in `folder`, or begins it with `genesis`. `InvalidInput` when the folder has
    /// a chain with another genesis block.
    [[nodiscard]] static Result<std::unique_ptr<Chain>> open(const std::filesystem::path& folder,
                                                             Genesis genesis,
                                                             ChainOptions options = {});
    ~Chain();
    Chain(const Chain&) = delete;
    Chain& operator=(const Chain&) = delete;

    [[nodiscard]] const ChainConfig& config() const { return config_; }
    /// `Genesis::fork_blocks` and `fork_times`.
    [[nodiscard]] std::span<const uint64_t> fork_blocks() const { return fork_blocks_; }
    [[nodiscard]] std::span<const uint64_t> fork_times() const { return fork_times_; }
    [[nodiscard]] const Archive& archive() const { return *archive_; }
    /// So many blocks before the head have a state.
    [[nodiscard]] uint64_t state_window() const { return options_.store.flat.undo_blocks; }
    [[nodiscard]] const BlockPointer& genesis() const { return genesis_; }

    /// A block that is here already is not executed again. `access_list` is what came with it
    /// (EIP-7928), encoded: it is believed in nothing, and executed by if it is right. A block that
    /// waits for its parent keeps none.
    [[nodiscard]] Result<ImportOutcome> import(Block block,
                                               const std::optional<Bytes>& access_list = {});
    /// Says what `import` will find of a block that was built here, root included: it need not
    /// execute it again. The last few are remembered; `total_difficulty` is not read. Precondition:
    /// the block is valid over the parent that it was built on.
    void expect(JudgedBlock built);
    /// Makes a block canonical, with all its ancestors; `safe` and `finalized` (zero: none) must be
    /// canonical then. Durable when it returns `Valid`. `Syncing`: the block, or an ancestor, is
    /// not here. `InvalidInput`: a mark is not on the chain; nothing has changed.
    [[nodiscard]] Result<ImportOutcome> set_head(const Bytes32& head, const Bytes32& safe = {},
                                                 const Bytes32& finalized = {});

    [[nodiscard]] HeadPointer head() const;
    /// The head that `set_head` was asked for last is not here, or not executed. Any thread.
    [[nodiscard]] bool is_syncing() const { return syncing_.load(std::memory_order_relaxed); }
    /// Null: there is no such block. `Pending` is the head: whoever builds blocks knows more.
    [[nodiscard]] Result<BlockPointer> block(const BlockId& id) const;
    /// The state after a block. `NotFound`: it is not kept any more.
    [[nodiscard]] Result<ChainViewPointer> view(const BlockPointer& block) const;
    /// Of the block after `header`'s parent with this total difficulty.
    [[nodiscard]] execute::BlockRules rules_for(const BlockHeader& header,
                                                const Uint256& parent_total_difficulty) const {
        return rules_of(config_, header, parent_total_difficulty);
    }
    [[nodiscard]] execute::BlockRules rules_for(const ArchivedBlock& block) const {
        return rules_of(config_, block.header(),
                        block.total_difficulty - block.header().difficulty);
    }

    /// The state root after `changes` (canonical) over the state after `base`. Nothing changes.
    [[nodiscard]] Result<Bytes32> root_over(const BlockPointer& base, StateChanges changes);
    /// EIP-1186, in the state after `block`. `NotFound`: it is not kept any more
    /// (`branch_blocks_max` and `state_window` say how far back it is). Away from the head it costs
    /// what changed since, once for proofs of the same block in a row.
    [[nodiscard]] Result<commitment::AccountProof> prove(const BlockPointer& block,
                                                         const Address& address,
                                                         std::span<const Uint256> keys);

    void add_listener(HeadListener& listener);
    /// When it returns, the listener is not called any more.
    void remove_listener(HeadListener& listener);

    /// Why it can't go on: store or archive failed to read or to write. What was acknowledged is
    /// there when the chain is opened anew; nothing else helps. No value: it goes on. Any thread.
    [[nodiscard]] std::optional<Error> failure() const;

    /// Everything acknowledged is in the database files when this returns; needs no call.
    [[nodiscard]] Result<void> flush();

  private:
    /// The state after a block for the thread that has `import_mutex_`.
    struct ParentState {
        const StateView* view = nullptr;
        std::unique_ptr<BlockState> above;  ///< null: `view` is the store's
    };

    class ParentRoots;

    Chain(ChainConfig config, ChainOptions options);

    [[nodiscard]] Result<void> open_genesis(Genesis genesis);
    [[nodiscard]] Result<void> reconcile();
    /// Remembers the first error that only opening anew can mend.
    [[nodiscard]] Result<ImportOutcome> noted(Result<ImportOutcome> outcome);
    void note(const Error& error);
    [[nodiscard]] Result<ImportOutcome> import_locked(Block block, const Bytes32& hash,
                                                      const Bytes* access_list);
    [[nodiscard]] Result<ImportOutcome> keep(JudgedBlock judged);
    [[nodiscard]] Result<ImportOutcome> connect(const Bytes32& hash);
    [[nodiscard]] Result<ImportOutcome> refuse(const Bytes32& hash, const Refusal& refusal);
    [[nodiscard]] Result<std::vector<BlockPointer>> branch_to(const BlockPointer& block,
                                                              BlockPointer& ancestor) const;
    [[nodiscard]] Result<ParentState> state_after(const BlockPointer& block);
    [[nodiscard]] Result<std::shared_ptr<const StateChanges>> layer_of(const BlockPointer& block,
                                                                       const BlockPointer& parent,
                                                                       const StateView& state);
    [[nodiscard]] Result<Bytes32> root_over_locked(const BlockPointer& base, StateChanges changes);
    [[nodiscard]] Result<ImportOutcome> set_head_locked(const HeadMarks& marks);
    /// From the journal to everybody's sight. After an error nobody knows how far it came.
    [[nodiscard]] Result<void> commit_head(HeadChange change, uint64_t ancestor, bool goes_back,
                                           HeadPointer after);
    [[nodiscard]] Result<void> move_store(uint64_t ancestor, std::span<const BlockPointer> branch);
    [[nodiscard]] Result<HeadPointer> head_of(const BlockPointer& block, const HeadMarks& marks,
                                              std::span<const BlockPointer> branch,
                                              uint64_t ancestor) const;
    void publish_head(HeadPointer head);

    const ChainConfig config_;
    const ChainOptions options_;
    std::vector<uint64_t> fork_blocks_;
    std::vector<uint64_t> fork_times_;
    ExecuteBlock execute_;
    std::unique_ptr<Archive> archive_;
    std::unique_ptr<StateStore> store_;
    BlockPointer genesis_;
    mutable BlockTree tree_;

    /// One import or change of the head at a time; guards the store's writing side.
    std::mutex import_mutex_;
    /// Held exclusively while the store goes back, and shared by whoever reads from it.
    mutable flat::WriterFirstLock gate_;

    mutable std::mutex head_mutex_;
    HeadPointer head_;

    std::atomic<bool> syncing_{false};

    mutable std::mutex failure_mutex_;
    std::optional<Error> failure_;

    std::mutex listeners_mutex_;
    std::vector<HeadListener*> listeners_;
};

}  // namespace switchyard::node
