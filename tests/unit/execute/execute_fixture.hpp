// SPDX-License-Identifier: Apache-2.0
// A small world for the tests of execution: a state in memory, one block, and plain transactions.
#pragma once

#include <gtest/gtest.h>

#include "host/execute/block_execution.hpp"
#include "host/state/block_state.hpp"
#include "host/state/memory_state.hpp"

namespace switchyard::execute::test {

inline Address address_of(uint8_t last) {
    Address address;
    address[0] = 0xa0;
    address[19] = last;
    return address;
}

/// The runtime code of EIP-2935's contract, from the EIP.
inline constexpr const char* kHistoryCode =
    "3373fffffffffffffffffffffffffffffffffffffffe14604657602036036042575f35600143038111604257"
    "611fff81430311604257611fff9006545f5260205ff35b5f5ffd5b5f35611fff60014303065500";

inline constexpr uint64_t kEther = 1'000'000'000'000'000'000;

/// One block under the rules of a revision, with base fee 7 from London on and blob base fee 1.
class ExecuteFixture : public ::testing::Test {
  protected:
    explicit ExecuteFixture(Revision revision = Revision::Osaka) { use(revision); }

    void use(Revision revision) {
        rules_ = rules_for_block(ChainConfig::single_revision(revision), 1, 1);
        header_ = {};
        header_.number = 1;
        header_.timestamp = 1;
        header_.gas_limit = 60'000'000;
        header_.beneficiary = beneficiary_;
        if (revision >= Revision::London) header_.base_fee_per_gas = Uint256(7);
        if (revision >= Revision::Cancun) header_.excess_blob_gas = 0;
    }

    void give(const Address& address, const Uint256& balance, uint64_t nonce = 0, Bytes code = {}) {
        Account account;
        account.balance = balance;
        account.nonce = nonce;
        if (!code.empty()) account.code_hash = state_.add_code(std::move(code));
        state_.set_account(address, account);
    }

    /// A payment of 1 wei from `sender_` to `recipient_`, with plenty of gas.
    [[nodiscard]] SignedTransaction payment(TransactionType type = TransactionType::DynamicFee) {
        SignedTransaction out;
        out.sender = sender_;
        Transaction& transaction = out.transaction;
        transaction.type = type;
        if (type != TransactionType::Legacy) transaction.chain_id = 1;
        transaction.max_fee_per_gas = Uint256(10);
        transaction.max_priority_fee_per_gas =
            type >= TransactionType::DynamicFee ? Uint256(2) : Uint256(10);
        transaction.gas_limit = 100'000;
        transaction.to = recipient_;
        transaction.value = Uint256(1);
        if (type == TransactionType::Blob) {
            Bytes32 hash;
            hash[0] = 0x01;
            transaction.blob_versioned_hashes = {hash};
            transaction.max_fee_per_blob_gas = Uint256(1);
        }
        if (type == TransactionType::SetCode) transaction.authorization_list.resize(1);
        return out;
    }

    [[nodiscard]] BlockInput input(std::span<const SignedTransaction> transactions = {}) {
        BlockInput in;
        in.header = &header_;
        in.rules = rules_;
        in.transactions = transactions;
        return in;
    }

    [[nodiscard]] TransactionError validate(const SignedTransaction& transaction) {
        const auto error =
            validate_transaction(transaction.transaction, rules_, block_context(input()));
        if (error != TransactionError::None) return error;
        transaction_state_.begin(state_, rules_.revision);
        return validate_sender(transaction, rules_, transaction_state_);
    }

    /// Runs one transaction over the state; its effects are in `changes_`.
    TransactionOutcome run(const SignedTransaction& transaction) {
        evm::Evm evm(rules_.revision);
        return execute_transaction(evm, transaction_state_, state_, rules_, block_context(input()),
                                   transaction, changes_);
    }

    [[nodiscard]] Uint256 balance_after(const Address& address) {
        BlockState after(state_);
        after.apply(changes_);
        const auto account = after.account(address);
        return account ? account->balance : Uint256(0);
    }

    const Address sender_ = address_of(1);
    const Address recipient_ = address_of(2);
    const Address beneficiary_ = address_of(3);
    MemoryState state_;
    TransactionState transaction_state_;
    StateChanges changes_;
    BlockRules rules_;
    BlockHeader header_;
};

}  // namespace switchyard::execute::test
