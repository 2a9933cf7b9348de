// SPDX-License-Identifier: Apache-2.0
// From a fixture's accounts to a state in memory.
#pragma once

#include "host/state/memory_state.hpp"
#include "tools/fixtures/pre_state.hpp"

namespace switchyard::test {

/// Code that a fixture knows by hash only is not there: asking for it is a bug of the fixture.
[[nodiscard]] inline MemoryState memory_state_of(const fixtures::PreState& pre) {
    MemoryState state;
    for (const auto& [address, from] : pre) {
        Account account;
        account.nonce = from.nonce;
        account.balance = from.balance;
        if (from.unknown_code_hash)
            account.code_hash = *from.unknown_code_hash;
        else if (!from.code.empty())
            account.code_hash = state.add_code(from.code);
        state.set_account(address, account);
        for (const auto& [key, value] : from.storage)
            if (!value.is_zero()) state.set_storage(address, key, value);
    }
    return state;
}

}  // namespace switchyard::test
