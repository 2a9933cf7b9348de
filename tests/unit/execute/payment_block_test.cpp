// SPDX-License-Identifier: Apache-2.0
// Blocks of payments, account by account, against the same blocks one transaction at a time.
#include "host/execute/payment_block.hpp"

#include <gtest/gtest.h>

#include <map>
#include <thread>

#include "host/core/hex.hpp"
#include "host/execute/result_difference.hpp"
#include "host/execute/serial_executor.hpp"
#include "host/state/memory_state.hpp"
#include "tests/support/conflict_contracts.hpp"
#include "tests/support/test_data.hpp"

namespace switchyard::execute {
namespace {

const Uint256 kRich{1'000'000'000'000'000'000};

/// Accounts that lie all over the address space.
Address account(uint64_t number) {
    return to_address(Uint256{number, 0x9e37, 0, 0} +
                      (Uint256{0x9e3779b9U * static_cast<uint32_t>(number + 1)} << 128));
}

void run_on_threads(uint32_t parts, const std::function<void(uint32_t)>& job) {
    std::vector<std::thread> threads;
    for (uint32_t part = 0; part < parts; ++part)
        threads.emplace_back([&job, part] { job(part); });
    for (std::thread& thread : threads)
        thread.join();
}

class PaymentBlockTest : public testing::Test {
  protected:
    PaymentBlockTest() { reset(Revision::Cancun); }

    void reset(Revision revision) {
        revision_ = revision;
        state_ = {};
        nonces_.clear();
        transactions_.clear();
        header_ = {};
        header_.number = 1;
        header_.gas_limit = 100'000'000;
        if (revision >= Revision::London) header_.base_fee_per_gas = Uint256{7};
        header_.beneficiary = account(900);
        header_.excess_blob_gas = 0;
        header_.blob_gas_used = 0;
        header_.parent_beacon_block_root = Bytes32{};
        withdrawals_.clear();
        for (const char* const at : {"0x00000961Ef480Eb55e80D19ad83579A64c007002",
                                     "0x0000BBdDc7CE488642fb579F8B00f3a590007251",
                                     "0x000F3df6D732807Ef1319fB7B8bB8522d0Beac02",
                                     "0x0000F90827F1C53a10cb7A02335B175320002935"}) {
            Account contract{1, {}};
            contract.code_hash = state_.add_code(test::system_contract_code());
            state_.set_account(*fixed_from_hex<20>(at), contract);
        }
        for (uint64_t i = 0; i < 40; ++i)
            state_.set_account(account(i), {0, kRich});
    }
    SignedTransaction& pay(const Address& sender, const Address& to, const Uint256& value) {
        SignedTransaction& out = transactions_.emplace_back();
        out.sender = sender;
        out.transaction.nonce = nonces_[sender]++;
        out.transaction.gas_limit = 21'000;
        out.transaction.max_fee_per_gas = Uint256{9};
        out.transaction.max_priority_fee_per_gas = Uint256{revision_ < Revision::London ? 9U : 1U};
        out.transaction.to = to;
        out.transaction.value = value;
        if (revision_ >= Revision::London) {
            out.transaction.type = TransactionType::DynamicFee;
            out.transaction.chain_id = 1;
        }
        return out;
    }
    /// Ordinary payments, as many as a block of payments has at least.
    void pay_some(size_t count) {
        for (size_t i = 0; i < count; ++i)
            pay(account(i % 40), account((i * 7 + 3) % 60), Uint256{1 + i});
    }
    BlockInput input() const {
        BlockInput out;
        out.header = &header_;
        out.rules.revision = revision_;
        out.rules.chain_id = 1;
        out.rules.blobs = {3, 6, 3'338'477};
        out.transactions = transactions_;
        out.withdrawals = withdrawals_;
        return out;
    }
    /// Whether the block ran as one of payments on each number of parts; its result, as that of
    /// `SerialExecutor::execute`, must be that of its transactions one by one.
    bool is_one() {
        const auto expected = execute_block_serial(input(), state_);
        SerialExecutor whole;
        expect_same(expected, whole.execute(input(), state_));
        size_t ran = 0;
        for (const uint32_t parts : {1U, 2U, 3U, 8U}) {
            SerialExecutor executor;
            const auto begun = executor.begin(input(), state_);
            EXPECT_TRUE(begun.has_value());
            auto paid = executor.execute_payments(
                parts, [&](const auto& job) { run_on_threads(parts, job); });
            if (!paid) continue;
            ++ran;
            expect_same(expected, *paid);
        }
        EXPECT_TRUE(ran == 0 || ran == 4) << ran;
        return ran != 0;
    }
    static void expect_same(const Result<BlockResult>& expected, const Result<BlockResult>& found) {
        ASSERT_EQ(expected.has_value(), found.has_value());
        if (!expected) {
            EXPECT_EQ(expected.error().message, found.error().message);
            return;
        }
        EXPECT_EQ(first_difference(*expected, *found), std::nullopt);
        EXPECT_EQ(expected->changes, found->changes);
        EXPECT_EQ(expected->receipts, found->receipts);
    }

