// SPDX-License-Identifier: Apache-2.0
// Random effects of a block, made through the transaction state as execution makes them.
#pragma once

#include <random>

#include "host/state/block_state.hpp"
#include "host/state/transaction_state.hpp"
#include "tests/unit/state/state_fixture.hpp"

namespace switchyard::test {

/// Ten transactions over `accounts` addresses: creations, storage, credits, self-destructs.
[[nodiscard]] inline StateChanges random_block(const StateView& view, std::mt19937_64& random,
                                               uint64_t accounts = 40) {
    BlockState block(view);
    TransactionState transaction;
    StateChanges changes;
    for (int i = 0; i < 10; ++i) {
        transaction.begin(block, Revision::Shanghai);
        const Address a = address_of(random() % accounts);
        const bool absent = transaction.is_empty(a);
        if (absent && random() % 2 == 0) {
            transaction.create_contract(a);
            transaction.set_nonce(a, 1);
            transaction.set_code(a, Bytes(1 + random() % 40, 0x5b));
        }
        for (uint64_t n = random() % 6; n-- > 0 && transaction.nonce(a) != 0;)
            transaction.set_storage(a, random() % 30, Uint256{random() % 3} << (random() % 200));
        transaction.add_balance(a, Uint256{random() % 1000});
        if (!absent && random() % 5 == 0) transaction.self_destruct(a);
        transaction.finish(changes);
        block.apply(changes);
    }
    block.changes(changes);
    return changes;
}

}  // namespace switchyard::test
