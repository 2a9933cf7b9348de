// SPDX-License-Identifier: Apache-2.0
// Executing a block before the hash of its parent is known.
#pragma once

#include <atomic>
#include <functional>
#include <utility>

#include "host/chain/revision.hpp"
#include "host/state/state_view.hpp"

namespace switchyard::execute {

/// The state before a block, with the slot in which EIP-2935 keeps the parent's hash standing in
/// for a hash that is still being computed: whoever reads the slot waits for it.
///
/// From Prague on a block begins by writing that slot. A header's hash needs its state root, so
/// without this no transaction could run while its parent's root is hashed. The write changes
/// nothing but the slot, so it may as well come last (`execute_after_transactions` does it), as
/// long as every transaction reads what it would have written.
///
/// Reads are safe from any number of threads.
class DeferredParentHash final : public StateView {
  public:
    /// Gives the hash when it is known; from any thread, any number of times. All-zero when it
    /// cannot be had: whoever gave it discards the block.
    using Wait = std::function<Bytes32()>;

    /// `parent` is the state before block `number`, from 1; borrowed.
    DeferredParentHash(const StateView& parent, uint64_t number, Revision revision, Wait wait);

    /// Whether the call comes last: from Prague on, if the contract is the one that EIP-2935
    /// defines. Another contract's call has effects that nobody knows before, or none.
    [[nodiscard]] bool is_deferred() const { return is_deferred_; }
    [[nodiscard]] Bytes32 wait() const { return wait_(); }
    /// The slot that stands in for the hash.
    [[nodiscard]] std::pair<Address, Uint256> slot() const { return {contract_, slot_}; }
    /// From here on the slot is as it was before the block.
    void end() { ended_.store(true, std::memory_order_release); }

    [[nodiscard]] std::optional<Account> account(const Address& address) const override {
        return parent_.account(address);
    }
    [[nodiscard]] Uint256 storage(const Address& address, const Uint256& key) const override;
    [[nodiscard]] CodePointer code(const Bytes32& code_hash) const override {
        return parent_.code(code_hash);
    }
    /// Decides only for accounts without code (EIP-7610).
    [[nodiscard]] bool has_storage(const Address& address) const override {
        return parent_.has_storage(address);
    }

  private:
    const StateView& parent_;
    const Address contract_;
    const Uint256 slot_;
    const Wait wait_;
    const bool is_deferred_;
    std::atomic<bool> ended_{false};
};

}  // namespace switchyard::execute