    Revision revision_ = Revision::Cancun;
    MemoryState state_;
    BlockHeader header_;
    std::vector<Withdrawal> withdrawals_;
    std::map<Address, uint64_t> nonces_;
    std::vector<SignedTransaction> transactions_;
};

TEST_F(PaymentBlockTest, IsOneInEveryRevisionThatItIsFor) {
    for (size_t r = 0; r < kRevisionCount; ++r) {
        const auto revision = static_cast<Revision>(r);
        SCOPED_TRACE(to_string(revision));
        reset(revision);
        pay_some(100);
        EXPECT_EQ(is_one(), revision >= Revision::Byzantium && revision < Revision::Amsterdam);
    }
}

TEST_F(PaymentBlockTest, MakesNewAccountsAndPaysOneself) {
    pay_some(20);
    pay(account(3), account(3), 5);
    pay(account(4), account(700), 5);
    EXPECT_TRUE(is_one());
}

TEST_F(PaymentBlockTest, WhoIsPaidMaySpendItInTheSameBlock) {
    pay_some(20);
    pay(account(1), account(800), 1'000'000);
    pay(account(800), account(801), 100'000);
    EXPECT_TRUE(is_one());
    pay(account(801), account(2), 1);
    EXPECT_FALSE(is_one()) << "too little for the gas: an error";
}

TEST_F(PaymentBlockTest, TheBeneficiaryIsPaidAndMayNotPay) {
    pay_some(20);
    pay(account(1), header_.beneficiary, 1'000'000);
    EXPECT_TRUE(is_one());
    pay(header_.beneficiary, account(1), 1);
    EXPECT_FALSE(is_one());
}

TEST_F(PaymentBlockTest, PaymentsWithoutATipTouchTheBeneficiary) {
    header_.base_fee_per_gas = Uint256{9};
    pay_some(20);
    EXPECT_TRUE(is_one()) << "it is not there";
    state_.set_account(header_.beneficiary, {5, {}});
    EXPECT_TRUE(is_one()) << "it is not empty";
    state_.set_account(header_.beneficiary, {});
    EXPECT_FALSE(is_one()) << "it is deleted";
}

TEST_F(PaymentBlockTest, WithdrawalsAndSystemCallsComeOnTop) {
    revision_ = Revision::Prague;
    pay_some(40);
    for (const uint64_t to : {1U, 3U, 55U, 990U, 900U}) {
        Withdrawal& withdrawal = withdrawals_.emplace_back();
        withdrawal.address = account(to);
        withdrawal.amount_gwei = 3;
    }
    EXPECT_TRUE(is_one());
}

TEST_F(PaymentBlockTest, CodeIsNoPayment) {
    pay_some(20);
    const auto with_last = [&](const Address& to) {
        pay(account(5), to, 1);
        const bool out = is_one();
        transactions_.pop_back();
        --nonces_[account(5)];
        return out;
    };
    EXPECT_TRUE(with_last(account(6)));
    EXPECT_FALSE(with_last(to_address(Uint256{4}))) << "a precompile";
    EXPECT_FALSE(with_last(*fixed_from_hex<20>("0x0000F90827F1C53a10cb7A02335B175320002935")));
    Account coded{0, kRich};
    coded.code_hash = state_.add_code(Bytes{0});
    state_.set_account(account(7), coded);
    EXPECT_FALSE(is_one()) << "a sender with code: an error";
}

TEST_F(PaymentBlockTest, AnythingElseIsNoPayment) {
    const auto is_one_with = [&](const std::function<void(SignedTransaction&)>& change) {
        transactions_.clear();
        nonces_.clear();
        pay_some(30);
        change(transactions_[17]);
        return is_one();
    };
    EXPECT_TRUE(is_one_with([](auto&) {}));
    EXPECT_TRUE(is_one_with([](auto& t) { t.transaction.gas_limit = 90'000; }));
    EXPECT_FALSE(is_one_with([](auto& t) {
        t.transaction.data = {1};
        t.transaction.gas_limit *= 2;
    }));
    EXPECT_FALSE(is_one_with([](auto& t) { t.transaction.value = {}; }));
    EXPECT_FALSE(is_one_with([](auto& t) { t.transaction.nonce += 1; }));
    EXPECT_FALSE(is_one_with([](auto& t) { t.transaction.gas_limit = 20'999; }));
    EXPECT_FALSE(is_one_with([](auto& t) { t.transaction.max_fee_per_gas = Uint256{6}; }));
    EXPECT_FALSE(is_one_with([](auto& t) { t.transaction.chain_id = 2; }));
    EXPECT_FALSE(is_one_with([](auto& t) { t.transaction.gas_limit = 100'000'000; }));
    EXPECT_FALSE(is_one_with([](auto& t) { t.transaction.value = ~Uint256{}; }));
}

TEST_F(PaymentBlockTest, AfterAFailedAttemptItWaits) {
    pay_some(30);
    const auto good = transactions_;
    transactions_[20].transaction.value = ~Uint256{};
    const auto bad = transactions_;
    SerialExecutor executor;
    const auto attempt = [&](const std::vector<SignedTransaction>& block) {
        transactions_ = block;
        EXPECT_TRUE(executor.begin(input(), state_).has_value());
        return executor.execute_payments(1, [](const auto& job) { job(0); }).has_value();
    };
    EXPECT_TRUE(attempt(good));
    EXPECT_FALSE(attempt(bad));
    EXPECT_FALSE(attempt(good)) << "the next one is not tried";
    EXPECT_TRUE(attempt(good));
}

TEST_F(PaymentBlockTest, EqualsSerialOnRandomBlocks) {
    auto random = test::test_generator(81);
    size_t ran = 0;
    for (int round = 0; round < 150; ++round) {
        reset(static_cast<Revision>(static_cast<uint32_t>(Revision::Byzantium) +
                                    random() % (static_cast<uint32_t>(Revision::Amsterdam) -
                                                static_cast<uint32_t>(Revision::Byzantium))));
        const uint64_t accounts = 5 + random() % 80;
        // Some have about what a payment takes.
        for (uint64_t i = 0; i < accounts; ++i)
            if (random() % 4 == 0)
                state_.set_account(account(i), {0, Uint256{random() % 1'000'000}});
        if (random() % 3 == 0) header_.beneficiary = account(random() % accounts);
        const size_t count = 16 + random() % 200;
        for (size_t i = 0; i < count; ++i) {
            const uint64_t sender = random() % std::min<uint64_t>(accounts, 40);
            pay(account(sender), account(random() % accounts), Uint256{1 + random() % 300'000});
        }
        // Without those that would be refused, as far as the rich ones go.
        if (random() % 2 == 0) {
            for (uint64_t i = 0; i < 40; ++i)
                state_.set_account(account(i), {0, kRich});
        }
        ran += is_one() ? 1 : 0;
    }
    EXPECT_GT(ran, 30U);
    EXPECT_LT(ran, 140U);
}

}  // namespace
}  // namespace switchyard::execute
