// SPDX-License-Identifier: Apache-2.0
#include "tools/accesses/block_accesses.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "host/state/memory_state.hpp"
#include "tests/support/conflict_world.hpp"

namespace switchyard::accesses {
namespace {

Address numbered(uint8_t number) {
    Address out;
    out[0] = 0xcc;
    out[19] = number;
    return out;
}

constexpr uint8_t kSender = 1;

/// Senders 1 to 9 with money, a counter (slot 0 += 1) at 20, a constant (slot 0 = 5) at 21, a
/// watcher of the balance of 30 at 22.
class BlockAccessesFixture : public ::testing::Test {
  protected:
    BlockAccessesFixture() {
        for (uint8_t i = kSender; i < 10; ++i)
            state_.set_account(numbered(i), {.nonce = 0, .balance = Uint256{1'000'000'000'000}});
        give_code(20, {0x60, 0, 0x54, 0x60, 1, 0x01, 0x60, 0, 0x55});
        give_code(21, {0x60, 5, 0x60, 0, 0x55});
        Bytes watcher = {0x73};
        const Address watched = numbered(30);
        watcher.insert(watcher.end(), watched.begin(), watched.end());
        for (const uint8_t byte : Bytes{0x31, 0x60, 0, 0x55})
            watcher.push_back(byte);
        give_code(22, watcher);
        header_.number = 1;
        header_.timestamp = 1;
        header_.gas_limit = 30'000'000;
        header_.beneficiary = numbered(99);
        header_.base_fee_per_gas = Uint256{7};
        header_.excess_blob_gas = 0;
    }

    void give_code(uint8_t number, const Bytes& code) {
        const Bytes32 hash = state_.add_code(code);
        state_.set_account(numbered(number), {.nonce = 1, .balance = 0, .code_hash = hash});
    }

    void send(uint8_t sender, uint8_t to, uint64_t value = 0) {
        SignedTransaction out;
        out.sender = numbered(sender);
        out.transaction.type = TransactionType::DynamicFee;
        out.transaction.chain_id = 1;
        out.transaction.nonce = nonces_[sender]++;
        out.transaction.max_fee_per_gas = Uint256{10};
        out.transaction.max_priority_fee_per_gas = Uint256{1};
        out.transaction.gas_limit = 100'000;
        out.transaction.to = numbered(to);
        out.transaction.value = Uint256{value};
        transactions_.push_back(std::move(out));
    }

    BlockAccesses record() {
        execute::BlockInput input;
        input.header = &header_;
        input.rules =
            execute::rules_for_block(ChainConfig::single_revision(Revision::Cancun), 1, 1);
        input.transactions = transactions_;
        auto out = record_accesses(input, state_);
        EXPECT_TRUE(out) << out.error().message;
        return std::move(*out);
    }

    static std::vector<uint32_t> on(const BlockAccesses& accesses, uint32_t i) {
        std::vector<uint32_t> out;
        for (const Dependency& dependency : accesses.dependencies_of(i))
            out.push_back(dependency.on);
        return out;
    }

