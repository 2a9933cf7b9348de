// SPDX-License-Identifier: Apache-2.0
// Follows a road block by block with the serial executor and a state of its own: the proof that
// parallel is serial.
#pragma once

#include "host/chain/chain_config.hpp"
#include "host/evm/evm.hpp"
#include "host/road/seal.hpp"
#include "host/road/station.hpp"
#include "host/state/memory_state.hpp"
#include "host/state/trie/state_trie.hpp"

namespace switchyard {

/// Shares nothing with the road but the blocks it is given. One thread.
class SerialFollower final : evm::BlockHashes {
  public:
    /// Starts from the state of the block before the first one that `follow` is given.
    [[nodiscard]] static Result<SerialFollower> create(const ChainConfig& chain,
                                                       const StateChanges& state);

    /// Executes the block's transactions serially and compares every root, the bloom, gas, each
    /// receipt and the block's hash with what the block states. `Mismatch` names the first
    /// difference.
    [[nodiscard]] Result<void> follow(const SealedBlock& block);

    /// Time of serial execution alone, without roots and comparison.
    [[nodiscard]] const StationCounters& execution() const { return execution_; }

  private:
    explicit SerialFollower(const ChainConfig& chain) : chain_(chain) {}
    [[nodiscard]] Bytes32 block_hash(uint64_t number) const override;

    ChainConfig chain_;
    MemoryState state_;
    trie::StateTrie trie_;
    FlatMap<Uint256, Bytes32> hashes_;  ///< of all parents so far, by number
    std::optional<Bytes32> last_hash_;
    StationCounters execution_;
};

}  // namespace switchyard
