// SPDX-License-Identifier: Apache-2.0
// Moves the pool along with the chain's head.
#pragma once

#include "host/node/chain/chain.hpp"
#include "host/pool/pool.hpp"

namespace switchyard::node {

/// The pool is judged by the state after the head, and gets back the transactions of blocks that
/// were taken back, in their order, unless the new branch has them too. Chain and pool must outlive
/// it.
class PoolFollower final : public HeadListener {
  public:
    /// Moves the pool to the chain's head, then listens. The pool's journal may be opened
    /// afterwards.
    [[nodiscard]] static Result<std::unique_ptr<PoolFollower>> create(Chain& chain, Pool& pool);
    ~PoolFollower() override;
    PoolFollower(const PoolFollower&) = delete;
    PoolFollower& operator=(const PoolFollower&) = delete;

    void on_head(const HeadEvent& event) override;

  private:
    PoolFollower(Chain& chain, Pool& pool) : chain_(chain), pool_(pool) {}
    [[nodiscard]] Result<void> move_to(const BlockPointer& head,
                                       std::vector<SignedTransaction> returned);

    Chain& chain_;
    Pool& pool_;
    ChainViewPointer view_;  ///< what the pool reads
};

}  // namespace switchyard::node
