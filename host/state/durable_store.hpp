// SPDX-License-Identifier: Apache-2.0
// What lies behind a state in memory and outlives the process.
#pragma once

#include <optional>

#include "host/core/result.hpp"
#include "host/state/memory_state.hpp"

namespace switchyard {

/// A block whose effects are in a store.
struct StoredBlock {
    uint64_t number = 0;
    Bytes32 hash;
    Bytes32 state_root;
    bool operator==(const StoredBlock&) const = default;
};

/// Keeps a state durably. One thread at a time.
class DurableStore {
  public:
    virtual ~DurableStore() = default;

    /// The block of the last commit; no value in a new store.
    [[nodiscard]] virtual Result<std::optional<StoredBlock>> last_block() = 0;
    /// Adds everything stored to `state`. `Corrupt` when the content contradicts itself.
    [[nodiscard]] virtual Result<void> load(MemoryState& state) = 0;
    /// Makes the block and its effects durable, both or neither: when this returns without an
    /// error, they survive the end of the process and a loss of power. After an error the store is
    /// as before the call. `changes` hold absolute values (`BlockState::changes`).
    [[nodiscard]] virtual Result<void> commit(const StoredBlock& block,
                                              const StateChanges& changes) = 0;
};

}  // namespace switchyard
