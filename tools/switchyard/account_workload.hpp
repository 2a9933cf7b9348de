// SPDX-License-Identifier: Apache-2.0
// What `switchyard bench root` and `bench state` build and change: accounts by number, the same for
// the same seed.
#pragma once

#include <span>
#include <vector>

#include "host/state/state_view.hpp"

namespace switchyard::tool {

/// A block of 10,000 payments changes sender and recipient of each.
inline constexpr size_t kChangesInBlock = 20'000;
/// One of these changed accounts is new.
inline constexpr uint64_t kNewOneIn = 50;
/// Accounts that are put into a trie at a time when it is built.
inline constexpr uint64_t kGenesisStep = 500'000;

[[nodiscard]] Address account_address(uint64_t number);
/// The accounts from number `begin` on as they are at the start, one step of them, below `end`.
[[nodiscard]] StateChanges genesis_part(uint64_t begin, uint64_t end, uint64_t seed);
/// The numbers of all accounts, below 2^32 of them, in the order of their keys in the account trie
/// (of the first eight bytes). Takes 16 bytes an account while it works.
[[nodiscard]] std::vector<uint32_t> numbers_in_key_order(uint64_t accounts);
/// These accounts as they are at the start.
[[nodiscard]] StateChanges genesis_of(std::span<const uint32_t> numbers, uint64_t seed);
/// What block `block` does to a state of `accounts` accounts: each account at most once, some new.
[[nodiscard]] StateChanges block_changes(uint64_t accounts, uint64_t block, uint64_t seed);

}  // namespace switchyard::tool
