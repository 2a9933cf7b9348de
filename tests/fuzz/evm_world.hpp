// SPDX-License-Identifier: Apache-2.0
// From a fuzzer's input to a small world and a block in it, made so that transactions meet.
#pragma once

#include <optional>
#include <vector>

#include "host/chain/block.hpp"
#include "host/execute/block_execution.hpp"
#include "host/state/memory_state.hpp"
#include "tests/fuzz/evm_program.hpp"

namespace switchyard::fuzz {

/// How the block is executed in parallel.
struct ExecutionChoice {
    uint32_t threads = 2;       ///< 2 to 4
    bool latest_first = false;  ///< against block order, so that reads are stale
    uint32_t lanes = 2;         ///< 2 to 9
    uint64_t plan_seed = 0;
};

/// A few contracts and senders, one block, and how to run it. Built from any bytes: the first
/// record says revision, block and execution, each following one adds a statement to a contract,
/// state, a transaction or something to a transaction. Bounded in code, gas and transactions, so
/// that a block takes about a millisecond.
class EvmWorld {
  public:
    explicit EvmWorld(BytesView input);

    [[nodiscard]] const MemoryState& state() const { return state_; }
    [[nodiscard]] const ExecutionChoice& choice() const { return choice_; }
    /// Borrows the world. Some transaction may be invalid.
    [[nodiscard]] execute::BlockInput block() const;
    /// Takes transaction `index` out of the block.
    void drop_transaction(size_t index);

    /// The largest sum of all balances that the block may leave: what was there, withdrawals and
    /// rewards.
    [[nodiscard]] Uint256 wei_max() const;

  private:
    void set_block(Record record);
    void fill_addresses();
    void add(Record record);
    void add_account(Record record);
    void add_transaction(Record record);
    void extend_transaction(Record record);
    void add_withdrawal(Record record);
    void build_state();
    void add_system_contracts();
    void set_gas_limit(size_t index);

    [[nodiscard]] const Address& address(uint8_t index) const {
        return addresses_[index % addresses_.size()];
    }

    struct Contract {
        explicit Contract(std::span<const Address> addresses) : program(addresses) {}
        [[nodiscard]] bool is_empty() const {
            return nonce == 0 && balance.is_zero() && program.code().empty();
        }
        Program program;
        Uint256 balance{1000};
        uint64_t nonce = 1;
        std::vector<std::pair<Uint256, Uint256>> storage;
    };
    struct Sender {
        uint64_t nonce = 0;       ///< of the state before the block
        uint64_t next_nonce = 0;  ///< of its next transaction, if all before it are valid
        Uint256 balance = Uint256(1) << 80;
        std::optional<Address> delegation;  ///< EIP-7702
    };

    struct Orphan {
        Address address;
        Uint256 balance;
        Uint256 value;  ///< of slot 0
    };

    ExecutionChoice choice_;
    BlockHeader header_;
    execute::BlockRules rules_;
    std::vector<Address> addresses_;
    std::vector<Contract> contracts_;
    std::vector<Sender> senders_;
    size_t current_ = 0;  ///< the contract that statements go to
    std::vector<SignedTransaction> transactions_;
    std::vector<uint64_t> extra_gas_;    ///< above the intrinsic gas, for each transaction
    std::vector<uint8_t> init_code_of_;  ///< the contract whose code a creation runs
    std::vector<Withdrawal> withdrawals_;
    std::vector<Orphan> orphans_;
    MemoryState state_;
};

}  // namespace switchyard::fuzz
