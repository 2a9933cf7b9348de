// SPDX-License-Identifier: Apache-2.0
// Moves the pool along with the chain's head.
#pragma once

#include "host/blobs/sidecar_store.hpp"
#include "host/node/chain/chain.hpp"
#include "host/pool/pool.hpp"

namespace switchyard::node {

/// The version of sidecars that the block after this one asks for.
[[nodiscard]] blobs::SidecarVersion next_sidecar_version(const ChainConfig& config,
                                                         const BlockHeader& head);

/// The pool is judged by the state after the head, and gets back the transactions of blocks that
/// were taken back, in their order, unless the new branch has them too. With Osaka, transactions
/// whose sidecars are of the fork before leave the pool (`Verdict::SidecarInvalid`): no block can
/// take them any more. Chain, pool and sidecars must outlive it.
class PoolFollower final : public HeadListener {
  public:
    /// Moves the pool to the chain's head, then listens. The pool's journal may be opened
    /// afterwards.
    [[nodiscard]] static Result<std::unique_ptr<PoolFollower>> create(
        Chain& chain, Pool& pool, const blobs::SidecarStore* sidecars = nullptr);
    ~PoolFollower() override;
    PoolFollower(const PoolFollower&) = delete;
    PoolFollower& operator=(const PoolFollower&) = delete;

    void on_head(const HeadEvent& event) override;

  private:
    PoolFollower(Chain& chain, Pool& pool, const blobs::SidecarStore* sidecars)
        : chain_(chain), pool_(pool), sidecars_(sidecars) {}
    [[nodiscard]] Result<void> move_to(const BlockPointer& head,
                                       std::vector<SignedTransaction> returned);
    void drop_outdated_blobs(const BlockHeader& head);

    Chain& chain_;
    Pool& pool_;
    const blobs::SidecarStore* sidecars_;  ///< may be null
    ChainViewPointer view_;                ///< what the pool reads
};

}  // namespace switchyard::node
