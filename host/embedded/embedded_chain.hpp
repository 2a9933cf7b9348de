// SPDX-License-Identifier: Apache-2.0
// The whole of libswitchyard in one object, for a node that links it: raw transactions in, blocks
// out, executed over lanes.
#pragma once

#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <span>

#include "host/embedded/head_queue.hpp"
#include "host/embedded/lane_executor.hpp"
#include "host/ingest/verify_station.hpp"
#include "host/node/building/pool_follower.hpp"
#include "host/node/chain/chain.hpp"
#include "host/pool/pool.hpp"
#include "host/road/seal.hpp"

namespace switchyard::embedded {

struct EmbeddedOptions {
    /// Where the chain is kept, made if it is not there. Empty: a folder of its own in the system's
    /// folder for temporary files, removed with the object; nothing is synced to the disk then.
    std::filesystem::path folder;
    journal::SyncPolicy sync = journal::SyncPolicy::Block;  ///< of a folder that is kept
    BlockRoadConfig lanes{};
    bool check_serially = false;  ///< as of `LaneExecutor`
    PoolConfig pool{};
    uint64_t gas_limit = 36'000'000;         ///< towards which the blocks built here move
    Bytes extra_data;                        ///< of blocks built here; at most 32 bytes
    size_t cache_bytes = size_t{256} << 20;  ///< of state, code and trie together, 16 MiB or more
};

/// A chain, a pool that follows its head, and a road from the plan to the result.
///
/// From any thread. Calls of `submit` share the verify station in turn and the journal's syncs;
/// `build`, `execute` and `set_head` wait for one another; reads wait for neither.
class EmbeddedChain {
  public:
    /// Opens the chain in the folder, or begins it with `genesis`. Errors: those of `Chain::open`,
    /// `BlockRoad::open` (`Unavailable`: the detector cannot run here) and `Pool::open_journal`.
    [[nodiscard]] static Result<std::unique_ptr<EmbeddedChain>> open(node::Genesis genesis,
                                                                     EmbeddedOptions options = {});
    ~EmbeddedChain();
    EmbeddedChain(const EmbeddedChain&) = delete;
    EmbeddedChain& operator=(const EmbeddedChain&) = delete;

    /// Verifies raw transactions and puts them into the pool, in their order; `verdicts` has the
    /// length of `raw`. What is `Accepted` is durable as the options say. `hashes` (empty, or of
    /// the same length) receives the hashes of those that were verified, and zeros for the others.
    void submit(std::span<const BytesView> raw, std::span<Verdict> verdicts,
                std::span<Bytes32> hashes = {});

    /// Builds a block from the pool on the head and makes it the head. With `check_serially` it is
    /// first judged as if it were somebody else's. `attributes.timestamp` 0: the system's clock, or
    /// a second after the parent; `gas_limit` 0: a step towards the options'. From Paris on
    /// (`Unsupported` before). Errors of attributes: `InvalidInput`; then nothing has changed.
    [[nodiscard]] Result<node::BlockPointer> build(BlockAttributes attributes = {});

    /// Executes a block of somebody else, given as RLP, over its parent's state, and compares
    /// everything that its header states with what came of it. With `make_head` it becomes the head
    /// then. `expected`: the hash that it must have (`Mismatch`). `InvalidInput`: the block is
    /// invalid, and why; `NotFound`: its parent is not here; `Unavailable`: its parent's state is
    /// not kept any more.
    [[nodiscard]] Result<node::BlockPointer> execute(BytesView rlp,
                                                     const std::optional<Bytes32>& expected,
                                                     bool make_head);
    /// Makes a block that is here the head, whatever branch it stands on. `NotFound`.
    [[nodiscard]] Result<node::BlockPointer> set_head(const Bytes32& hash);

    /// A queue of the head's changes from here on.
    [[nodiscard]] std::shared_ptr<HeadQueue> subscribe(size_t capacity);

    [[nodiscard]] node::Chain& chain() { return *chain_; }
    [[nodiscard]] const node::Chain& chain() const { return *chain_; }
    [[nodiscard]] Pool& pool() { return *pool_; }
    [[nodiscard]] const LaneExecutor& lanes() const { return *lanes_; }
    [[nodiscard]] const std::filesystem::path& folder() const { return folder_.path; }

  private:
    /// Removes what it made.
    struct Folder {
        std::filesystem::path path;
        bool is_temporary = false;
        ~Folder();
    };

    explicit EmbeddedChain(EmbeddedOptions options) : options_(std::move(options)) {}
    [[nodiscard]] Result<void> make_folder();
    [[nodiscard]] Result<void> open_parts(node::Genesis genesis);
    [[nodiscard]] Result<node::BlockPointer> adopt(Block block, bool make_head);
    [[nodiscard]] Result<node::BlockPointer> move_head(const Bytes32& hash);

    EmbeddedOptions options_;
    Folder folder_;
    std::unique_ptr<LaneExecutor> lanes_;
    std::unique_ptr<node::Chain> chain_;
    std::unique_ptr<Pool> pool_;
    std::unique_ptr<node::PoolFollower> follower_;
    HeadFanout fanout_;

    std::mutex verify_mutex_;  ///< guards the station
    std::unique_ptr<VerifyStation> verify_;
    std::mutex head_mutex_;  ///< one change of the head at a time
};

}  // namespace switchyard::embedded
