// SPDX-License-Identifier: Apache-2.0
// The contracts of `ConflictChain`: each makes transactions depend on one another in its own way.
#pragma once

#include <vector>

#include "host/core/bytes.hpp"
#include "host/core/uint256.hpp"

namespace switchyard::test {

/// All take two words of input: a place (an address or a small number) and an amount.
enum class ConflictContract : uint8_t {
    Counter,       ///< slot[place] += 1, logged
    FeeWatcher,    ///< slot[0] = balance of the beneficiary
    Forwarder,     ///< sends its call value on to the place, notes success and what it has left
    Once,          ///< the first caller succeeds, all others revert
    Factory,       ///< CREATE of an empty contract: addresses depend on the order
    Destructible,  ///< SELFDESTRUCT to the place
    Observer,      ///< notes the code hash and the balance of the place
    Token,         ///< an ERC-20 transfer to the place, refused where the balance is too small
    Pool,          ///< a constant-product swap
    Router,        ///< a swap in the pool, noted for the origin
    Lock,          ///< calls the place under a transient lock (EIP-1153)
    Create2,       ///< CREATE2 of a child by salt; bits of the amount: destroy it, poke it, revert
    Recursion,     ///< calls itself `place` deep, some levels revert
    Thrower,       ///< place mod 4: INVALID, REVERT with data, out of gas, a value
    Catcher,       ///< calls Thrower, keeps what came back
    Payer,         ///< pays the amount to the place, if its balance allows
    Bank,          ///< pays the amount to the caller, or notes that it has not so much
    Delegator,     ///< runs Counter's code on its own storage
    Flip,          ///< sets a slot, clears it the next time: refunds
    Coder,         ///< size and first word of the place's code
    Gasometer,     ///< stores the gas that is left after a read
    Environment,   ///< stores what the block says of itself
    Blobs,         ///< stores its first blob's hash and the price of blobs
    Depositor,     ///< logs a deposit (EIP-6110)
};
inline constexpr size_t kConflictContractCount = size_t{24};

[[nodiscard]] Address conflict_contract(ConflictContract contract);

/// Code by contract, in the order of the enumeration.
[[nodiscard]] const std::vector<Bytes>& conflict_codes();

/// Stands at the addresses of the system contracts: counts calls and keeps their first word; gives
/// the count back to the system's call and forgets it.
[[nodiscard]] const Bytes& system_contract_code();

/// The storage slot of `Token` that holds the balance of `owner`.
[[nodiscard]] Uint256 token_slot(const Address& owner);

/// Where `Create2` puts the child with this salt. A child counts calls without input and
/// self-destructs to the first word of any other.
[[nodiscard]] Address create2_child(uint64_t salt);

}  // namespace switchyard::test
