// SPDX-License-Identifier: Apache-2.0
#include "host/core/hex.hpp"
#include "host/execute/dao_fork.hpp"
#include "host/execute/requests.hpp"
#include "host/execute/system_contracts.hpp"
#include "tests/unit/execute/execute_fixture.hpp"

namespace switchyard::execute::test {
namespace {

class BlockExecution : public ExecuteFixture {
  protected:
    BlockExecution() : ExecuteFixture(Revision::Cancun) { give(sender_, Uint256(kEther)); }

    [[nodiscard]] Uint256 balance_in(const BlockResult& result, const Address& address) {
        MemoryState after = state_;
        after.apply(result.changes);
        const auto account = after.account(address);
        return account ? account->balance : Uint256(0);
    }
};

TEST_F(BlockExecution, RunsTransactionsInOrder) {
    auto first = payment();
    auto second = payment();
    second.transaction.nonce = 1;
    const std::vector<SignedTransaction> transactions{first, second};
    const auto result = execute_block_serial(input(transactions), state_);
    ASSERT_TRUE(result) << result.error().message;
    ASSERT_EQ(result->receipts.size(), 2u);
    EXPECT_EQ(result->receipts[0].cumulative_gas_used, 21'000u);
    EXPECT_EQ(result->receipts[1].cumulative_gas_used, 42'000u);
    EXPECT_EQ(result->gas_used, 42'000u);
    EXPECT_EQ(balance_in(*result, recipient_), Uint256(2));
    EXPECT_EQ(balance_in(*result, beneficiary_), Uint256(2 * 21'000 * 2));
    for (const AccountChange& change : result->changes.accounts)
        EXPECT_FALSE(change.balance_is_delta);
}

TEST_F(BlockExecution, NamesTheTransactionThatBreaksARule) {
    auto second = payment();
    second.transaction.nonce = 7;
    const std::vector<SignedTransaction> transactions{payment(), second};
    const auto result = execute_block_serial(input(transactions), state_);
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().code, ErrorCode::InvalidInput);
    EXPECT_EQ(result.error().message, "transaction 1: NonceTooHigh");
}

TEST_F(BlockExecution, KeepsTheBlocksGasLimit) {
    auto second = payment();
    second.transaction.nonce = 1;
    const std::vector<SignedTransaction> transactions{payment(), second};
    header_.gas_limit = 121'000;  // the first leaves exactly the second's limit
    EXPECT_TRUE(execute_block_serial(input(transactions), state_));
    header_.gas_limit = 120'999;
    const auto result = execute_block_serial(input(transactions), state_);
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().message, "transaction 1: GasLimitAboveBlock");
}

TEST_F(BlockExecution, KeepsTheBlocksBlobLimit) {
    std::vector<SignedTransaction> transactions;
    for (uint64_t i = 0; i < 4; ++i) {
        transactions.push_back(payment(TransactionType::Blob));
        transactions[i].transaction.nonce = i;
        auto& hashes = transactions[i].transaction.blob_versioned_hashes;
        hashes.resize(2, hashes[0]);
    }
    const auto all = std::span<const SignedTransaction>(transactions);
    const auto six = execute_block_serial(input(all.first(3)), state_);
    ASSERT_TRUE(six) << six.error().message;
    EXPECT_EQ(six->blob_gas_used, 6u * 131'072);
    const auto eight = execute_block_serial(input(all), state_);
    ASSERT_FALSE(eight);
    EXPECT_EQ(eight.error().message, "transaction 3: BlobGasAboveBlock");
}

TEST_F(BlockExecution, PaysWithdrawalsInGwei) {
    const std::vector<Withdrawal> withdrawals{{0, 0, recipient_, 3}, {1, 0, address_of(8), 0}};
    auto in = input();
    in.withdrawals = withdrawals;
    const auto result = execute_block_serial(in, state_);
    ASSERT_TRUE(result);
    EXPECT_EQ(balance_in(*result, recipient_), Uint256(3'000'000'000));
    EXPECT_EQ(result->changes.find(address_of(8)), nullptr) << "touched and empty: EIP-161";
}

TEST_F(BlockExecution, PaysRewardsByEra) {
    // Yellow Paper section 11.3, EIP-649, EIP-1234, EIP-3675.
    const std::pair<Revision, uint64_t> rewards[] = {
        {Revision::Frontier, 5},       {Revision::SpuriousDragon, 5}, {Revision::Byzantium, 3},
        {Revision::Constantinople, 2}, {Revision::London, 2},         {Revision::Paris, 0}};
    for (const auto& [revision, ether] : rewards) {
        use(revision);
        const auto result = execute_block_serial(input(), state_);
        ASSERT_TRUE(result);
        EXPECT_EQ(balance_in(*result, beneficiary_), Uint256(ether) * Uint256(kEther));
    }
}

TEST_F(BlockExecution, PaysForOmmers) {
    use(Revision::Byzantium);
    header_.number = 10;
    std::vector<BlockHeader> ommers(2);
    ommers[0].number = 9;
    ommers[0].beneficiary = address_of(21);
    ommers[1].number = 4;
    ommers[1].beneficiary = address_of(22);
    auto in = input();
    in.ommers = ommers;
    const auto result = execute_block_serial(in, state_);
    ASSERT_TRUE(result);
    const Uint256 reward = Uint256(3) * Uint256(kEther);
    EXPECT_EQ(balance_in(*result, address_of(21)), reward * Uint256(7) / Uint256(8));
    EXPECT_EQ(balance_in(*result, address_of(22)), reward * Uint256(2) / Uint256(8));
    EXPECT_EQ(balance_in(*result, beneficiary_), reward + reward / Uint256(16));
}

TEST_F(BlockExecution, DrainsTheDaoAtItsFork) {
    use(Revision::Homestead);
    for (const Address& address : dao_drained_accounts())
        give(address, Uint256(2));
    rules_.is_dao_fork = true;
    const auto result = execute_block_serial(input(), state_);
    ASSERT_TRUE(result);
    EXPECT_EQ(balance_in(*result, dao_refund_contract()), Uint256(232));
    EXPECT_EQ(balance_in(*result, dao_drained_accounts()[0]), Uint256(0));
}

TEST_F(BlockExecution, RunsTransactionsAloneWhenAsked) {
    use(Revision::Homestead);
    auto in = input();
    in.scope = BlockScope::TransactionsOnly;
    const auto result = execute_block_serial(in, state_);
    ASSERT_TRUE(result);
    EXPECT_TRUE(result->changes.empty());
}

class Prague : public BlockExecution {
  protected:
    // Returns its own address as 32 bytes: enough to see what was called.
    static inline const Bytes kReturnsAddress{0x30, 0x60, 0x00, 0x52, 0x60, 0x20, 0x60, 0x00, 0xf3};
    Prague() {
        use(Revision::Prague);
        give(withdrawal_requests_contract(), Uint256(0), 1, kReturnsAddress);
        give(consolidation_requests_contract(), Uint256(0), 1, kReturnsAddress);
    }
};

TEST_F(Prague, CollectsRequestsFromSystemContracts) {
    const auto result = execute_block_serial(input(), state_);
    ASSERT_TRUE(result) << result.error().message;
    ASSERT_EQ(result->requests.size(), 2u);
    EXPECT_EQ(result->requests[0].size(), 33u);
    EXPECT_EQ(result->requests[0][0], 0x01);
    EXPECT_EQ(result->requests[1][0], 0x02);
    EXPECT_TRUE(equal(BytesView(result->requests[1]).last(20), consolidation_requests_contract()));
    EXPECT_TRUE(result->requests_hash.has_value());
}

TEST_F(Prague, IsInvalidWithoutTheRequestContracts) {
    give(withdrawal_requests_contract(), Uint256(1));
    const auto result = execute_block_serial(input(), state_);
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().code, ErrorCode::InvalidInput);
}

TEST_F(Prague, IsInvalidWhenARequestContractFails) {
    give(consolidation_requests_contract(), Uint256(0), 1, {0xfe});
    EXPECT_FALSE(execute_block_serial(input(), state_));
}

TEST(Requests, HashOfNoneIsTheHashOfNothing) {
    // EIP-7685: an empty list gives sha256("").
    const auto hash = requests_hash({});
    ASSERT_TRUE(hash);
    EXPECT_EQ(to_hex(*hash), "0xe3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

TEST(Requests, RefusesADepositEventOfAnotherLayout) {
    Log log;
    log.address = kMainnetDepositContract;
    log.topics = {
        *fixed_from_hex<32>("0x649bbc62d0e31342afea4e5cd82d4049e7e1ee912fc0889aa790803be39038c5")};
    log.data.resize(576);
    const std::pair<size_t, uint8_t> low_bytes[] = {{31, 160}, {95, 64}, {159, 0},  {191, 48},
                                                    {287, 32}, {351, 8}, {415, 96}, {543, 8}};
    for (const auto& [at, value] : low_bytes)
        log.data[at] = value;
    log.data[62] = 1;   // 256
    log.data[94] = 1;   // 320
    log.data[126] = 1;  // 384
    log.data[127] = 128;
    log.data[158] = 2;     // 512
    log.data[192] = 0xaa;  // the public key begins
    Bytes deposits;
    ASSERT_TRUE(append_deposits({&log, 1}, kMainnetDepositContract, deposits));
    ASSERT_EQ(deposits.size(), 192u);
    EXPECT_EQ(deposits[0], 0xaa);

    Log other = log;
    other.address = address_of(1);
    ASSERT_TRUE(append_deposits({&other, 1}, kMainnetDepositContract, deposits));
    EXPECT_EQ(deposits.size(), 192u) << "another contract's log is none of ours";
    log.data[31] = 161;
    EXPECT_FALSE(append_deposits({&log, 1}, kMainnetDepositContract, deposits));
    log.data.resize(575);
    EXPECT_FALSE(append_deposits({&log, 1}, kMainnetDepositContract, deposits));
}

}  // namespace
}  // namespace switchyard::execute::test
