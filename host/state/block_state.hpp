// SPDX-License-Identifier: Apache-2.0
// The state while a block executes: a base view and the changes of the transactions so far.
#pragma once

#include "host/state/flat_index.hpp"
#include "host/state/state_view.hpp"

namespace switchyard {

/// An overlay over a base view. `apply` takes the changes of one transaction after another, in
/// block order, and turns deltas into absolute values; reads see all that was applied. Reads are
/// safe from several threads, if the base's are, while nobody applies. Reusable through `begin`.
class BlockState final : public StateView {
  public:
    BlockState() = default;
    explicit BlockState(const StateView& base) { begin(base); }

    /// Forgets everything and stands on `base`, which must outlive this and must not change.
    void begin(const StateView& base);

    [[nodiscard]] std::optional<Account> account(const Address& address) const override;
    [[nodiscard]] Uint256 storage(const Address& address, const Uint256& key) const override;
    [[nodiscard]] CodePointer code(const Bytes32& code_hash) const override;
    [[nodiscard]] bool has_storage(const Address& address) const override;

    /// Precondition: the changes came from a transaction over a view equal to this one, or whose
    /// reads hold in this one.
    void apply(const StateChanges& transaction);

    /// The net effect of everything applied, in the canonical form of `StateChanges`.
    void changes(StateChanges& out) const;

  private:
    /// With what the base has, which was read when the change came and lay in the cache: to read it
    /// again at the end of the block would mean to wait for memory.
    struct OverlaySlot {
        Uint256 value;  ///< 0: deleted
        Uint256 base;
        bool has_base = false;
    };
    struct OverlayAccount {
        std::optional<Account> account;
        std::optional<Account> base;
        bool storage_cleared = false;  ///< the base's storage does not show through
        FlatMap<Uint256, OverlaySlot> storage;
    };
    const StateView* base_ = nullptr;
    FlatMap<Address, OverlayAccount> accounts_;
    FlatMap<Bytes32, CodePointer> codes_;
};

}  // namespace switchyard