    MemoryState state_;
    BlockHeader header_;
    std::array<uint64_t, 256> nonces_{};
    std::vector<SignedTransaction> transactions_;
};

TEST_F(BlockAccessesFixture, PaymentsToOneAccountAreIndependent) {
    send(1, 30, 5);
    send(2, 30, 5);
    send(3, 30, 5);
    const BlockAccesses accesses = record();
    for (uint32_t i = 0; i < 3; ++i)
        EXPECT_EQ(on(accesses, i), std::vector<uint32_t>{}) << i;
}

TEST_F(BlockAccessesFixture, ASendersTransactionsFollowOneAnother) {
    send(1, 30, 5);
    send(2, 31, 5);
    send(1, 32, 5);
    const BlockAccesses accesses = record();
    EXPECT_EQ(on(accesses, 2), std::vector<uint32_t>{0});
}

TEST_F(BlockAccessesFixture, AReaderNeedsTheLastWriterAlone) {
    send(1, 20);
    send(2, 20);
    send(3, 20);
    const BlockAccesses accesses = record();
    EXPECT_EQ(on(accesses, 1), std::vector<uint32_t>{0});
    EXPECT_EQ(on(accesses, 2), std::vector<uint32_t>{1});
    const Dependency dependency = accesses.dependencies_of(2)[0];
    EXPECT_EQ(accesses.keys[dependency.key],
              (AccessKey{.address = numbered(20), .slot = {}, .part = KeyPart::Slot}));
}

TEST_F(BlockAccessesFixture, WritingWhatIsThereMakesNobodyDepend) {
    send(1, 21);
    send(2, 21);
    send(3, 21);
    const BlockAccesses accesses = record();
    // The price of a write depends on the value before, so that the first write is read.
    EXPECT_EQ(on(accesses, 1), std::vector<uint32_t>{0});
    EXPECT_EQ(on(accesses, 2), std::vector<uint32_t>{0});
}

TEST_F(BlockAccessesFixture, WhoLooksAtABalanceNeedsEveryCreditBefore) {
    send(1, 30, 5);
    send(2, 30, 5);
    send(3, 31, 5);
    send(4, 22);
    const BlockAccesses accesses = record();
    EXPECT_EQ(on(accesses, 3), (std::vector<uint32_t>{0, 1}));
}

TEST_F(BlockAccessesFixture, SpendingWhatWasReceivedNeedsTheCredit) {
    state_.set_account(numbered(9), {.nonce = 0, .balance = Uint256{0}});
    send(1, 9, 10'000'000);
    send(9, 30, 1);
    const BlockAccesses accesses = record();
    EXPECT_EQ(on(accesses, 1), std::vector<uint32_t>{0});
}

TEST_F(BlockAccessesFixture, KeysAndKindsAreEachThere) {
    send(1, 20);
    const BlockAccesses accesses = record();
    const auto has = [&](const AccessKey& key, AccessKind kind) {
        return std::ranges::any_of(accesses.accesses_of(0), [&](const TransactionAccess& access) {
            return accesses.keys[access.key] == key && access.kind == kind;
        });
    };
    EXPECT_TRUE(has({numbered(20), {}, KeyPart::Slot}, AccessKind::Read));
    EXPECT_TRUE(has({numbered(20), {}, KeyPart::Slot}, AccessKind::Write));
    EXPECT_TRUE(has({numbered(1), {}, KeyPart::Identity}, AccessKind::Write));
    EXPECT_TRUE(has({numbered(99), {}, KeyPart::Balance}, AccessKind::Add));
    EXPECT_FALSE(has({numbered(99), {}, KeyPart::Balance}, AccessKind::Read));
    EXPECT_TRUE(accesses.succeeded[0]);
    EXPECT_GT(accesses.gas_used[0], 21'000U);
}

TEST(BlockAccesses, AreComplete) {
    // Whoever has no dependency must come to the same result over the state before the block.
    test::ConflictWorld world(0x31);
    const auto transactions = world.block(200);
    execute::BlockInput input;
    input.header = &world.header();
    input.rules = execute::rules_for_block(ChainConfig::single_revision(Revision::Cancun), 1, 1);
    input.scope = execute::BlockScope::TransactionsOnly;
    input.transactions = transactions;
    const auto accesses = record_accesses(input, world.state());
    ASSERT_TRUE(accesses) << accesses.error().message;
    const auto serial = execute::execute_block_serial(input, world.state());
    ASSERT_TRUE(serial);
    evm::Evm evm(input.rules.revision);
    TransactionState state;
    StateChanges changes;
    uint32_t independent = 0;
    for (uint32_t i = 0; i < transactions.size(); ++i) {
        if (!accesses->dependencies_of(i).empty()) continue;
        ++independent;
        const auto outcome =
            execute::execute_transaction(evm, state, world.state(), input.rules,
                                         execute::block_context(input), transactions[i], changes);
        EXPECT_EQ(outcome.error, execute::TransactionError::None) << i;
        EXPECT_EQ(outcome.gas_used, serial->receipts[i].gas_used) << i;
        EXPECT_EQ(outcome.success(), serial->receipts[i].success) << i;
        EXPECT_EQ(outcome.logs, serial->receipts[i].logs) << i;
    }
    EXPECT_GT(independent, 5U);
    EXPECT_LT(independent, 200U);
}

}  // namespace
}  // namespace switchyard::accesses
