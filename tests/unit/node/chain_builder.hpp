// SPDX-License-Identifier: Apache-2.0
// Valid blocks without signatures: withdrawals and system calls change the state.
#pragma once

#include <random>

#include "host/execute/block_roots.hpp"
#include "host/execute/block_validation.hpp"
#include "host/node/genesis/genesis.hpp"
#include "host/state/memory_state.hpp"
#include "host/state/trie/state_trie.hpp"

namespace switchyard::test {

/// A block with the whole state after it.
struct BuiltBlock {
    Block block;
    Bytes32 hash;
    MemoryState state;
};

/// A chain under Cancun's rules, whose beacon root contract stores what it is called with.
class ChainBuilder {
  public:
    ChainBuilder() {
        config_ = ChainConfig::single_revision(Revision::Cancun);
        MemoryState state;
        // SSTORE(TIMESTAMP, CALLDATALOAD(0))
        const Bytes code{0x5f, 0x35, 0x42, 0x55, 0x00};
        Account contract;
        contract.nonce = 1;
        contract.code_hash = state.add_code(code);
        state.set_account(kBeaconRoots, contract);
        BlockHeader header;
        header.gas_limit = 30'000'000;
        genesis_.config = config_;
        genesis_.state = state.all();
        genesis_.header =
            *node::complete_genesis(header, Revision::Cancun, trie::state_root(genesis_.state));
        first_.block.header = genesis_.header;
        first_.block.withdrawals.emplace();
        first_.hash = header_hash(genesis_.header);
        first_.state = std::move(state);
    }

    [[nodiscard]] const node::Genesis& genesis() const { return genesis_; }
    [[nodiscard]] const BuiltBlock& first() const { return first_; }

    /// A child with `count` withdrawals to some of `accounts` addresses, 1 Gwei each.
    [[nodiscard]] BuiltBlock child(const BuiltBlock& parent, std::mt19937_64& random,
                                   uint64_t count, uint64_t accounts) const {
        BuiltBlock out;
        BlockHeader& header = out.block.header;
        header = parent.block.header;
        header.parent_hash = parent.hash;
        ++header.number;
        header.timestamp += 1 + random() % 12;
        header.base_fee_per_gas = Uint256(*parent.block.header.base_fee_per_gas -
                                          *parent.block.header.base_fee_per_gas / Uint256(8));
        header.parent_beacon_block_root = to_bytes32(Uint256(random(), 1, 0, 0));
        header.prev_randao = to_bytes32(Uint256(random()));
        out.block.withdrawals.emplace();
        for (uint64_t i = 0; i < count; ++i)
            out.block.withdrawals->push_back(
                {i, i, to_address(Uint256(0x1000 + random() % accounts)), 1});
        header.withdrawals_root = execute::withdrawals_root(*out.block.withdrawals);
        execute::BlockInput input;
        input.header = &header;
        input.rules = execute::rules_for_block(config_, header.number, header.timestamp);
        input.withdrawals = *out.block.withdrawals;
        const auto result = execute::execute_block_serial(input, parent.state);
        out.state = parent.state;
        out.state.apply(result->changes);
        header.state_root = trie::state_root(out.state.all());
        out.hash = header_hash(header);
        return out;
    }

    static constexpr Address kBeaconRoots{{0x00, 0x0f, 0x3d, 0xf6, 0xd7, 0x32, 0x80,
                                           0x7e, 0xf1, 0x31, 0x9f, 0xb7, 0xb8, 0xbb,
                                           0x85, 0x22, 0xd0, 0xbe, 0xac, 0x02}};

  private:
    ChainConfig config_;
    node::Genesis genesis_;
    BuiltBlock first_;
};

}  // namespace switchyard::test
