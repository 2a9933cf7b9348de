// SPDX-License-Identifier: Apache-2.0
// Addresses, accounts and states for the tests of this folder.
#pragma once

#include "host/state/memory_state.hpp"

namespace switchyard::test {

[[nodiscard]] inline Address address_of(uint64_t n) {
    return to_address(Uint256{n});
}

[[nodiscard]] inline Account account_of(uint64_t nonce, const Uint256& balance) {
    Account account;
    account.nonce = nonce;
    account.balance = balance;
    return account;
}

/// Whether two states hold the same accounts and storage; unused code is no difference.
[[nodiscard]] inline bool same_state(const MemoryState& a, const MemoryState& b) {
    const StateChanges left = a.all();
    const StateChanges right = b.all();
    return left.accounts == right.accounts && left.storage == right.storage;
}

}  // namespace switchyard::test
