// SPDX-License-Identifier: Apache-2.0
// The whole state in memory.
#pragma once

#include <span>

#include "host/state/flat_index.hpp"
#include "host/state/state_view.hpp"

namespace switchyard {

/// Accounts, storage and code in flat hash tables. Reads are safe from any number of threads while
/// nobody writes (`set_*`, `apply`); a writer must be alone.
class MemoryState final : public StateView {
  public:
    MemoryState();

    [[nodiscard]] std::optional<Account> account(const Address& address) const override;
    [[nodiscard]] Uint256 storage(const Address& address, const Uint256& key) const override;
    /// Asserts when the code is unknown: the caller asks for hashes of this state's accounts only.
    [[nodiscard]] CodePointer code(const Bytes32& code_hash) const override;
    [[nodiscard]] bool has_storage(const Address& address) const override;

    /// For building a state: an account, or a slot of an account that exists (0 removes it).
    void set_account(const Address& address, const Account& account);
    void set_storage(const Address& address, const Uint256& key, const Uint256& value);
    /// Adds code, hashed here, and returns its hash.
    Bytes32 add_code(Bytes code);
    void add_code(const Bytes32& hash, CodePointer code);
    [[nodiscard]] bool knows_code(const Bytes32& hash) const {
        return codes_.find(hash) != nullptr;
    }

    /// Applies changes in place; deltas are added to what stands here.
    void apply(const StateChanges& changes);

    [[nodiscard]] size_t account_count() const { return accounts_.size(); }
    /// Everything, as changes over an empty state in the canonical order of `StateChanges`: what a
    /// root is built from and what equality of two states means.
    [[nodiscard]] StateChanges all() const;

  private:
    struct StoredAccount {
        Account account;
        FlatMap<Uint256, Uint256> storage;  ///< no zero values
    };
    FlatMap<Address, StoredAccount> accounts_;
    FlatMap<Bytes32, CodePointer> codes_;
};

}  // namespace switchyard
