// SPDX-License-Identifier: Apache-2.0
// What `switchyard bench root` builds and changes: accounts by number, the same for the same seed.
#pragma once

#include "host/state/state_view.hpp"
#include "tools/switchyard/benchmarks.hpp"

namespace switchyard::tool {

/// A block of 10,000 payments changes sender and recipient of each.
inline constexpr size_t kChangesInBlock = 20'000;
/// One of these changed accounts is new.
inline constexpr uint64_t kNewOneIn = 50;
/// Accounts that are put into a trie at a time when it is built.
inline constexpr uint64_t kGenesisStep = 500'000;

/// The accounts from number `begin` on as they are at the start, one step of them, below `end`.
[[nodiscard]] StateChanges genesis_part(uint64_t begin, uint64_t end, uint64_t seed);
/// What block `block` does to a state of `accounts` accounts: each account at most once, some new.
[[nodiscard]] StateChanges block_changes(uint64_t accounts, uint64_t block, uint64_t seed);

/// Adds the costs of an update with the records in a store and a tenth of it in memory.
[[nodiscard]] Result<void> add_store_table(const BenchmarkOptions& options,
                                           BenchmarkReport& report);

}  // namespace switchyard::tool
