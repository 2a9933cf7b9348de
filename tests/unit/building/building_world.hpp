// SPDX-License-Identifier: Apache-2.0
// A chain's last block in memory, with accounts that are for some reason or other not quite usual.
#pragma once

#include "host/building/build_parent.hpp"
#include "host/execute/block_execution.hpp"
#include "host/execute/block_validation.hpp"
#include "host/execute/system_contracts.hpp"
#include "host/road/seal.hpp"
#include "host/road/verdict_of.hpp"
#include "host/state/trie/state_trie.hpp"
#include "tests/unit/pool/pool_fixture.hpp"

namespace switchyard::building_tests {

using pool_tests::Fields;
using pool_tests::kGwei;
using pool_tests::sender_of;

inline constexpr uint64_t kGasLimit = 30'000'000;

class MemoryParent final : public BuildParent, public evm::BlockHashes {
  public:
    MemoryParent(BlockHeader header, MemoryState state)
        : header_(std::move(header)), hash_(header_hash(header_)), state_(std::move(state)) {}
    [[nodiscard]] const BlockHeader& header() const override { return header_; }
    [[nodiscard]] const Bytes32& hash() const override { return hash_; }
    [[nodiscard]] const StateView& state() const override { return state_; }
    [[nodiscard]] const evm::BlockHashes& hashes() const override { return *this; }
    [[nodiscard]] Result<Bytes32> root_over(StateChanges changes) override {
        MemoryState after = state_;
        after.apply(changes);
        return trie::state_root(after.all());
    }
    [[nodiscard]] std::optional<Error> failure() const override { return std::nullopt; }
    [[nodiscard]] Bytes32 block_hash(uint64_t number) const override {
        return number == header_.number ? hash_ : Bytes32{};
    }

  private:
    BlockHeader header_;
    Bytes32 hash_;
    MemoryState state_;
};

/// Senders 1 to 9 are usual. 10 has code that is no delegation (EIP-3607). 11 is delegated to code
/// that gives its whole balance away to whoever calls.
struct World {
    explicit World(Revision revision) : chain(ChainConfig::single_revision(revision)) {
        for (uint8_t n = 1; n <= 11; ++n) {
            Account account;
            account.balance = Uint256{1'000'000'000} * Uint256{kGwei};
            if (n == 10) account.code_hash = state.add_code({0x00});
            if (n == 11) {
                Bytes delegation{0xef, 0x01, 0x00};
                delegation.resize(23);
                delegation[3] = 0xdd;
                account.code_hash = state.add_code(delegation);
            }
            state.set_account(sender_of(n), account);
        }
        // CALL(GAS, CALLER, SELFBALANCE, 0, 0, 0, 0)
        set_code(Address{{0xdd}}, {0x5f, 0x5f, 0x5f, 0x5f, 0x47, 0x33, 0x5a, 0xf1, 0x00});
        // SSTORE(0, SLOAD(0) + 1)
        set_code(Address{{0xcc}}, {0x60, 0x01, 0x5f, 0x54, 0x01, 0x5f, 0x55, 0x00});
        // The contracts without which no block of Prague is valid; they ask for nothing.
        set_code(execute::withdrawal_requests_contract(), {0x00});
        set_code(execute::consolidation_requests_contract(), {0x00});
        header.gas_limit = kGasLimit;
        header.base_fee_per_gas = Uint256{kGwei};
        header.timestamp = 1000;
        header.number = 7;
        header.withdrawals_root = header.parent_beacon_block_root = Bytes32{};
        header.blob_gas_used = header.excess_blob_gas = 0;
        if (revision >= Revision::Prague) header.requests_hash = Bytes32{};
        if (revision >= Revision::Amsterdam) {
            header.block_access_list_hash = Bytes32{};
            header.slot_number = 3;
        }
        header.state_root = trie::state_root(state.all());
    }

    void set_code(const Address& address, Bytes code) {
        Account account;
        account.nonce = 1;
        account.code_hash = state.add_code(std::move(code));
        state.set_account(address, account);
    }
    [[nodiscard]] PoolHead pool_head() const {
        PoolHead out;
        out.state = &state;
        out.block_gas_limit = kGasLimit;
        out.rules = pool_rules(chain, header);
        out.number = header.number;
        return out;
    }
    [[nodiscard]] std::shared_ptr<BuildParent> parent() const {
        return std::make_shared<MemoryParent>(header, state);
    }
    [[nodiscard]] BlockAttributes attributes() const {
        BlockAttributes out;
        out.timestamp = header.timestamp + 12;
        out.beneficiary[0] = 0xfe;
        out.prev_randao[3] = 9;
        out.parent_beacon_block_root[5] = 7;
        out.gas_limit = kGasLimit;
        out.slot_number = 4;
        out.withdrawals = {{1, 2, Address{{0x99}}, 5}};
        return out;
    }

    ChainConfig chain;
    MemoryState state;
    BlockHeader header;
};

/// The block is what its header says, by serial execution over the parent.
inline void expect_valid(const World& world, const SealedBlock& block) {
    MemoryParent parent(world.header, world.state);
    execute::BlockInput input;
    input.header = &block.header;
    input.rules =
        execute::rules_for_block(world.chain, block.header.number, block.header.timestamp);
    input.transactions = block.transactions;
    input.withdrawals = block.withdrawals;
    input.hashes = &parent;
    const auto result = execute::execute_block_serial(input, parent.state());
    ASSERT_TRUE(result.has_value()) << result.error().message;
    const auto root = parent.root_over(result->changes);
    const auto valid = execute::validate_result(block.header, *result, input.rules, *root);
    EXPECT_TRUE(valid.has_value()) << valid.error().message;
    EXPECT_EQ(result->receipts, block.receipts);
    EXPECT_EQ(result->requests, block.requests);
    EXPECT_EQ(result->block_access_list, block.access_list);
    BlockHeader again = block.header;
    seal_header(again, block.transactions, block.withdrawals, *result, *root);
    EXPECT_EQ(header_hash(again), block.hash);
}

}  // namespace switchyard::building_tests
