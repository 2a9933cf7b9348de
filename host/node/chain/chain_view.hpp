// SPDX-License-Identifier: Apache-2.0
// The state after one block, for readers beside the import of others.
#pragma once

#include "host/node/archive/archived_block.hpp"
#include "host/state/block_state.hpp"
#include "host/state/flat/flat_state.hpp"
#include "host/state/flat/writer_first_lock.hpp"

namespace switchyard::node {

/// Accounts, storage and code after `block`, whatever is imported meanwhile. Reads are safe from
/// any number of threads, and never see a part of a block. The chain must outlive it.
///
/// A reorganisation that takes away the block that the view stands on, and many blocks on top of
/// it, end the view: `failure` is then `NotFound`, and what was read since the last look means
/// nothing. Ask for another view.
class ChainView final : public StateView {
  public:
    /// `gate` is held exclusively while the store goes back. `layers` (ascending) are the blocks
    /// above the one of `base`.
    ChainView(BlockPointer block, flat::WriterFirstLock& gate,
              std::unique_ptr<flat::BlockView> base,
              std::vector<std::shared_ptr<const StateChanges>> layers);

    [[nodiscard]] const BlockPointer& block() const { return block_; }
    [[nodiscard]] std::optional<Error> failure() const { return base_.view->failure(); }

    [[nodiscard]] std::optional<Account> account(const Address& address) const override {
        return top().account(address);
    }
    [[nodiscard]] Uint256 storage(const Address& address, const Uint256& key) const override {
        return top().storage(address, key);
    }
    [[nodiscard]] CodePointer code(const Bytes32& code_hash) const override {
        return top().code(code_hash);
    }
    [[nodiscard]] bool has_storage(const Address& address) const override {
        return top().has_storage(address);
    }

  private:
    /// Keeps every read apart from the store's way back.
    struct Base final : StateView {
        flat::WriterFirstLock& gate;
        std::unique_ptr<flat::BlockView> view;

        Base(flat::WriterFirstLock& lock, std::unique_ptr<flat::BlockView> at)
            : gate(lock), view(std::move(at)) {}
        [[nodiscard]] std::optional<Account> account(const Address& address) const override;
        [[nodiscard]] Uint256 storage(const Address& address, const Uint256& key) const override;
        [[nodiscard]] CodePointer code(const Bytes32& code_hash) const override;
        [[nodiscard]] bool has_storage(const Address& address) const override;
    };
    [[nodiscard]] const StateView& top() const {
        return above_ ? static_cast<const StateView&>(*above_) : base_;
    }

    const BlockPointer block_;
    Base base_;
    std::optional<BlockState> above_;
};
using ChainViewPointer = std::shared_ptr<const ChainView>;

}  // namespace switchyard::node
