// SPDX-License-Identifier: Apache-2.0
// Transactions that only add to what others add to: what is executed in the wrong order stands.
#include <gtest/gtest.h>

#include <map>

#include "host/core/hex.hpp"
#include "host/execute/block_execution.hpp"
#include "host/execute/parallel/parallel_executor.hpp"
#include "host/execute/result_difference.hpp"
#include "host/state/memory_state.hpp"
#include "tests/support/assemble.hpp"
#include "tests/support/conflict_contracts.hpp"
#include "tests/support/test_data.hpp"
#include "tools/workloads/wrong_plans.hpp"

namespace switchyard::execute {
namespace {

constexpr Uint256 kRich{1'000'000'000'000'000'000};

/// The word of account `number`, and its slot in the token.
Uint256 word(uint64_t number) {
    return Uint256{0xacc0'0000 + number};
}
Address address(uint64_t number) {
    return to_address(word(number));
}
constexpr uint64_t kToken = 0x70ce;

/// Transfers calldata[32..64) from the caller's slot to that of calldata[0..32), as an ERC-20 does
/// but for the hash of the slots; fails with too little.
Bytes token_code() {
    return test::assemble(
        "caller sload 32 calldataload dup1 dup3 lt @poor jumpi "
        "dup1 swap2 sub caller sstore "
        "0 calldataload sload add 0 calldataload sstore stop poor: 0 0 revert");
}

class MergingTest : public testing::TestWithParam<Revision> {
  protected:
    MergingTest() {
        reset();
        header_.number = 1;
        header_.gas_limit = 30'000'000;
        header_.base_fee_per_gas = Uint256{7};
        header_.beneficiary = address(0xfee);
        header_.excess_blob_gas = 0;
        header_.blob_gas_used = 0;
        header_.parent_beacon_block_root = Bytes32{};
    }
    /// Nobody has anything; there are the token and the contracts that blocks call (EIP-7002,
    /// 7251).
    void reset() {
        state_ = {};
        nonces_.clear();
        transactions_.clear();
        const auto add_contract = [&](const Address& at, const Bytes& code) {
            Account contract{1, {}};
            contract.code_hash = state_.add_code(code);
            state_.set_account(at, contract);
        };
        add_contract(address(kToken), token_code());
        for (const char* const at : {"0x00000961Ef480Eb55e80D19ad83579A64c007002",
                                     "0x0000BBdDc7CE488642fb579F8B00f3a590007251"})
            add_contract(*fixed_from_hex<20>(at), test::system_contract_code());
    }
    void fund(uint64_t account, const Uint256& balance, const Uint256& tokens = {}) {
        state_.set_account(address(account), {0, balance});
        if (!tokens.is_zero()) state_.set_storage(address(kToken), word(account), tokens);
    }
    SignedTransaction& add(uint64_t sender, uint64_t to, const Uint256& value) {
        SignedTransaction& out = transactions_.emplace_back();
        out.sender = address(sender);
        out.transaction.nonce = nonces_[sender]++;
        out.transaction.gas_limit = 21'000;
        out.transaction.max_fee_per_gas = Uint256{7};
        out.transaction.to = address(to);
        out.transaction.value = value;
        return out;
    }
    void transfer(uint64_t sender, uint64_t to, const Uint256& amount) {
        SignedTransaction& out = add(sender, kToken, {});
        out.transaction.gas_limit = 200'000;
        for (const Uint256& each : {word(to), amount}) {
            const Bytes32 bytes = to_bytes32(each);
            out.transaction.data.insert(out.transaction.data.end(), bytes.begin(), bytes.end());
        }
    }
    /// Executes from the last transaction to the first, and gives the aborts; the result must be
    /// the serial one.
    uint64_t aborts(bool merges) {
        BlockInput input;
        input.header = &header_;
        input.rules.revision = GetParam();
        input.rules.chain_id = 1;
        input.transactions = transactions_;
        const auto serial = execute_block_serial(input, state_);
        EXPECT_TRUE(serial.has_value()) << serial.error().message;
        const std::vector<uint8_t> merging(transactions_.size(), merges ? 1 : 0);
        input.merging = merging;
        const auto count = static_cast<uint32_t>(transactions_.size());
        ParallelStatistics statistics;
        ParallelExecutor executor(1, PickOrder::LatestFirst);
        const auto parallel = executor.execute(
            input, state_, workloads::round_robin_without_waits(count, 16), &statistics);
        EXPECT_TRUE(parallel.has_value()) << parallel.error().message;
        if (!serial || !parallel) return UINT64_MAX;
        EXPECT_EQ(first_difference(*serial, *parallel), std::nullopt);
        for (const Receipt& receipt : serial->receipts)
            succeeded_ += receipt.success ? 1 : 0;
        return statistics.aborts;
    }

    MemoryState state_;
    BlockHeader header_;
    std::map<uint64_t, uint64_t> nonces_;
    std::vector<SignedTransaction> transactions_;
    uint64_t succeeded_ = 0;
};

TEST_P(MergingTest, PaymentsToThoseWhoPayAreNotRunAgain) {
    for (uint64_t i = 1; i <= 10; ++i)
        fund(i, kRich);
    for (uint64_t i = 1; i <= 10; ++i)
        add(i, 1 + i % 10, Uint256{5});
    EXPECT_EQ(aborts(false), 0U);
    EXPECT_EQ(succeeded_, 10U);
}

TEST_P(MergingTest, WhoIsPaidWhatHeSpendsIsRunAgain) {
    fund(1, kRich);
    fund(2, Uint256{7 * 21'000});
    fund(3, kRich);
    add(1, 2, Uint256{1'000});
    add(2, 3, Uint256{900});
    EXPECT_EQ(aborts(false), 1U);
    EXPECT_EQ(succeeded_, 2U);
}

TEST_P(MergingTest, TransfersToOneRecipientAreNotRunAgain) {
    fund(99, {}, Uint256{1});
    for (uint64_t i = 1; i <= 12; ++i) {
        fund(i, kRich, Uint256{1'000});
        transfer(i, 99, Uint256{10 * i});
    }
    EXPECT_GT(aborts(false), 5U) << "otherwise the next line shows nothing";
    EXPECT_EQ(aborts(true), 0U);
    EXPECT_EQ(succeeded_, 24U);
}

TEST_P(MergingTest, ARecipientWhoSpendsIsNotRunAgainIfHeHadEnough) {
    fund(99, kRich, Uint256{1'000});
    for (uint64_t i = 1; i <= 6; ++i) {
        fund(i, kRich, Uint256{1'000});
        transfer(i, 99, Uint256{10});
    }
    transfer(99, 1, Uint256{500});
    EXPECT_EQ(aborts(true), 0U);
    EXPECT_EQ(succeeded_, 7U);
}

TEST_P(MergingTest, ABalanceThatIsEnoughOnlyWithWhatCameBeforeIsRunAgain) {
    fund(99, kRich, Uint256{15});
    for (uint64_t i = 1; i <= 6; ++i) {
        fund(i, kRich, Uint256{1'000});
        transfer(i, 99, Uint256{10});
    }
    transfer(99, 1, Uint256{60});
    EXPECT_GE(aborts(true), 1U);
    EXPECT_EQ(succeeded_, 7U);
}

TEST_P(MergingTest, EqualsSerialWhateverIsThere) {
    auto random = test::test_generator(72);
    uint64_t merged = 0;
    uint64_t alone = 0;
    for (int block = 0; block < 60; ++block) {
        reset();
        for (uint64_t i = 1; i <= 16; ++i)
            fund(i, kRich, Uint256{random() % 30});
        for (int i = 0; i < 40; ++i)
            transfer(1 + random() % 16, 1 + (random() % 3) * (random() % 6),
                     Uint256{random() % 20});
        merged += aborts(true);
        alone += aborts(false);
    }
    EXPECT_LT(merged, alone);
    EXPECT_GT(succeeded_, 1'000U);
}

INSTANTIATE_TEST_SUITE_P(Revisions, MergingTest,
                         testing::Values(Revision::London, Revision::Cancun, Revision::Amsterdam),
                         [](const auto& each) { return std::string(to_string(each.param)); });

}  // namespace
}  // namespace switchyard::execute
